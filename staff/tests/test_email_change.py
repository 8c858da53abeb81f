"""A new e-mail address: confirmed from the address itself, told at the old one, telling nobody who is known here."""

from __future__ import annotations

import pytest
from django.test import Client

from config import tenancy
from config.testing import ACE, sign_in
from config.tests.mailbox import mail_server
from staff.models import Person
from staff.services import edit_person
from staff.tests.doors import api, log_in
from staff.tests.make import PASSWORD
from staff.tests.post import arrived

pytestmark = pytest.mark.django_db

NEW = "adaeze@home.example"


@pytest.fixture
def mailbox(settings):
    with mail_server(settings) as box:
        yield box


def ask(client, person, email=NEW, password=PASSWORD):
    return api(client, "email/change", {"email": email, "password": password}, access=log_in(client, person)["access"])


def address(person):
    with tenancy.organisation(person.organisation_id):
        return Person.objects.get(pk=person.pk).email


def test_nothing_changes_before_the_new_address_confirms_it(client, cast, mailbox):
    before = cast.cashier.email
    assert ask(client, cast.cashier).status_code == 202
    (letter,) = arrived(mailbox)
    assert (letter.to, address(cast.cashier)) == (NEW, before)
    assert api(client, "email/confirm", {"token": letter.token}).status_code == 204
    assert address(cast.cashier) == NEW
    assert log_in(client, Person(email=NEW))["user"]["email"] == NEW
    (told,) = arrived(mailbox)
    assert (told.to, told.subject) == (before, "Your e-mail address was changed")
    assert api(client, "email/confirm", {"token": letter.token}).status_code == 400


def test_the_page_confirms_by_a_button_because_mail_programs_follow_links(client, cast, mailbox):
    sign_in(client, cast.cashier)
    done = client.post("/account/email/", {"email": NEW.upper(), "password": PASSWORD})
    assert done["Location"] == "/account/security/"
    (letter,) = arrived(mailbox)
    reader = Client()
    assert reader.get(letter.path).status_code == 200
    assert address(cast.cashier) != NEW
    assert reader.post(letter.path)["Location"] == "/login"
    assert address(cast.cashier) == NEW
    assert reader.get(letter.path).status_code == 410


def test_it_needs_the_password_and_an_address(client, cast, mailbox):
    wrong = ask(client, cast.cashier, password="a guess or two")
    assert (wrong.status_code, list(wrong.json()["error"]["fields"])) == (400, ["password"])
    nonsense = ask(client, cast.cashier, email="not an address")
    assert (nonsense.status_code, list(nonsense.json()["error"]["fields"])) == (400, ["email"])
    assert arrived(mailbox) == []


def test_an_address_that_is_taken_is_answered_like_a_free_one_and_gets_no_letter(client, cast, mailbox):
    taken = ask(client, cast.cashier, email=cast.other_hr.email)
    free = ask(client, cast.cashier)
    assert (taken.status_code, taken.json()) == (free.status_code, free.json())
    assert [letter.to for letter in arrived(mailbox)] == [NEW]


def test_an_address_that_was_taken_meanwhile_is_refused_and_the_old_one_stays(client, cast, mailbox):
    ask(client, cast.cashier)
    (letter,) = arrived(mailbox)
    with tenancy.organisation(ACE):
        edit_person(cast.teammate, {"email": NEW}, by=cast.hr)
    assert api(client, "email/confirm", {"token": letter.token}).status_code == 409
    page = client.post(letter.path)
    assert (page.status_code, "already belongs to somebody" in page.content.decode()) == (409, True)
    assert address(cast.cashier) != NEW


def test_a_link_for_an_address_sets_no_password_and_the_other_way_round(client, cast, mailbox):
    ask(client, cast.cashier)
    api(client, "password/forgot", {"email": cast.cashier.email})
    letters = {letter.subject: letter for letter in arrived(mailbox)}
    for_address, for_password = letters["Confirm your new e-mail address"], letters["Choose a new password"]
    words = {"token": for_address.token, "password": "correct horse battery"}
    assert api(client, "password/reset", words).status_code == 400
    assert api(client, "email/confirm", {"token": for_password.token}).status_code == 400


def test_a_new_password_ends_the_link_to_an_address_that_somebody_else_asked_for(client, cast, mailbox):
    """Who knew the old password may have asked for it."""
    ask(client, cast.cashier)
    (letter,) = arrived(mailbox)
    access = log_in(client, cast.cashier)["access"]
    words = {"current": PASSWORD, "new": "correct horse battery"}
    assert api(client, "password/change", words, access=access).status_code == 200
    assert api(client, "email/confirm", {"token": letter.token}).status_code == 400
    assert [told.subject for told in arrived(mailbox)] == ["Your password was changed"]


def test_a_new_password_ends_a_letter_that_still_waits(client, cast, mailbox):
    ask(client, cast.cashier)
    access = log_in(client, cast.cashier)["access"]
    api(client, "password/change", {"current": PASSWORD, "new": "correct horse battery"}, access=access)
    assert [letter.subject for letter in arrived(mailbox)] == ["Your password was changed"]


def test_human_resources_edit_is_told_at_the_old_address(cast, mailbox):
    with tenancy.organisation(ACE):
        edit_person(cast.cashier, {"email": NEW}, by=cast.hr)
    assert [letter.to for letter in arrived(mailbox)] == [cast.cashier.email]
