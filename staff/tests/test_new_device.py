"""A sign-in with what its person has not used in 90 days: they get a letter, and it is a security event."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from staff.devices import Visitor, device_of, network_of
from staff.models import Letter, LetterKind, Session
from staff.selectors import new_to
from staff.selectors.events import Asked, events
from staff.tests.doors import enter

pytestmark = pytest.mark.django_db

PHONE, LAPTOP = "Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile", "Mozilla/5.0 (Windows NT 10.0) Firefox/127.0"
HOME, NEIGHBOUR, ABROAD = "203.0.113.9", "203.0.8.1", "198.51.100.4"


def sign_in_with(person, agent=PHONE, address=HOME):
    assert enter(Client(headers={"User-Agent": agent}, REMOTE_ADDR=address), person).status_code == 302


def letters(person):
    with tenancy.organisation(ACE):
        return Letter.objects.filter(person=person, kind=LetterKind.NEW_DEVICE).count()


def sentences(reader):
    with tenancy.organisation(ACE):
        return [event.sentence for event in events(reader, Asked(kind="new_device")).rows]


def test_a_new_device_is_an_event_and_a_letter_and_the_first_one_neither(cast):
    sign_in_with(cast.cashier)
    assert (letters(cast.cashier), sentences(cast.auditor)) == (0, [])
    sign_in_with(cast.cashier, LAPTOP)
    assert letters(cast.cashier) == 1
    assert sentences(cast.auditor) == ["Adaeze Nwosu signed in on a device that they have not used before."]
    sign_in_with(cast.cashier, LAPTOP)
    assert letters(cast.cashier) == 1


def test_a_device_is_known_for_90_days_however_short_its_sessions_are_kept(cast):
    sign_in_with(cast.cashier, LAPTOP)
    now = timezone.now()
    with tenancy.organisation(ACE):
        Session.objects.all().delete()
        for days, laptop, phone in ((89, "", "device"), (91, "", "")):  # then nothing is known, as at a first sign-in
            later = now + timedelta(days=days)
            assert new_to(cast.cashier, Visitor(device_of(LAPTOP), HOME), now=later) == laptop
            assert new_to(cast.cashier, Visitor(device_of(PHONE), HOME), now=later) == phone


def test_a_manager_hears_of_another_network_and_everybody_elses_phone_may_move(cast):
    for person in (cast.cashier, cast.floor_manager):
        for address in (HOME, NEIGHBOUR, ABROAD):
            sign_in_with(person, address=address)
    assert (letters(cast.cashier), letters(cast.floor_manager)) == (0, 1)
    assert sentences(cast.auditor) == ["Segun Afolami signed in on a network that they have not used before."]


def test_what_another_used_is_new_for_oneself(cast):
    sign_in_with(cast.teammate, LAPTOP)
    sign_in_with(cast.cashier, PHONE)
    sign_in_with(cast.cashier, LAPTOP)
    assert letters(cast.cashier) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.0.0/16"),
        ("2001:db8:1:2::5", "2001:db8:1::/48"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),  # as the limits write one
        ("", ""),
        ("unknown", ""),
    ],
)
def test_a_network_is_about_whose_it_is(address, network):
    assert network_of(address) == network
