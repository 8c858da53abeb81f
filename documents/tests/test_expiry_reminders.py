"""Documents that expire: told 60, 30, 7 and 1 days ahead, once for each document and step."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config import tenancy
from config.celery import SCHEDULE
from config.testing import ACE, OTHER
from documents.services import remind_of_expiry
from documents.tasks import remind_of_expiry as the_job
from notifications.models import OutboxMessage
from staff import services as staff
from staff.documents.kinds import DocumentKind
from staff.models import Person
from staff.tests.files import make_document

pytestmark = pytest.mark.django_db

LAST_DAY = date(2031, 5, 4)


@pytest.fixture
def passport(cast):
    with tenancy.organisation(ACE):
        return make_document(cast.cashier, by=cast.hr, expires_on=LAST_DAY)


def remind(days_before):
    return remind_of_expiry(ACE, LAST_DAY - timedelta(days=days_before))


def titles():
    with tenancy.organisation(ACE):
        return list(OutboxMessage.objects.order_by("id").values_list("title", flat=True))


def test_each_step_is_told_once_however_often_the_job_runs(passport):
    for days in range(70, -5, -1):
        remind(days)
        remind(days)
    assert titles() == [
        "Passport: expires in 60 days",
        "Passport: expires in 30 days",
        "Passport: expires in 7 days",
        "Passport: expires tomorrow",
    ]


def test_a_day_that_the_job_missed_is_made_good_the_next(passport):
    assert [remind(days) for days in (58, 57, 29, 5, 0)] == [1, 0, 1, 1, 1]
    assert titles()[-1] == "Passport: expires today"


def test_it_says_the_day_and_where_to_hand_in_the_new_one(cast, passport):
    remind(60)
    with tenancy.organisation(ACE):
        message = OutboxMessage.objects.get()
    assert (message.person_id, message.kind, message.url) == (cast.cashier.pk, "document_expiry", "/account/documents/")
    assert message.body.startswith("Its last day is 4 May 2031.")


def test_a_corrected_day_is_told_of_again(cast, passport):
    remind(60)
    with tenancy.organisation(ACE):
        passport.expires_on = LAST_DAY - timedelta(days=1)
        passport.save()
    assert remind(60) == 1


def test_a_renewed_document_is_not_spoken_of(cast, passport):
    with tenancy.organisation(ACE):
        make_document(cast.cashier, by=cast.hr, expires_on=LAST_DAY + timedelta(days=3650))
    assert remind(7) == 0


def test_another_kind_renews_nothing(cast, passport):
    with tenancy.organisation(ACE):
        make_document(cast.cashier, by=cast.hr, kind=DocumentKind.NATIONAL_ID)
    assert remind(7) == 1


def test_what_was_taken_away_is_not_spoken_of(cast, passport):
    with tenancy.organisation(ACE):
        passport.removed_at, passport.removed_by = passport.added_at, cast.hr
        passport.save()
    assert remind(7) == 0


@pytest.mark.parametrize("how", ["left", "disabled"])
def test_nobody_is_reminded_who_is_not_here_any_more(cast, passport, how):
    with tenancy.organisation(ACE):
        if how == "left":
            Person.objects.filter(pk=cast.cashier.pk).update(left_on=LAST_DAY - timedelta(days=90))
        else:
            staff.deactivate(cast.cashier, by=cast.hr)
    assert remind(7) == 0


def test_the_other_organisation_hears_nothing_of_it(passport):
    assert remind_of_expiry(OTHER, LAST_DAY - timedelta(days=7)) == 0


def test_the_job_is_in_the_schedule_once_a_day_and_runs():
    assert SCHEDULE["document_reminders"].task == the_job.name
    assert SCHEDULE["document_reminders"].when == "0 6 * * *"
    assert the_job() == 0
