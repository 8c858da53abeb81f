"""What people hear of their career. No message ever holds a salary: messages are read on many screens, and copied."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from staff.models import EmploymentEvent, Person, State
from staff.models.careers import PLACES
from staff.roles import Reach, may


def tell(person_id: int, kind: str, *, key: str, title: str, body: str = "", url: str = "") -> None:
    """Tell somebody, all or nothing with the caller's transaction. `staff` stands below notifications, so the
    settings name who does it."""
    teller: Callable[..., None] = import_string(settings.TELL)
    teller(person_id, kind, key=key, title=title, body=body, url=url)


def tell_of_change(event: EmploymentEvent) -> None:
    """Tell the person what is new for them, or will be; nothing is where the proposed pay is the present one."""
    if not event.changes_anything:
        return
    when = "" if event.state == State.APPLIED else f" from {event.effective_on:%-d %B %Y}"
    _tell(event, event.person_id, "promotion", f"{what_is_new(event)}{when}", reverse("person", args=[event.person_id]))


def tell_of_leaving(event: EmploymentEvent) -> None:
    """Tell somebody whose last working day lies ahead; who has lost access already could not read it."""
    title = f"Your last working day is {event.effective_on:%-d %B %Y}"
    _tell(event, event.person_id, "general", title, reverse("person", args=[event.person_id]))


def tell_of_restoring(event: EmploymentEvent, *, had_left: bool) -> None:
    """Tell somebody that they are back, or that their last working day is none."""
    title = "You have your access again" if had_left else "You stay: your leaving is undone"
    _tell(event, event.person_id, "general", title, reverse("home"))


def tell_of_proposal(event: EmploymentEvent) -> None:
    """Ask those who decide."""
    title = f"{event.by} proposes for {event.person}: {event.label.lower()}"
    deciders = Person.objects.active().exclude(pk=event.person_id).select_related("role")
    # Whoever decides reaches the whole organisation: a handful of people, of whom the table picks.
    for person in deciders.filter(role__reach=Reach.ORGANISATION):
        if may(person, "change_careers"):
            _tell(event, person.pk, "general", title, reverse("changes"), event.reason)


def tell_of_decision(event: EmploymentEvent) -> None:
    """Tell who proposed or planned it what became of it, unless they did that themselves."""
    if event.by_id and event.by_id != event.decided_by_id:
        outcome = {State.DECLINED: "declined", State.WITHDRAWN: "withdrawn"}.get(State(event.state), "approved")
        title = f"{event.label} of {event.person}: {outcome}"
        _tell(event, event.by_id, "general", title, reverse("changes"), event.outcome)


def what_is_new(event: EmploymentEvent) -> str:
    """A change in a sentence to the person, as the notification's title."""
    if event.role_before_id != event.role_after_id:
        at = f" at {event.branch_after}" if event.branch_after else ""
        return f"Your role is {event.role_after}{at}"
    if any(getattr(event, f"{place}_before_id") != getattr(event, f"{place}_after_id") for place in PLACES):
        where = [getattr(event, f"{place}_after") for place in ("branch", "sub_department", "department")]
        return f"You work at {', '.join(str(place) for place in where[:3] if place)}"
    return "Your contract hours have changed" if event.label == "Change of contract" else "Your salary has changed"


def _tell(event: EmploymentEvent, person_id: int, kind: str, title: str, url: str, body: str = "") -> None:
    tell(person_id, kind, key=f"career:{event.pk}:{event.state}:{person_id}", title=title, body=body, url=url)
