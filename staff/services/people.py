"""What happens to people who are here already: edits by Human Resource and by themselves, access ended and given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from config.caching import touch, touch_own
from config.errors import Forbidden, Invalid, Refused, refusing
from staff.models import EmploymentEvent, LetterKind, Person
from staff.models.careers import STANDING, kind_of, skips_level
from staff.roles import is_above, may
from staff.selectors import CareerNow, career_of
from staff.services import audit
from staff.services.fitness import faults_of, new_faults, refuse_erased, refuse_faults, tidy
from staff.services.hiring import EMAIL_CONSTRAINTS, taken
from staff.services.history import correct_hiring, drafted, keep, refuse_busy, standing_of, today_for
from staff.services.letters import end_links, write_letter
from staff.services.room import hold_room_for_people
from staff.services.turns import hold_person

# Where somebody stands in the organisation. Nobody moves or promotes themselves.
RECENTLY = timedelta(days=30)  # how long a sign-in counts as a sign of life
CAREER = frozenset({"role", "branch", "department", "sub_department", "contract_hours", "hired_on"})
PERSONAL = {"first_name", "last_name", "email", "phone", "personal_phone", "address", "date_of_birth", "gender"}
EDITABLE = CAREER | PERSONAL
ABOVE = "Nobody changes somebody above their own category."
GRANTED_ABOVE = "Nobody grants a role above their own category."
OWN_CAREER = "Nobody changes their own role, place or contract."


def edit_person(person: Person, changes: Mapping[str, Any], *, by: Person) -> Person:
    """Change any of EDITABLE and return the person as saved; a new role ends their tokens and sessions, and a new
    e-mail address is told at the old one.

    A new role, place or contract becomes an event of today, as through `change_career`.

    Raises Forbidden unless `by` is Human Resource, for their own career, and for somebody or a role above their
    own category; Invalid for data that does not fit together; Refused for an e-mail address that is somebody else's,
    and for somebody who was erased.
    """
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource edits people.")
    person = locked(person)
    refuse_erased(person)
    changed = {name: value for name, value in changes.items() if name in EDITABLE and getattr(person, name) != value}
    if denied := denied_to(by, person, changed):
        raise Forbidden(next(iter(denied.values())))
    moves = {name: value for name, value in changed.items() if name in STANDING}
    event = event_of(person, moves, career_of(person), by=by) if moves else None
    person = save_changes(person, changed, ends_tokens="role" in changed)
    if event:
        keep(event)
    if "hired_on" in changed:
        correct_hiring(person)
    return person


def denied_to(by: Person, person: Person, changed: Mapping[str, Any]) -> dict[str, str]:
    """What of these new values `by` may not give this person, {field: sentence}: to themselves nothing of a career, to
    nobody above their own category anything, and to nobody a role above it."""
    if by.pk == person.pk:
        return dict.fromkeys(sorted(CAREER & changed.keys()), OWN_CAREER)
    if is_above(person.role, by):
        return dict.fromkeys(changed, ABOVE)
    role = changed.get("role")
    return {"role": GRANTED_ABOVE} if role and is_above(role, by) else {}


def event_of(person: Person, moves: Mapping[str, Any], now: CareerNow, *, by: Person) -> EmploymentEvent:
    """What an edit of some of STANDING means for the person's career: no door changes one without a line of history.

    Raises Refused while another change is open and for who leaves, Invalid for a level skipped.
    """
    refuse_busy(person, now)
    before = standing_of(person, now.salary)
    after = replace(before, **moves)
    if skips_level(before.role, after.role):
        sentence = f"From {before.role} to {after.role} skips a level: change the career instead, and give a reason."
        raise Invalid(sentence, fields={"role": sentence})
    day = max(today_for(person), person.hired_on)
    return drafted(person, before, after, kind=kind_of(before, after), by=by, effective_on=day)


def edit_own(
    person: Person, *, phone: str | None = None, personal_phone: str | None = None, email: str | None = None
) -> Person:
    """Change one's own phones, or the e-mail address that one has confirmed; None leaves a value as it is.

    Raises Invalid for what is no phone number or address, Refused for an address that is somebody else's.
    """
    wanted = {"phone": phone, "personal_phone": personal_phone, "email": email}
    return save_changes(locked(person), {name: value for name, value in wanted.items() if value is not None})


def deactivate(person: Person, *, by: Person) -> Person:
    """Take somebody's access away: their sessions and tokens end at once. Without effect if it is away already."""
    _refuse_access_change(person, by=by)
    return _set_active(person, active=False)


def reactivate(person: Person, *, by: Person) -> Person:
    """Give somebody their access back; what was signed in before stays ended.

    Raises Refused for somebody who has left: restoring them gives it back, and writes it into their history. PlanFull
    beyond the plan's room.
    """
    _refuse_access_change(person, by=by)
    return _set_active(person, active=True)


def end_tokens(person: Person) -> None:
    """End every token and session of a person, by raising the version that all of them carry."""
    Person.objects.filter(pk=person.pk).update(token_version=F("token_version") + 1)
    audit.record_sign_out(person.pk)
    touch_own("staff.Person", pk=[person.pk])


def end_all_sessions(person: Person, *, by: Person) -> None:
    """Sign somebody else out everywhere; they hear of it, and may sign in again.

    Raises Forbidden unless `by` is Human Resource, Refused for oneself.
    """
    if not may(by, "end_sessions"):
        raise Forbidden("Only Human Resource ends somebody’s sessions.")
    if by.pk == person.pk:
        raise Refused("Your own sessions you end under Me, Security.")
    end_tokens(person)
    write_letter(person, LetterKind.SESSIONS_ENDED)


def record_login(person: Person, *, at: datetime) -> None:
    """Remember when somebody last signed in; the organisation must be entered."""
    Person.objects.filter(pk=person.pk).update(last_login=at)
    if person.last_login is None or person.last_login < at - RECENTLY:
        touch("staff.Person", pk=[person.pk])  # homes count who has signed in lately


def locked(person: Person) -> Person:
    """The row as it is now, held until the transaction ends: two edits at once do not undo one another."""
    hold_person(person.pk)
    return Person.objects.with_places().select_related("role__department", "role__sub_department").get(pk=person.pk)


def save_changes(person: Person, changed: Mapping[str, Any], *, ends_tokens: bool = False) -> Person:
    """Save these columns of a locked person. Raises Invalid for what does not fit together."""
    if not changed:
        return person
    before, known_as = faults_of(person), person.email
    for name, value in changed.items():
        setattr(person, name, value)
    tidy(person)
    refuse_faults(new_faults(before, faults_of(person), changed))
    if ends_tokens:
        person.token_version += 1
    with refusing(dict.fromkeys(EMAIL_CONSTRAINTS, taken(person.email))):
        person.save(update_fields=[*changed, "token_version"])
    if known_as != person.email:
        end_links(person, now=timezone.now())
        write_letter(person, LetterKind.ADDRESS_CHANGED, to=known_as)
    return person


def _refuse_access_change(person: Person, *, by: Person) -> None:
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource takes away or gives back access.")
    if by.pk == person.pk:
        raise Refused("You cannot take away or give back your own access.")


def _set_active(person: Person, *, active: bool) -> Person:
    person = locked(person)
    if active and person.left_on and career_of(person).has_left:
        raise Refused(f"{person} has left on {person.left_on:%-d %B %Y}; restore them instead.")
    if person.is_active != active:
        if active:
            hold_room_for_people()
        person.is_active = active
        person.token_version += 1
        person.save(update_fields=["is_active", "token_version"])
    return person
