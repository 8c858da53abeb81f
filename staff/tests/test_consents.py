"""What people agree to: each answer is a row of its own, and a new notice asks everybody anew."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from config import tenancy
from config.errors import Forbidden, Refused
from config.testing import ACE, sign_in
from staff.consents import ASKED
from staff.models import Consent, ConsentKind, Door, Person
from staff.selectors.privacy import own_data
from staff.services.consenting import answer, publish_notice
from staff.services.papers import Upload
from staff.services.pictures import set_picture
from staff.tests.files import picture
from staff.tests.make import make_person

pytestmark = pytest.mark.django_db
PAGE = "/account/privacy/"


def say(person, kind, *, yes=True):
    return answer(person, kind, is_given=yes, door=Door.PAGE)


def open_questions(person):
    return {question.kind for question in own_data(person).questions if question.answer is None}


def test_everything_needs_an_answer_and_nobody_is_locked_out_without_one(cast):
    with tenancy.organisation(ACE):
        assert open_questions(cast.cashier) == set(ConsentKind)
    client = sign_in(Client(), cast.cashier)
    assert client.get("/").status_code == 200
    page = client.get(PAGE).content.decode()
    assert all(asked.question in page for asked in ASKED.values())
    assert "Your employer keeps data about you" in page


def test_an_answer_is_given_and_taken_back_on_the_page(cast):
    client = sign_in(Client(), cast.cashier)
    for said in ("yes", "no"):
        client.post("/account/privacy/consents/picture", {"answer": said})
    with tenancy.organisation(ACE):
        rows = list(Consent.objects.order_by("pk").values_list("kind", "is_given", "version", "door"))
    assert rows == [("picture", True, 1, "page"), ("picture", False, 1, "page")]
    assert "No, do not show it" in client.get(PAGE).content.decode()
    assert client.post("/account/privacy/consents/anything", {"answer": "yes"}).status_code == 404


def test_whoever_wants_no_picture_has_none_until_they_say_so_again(cast, ace):
    set_picture(cast.cashier, Upload("me.jpg", picture()), by=cast.cashier)
    say(cast.cashier, ConsentKind.PICTURE, yes=False)
    assert Person.objects.get(pk=cast.cashier.pk).picture == ""
    for by, sentence in ((cast.cashier, "You said that colleagues may not see"), (cast.hr, "does not want a picture")):
        with pytest.raises(Refused, match=sentence):
            set_picture(cast.cashier, Upload("me.jpg", picture()), by=by)
    say(cast.cashier, ConsentKind.PICTURE)
    assert set_picture(cast.cashier, Upload("me.jpg", picture()), by=cast.hr).picture


def test_the_same_answer_twice_is_one_row(cast, ace):
    assert say(cast.cashier, ConsentKind.MESSAGES) == say(cast.cashier, ConsentKind.MESSAGES)
    assert Consent.objects.count() == 1


def test_what_was_read_is_not_taken_back(cast, ace):
    say(cast.cashier, ConsentKind.NOTICE)
    with pytest.raises(Refused, match="cannot be unread"):
        say(cast.cashier, ConsentKind.NOTICE, yes=False)


def test_an_answer_is_never_changed_or_removed(cast, ace):
    say(cast.cashier, ConsentKind.PICTURE)
    for change in ("UPDATE staff_consent SET is_given = false", "DELETE FROM staff_consent"):
        with (
            pytest.raises(DatabaseError, match="kept as they are"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


def test_an_organisations_own_notice_is_read_anew(cast, ace):
    say(cast.cashier, ConsentKind.NOTICE)
    assert ConsentKind.NOTICE not in open_questions(cast.cashier)
    notice = publish_notice("We keep what we need.", by=cast.hr)
    assert own_data(cast.cashier).notice == "We keep what we need."
    assert ConsentKind.NOTICE in open_questions(cast.cashier)
    assert say(cast.cashier, ConsentKind.NOTICE).version == notice.version + 1
    assert publish_notice("And no more.", by=cast.hr).version == notice.version + 1
    with pytest.raises(Forbidden):
        publish_notice("Mine", by=cast.ceo)


@pytest.mark.django_db(transaction=True)
def test_two_of_human_resource_who_publish_at_once_take_turns(cast):
    with tenancy.organisation(ACE):
        second = make_person("Kemi", "Ade", cast.hr.role)

    def publish():
        with tenancy.organisation(ACE):
            number = publish_notice("We keep little.", by=second).version
        connection.close()
        return number

    with ThreadPoolExecutor(1) as pool:
        with tenancy.organisation(ACE):
            first = publish_notice("We keep what we need.", by=cast.hr).version
            other = pool.submit(publish)
            time.sleep(0.3)  # in which it comes as far as it can
        assert other.result() == first + 1


def test_human_resource_writes_the_notice_and_reads_the_consents_in_the_admin(cast):
    client = sign_in(Client(), cast.hr)
    assert client.post("/admin/staff/privacynotice/add/", {"text": "We keep little."}).status_code == 302
    sign_in(Client(), cast.cashier).post("/account/privacy/consents/notice", {"answer": "yes"})
    listed = client.get("/admin/staff/consent/")
    assert "Adaeze Nwosu" in listed.content.decode()
    with tenancy.organisation(ACE):
        consent = Consent.objects.get()
    assert (consent.kind, consent.version) == ("notice", 2)
    assert client.post(f"/admin/staff/consent/{consent.pk}/change/", {"is_given": ""}).status_code == 403
    assert sign_in(Client(), cast.ceo).get("/admin/staff/consent/").status_code == 403


@pytest.mark.parametrize(
    ("days", "words"), [(2557, "after 7 years"), (365, "after a year"), (500, "after a year"), (90, "after 90 days")]
)
def test_the_products_own_notice_tells_how_long_this_installation_keeps_leavers(cast, settings, days, words):
    settings.KEEP_DAYS = {**settings.KEEP_DAYS, "leavers": days}
    page = sign_in(Client(), cast.cashier).get(PAGE).content.decode()
    assert words in page
