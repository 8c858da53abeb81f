"""A person's picture: put up and taken down by themselves, and by Human Resource for anybody."""

from __future__ import annotations

from config.errors import Forbidden, Refused
from staff.documents.portraits import portrait
from staff.documents.scanner import refuse_infected
from staff.documents.storage import forget, stored
from staff.models import Consent, ConsentKind, Person
from staff.roles import may
from staff.services.fitness import refuse_erased
from staff.services.papers import Upload
from staff.services.people import locked


def set_picture(person: Person, upload: Upload, *, by: Person) -> Person:
    """Keep a picture in the place of the one before.

    Raises Forbidden for another's unless `by` is Human Resource, Refused where the person has said that they want none,
    Invalid for a file that is no JPEG or PNG.
    """
    require_own_or_keeper(person, by)
    _refuse_unwanted(person, by)
    drawn = portrait(upload.data)
    refuse_infected(upload.data)
    person = locked(person)
    refuse_erased(person)
    with stored(drawn) as key:
        _keep(person, key)
    return person


def remove_picture(person: Person, *, by: Person) -> Person:
    """Take the picture down, file and all; initials stand in its place. Without effect where there is none."""
    require_own_or_keeper(person, by)
    person = locked(person)
    if person.picture:
        _keep(person, "")
    return person


def require_own_or_keeper(person: Person, by: Person) -> None:
    """Refuse whoever is neither the person nor Human Resource."""
    if by.pk != person.pk and not may(by, "edit_people"):
        raise Forbidden("A picture is changed by the person and by Human Resource.")


def _refuse_unwanted(person: Person, by: Person) -> None:
    last = Consent.objects.filter(person=person, kind=ConsentKind.PICTURE).order_by("-id").first()
    if last is None or last.is_given:
        return
    if by.pk == person.pk:
        raise Refused("You said that colleagues may not see your picture: say that they may, under Your data.")
    raise Refused(f"{person} does not want a picture in the directory.")


def _keep(person: Person, key: str) -> None:
    before, person.picture = person.picture, key
    person.save(update_fields=["picture"])
    if before:
        forget(before)
