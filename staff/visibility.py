"""Whom a request is about: visibility before permission, for doors that open another person's papers."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from config.errors import Forbidden
from staff.models import Person
from staff.roles import may_see_papers, may_see_profile


def visible_person(user: Person, pk: int, *, hold: bool = False) -> Person:
    """Somebody whom the user may see, else 404. Held while If-Match is compared and until the edit is in: two at once
    do not undo one another."""
    people = Person.objects.visible_to(user).with_places()
    return get_object_or_404(people.select_for_update(of=("self",), no_key=True) if hold else people, pk=pk)


def person_with_papers(user: Person, pk: int) -> Person:
    """The person whose papers the user may see. Raises Http404 out of reach, Forbidden where the table says no."""
    person = visible_person(user, pk)
    if not may_see_papers(user, person):
        raise Forbidden("Documents, next of kin and guarantors of others are not for your role.")
    return person


def person_with_profile(user: Person, pk: int) -> Person:
    """The person whose profile the user may see. Raises Http404 out of reach, Forbidden where the table says no."""
    person = visible_person(user, pk)
    if not may_see_profile(user, person):
        raise Forbidden("Personal profiles of others are not for your role.")
    return person
