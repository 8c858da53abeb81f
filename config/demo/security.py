"""Two things that happened to the demo chain's security this week: the page of risks has something to tell."""

from __future__ import annotations

from datetime import datetime, timedelta

from staff.models import Person, SecurityEvent, SecurityKind

# (hours ago, login, kind, of which family, at which route, address, device)
HAPPENED = (
    (9, "floor.manager", SecurityKind.PROBE_BURST, "", "/people/<int:pk>/", "203.0.113.54", "Chrome on Windows"),
    (70, "cashier", SecurityKind.DENIED_BURST, "", "/reports/", "203.0.113.9", "Chrome on Android"),
    (71, "cashier", SecurityKind.INJECTION, "database", "/schedule/", "203.0.113.9", "Chrome on Android"),
)


def fill(domain: str, now: datetime) -> None:
    """Write the events of the logins at this domain."""
    logins = {login: f"{login}@{domain}" for _, login, *_ in HAPPENED}
    people = {person.email: person for person in Person.objects.filter(email__in=logins.values())}
    SecurityEvent.objects.bulk_create(
        SecurityEvent(
            kind=kind,
            person=people[logins[login]],
            at=now - timedelta(hours=hours),
            address=address,
            device=device,
            request_id="",
            route=route,
            what=what,
        )
        for hours, login, kind, what, route, address, device in HAPPENED
    )
