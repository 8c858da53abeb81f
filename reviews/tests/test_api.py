"""Reviews over the API: the same rules as the pages, plain rows, the one error shape."""

import json
from datetime import timedelta

import pytest

from config import tenancy
from config.testing import ACE, OTHER, bearer
from reviews import selectors
from reviews.api.reviews import ReviewSerializer
from reviews.models import Criterion, Review
from reviews.tests.make import make_criteria, make_draft, make_review, this_monday

pytestmark = pytest.mark.django_db

API = "/api/v1/"


@pytest.fixture
def criteria(cast):
    with tenancy.organisation(ACE):
        return make_criteria()


@pytest.fixture
def ask(client):
    """ask(person, "GET", "reviews", {...}) → (status, JSON)."""

    def ask(person, method, path, body=None, **headers):
        extra = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
        response = client.generic(method, API + path, headers={**bearer(person), **headers}, **extra)
        ask.etag = response.headers.get("ETag")
        return response.status_code, response.json()

    return ask


def body(person, criteria, values="4454", **more):
    scores = [{"criterion": str(each.pk), "value": int(v)} for each, v in zip(criteria, values, strict=True)]
    return {"person": str(person.pk), "week_start": this_monday().isoformat(), "scores": scores, **more}


def made(review_of, by, **options):
    with tenancy.organisation(ACE):
        return make_review(review_of, by=by, **options)


def test_a_review_from_the_first_answer_to_being_read(cast, criteria, ask):
    boss, cashier = cast.floor_manager, cast.cashier
    status, review = ask(boss, "POST", "reviews", {**body(cashier, criteria, "4444"), "comment": "Calm."})
    assert (status, review["state"], review["overall"]) == (201, "draft", "4.00")
    path = f"reviews/{review['id']}"
    assert ask(cashier, "GET", path)[0] == 404
    scores = [{"criterion": str(criteria[0].pk), "value": 5}]
    status, review = ask(boss, "PATCH", path, {"scores": scores}, **{"If-Match": ask_etag(ask, boss, path)})
    assert (status, review["overall"], review["comment"]) == (200, "4.25", "Calm.")
    status, review = ask(boss, "POST", f"{path}/submit")
    assert (status, review["state"], review["word"]) == (200, "submitted", "Good")
    assert ask(boss, "POST", f"{path}/acknowledge")[0] == 403
    status, review = ask(cashier, "POST", f"{path}/acknowledge")
    assert (status, review["state"]) == (200, "acknowledged")
    assert ask(cashier, "GET", "reviews/my-reviews")[1]["results"] == [review]
    assert set(review) == set(ReviewSerializer().fields)


def ask_etag(ask, person, path):
    ask(person, "GET", path)
    return ask.etag


def test_a_version_that_is_no_longer_there_is_412(cast, criteria, ask):
    boss = cast.floor_manager
    review = ask(boss, "POST", "reviews", body(cast.cashier, criteria))[1]
    path = f"reviews/{review['id']}"
    seen = ask_etag(ask, boss, path)
    assert ask(boss, "PATCH", path, {"comment": "First."}, **{"If-Match": seen})[0] == 200
    status, error = ask(boss, "PATCH", path, {"comment": "Second."}, **{"If-Match": seen})
    assert (status, error["error"]["code"]) == (412, "conflict")
    assert ask(boss, "POST", f"{path}/submit", **{"If-Match": seen})[0] == 412
    assert ask(boss, "GET", path)[1]["comment"] == "First."


@pytest.mark.parametrize("value", [6, 0, "five", 4.5, True, [1], {"a": 1}, 10**30])
def test_a_score_off_the_scale_is_400_with_one_sentence(cast, criteria, ask, value):
    asked = body(cast.cashier, criteria)
    asked["scores"][0]["value"] = value
    status, error = ask(cast.floor_manager, "POST", "reviews", asked)
    assert status == 400
    assert error["error"]["message"] == "A score is a whole number from 1 (Poor) to 5 (Excellent)."
    assert list(error["error"]["fields"]) == ["scores.0.value"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"week_start": "2099-01-05"}, "week_start"),
        ({"week_start": "yesterday"}, "week_start"),
        ({"week_start": "0001-01-01"}, "week_start"),
        ({"person": "9" * 30}, "person"),
        ({"person": "x"}, "person"),
        ({"comment": "x" * 100_000}, "comment"),
        ({"comment": "a\x00b"}, "comment"),
        ({"scores": "all fives"}, "scores.non_field_errors"),
        ({"scores": [{"criterion": "999999", "value": 5}]}, "scores"),
        ({"scores": [{"criterion": "x", "value": 5}]}, "scores.0.criterion"),
    ],
)
def test_bad_input_names_its_field(cast, criteria, ask, change, field):
    status, error = ask(cast.floor_manager, "POST", "reviews", {**body(cast.cashier, criteria), **change})
    assert (status, list(error["error"]["fields"])) == (400, [field])
    with tenancy.organisation(ACE):
        assert not Review.objects.exists()


