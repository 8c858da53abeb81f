"""A grave event is told at once, once in five minutes, in three ways, and the next message says what was held back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER
from config.tests.mailbox import mail_server
from staff.models import (
    Letter,
    LetterKind,
    Organisation,
    Person,
    SecondStep,
    SecurityAlarm,
    SecurityKind,
    SecurityMute,
)
from staff.services.alarms import sound
from staff.services.founding import ask_second_step
from staff.services.operating import as_operator
from staff.services.protecting import set_rule
from staff.services.second_factor import take_off
from staff.tests.doors import api, enter, log_in, protect
from staff.tests.make import make_operator
from staff.tests.post import arrived

READERS = ("hr", "ceo", "coo", "auditor")


def ring(person, kind=SecurityKind.PROBE_BURST, *, now=None):
    with tenancy.organisation(ACE):
        sound(kind, Person.objects.select_related("role").get(pk=person.pk), now=now or timezone.now())


def titles(person):
    """Title and text of what they were told. The outbox is above this app, so it is asked by its name."""
    messages = apps.get_model("notifications", "OutboxMessage").objects
    with tenancy.organisation(person.organisation_id):
        return list(messages.filter(person=person, kind="security").order_by("pk").values_list("title", "body"))


def letters(person):
    with tenancy.organisation(ACE):
        return Letter.objects.filter(person=person, kind=LetterKind.SECURITY_ALARM).count()


@pytest.mark.django_db
def test_whoever_reads_the_audit_log_is_told_in_app_and_by_letter_and_nobody_else(cast):
    ring(cast.cashier)
    for name in READERS:
        assert titles(getattr(cast, name)) == [("Looks for what is not theirs: Adaeze Nwosu", "")]
        assert letters(getattr(cast, name)) == 1
    for person in (cast.cashier, cast.branch_manager, cast.group_head):
        assert (titles(person), letters(person)) == ([], 0)
    assert titles(cast.other_hr) == []
    with tenancy.organisation(OTHER):
        assert not Letter.objects.exists()


@pytest.mark.django_db
def test_the_letter_says_what_happened_and_where_to_look(cast, settings):
    with mail_server(settings) as mailbox:
        ring(cast.cashier)
        letter = next(letter for letter in arrived(mailbox) if letter.to == cast.hr.email)
    assert letter.subject == "Security: please look"
    assert "Hello Halima" in letter.text
    assert "Looks for what is not theirs: Adaeze Nwosu." in letter.text
    assert f"{settings.SITE_URL.rstrip('/')}/security/" in letter.text


@pytest.mark.django_db
def test_who_wants_no_letters_gets_none_and_is_still_told_in_app(cast, signed_in):
    client = signed_in(cast.ceo)
    client.post("/security/letters", {"want": "no"})
    assert "Send e-mails" in client.get("/security/").content.decode()
    ring(cast.cashier)
    assert (len(titles(cast.ceo)), letters(cast.ceo), letters(cast.hr)) == (1, 0, 1)
    client.post("/security/letters", {"want": "yes"})
    ring(cast.teammate)
    assert letters(cast.ceo) == 1
    assert signed_in(cast.floor_manager).post("/security/letters", {"want": "no"}).status_code == 403


@pytest.mark.django_db
def test_within_five_minutes_nothing_more_is_told_and_the_next_says_how_many_were_held_back(cast):
    now = timezone.now()
    for seconds in (0, 1, 200, 299):
        ring(cast.cashier, now=now + timedelta(seconds=seconds))
    assert len(titles(cast.hr)) == 1
    ring(cast.cashier, now=now + timedelta(seconds=301))
    assert titles(cast.hr)[1:] == [
        ("Looks for what is not theirs: Adaeze Nwosu", "3 more of these were held back since the last message.")
    ]
    ring(cast.cashier, now=now + timedelta(seconds=700))
    assert titles(cast.hr)[2:] == [("Looks for what is not theirs: Adaeze Nwosu", "")]


@pytest.mark.django_db
def test_another_person_or_another_kind_is_told_meanwhile(cast):
    ring(cast.cashier)
    ring(cast.teammate)
    ring(cast.cashier, SecurityKind.DENIED_BURST)
    assert len(titles(cast.hr)) == 3


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_the_same_moment_one_is_told_and_nineteen_are_held_back(cast):
    now, together = timezone.now(), threading.Barrier(20)

    def one():
        together.wait()
        ring(cast.cashier, now=now)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(20)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(titles(cast.hr)) == 1
    with tenancy.organisation(ACE):
        assert SecurityAlarm.objects.get().held == 19


@pytest.mark.django_db
def test_a_locked_account_alarms_where_it_is_a_managers_only(cast):
    for person in (cast.cashier, cast.floor_manager):
        for _ in range(5):
            enter(Client(), person, "not-the-password")
    assert titles(cast.hr) == [("Locked after wrong passwords: Segun Afolami", "")]


@pytest.mark.django_db
def test_a_copied_token_alarms_and_an_old_one_that_was_ended_does_not(client, cast):
    given = log_in(client, cast.cashier)
    api(client, "refresh", {"refresh": given["refresh"]})
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        assert api(client, "refresh", {"refresh": given["refresh"]}).status_code == 401
        assert api(client, "refresh", {"refresh": given["refresh"]}).status_code == 401
    assert titles(cast.hr) == [("A copied token was used, and its session ended: Adaeze Nwosu", "")]


@pytest.mark.django_db
def test_a_second_step_taken_off_alarms_where_it_was_a_senior_admins(cast):
    for person in (cast.cashier, cast.auditor):
        protect(person)
        with tenancy.organisation(ACE):
            take_off(person, by=cast.hr)
    assert titles(cast.ceo) == [("Two-step sign-in was taken off: Audu Bello", "")]


@pytest.mark.django_db
def test_a_rule_that_an_operator_changes_alarms_like_ones_own(cast):
    with tenancy.organisation(OTHER):
        operator = make_operator(cast.other_hr.role)
    with as_operator(operator):
        for rule in (SecondStep.EVERYBODY, SecondStep.EVERYBODY, SecondStep.NOBODY):
            with tenancy.organisation(ACE):
                organisation = Organisation.objects.get(pk=ACE)
            ask_second_step(organisation, rule)
    said = "The operator Olu Platform changed who needs a second step to sign in"
    assert titles(cast.auditor) == [(said, "")] * 2
    assert letters(cast.auditor) == 2
    assert titles(cast.other_hr) == []


@pytest.mark.django_db(transaction=True)
def test_while_a_rule_is_set_others_of_the_organisation_write_on(cast):
    def write():
        with tenancy.organisation(ACE), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            SecurityMute.objects.create(person=cast.coo)  # refers to the organisation
        connection.close()

    with tenancy.organisation(ACE), ThreadPoolExecutor(1) as pool:
        set_rule(SecondStep.NOBODY, by=cast.hr, now=timezone.now())
        pool.submit(write).result()


@pytest.mark.django_db
def test_an_alarm_goes_with_the_fact_that_was_taken_back(cast):
    class Undone(Exception):
        pass

    with pytest.raises(Undone), tenancy.organisation(ACE):
        ring(cast.cashier)
        raise Undone
    assert titles(cast.hr) == []
    ring(cast.cashier)
    assert len(titles(cast.hr)) == 1
