"""What a copy is worth: a list that is kept, beside the same built anew and beside a view that does nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from statistics import median
from time import sleep

from django.test import override_settings
from django.utils import timezone

from benchmarks import bare, stage
from benchmarks.report import Figure
from config import epoch, tenancy
from config.testing import ACE, bearer
from config.tests.fast import Door
from notifications.kinds import Kind
from notifications.models import Notification
from staff.models import Person

ROUNDS, TIMES, INBOX, SHOWN = 30, 20, 400, 200
LIST = f"/api/v1/notifications?limit={SHOWN}"


def copies() -> tuple[Figure, Figure]:
    """200 notifications over the API, asked of the whole WSGI application in process: kept, not kept, and of a view
    that does nothing, in turn."""
    with stage.database():
        person = _somebody_with_an_inbox()
        stage.analyse()
        door, headers, yardstick = Door(), bearer(person), bare.site()
        _expect(door, headers, "MISS")
        sleep(epoch.QUIET)
        kept, built, nothing = [], [], []
        for _ in range(ROUNDS):
            nothing.append(_seconds(lambda: yardstick.get(bare.PATH)))
            kept.append(_seconds(lambda: _expect(door, headers, "HIT")))
            with override_settings(CACHE_ENABLED=False):
                built.append(_seconds(lambda: _expect(door, headers, "BYPASS")))
            stage.forget_limits()
    one, other, least = median(kept), median(built), median(nothing)
    note = f"{one * 1e3:.2f} ms kept, {other * 1e3:.2f} ms built, {least * 1e3:.2f} ms for nothing; medians of {ROUNDS}"
    return Figure(least / one, note), Figure(other / one, f"{SHOWN} notifications")


def _somebody_with_an_inbox() -> Person:
    with tenancy.organisation(ACE):
        person = stage.crew(SuperMarket=1).teams[0][1][0]
        now = timezone.now()
        Notification.objects.bulk_create(
            Notification(
                person=person,
                kind=Kind.GENERAL,
                title=f"The canteen opens at 12:{number % 60:02}",
                body="Half an hour earlier than before.",
                created_at=now - timedelta(minutes=INBOX - number),
            )
            for number in range(INBOX)
        )
    return person


def _seconds(ask: Callable[[], object]) -> float:
    """Of one request; the first is not counted, for it may have to make what the others find."""
    ask()
    return stage.seconds_of(lambda: [ask() for _ in range(TIMES)]) / TIMES


def _expect(door: Door, headers: dict[str, str], outcome: str) -> None:
    answer = door.get(LIST, headers)
    if (answer.status_code, answer["X-Cache"]) not in ((200, outcome), (200, "MISS")):
        raise RuntimeError(f"{LIST} answered {answer.status_code}, X-Cache {answer['X-Cache']}.")
