"""What clients write in several apps' endpoints: ids, days, and where in a list they are."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers

from config.ranges import FIRST_DAY, LARGEST_ID, LAST_DAY


class IdFilter(django_filters.Filter):
    """Equal to an id; an id that nobody has finds nothing, without asking whose it is."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=0, max_value=LARGEST_ID, **kwargs)


class DayFilter(django_filters.DateFilter):
    """A day on which something may happen here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)], **kwargs)


class Day(serializers.DateField):
    """A day on which something may happen here."""

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
