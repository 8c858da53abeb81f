"""Writing down what requests of one person came to, and telling those who look after it."""

from __future__ import annotations

from datetime import datetime

from config import origin, tenancy
from staff.devices import device_of
from staff.models import Person, SecurityEvent, SecurityKind
from staff.services.alarms import sound
from staff.signin import Login


def note(login: Login, kind: SecurityKind, *, route: str, now: datetime, what: str = "") -> None:
    """Write one event in the person's organisation, in a transaction of its own, and alarm whoever is to know."""
    here = origin.current()
    with tenancy.organisation(login.organisation):
        person = Person.objects.select_related("role").filter(pk=login.person).first()
        if person is None:
            return
        SecurityEvent.objects.create(
            kind=kind,
            person=person,
            at=now,
            address=here.address,
            device=device_of(here.agent),
            request_id=here.request_id,
            route=route,
            what=what,
        )
        sound(kind, person, now=now)