def test_a_week_that_begins_on_another_day_is_named(cast, criteria, ask):
    tuesday = (this_monday() - timedelta(days=6)).isoformat()
    asked = {**body(cast.cashier, criteria), "week_start": tuesday}
    status, error = ask(cast.floor_manager, "POST", "reviews", asked)
    assert (status, list(error["error"]["fields"])) == (400, ["week_start"])
    assert "A week of Adaeze begins on a Monday" in error["error"]["message"]


def test_the_same_week_twice_is_409_and_a_repeated_key_is_the_first_answer(cast, criteria, ask):
    asked = body(cast.cashier, criteria)
    first = ask(cast.floor_manager, "POST", "reviews", asked, **{"Idempotency-Key": "one"})
    assert ask(cast.floor_manager, "POST", "reviews", asked, **{"Idempotency-Key": "one"}) == first
    status, error = ask(cast.floor_manager, "POST", "reviews", asked)
    assert (status, error["error"]["code"]) == (409, "refused")
    assert "has a review of yours for that week already" in error["error"]["message"]


@pytest.mark.parametrize(
    ("who", "person", "status"),
    [
        ("cashier", "teammate", 403), ("auditor", "cashier", 403), ("floor_manager", "stranger", 400),
        ("floor_manager", "floor_manager", 403), ("stranger_manager", "cashier", 400), ("hr", "cashier", 201),
    ],
)  # fmt: skip
def test_who_may_write_about_whom(cast, criteria, ask, who, person, status):
    assert ask(getattr(cast, who), "POST", "reviews", body(getattr(cast, person), criteria))[0] == status


def test_submitting_what_is_not_ready_says_what_is_missing(cast, criteria, ask):
    boss = cast.floor_manager
    asked = body(cast.cashier, criteria, "4144")
    review = ask(boss, "POST", "reviews", {**asked, "scores": asked["scores"][:2]})[1]
    status, error = ask(boss, "POST", f"reviews/{review['id']}/submit")
    assert (status, error["error"]["code"]) == (409, "not_scored")
    ask(boss, "PATCH", f"reviews/{review['id']}", {"scores": asked["scores"]})
    status, error = ask(boss, "POST", f"reviews/{review['id']}/submit")
    assert (status, error["error"]["code"]) == (409, "needs_reason")
    assert "Punctuality is 1, Poor" in error["error"]["fields"]["comment"]


def test_colleagues_see_nothing_and_the_person_only_what_is_submitted(cast, criteria, ask):
    review = made(cast.cashier, cast.floor_manager)
    with tenancy.organisation(ACE):
        draft = make_draft(cast.cashier, by=cast.branch_manager)
    for who in (cast.teammate, cast.stranger, cast.stranger_manager):
        assert ask(who, "GET", f"reviews/{review.pk}")[0] == 404
        assert ask(who, "GET", "reviews")[1]["results"] == []
        assert ask(who, "GET", f"reviews/staff/{cast.cashier.pk}")[0] == 404
        assert ask(who, "GET", "reviews/my-reviews")[1]["results"] == []
    for who in (cast.cashier, cast.hr, cast.floor_manager):
        assert ask(who, "GET", f"reviews/{draft.pk}")[0] == 404
        found = ask(who, "GET", f"reviews/staff/{cast.cashier.pk}")[1]["results"]
        assert [row["id"] for row in found] == [str(review.pk)]


def test_a_manager_finds_what_they_wrote_by_week(cast, criteria, ask):
    made(cast.cashier, cast.floor_manager, weeks_ago=1)
    made(cast.teammate, cast.branch_manager)
    with tenancy.organisation(ACE):
        make_draft(cast.teammate, by=cast.floor_manager)
    rows = ask(cast.floor_manager, "GET", "reviews/manager")[1]["results"]
    assert [(row["person"]["name"], row["state"]) for row in rows] == [
        ("Kunle Ogundele", "draft"), ("Adaeze Nwosu", "submitted")
    ]  # fmt: skip
    day = this_monday().isoformat()
    assert len(ask(cast.floor_manager, "GET", f"reviews/manager?week={day}")[1]["results"]) == 1
    assert ask(cast.floor_manager, "GET", "reviews/manager?week=soon")[0] == 400
    for who in (cast.cashier, cast.auditor):
        assert ask(who, "GET", "reviews/manager")[0] == 403


