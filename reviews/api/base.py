"""What the endpoints of this app share: days, ids and places in a list, as clients write them."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers

from config.api import LARGEST_ID
from roster.times import FIRST_DAY, LAST_DAY


class IdFilter(django_filters.Filter):
    """Equal to an id; an id that nobody has finds nothing, without asking whose it is."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=0, max_value=LARGEST_ID, **kwargs)


class DayFilter(django_filters.DateFilter):
    """A day on which a roster, and so a review, may lie."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)], **kwargs)


class Day(serializers.DateField):
    """A day on which a roster, and so a review, may lie."""

    default_error_messages = {"range": f"Use a day from {FIRST_DAY:%Y} to {LAST_DAY:%Y}."}

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail("range")
        return day


class PageAsked(serializers.Serializer[Any]):
    """Which page of a list."""

    cursor = serializers.CharField(required=False)
    limit = serializers.CharField(required=False, help_text="A whole number from 1 to 200; 50 if nothing is said.")


class WrittenAsked(PageAsked):
    """Which page, and perhaps of which week."""

    week = Day(required=False, help_text="Any day of the week wanted.")
