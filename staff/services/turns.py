"""Taking turns: of two at once, the second sees what the first has done."""

from __future__ import annotations

from config import tenancy
from staff.models import Organisation, Person
from staff.services.fitness import refuse_erased


def hold_person(pk: int) -> None:
    """Hold somebody's row until the transaction ends.

    Not its key: whoever writes a row that refers to them meanwhile, such as a message to their inbox, does not wait.
    """
    Person.objects.select_for_update(no_key=True).filter(pk=pk).values_list("pk").first()


def hold(person: Person) -> None:
    """Hold somebody's row as above, to add something about them.

    Raises Refused for somebody who was erased, also just now: what were added behind that would stay for good.
    """
    # No key: two who add something about one another would each wait for the other's row as their own key is checked.
    refuse_erased(Person.objects.select_for_update(no_key=True).only("email").get(pk=person.pk))


def hold_organisation() -> Organisation:
    """The entered organisation, its row held until the transaction ends, and its key free."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=tenancy.current() or 0)
