"""Taking access away and giving it back: who may, and that nothing old comes alive again."""

import pytest

from config.errors import Forbidden, Invalid, Refused
from staff.models import AccessEntry, AuditEntry, AuditKind, Person
from staff.services import deactivate, edit_own, edit_person, end_tokens, opened, reactivate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "who", ["cashier", "floor_manager", "branch_manager", "group_head", "auditor", "coo", "ceo"]
)  # fmt: skip
def test_only_human_resource_takes_and_gives_access(cast, ace, who):
    for verb in (deactivate, reactivate):
        with pytest.raises(Forbidden):
            verb(cast.teammate, by=getattr(cast, who))
    assert Person.objects.get(pk=cast.teammate.pk).is_active


def test_nobody_locks_themselves_out(cast, ace):
    with pytest.raises(Refused, match="your own access"):
        deactivate(cast.hr, by=cast.hr)


def test_each_change_of_access_ends_what_was_signed_in_once(cast, ace):
    person = deactivate(cast.cashier, by=cast.hr)
    assert (person.is_active, person.token_version) == (False, 2)
    assert deactivate(cast.cashier, by=cast.hr).token_version == 2
    person = reactivate(cast.cashier, by=cast.hr)
    assert (person.is_active, person.token_version) == (True, 3)
    end_tokens(person)
    assert Person.objects.get(pk=person.pk).token_version == 4


def test_an_edit_made_from_an_old_copy_does_not_undo_another(cast, ace):
    old = Person.objects.get(pk=cast.cashier.pk)
    end_tokens(cast.cashier)
    edit_own(old, phone="+234 803 555 0100")
    now = Person.objects.get(pk=cast.cashier.pk)
    assert (now.phone, now.token_version) == ("+234 803 555 0100", 2)


def test_what_was_wrong_before_keeps_nobody_from_a_new_number(cast, ace):
    cast.bodija.is_active = False
    cast.bodija.save()
    assert edit_own(cast.cashier, phone="+234 803 555 0101").phone == "+234 803 555 0101"
    assert edit_person(cast.cashier, {"first_name": "Ada  Chi"}, by=cast.hr).first_name == "Ada Chi"
    with pytest.raises(Invalid, match="Bodija is closed"):
        edit_person(cast.stranger, {"branch": cast.bodija}, by=cast.hr)


def test_a_look_that_is_named_at_length_is_logged_in_short(cast, ace):
    opened(cast.cashier, "Paper " * 40, by=cast.hr)
    assert AccessEntry.objects.get().what == ("Paper " * 40)[:100]
    assert AuditEntry.objects.filter(kind=AuditKind.READ).get().about == ("Paper " * 40)[:60]
