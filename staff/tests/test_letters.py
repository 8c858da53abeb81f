"""Letters: sent after the commit by a worker that is told only the organisation, tried again, never twice at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, bearer, sign_in
from config.tests.mailbox import mail_server
from staff.importing import import_people
from staff.models import Letter, LetterKind, OneTimeLink, Person
from staff.services import HireDetails, edit_person, hire, letters
from staff.services.letters import organisations_that_wait, write_letter
from staff.tasks import send_letters, sweep_letters
from staff.tests.doors import api
from staff.tests.make import make_person
from staff.tests.post import arrived

pytestmark = pytest.mark.django_db

FIRST = "a password of my own"


@pytest.fixture
def mailbox(settings):
    with mail_server(settings) as box:
        yield box


def details(cast, name="Ngozi"):
    team = {"branch": cast.bodija, "department": cast.supermarket}
    email = f"{name.lower()}@acemall.example"
    return HireDetails(name, "Balogun", email, cast.cashier.role, date(2026, 1, 5), **team)


# ── New people ───────────────────────────────────────────────────────────────


def test_a_new_person_chooses_their_password_by_the_letters_link_once(client, cast, mailbox):
    with tenancy.organisation(ACE):
        person = hire(details(cast), by=cast.hr)
    assert not person.has_usable_password()
    (letter,) = arrived(mailbox)
    assert (letter.to, letter.subject) == (person.email, "Choose your password")
    assert "Ace Mall" in letter.text
    client.get(letter.path)
    assert client.post("/password/new/", {"password": FIRST})["Location"] == "/login"
    assert client.post("/login", {"email": person.email, "password": FIRST})["Location"] == "/"
    assert Client().get(letter.path).status_code == 410
    assert arrived(mailbox) == []  # a first password is no news to anybody


@pytest.mark.parametrize("door", ["api", "admin", "import"])
def test_whoever_is_hired_is_invited_through_every_door(client, cast, mailbox, door, tmp_path):
    new = {
        "first_name": "Ngozi", "last_name": "Balogun", "email": "ngozi@acemall.example",
        "role": cast.cashier.role_id, "branch": cast.bodija.pk, "department": cast.supermarket.pk,
        "hired_on": "2026-01-05", "contract_hours": "40",
    }  # fmt: skip
    if door == "api":
        answer = client.post("/api/v1/staff", new, content_type="application/json", headers=bearer(cast.floor_manager))
        assert answer.status_code == 201, answer.content
    elif door == "admin":
        assert sign_in(client, cast.hr).post("/admin/staff/person/add/", new).status_code == 302
    else:
        new |= {"role": "Cashier", "branch": "Bodija", "department": "SuperMarket"}
        file = tmp_path / "people.csv"
        file.write_text(f"{','.join(new)}\n{','.join(new.values())}\n")
        with tenancy.organisation(ACE):
            assert import_people(file, by=cast.hr, commit=True).faults == []
    assert [letter.to for letter in arrived(mailbox)] == ["ngozi@acemall.example"]


def test_an_invitation_is_good_for_seven_days(client, cast, mailbox):
    with tenancy.organisation(ACE):
        hire(details(cast), by=cast.hr)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        (letter,) = arrived(mailbox)
        clock.shift(timedelta(days=6, hours=23))
        assert client.get(letter.path).status_code == 302
        clock.shift(timedelta(hours=2))
        assert client.get(letter.path).status_code == 410


def test_human_resource_sends_it_again_and_the_first_opens_nothing_any_more(client, cast, mailbox):
    with tenancy.organisation(ACE):
        person = hire(details(cast), by=cast.hr)
    (first,) = arrived(mailbox)
    chosen = {"action": "invite_again", "_selected_action": [person.pk, cast.teammate.pk]}
    page = sign_in(client, cast.hr).post("/admin/staff/person/", chosen, follow=True).content.decode()
    assert "have a password already" in page
    (second,) = arrived(mailbox)
    assert second.to == person.email
    assert Client().get(first.path).status_code == 410
    assert Client().get(second.path).status_code == 302


def test_an_invitation_to_a_mistyped_address_opens_nothing_once_it_is_corrected(client, cast, mailbox):
    with tenancy.organisation(ACE):
        person = hire(details(cast), by=cast.hr)
    (letter,) = arrived(mailbox)
    with tenancy.organisation(ACE):
        edit_person(person, {"email": "ngozi.balogun@acemall.example"}, by=cast.hr)
    assert client.get(letter.path).status_code == 410


def test_only_human_resource_sends_it_again(client, cast, mailbox):
    with tenancy.organisation(ACE):
        person = hire(details(cast), by=cast.hr)
    arrived(mailbox)
    sign_in(client, cast.floor_manager).post(
        "/admin/staff/person/", {"action": "invite_again", "_selected_action": [person.pk]}
    )
    assert arrived(mailbox) == []


# ── Sending ──────────────────────────────────────────────────────────────────


def tell(person, kind=LetterKind.LOCKED):
    with tenancy.organisation(person.organisation_id):
        write_letter(person, kind)


def test_a_letter_is_sent_once(cast, mailbox):
    tell(cast.cashier)
    assert len(arrived(mailbox)) == 1
    assert arrived(mailbox) == []


def test_a_mail_server_that_refuses_is_asked_again_and_the_reason_is_kept_without_its_words(cast, mailbox):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tell(cast.cashier)
        mailbox.answer = f"450 {cast.cashier.email} is over quota"
        assert arrived(mailbox) == []
        with tenancy.organisation(ACE):
            assert Letter.objects.get().last_error == "SMTPDataError"
        mailbox.answer = None
        assert arrived(mailbox) == []  # it rests
        clock.shift(31)
        assert len(arrived(mailbox)) == 1


def test_after_five_refusals_it_is_given_up(cast, mailbox):
    mailbox.answer = "550 no"
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tell(cast.cashier)
        for _ in range(6):
            arrived(mailbox)
            clock.shift(timedelta(hours=3))
        with tenancy.organisation(ACE):
            letter = Letter.objects.get()
        assert (letter.attempts, letter.dead_at is not None, letter.sent_at) == (5, True, None)


def test_a_letter_that_waited_too_long_is_not_sent(cast, mailbox):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tell(cast.cashier, LetterKind.RESET)
        clock.shift(timedelta(minutes=11))
        assert arrived(mailbox) == []


def test_a_letter_that_was_ended_after_a_worker_took_it_is_not_sent(cast, mailbox):
    tell(cast.cashier, LetterKind.RESET)
    taken = letters._claim(ACE)
    with tenancy.organisation(ACE):
        letters.end_links(cast.cashier, now=timezone.now())
    assert letters._send(ACE, taken) is False
    assert mailbox.letters == []


def test_without_a_mail_server_letters_wait(cast, settings):
    settings.EMAIL_HOST = ""
    tell(cast.cashier)
    assert send_letters(ACE) == 0
    with mail_server(settings) as mailbox:
        assert len(arrived(mailbox)) == 1


def test_the_sweep_finds_what_a_lost_hint_left_waiting_in_every_organisation(cast, mailbox):
    tell(cast.cashier)
    tell(cast.other_cashier)
    assert organisations_that_wait(timezone.now()) == [ACE, OTHER]
    assert sweep_letters() == 2
    assert {letter["To"] for letter in mailbox.letters} == {cast.cashier.email, cast.other_cashier.email}
    assert sweep_letters() == 0


@pytest.mark.parametrize("kind", LetterKind)
def test_every_kind_of_letter_can_be_written_and_says_whose_it_is(cast, mailbox, kind, settings):
    settings.SITE_URL = "https://staff.acemall.example/"
    with tenancy.organisation(ACE):
        make_person("D'Arcy", "O<Neil", cast.cashier.role, email="darcy@acemall.example")
        write_letter(Person.objects.get(email="darcy@acemall.example"), kind, detail="Firefox & friends")
    (letter,) = arrived(mailbox)
    assert letter.text.startswith("Hello D'Arcy,")
    assert "https://staff.acemall.example/" in letter.text
    assert "&amp;" not in letter.text
    assert letter.subject == kind.label


def test_a_letters_secrets_are_kept_as_digests(client, cast, mailbox):
    api(client, "password/forgot", {"email": cast.cashier.email})
    (letter,) = arrived(mailbox)
    with tenancy.organisation(ACE):
        kept = " ".join(str(value) for value in vars(OneTimeLink.objects.get()).values())
    assert letter.token not in kept
    assert letter.code not in kept
