"""Notifications over the API: one's own, with the same rules as the pages."""

from datetime import datetime

import pytest

from config.testing import bearer
from notifications.tests.make import notify, reload

pytestmark = pytest.mark.django_db

LIST = "/api/v1/notifications"


@pytest.fixture
def ask(client):
    def ask(person, url=LIST, method="get"):
        return getattr(client, method)(url, headers=bearer(person))

    return ask


def test_the_list_is_ones_own_newest_first(cast, ask):
    first, second = notify(cast.cashier, "First"), notify(cast.cashier, "Second")
    notify(cast.teammate, "Not mine")
    page = ask(cast.cashier).json()
    assert [row["id"] for row in page["results"]] == [str(second.pk), str(first.pk)]
    assert page["next"] is None
    row = page["results"][0]
    assert (row["title"], row["kind"], row["url"], row["is_unread"]) == ("Second", "general", "/schedule/", True)
    assert datetime.fromisoformat(row["created_at"]).utcoffset() is not None
    assert row["read_at"] is None


def test_pages_follow_each_other_without_a_gap(cast, ask):
    for _ in range(5):
        notify(cast.cashier)
    first = ask(cast.cashier, f"{LIST}?limit=3").json()
    second = ask(cast.cashier, f"{LIST}?limit=3&cursor={first['next']}").json()
    ids = [int(row["id"]) for row in first["results"] + second["results"]]
    assert len(ids) == 5
    assert ids == sorted(ids, reverse=True)


def test_unread_only(cast, ask):
    notify(cast.cashier, "Old", read_at="2026-11-01T00:00Z")
    notify(cast.cashier, "New")
    assert [row["title"] for row in ask(cast.cashier, f"{LIST}?unread=true").json()["results"]] == ["New"]


def test_the_unread_count(cast, ask):
    notify(cast.cashier)
    notify(cast.cashier)
    assert ask(cast.cashier, f"{LIST}/unread-count").json() == {"unread": 2}


def test_marking_one_read(cast, ask):
    note = notify(cast.cashier)
    response = ask(cast.cashier, f"{LIST}/{note.pk}/read", "post")
    assert response.status_code == 200
    assert response.json()["is_unread"] is False
    assert not reload(note).is_unread


def test_marking_all_read(cast, ask):
    notify(cast.cashier)
    notify(cast.cashier)
    others = notify(cast.teammate)
    assert ask(cast.cashier, f"{LIST}/mark-all-read", "post").json() == {"marked": 2}
    assert ask(cast.cashier, f"{LIST}/mark-all-read", "post").json() == {"marked": 0}
    assert reload(others).is_unread


def test_deleting_one(cast, ask):
    note = notify(cast.cashier)
    assert ask(cast.cashier, f"{LIST}/{note.pk}", "delete").status_code == 204
    assert reload(note) is None


@pytest.mark.parametrize("whose", ["teammate", "hr", "other_cashier"])
@pytest.mark.parametrize(("tail", "method"), [("/read", "post"), ("", "delete")])
def test_anybody_elses_is_not_there(cast, ask, whose, tail, method):
    note = notify(getattr(cast, whose))
    response = ask(cast.cashier, f"{LIST}/{note.pk}{tail}", method)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"
    assert reload(note).is_unread


def test_without_a_token_there_is_nothing(client, db):
    assert client.get(LIST).status_code == 401


def test_two_hundred_rows_cost_no_more_queries_than_two(cast, ask, django_assert_max_num_queries):
    for _ in range(200):
        notify(cast.cashier)
    with django_assert_max_num_queries(8):
        assert len(ask(cast.cashier, f"{LIST}?limit=200").json()["results"]) == 200
