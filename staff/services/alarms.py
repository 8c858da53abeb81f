"""Alarms: a grave security event is told at once to those who read the audit log, and not again for five minutes.

In-app, by letter, and by the webhook that the settings name. What comes meanwhile about the same person is counted,
and the next message says how many.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.module_loading import import_string

from config import origin, tenancy
from config.errors import Forbidden
from staff.models import LetterKind, Organisation, Person, SecurityKind, SecurityMute
from staff.roles import holding, may
from staff.security.kinds import KINDS
from staff.services.letters import write_letters
from staff.services.telling import tell

COOLDOWN = timedelta(minutes=5)
LONGEST = 254  # characters that a letter holds of it

# One statement, so that of many at once exactly one is told: the others wait for its row and find it told. `held` is
# nothing only for the one that tells; `said` is what it is to say.
CLAIM = """
INSERT INTO staff_securityalarm AS alarm (kind, person_id, told_at, held, said)
VALUES (%(kind)s, %(person)s, %(now)s, 0, 0)
ON CONFLICT (organisation_id, kind, person_id) DO UPDATE SET
    told_at = CASE WHEN alarm.told_at <= %(before)s THEN excluded.told_at ELSE alarm.told_at END,
    said = CASE WHEN alarm.told_at <= %(before)s THEN alarm.held ELSE alarm.said END,
    held = CASE WHEN alarm.told_at <= %(before)s THEN 0 ELSE alarm.held + 1 END
RETURNING id, held, said
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is told. `key` names this one message; `where` is its page, as a path of this site."""

    key: str
    kind: SecurityKind
    title: str
    held_back: str
    where: str


def sound(kind: SecurityKind, person: Person, *, now: datetime) -> None:
    """Tell of an event about a person, if one of this kind about them is to be told, and was not just now.

    All or nothing with the caller's transaction, in the person's organisation.
    """
    judged = KINDS[kind]
    if judged.alarms is None or not judged.alarms(person):
        return
    with connection.cursor() as cursor:
        claimed: dict[str, Any] = {"kind": kind, "person": person.pk, "now": now, "before": now - COOLDOWN}
        cursor.execute(CLAIM, claimed)
        pk, held, said = cursor.fetchone()
    if held:
        return
    where = f"{reverse('security-events')}?{urlencode({'kind': kind.value, 'person': person.pk})}"
    held_back = f"{said:,} more of these were held back since the last message." if said else ""
    title = judged.title.format(person=person)
    _tell(Alarm(f"security:{pk}:{now.timestamp():.0f}", kind, title, held_back, where), said)


def sound_from_outside(kind: SecurityKind, *, now: datetime) -> None:
    """Tell of what somebody did who is nobody of the entered organisation: an operator, or a command, by its name.

    Each time: such things are rare, and there is no person by whom to count them.
    """
    who = f"The {origin.current().name}"
    where = f"{reverse('security-events')}?{urlencode({'kind': kind.value})}"
    key = f"security:{kind.value}:{now.timestamp():.6f}"
    _tell(Alarm(key, kind, KINDS[kind].title.format(person=who), "", where))


def _tell(alarm: Alarm, held_back: int = 0) -> None:
    readers = list(Person.objects.active().filter(holding("read_audit", "role__")))
    for reader in readers:
        key = f"{alarm.key}:{reader.pk}"
        tell(reader.pk, "security", key=key, title=alarm.title, body=alarm.held_back, url=alarm.where)
    muted = set(SecurityMute.objects.values_list("person", flat=True))
    wanting = [reader for reader in readers if reader.pk not in muted]
    write_letters(wanting, LetterKind.SECURITY_ALARM, detail=f"{alarm.title}. {alarm.held_back}".strip()[:LONGEST])
    call: Callable[..., None] = import_string(settings.CALL_WEBHOOK)
    organisation = Organisation.objects.get(pk=tenancy.current() or 0)
    # No name goes out: who it is stands where only readers of the log come.
    call(
        event="security",
        title=f"{organisation}: {alarm.kind.label.lower()}",
        payload={"kind": alarm.kind.value, "organisation": organisation.slug, "held_back": held_back},
        where=alarm.where,
    )


def mute(person: Person) -> None:
    """Send no e-mails about security any more to somebody who reads the audit log. Raises Forbidden."""
    _refuse_others(person)
    SecurityMute.objects.get_or_create(person=person)


def unmute(person: Person) -> None:
    """Send them again. Raises Forbidden."""
    _refuse_others(person)
    SecurityMute.objects.filter(person=person).delete()


def _refuse_others(person: Person) -> None:
    if not may(person, "read_audit"):
        raise Forbidden("Messages about security are for those who read the audit log.")
