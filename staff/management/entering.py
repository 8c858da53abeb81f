"""For which organisation and in whose name a command works on people."""

from __future__ import annotations

from django.core.management.base import CommandError

from config import tenancy
from staff.models import Organisation, Person
from staff.roles import Duty


def organisation_named(slug: str | None) -> int:
    """The organisation of that name, or the only one. Raises CommandError that names those there are."""
    found = {}
    for pk in tenancy.each_organisation():
        with tenancy.organisation(pk):
            found[Organisation.objects.get(pk=pk).slug] = pk
    if slug is None and len(found) == 1:
        return next(iter(found.values()))
    names = ", ".join(sorted(found)) or "none"
    if slug is None:
        raise CommandError(f"Say which organisation with --organisation: {names}.")
    if slug not in found:
        raise CommandError(f"There is no active organisation {slug}; there are: {names}.")
    return found[slug]


def in_whose_name(email: str | None) -> Person:
    """Whoever has the address, or the first of Human Resource. Raises CommandError where there is nobody."""
    people = Person.objects.with_places().active()
    if email:
        person = people.filter(email=email.lower()).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail address {email}.")
        return person
    person = people.filter(role__duty=Duty.PEOPLE).order_by("id").first()
    if person is None:
        raise CommandError("Nobody of Human Resource is here to do this; name somebody with --by.")
    return person
