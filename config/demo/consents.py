"""The demo's consents: nearly everybody has read the notice, most have said what they agree to; the logins have not."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from config.demo import bulk
from staff.consents import VERSION
from staff.models import Consent, ConsentKind, Door, Person

COLUMNS = "person_id kind version is_given at door"
READ, ANSWERED, AGREED = 95, 70, 80  # in a hundred
DAYS = 60  # in which they answered


def fill(logins: set[int], now: datetime) -> None:
    """Write the answers of everybody in the entered organisation but these."""
    people = Person.objects.exclude(pk__in=logins).order_by("pk").values_list("pk", "employee_number")
    rows = [row for pk, number in people for row in _answers(pk, Random(f"consents {number}"), now)]
    bulk.insert(Consent, COLUMNS.split(), rows)


def _answers(person: int, dice: Random, now: datetime) -> list[tuple[object, ...]]:
    at = now - timedelta(days=dice.randrange(1, DAYS), seconds=dice.randrange(86_400))
    said = {ConsentKind.NOTICE: True} if dice.randrange(100) < READ else {}
    for kind in (ConsentKind.PICTURE, ConsentKind.MESSAGES):
        if dice.randrange(100) < ANSWERED:
            said[kind] = dice.randrange(100) < AGREED
    return [(person, kind.value, VERSION, is_given, at, Door.PAGE.value) for kind, is_given in said.items()]
