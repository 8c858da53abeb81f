"""A browser's session is found by the digest of its key: what stands in the table opens nothing."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from config.sessions import SessionStore, digest_of
from staff.tests.doors import enter

pytestmark = pytest.mark.django_db


def test_the_key_of_the_cookie_stands_nowhere_and_what_stands_there_lets_nobody_in(client, cast):
    enter(client, cast.cashier)
    key = client.cookies["session"].value
    assert client.get("/account/").status_code == 200
    row = Session.objects.get(session_key=digest_of(key))
    assert key not in str(list(Session.objects.values()))
    thief = Client()
    thief.cookies["session"] = row.session_key
    assert thief.get("/account/").status_code == 302


def test_a_session_is_kept_changed_and_removed_like_djangos_own():
    store = SessionStore()
    store["step"] = "review"
    store.save()
    assert SessionStore(store.session_key)["step"] == "review"
    again = SessionStore(store.session_key)
    again["step"] = "done"
    again.save()
    assert Session.objects.count() == 1
    assert SessionStore(store.session_key)["step"] == "done"
    assert SessionStore().exists(store.session_key)
    again.flush()
    assert not Session.objects.exists()
    assert not SessionStore().exists(store.session_key)


def test_a_new_key_after_signing_in_takes_the_old_ones_place():
    store = SessionStore()
    store["a"] = 1
    store.save()
    before = store.session_key
    store.cycle_key()
    assert store.session_key != before
    assert not SessionStore().exists(before)
    assert SessionStore(store.session_key)["a"] == 1
