"""The health page: who sees it, what it says when all is well, and what it says when something is not known."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from config import tenancy
from config.testing import ACE, sign_in
from monitoring.models import Alert
from monitoring.services.evaluation import evaluate
from monitoring.tests.make import rule_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

PAGE = "/operations/"


def words(answer) -> str:
    """The page's text."""
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def look(client, person) -> str:
    return words(sign_in(client, person).get(PAGE))


@pytest.fixture
def disk_alert(cast):
    """A disk that is fuller than its rule allows."""
    rule_of("disk", warning=0, critical=None)
    evaluate(timezone.now(), only=["disk"])
    return Alert.objects.get()


def test_it_is_for_those_who_may_watch_and_says_so_to_others(client, cast):
    assert client.get(PAGE).status_code == 302
    for other in (cast.cashier, cast.floor_manager, cast.group_head):
        answer = sign_in(client, other).get(PAGE)
        assert answer.status_code == 403
        assert "This is not for your role" in answer.content.decode()
    for watcher in (cast.hr, cast.auditor, cast.coo):
        assert "Health" in look(client, watcher)


def test_a_fresh_installation_is_unknown_not_zero(client, cast):
    text = look(client, cast.hr)
    assert "Jobs Unknown no beat yet" in text
    assert "Nothing counted in 24 hours" in text
    assert "No backup yet" in text
    assert "Last good: never" in text


def test_an_open_alert_stands_first_and_is_taken_with_one_button(client, cast, disk_alert):
    text = look(client, cast.hr)
    assert text.index("Disk used:") < text.index("Web OK")
    assert "Nobody has taken it." in text
    answer = client.post(f"/operations/alerts/{disk_alert.pk}/take", follow=True)
    text = words(answer)
    assert "You have taken it" in text
    assert f"Taken by {cast.hr.full_name}" in text
    assert "Take it" not in text
    disk_alert.refresh_from_db()
    assert disk_alert.acknowledged_by == cast.hr.full_name


def test_who_may_only_read_has_no_button_and_no_way_around_it(client, cast, disk_alert):
    assert "Take it" not in look(client, cast.auditor)
    assert client.post(f"/operations/alerts/{disk_alert.pk}/take").status_code == 403
    disk_alert.refresh_from_db()
    assert disk_alert.acknowledged_at is None


def test_who_took_it_is_not_told_to_another_organisation(client, cast, disk_alert):
    with tenancy.organisation(ACE):
        sign_in(client, cast.hr).post(f"/operations/alerts/{disk_alert.pk}/take")
    text = look(client, cast.other_hr)
    assert cast.hr.full_name not in text
    assert "somebody of another organisation" in text


def test_an_alert_that_somebody_else_took_first_is_said_and_no_fault(client, cast, disk_alert):
    sign_in(client, cast.hr).post(f"/operations/alerts/{disk_alert.pk}/take")
    answer = sign_in(client, cast.ceo).post(f"/operations/alerts/{disk_alert.pk}/take", follow=True)
    assert "Somebody has acknowledged this alert already." in words(answer)
