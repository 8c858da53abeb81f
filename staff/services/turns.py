"""Taking turns: of two at once, the second sees what the first has done."""

from __future__ import annotations

from config import tenancy
from staff.models import Organisation, Person


def hold_person(pk: int) -> None:
    """Hold somebody's row until the transaction ends.

    Not its key: whoever writes a row that refers to them meanwhile, such as a message to their inbox, does not wait.
    """
    Person.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk").first()


def hold_organisation() -> Organisation:
    """The entered organisation, its row held until the transaction ends, and its key free."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=tenancy.current() or 0)