def test_the_list_is_filtered_and_paged_by_keyset(cast, criteria, ask):
    for weeks in range(5):
        made(cast.cashier, cast.floor_manager, weeks_ago=weeks)
    made(cast.teammate, cast.floor_manager)
    seen, cursor = [], ""
    while cursor is not None:
        page = ask(cast.hr, "GET", f"reviews?limit=2&cursor={cursor}")[1]
        seen += [row["id"] for row in page["results"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 6
    for query, count in {
        f"person={cast.cashier.pk}": 5, f"week={this_monday()}": 2, "state=draft": 0, "state=submitted": 6,
        f"reviewer={cast.hr.pk}": 0, f"branch={cast.bodija.pk}": 6, f"branch={cast.akobo.pk}": 0,
    }.items():  # fmt: skip
        assert len(ask(cast.hr, "GET", f"reviews?{query}")[1]["results"]) == count, query
    for nonsense in ("cursor=x", "limit=x", "week=x", "state=x", "person=x"):
        assert ask(cast.hr, "GET", f"reviews?{nonsense}")[0] == 400
    for path in ("reviews/my-reviews", f"reviews/staff/{cast.cashier.pk}", "reviews/manager"):
        assert ask(cast.hr, "GET", f"{path}?cursor=x")[0] == 400
        assert ask(cast.hr, "GET", f"{path}?limit=x")[0] == 400


def test_human_resource_sets_the_criteria_and_everybody_reads_them(cast, criteria, ask):
    names = [row["name"] for row in ask(cast.cashier, "GET", "criteria")[1]["results"]]
    assert names == ["Attendance", "Punctuality", "Performance", "Attitude"]
    for who in (cast.cashier, cast.floor_manager, cast.ceo, cast.auditor):
        assert ask(who, "POST", "criteria", {"name": "Charm"})[0] == 403
        assert ask(who, "PATCH", f"criteria/{criteria[0].pk}", {"weight": "2"})[0] == 403
    status, charm = ask(cast.hr, "POST", "criteria", {"name": "Charm", "weight": "2.5", "position": 9})
    assert (status, charm["weight"]) == (201, "2.50")
    seen = ask.etag
    path = f"criteria/{charm['id']}"
    assert ask(cast.hr, "PATCH", path, {"is_active": False}, **{"If-Match": seen})[1]["is_active"] is False
    assert ask(cast.hr, "PATCH", path, {"is_active": True}, **{"If-Match": seen})[0] == 412
    for wrong in ({"weight": "0"}, {"weight": "11"}, {"name": ""}, {"position": -1}, {"position": 99_999}):
        assert ask(cast.hr, "PATCH", path, wrong)[0] == 400, wrong
    assert ask(cast.hr, "POST", "criteria", {"name": "Charm"})[0] == 409
    with tenancy.organisation(OTHER):
        assert not Criterion.objects.exists()


def test_the_rows_are_plain_values_and_their_arguments_too(cast, criteria):
    made(cast.cashier, cast.floor_manager)
    with tenancy.organisation(ACE):
        pages = [
            selectors.my_reviews(person=cast.cashier.pk),
            selectors.reviews_of_staff(person=cast.cashier.pk, cursor="", limit=10),
            selectors.reviews_by_manager(reviewer=cast.floor_manager.pk, week=this_monday(), cursor="", limit=10),
        ]
    assert pages[0] == pages[1] == pages[2]
    assert json.loads(json.dumps(pages[0])) == pages[0]


def test_a_list_is_one_query_however_many_scores_it_shows(cast, criteria, django_assert_num_queries):
    for weeks in range(10):
        made(cast.cashier, cast.floor_manager, weeks_ago=weeks)
    with tenancy.organisation(ACE):
        with django_assert_num_queries(1):
            assert len(selectors.my_reviews(person=cast.cashier.pk)["results"]) == 10


def test_another_organisations_review_is_not_there(cast, criteria, ask):
    review = made(cast.cashier, cast.floor_manager)
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/submit"), ("POST", "/acknowledge")):
        assert ask(cast.other_hr, method, f"reviews/{review.pk}{path}", {} if method == "PATCH" else None)[0] == 404
