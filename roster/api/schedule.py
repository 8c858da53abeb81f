"""One's own schedule: what was promised, never the plan."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from config import keyset
from config.api import Id, keyset_by, place_of
from config.caching import Until, cached, cached_answer
from config.fields import Day
from roster.api.base import LocalTime
from roster.models import Assignment
from roster.selectors.promises import told, upcoming_promises
from roster.selectors.schedule import calendar_of, my_schedule, my_shifts, true_until
from staff.models import Person
from staff.signin import user_of

BY_START = ("published_starts_at", "id")


class MyShiftSerializer(serializers.Serializer[Any]):
    """A promised shift; times carry the offset of the branch where it is worked."""

    id = Id(help_text="The assignment's id.")
    date = serializers.DateField(help_text="The branch's day on which it starts.")
    starts_at = LocalTime(source="starts")
    ends_at = LocalTime(source="ends")
    hours_label = serializers.CharField(source="label", help_text="22:00–06:00 +1")
    break_minutes = serializers.IntegerField()
    hours = serializers.DecimalField(max_digits=5, decimal_places=2, help_text="Elapsed, without the unpaid break.")
    role = serializers.CharField()
    place = serializers.CharField(help_text="Branch and department.")
    note = serializers.CharField()
    colleagues = serializers.ListField(
        child=serializers.CharField(), source="with_names", help_text="First names of those who work there meanwhile."
    )
    changed = serializers.BooleanField(help_text="Whether it was published differently before.")
    changed_text = serializers.CharField()


class MyDaySerializer(serializers.Serializer[Any]):
    """A day of the week."""

    date = serializers.DateField()
    is_today = serializers.BooleanField()
    shifts = MyShiftSerializer(many=True)


class MyWeekSerializer(serializers.Serializer[Any]):
    """One's own week; seven days, also where there is no shift."""

    week_start = serializers.DateField()
    week_label = serializers.CharField(source="label", help_text="23–29 November")
    hours = serializers.DecimalField(max_digits=5, decimal_places=2)
    days = MyDaySerializer(many=True)


class WeekAsked(serializers.Serializer[Any]):
    """Which week."""

    start = Day(required=False, help_text="Any day of the week; the present week if nothing is said.")


class Upcoming(generics.ListAPIView[Assignment]):
    """One's own promised shifts from now on."""

    queryset = Assignment.objects.none()
    serializer_class = MyShiftSerializer
    pagination_class = keyset_by(*BY_START)

    @cached_answer("schedule")
    def get(self, request: Request) -> bytes:
        """From the one that is running on, by start."""
        return _upcoming(user_of(request), **place_of(request))


@cached("schedule")
def _upcoming(person: Person, *, cursor: str, limit: int) -> bytes | Until[bytes]:
    now = timezone.now()
    page = keyset.page(upcoming_promises(person, now=now), order=BY_START, after=cursor, size=limit)
    shifts = my_shifts(told(page.rows), now=now)
    body = JSONRenderer().render({"results": MyShiftSerializer(shifts, many=True).data, "next": page.next})
    return Until(body, true_until(shifts, now))


class Week(APIView):
    """One's own promised week."""

    @extend_schema(parameters=[WeekAsked], responses=MyWeekSerializer)
    @cached_answer("schedule")
    def get(self, request: Request) -> bytes:
        """The week of `start` by the calendar of one's own branch."""
        person, now = user_of(request), timezone.now()
        asked = WeekAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("start") or calendar_of(person).today(now)
        return JSONRenderer().render(MyWeekSerializer(my_schedule(person, day, now=now)).data)
