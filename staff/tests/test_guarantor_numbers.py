"""One guarantor for many people is found although every number is sealed; keys may be replaced meanwhile."""

from __future__ import annotations

import logging

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from django.test import Client

from config import tenancy
from config.testing import ACE, OTHER, sign_in
from staff.models import AccessEntry, Guarantor
from staff.selectors.privacy import also_vouches_for, guaranteed_by
from staff.services.contacts import add_guarantor, add_next_of_kin, change_guarantor, remove_guarantor
from staff.tests.audits import newest

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
NUMBER, WRITTEN_OTHERWISE, IDENTITY = "+234 805 555 0177", "0805-555 0177", "AB 123 456 789"


def vouch(person, *, by, phone=NUMBER, identity="", name="Tunde Alao"):
    return add_guarantor(person, {"name": name, "phone": phone, "identity_number": identity}, by=by)


def found(number=NUMBER):
    return [person.first_name for person in guaranteed_by("phone", "phone_index", number)]


def test_the_same_number_is_found_however_it_is_written(cast, ace):
    vouch(cast.cashier, by=cast.hr)
    vouch(cast.teammate, by=cast.hr, phone=WRITTEN_OTHERWISE)
    vouch(cast.stranger, by=cast.hr, phone="0805 555 0178")
    assert found() == found(WRITTEN_OTHERWISE) == ["Adaeze", "Kunle"]


def test_the_column_tells_no_number(cast, ace):
    kin = add_next_of_kin(cast.cashier, {"name": "Ada", "relationship": "Sister", "phone": NUMBER}, by=cast.cashier)
    assert len(kin.phone_index) == 64
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM staff_nextofkin k")
        row = cursor.fetchone()[0]
    assert "5550177" not in "".join(character for character in row if character.isdigit())
    assert newest(about="staff.NextOfKin").after.keys().isdisjoint({"phone_index", "phone"})


def test_a_number_that_vouches_already_is_a_warning_and_no_refusal(cast):
    with tenancy.organisation(ACE):
        for person in (cast.teammate, cast.stranger, cast.stranger_manager):
            vouch(person, by=cast.hr)
    client = sign_in(Client(), cast.hr)
    path = f"/people/{cast.cashier.pk}/contacts/guarantors/add"
    page = client.post(path, {"name": "Tunde Alao", "phone": WRITTEN_OTHERWISE}, follow=True).content.decode()
    assert "Saved." in page
    assert "The telephone number of Tunde Alao already stands as guarantor for Femi Ade and 2 others." in page


def test_a_number_that_vouches_for_nobody_else_warns_of_nothing(cast, ace):
    vouch(cast.teammate, by=cast.hr, phone="0805 555 0178")
    assert also_vouches_for(vouch(cast.cashier, by=cast.hr)) == ""


def test_an_identity_number_is_compared_too(cast, ace):
    vouch(cast.teammate, by=cast.hr, phone="0805 555 0178", identity="ab123456789")
    warning = also_vouches_for(vouch(cast.cashier, by=cast.hr, identity=IDENTITY))
    assert warning == "The identity number of Tunde Alao already stands as guarantor for Kunle Ogundele."


def test_a_changed_number_is_found_and_one_that_was_taken_away_is_not(cast, ace):
    guarantor = vouch(cast.cashier, by=cast.hr, phone="0805 555 0178")
    change_guarantor(guarantor, {"phone": NUMBER}, by=cast.hr)
    assert (found(), found("0805 555 0178")) == (["Adaeze"], [])
    remove_guarantor(guarantor, by=cast.hr)
    assert found() == []


def test_during_a_rotation_a_number_is_found_under_any_key_and_after_it_under_the_newest(cast, settings):
    settings.ENCRYPTION_KEYS = [OLD]
    with tenancy.organisation(ACE):
        vouch(cast.cashier, by=cast.hr)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    with tenancy.organisation(ACE):
        vouch(cast.teammate, by=cast.hr)
        assert found() == ["Adaeze", "Kunle"]
    call_command("rotate_keys")
    settings.ENCRYPTION_KEYS = [NEW]
    with tenancy.organisation(ACE):
        assert found() == ["Adaeze", "Kunle"]
        assert len(set(Guarantor.objects.values_list("phone_index", flat=True))) == 1


def test_the_search_by_number_is_logged_for_each_person_it_finds(cast, caplog):
    with tenancy.organisation(ACE):
        vouch(cast.cashier, by=cast.hr)
    with tenancy.organisation(OTHER):
        vouch(cast.other_cashier, by=cast.other_hr)
    with caplog.at_level(logging.INFO):
        page = sign_in(Client(), cast.auditor).post("/people/guarantors/", {"number": NUMBER}).content.decode()
    assert "Adaeze Nwosu" in page
    assert "Owen Marsh" not in page
    assert "5550177" not in caplog.text.replace(" ", "")
    with tenancy.organisation(ACE):
        entry = AccessEntry.objects.get()
        assert (entry.by, entry.person, entry.what) == (cast.auditor, cast.cashier, "Guarantors, by their number")
    assert sign_in(Client(), cast.branch_manager).get("/people/guarantors/").status_code == 403


def test_half_a_number_finds_nothing_and_says_why(cast):
    answer = sign_in(Client(), cast.hr).post("/people/guarantors/", {"number": "0177"})
    assert answer.status_code == 422
    assert "Write the whole number" in answer.content.decode()
