"""The pages: the team's week for managers, saved answer by answer; one's own reviews for everybody."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE
from notifications.models import OutboxMessage
from reviews.models import Review
from reviews.tests.make import make_criteria, make_draft, make_review, this_monday
from staff.models import Person
from staff.tests.make import make_person, make_role

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def criteria(cast):
    with tenancy.organisation(ACE):
        return make_criteria()


def words(response, status=200) -> str:
    assert response.status_code == status, response.content[:500]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def form_of(person, criteria, values="4454", comment="", version=0):
    """What the page sends of one person's line."""
    scores = {f"s{person.pk}-{each.pk}": value for each, value in zip(criteria, values, strict=False) if value != "-"}
    return {f"v{person.pk}": version, f"c{person.pk}": comment, **scores}


def save(client, person, data, **query):
    address = f"/reviews/people/{person.pk}/save"
    return client.post(address, data, headers=HTMX, query_params=query)


def reviews():
    with tenancy.organisation(ACE):
        return list(Review.objects.order_by("pk").prefetch_related("scores"))


# ── The team's week ──────────────────────────────────────────────────────────
def test_a_floor_manager_finds_the_team_with_what_is_missing(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        make_review(cast.cashier, "4444", by=cast.floor_manager, weeks_ago=1)
        make_draft(cast.cashier, "44--", by=cast.floor_manager)
    client = signed_in(cast.floor_manager)
    text = words(client.get("/reviews/"))
    for expected in ("Weekly reviews", "Bodija, SuperMarket", "2 people", "Adaeze Nwosu", "Kunle Ogundele", "last 4.00",
                     "2 to go", "Not started", "Submit 0 ready reviews", "1 unfinished, 1 not started"):  # fmt: skip
        assert expected in text
    assert "Segun Afolami" not in text.split("2 people")[1]  # nobody reviews themselves
    assert "Simi" not in text


def test_every_answer_is_saved_by_itself(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)
    text = words(save(client, cast.cashier, form_of(cast.cashier, criteria, "4---")))
    assert re.search(r"Saved \d\d:\d\d", text)
    assert "3 to go" in text
    text = words(save(client, cast.cashier, form_of(cast.cashier, criteria, "4454", version=1)))
    assert "4.25" in text
    assert "Submit 1 ready review" in text
    [review] = reviews()
    assert (review.state, review.version, len(review.scores.all())) == ("draft", 2, 4)
    with tenancy.organisation(ACE):
        assert not OutboxMessage.objects.filter(kind="review").exists()


def test_a_low_score_asks_why_at_once(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)
    text = words(save(client, cast.cashier, form_of(cast.cashier, criteria, "4144")))
    assert "Punctuality is 1, Poor. Say what happened and what would help." in text
    assert "Say why" in text
    assert "1 need a reason" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"score": "6"}, "A score is a whole number from 1 (Poor) to 5 (Excellent)."),
        ({"score": "0"}, "A score is a whole number from 1 (Poor) to 5 (Excellent)."),
        ({"score": "five"}, "A score is a whole number from 1 (Poor) to 5 (Excellent)."),
        ({"comment": "x" * 100_000}, "A comment has at most 2,000 characters; this one has 100,000."),
        ({"comment": "Fine\x00."}, "The comment contains a character that cannot be shown."),
    ],
    ids=["6", "0", "five", "long", "nul"],
)
@pytest.mark.parametrize("door", ["line", "page"])
def test_bad_input_is_one_sentence_and_loses_nothing(cast, criteria, signed_in, change, sentence, door):
    client = signed_in(cast.floor_manager)
    data = form_of(cast.cashier, criteria, "445-", change.get("comment", "Kept words"))
    data[f"s{cast.cashier.pk}-{criteria[3].pk}"] = change.get("score", "4")
    if door == "line":
        text = words(save(client, cast.cashier, data), 422)
    else:
        response = client.post("/reviews/write", {**data, **form_of(cast.teammate, criteria, "5555"), "do": "submit"})
        text = words(response, 422)
        page = response.content.decode()
        assert change.get("comment", "Kept words").replace("\x00", "") in page
        assert len(re.findall(r'type="radio"[^>]* checked>', page)) == 3 + ("score" not in change)
    assert sentence in text
    # What was right beside it is kept, and submitted where that was asked for.
    assert [(review.person_id, review.state) for review in reviews()] == (
        [(cast.teammate.pk, "submitted")] if door == "page" else []
    )


def test_without_scripts_the_page_saves_everything_at_once(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)
    data = {
        **form_of(cast.cashier, criteria, "4454", "Calm."),
        **form_of(cast.teammate, criteria, "4---"),
        "do": "save",
    }
    response = client.post("/reviews/write", data)
    assert response.status_code == 302
    text = words(client.get(response["Location"]))
    assert "Saved." in text
    assert "Submit 1 ready review" in text
    assert "Calm." in text


def test_submitting_sends_what_is_ready_and_leaves_the_rest(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)
    data = {**form_of(cast.cashier, criteria, "4454"), **form_of(cast.teammate, criteria, "4---"), "do": "submit"}
    text = words(client.post("/reviews/write", data, follow=True))
    assert "1 review is submitted, and its person told." in text
    assert "2 of 2 scored" not in text
    assert {review.person_id: review.state for review in reviews()} == {
        cast.cashier.pk: "submitted", cast.teammate.pk: "draft"
    }  # fmt: skip
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.filter(kind="review", person=cast.cashier).count() == 1


def test_the_same_page_submitted_in_two_tabs_submits_once(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)
    data = {**form_of(cast.cashier, criteria, "4454", "Calm."), "do": "submit"}
    assert client.post("/reviews/write", data).status_code == 302
    assert "Nothing was ready to be submitted." in words(client.post("/reviews/write", data, follow=True))
    other = {**data, **form_of(cast.cashier, criteria, "4454", "Other words.")}
    text = words(client.post("/reviews/write", other), 422)
    assert "was submitted on" in text
    assert "Other words." in text
    [review] = reviews()
    assert review.comment == "Calm."
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.filter(kind="review").count() == 1


def test_two_windows_do_not_undo_one_another(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)
    save(client, cast.cashier, form_of(cast.cashier, criteria, "4454", "First."))
    response = save(client, cast.cashier, form_of(cast.cashier, criteria, "4454", "Second.", version=0))
    assert "You changed this review elsewhere" in words(response, 422)
    # The answer brings the draft that stands there now, so that saving once more is a decision.
    assert f'name="v{cast.cashier.pk}" value="1"' in response.content.decode()
    assert words(save(client, cast.cashier, form_of(cast.cashier, criteria, "4454", "Second.", version=1)))
    assert reviews()[0].comment == "Second."


@pytest.mark.parametrize(
    ("who", "person", "status"),
    [
        ("floor_manager", "stranger", 404),
        ("cashier", "teammate", 404),
        ("auditor", "cashier", 403),
        ("floor_manager", "floor_manager", 403),
        ("stranger_manager", "cashier", 404),
    ],
)
def test_a_line_out_of_reach_is_404_and_what_one_may_not_is_403(cast, criteria, signed_in, who, person, status):
    target = getattr(cast, person)
    assert save(signed_in(getattr(cast, who)), target, form_of(target, criteria)).status_code == status
    assert reviews() == []


def test_whoever_only_reads_sees_what_was_submitted_and_no_form(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        make_review(cast.cashier, "4454", by=cast.floor_manager)
        make_draft(cast.teammate, "1111", by=cast.floor_manager, comment="Not yours.")
    client = signed_in(cast.auditor)
    team = re.search(r'<option value="([^"]+)"[^>]*>Bodija, SuperMarket<', client.get("/reviews/").content.decode())[1]
    response = client.get("/reviews/", {"team": team})
    text = words(response)
    assert "Segun Afolami: 4.25" in text
    assert "5 Excellent" in text
    assert "Not started" in text  # the other one has a draft, which is nobody else's
    assert "Not yours." not in text
    assert "textarea" not in response.content.decode()
    assert client.post(f"/reviews/write?team={team}", {"do": "submit"}).status_code == 403


def test_a_team_out_of_reach_is_404_and_a_strange_week_is_the_present_one(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)
    assert client.get("/reviews/", {"team": f"{cast.akobo.pk}-{cast.supermarket.pk}-0"}).status_code == 404
    assert client.get("/reviews/", {"team": "x' OR 1=1"}).status_code == 404
    assert "has not begun yet" in words(client.get("/reviews/", {"week": "2099-01-05"}))
    for nonsense in ("yesterday", "0001-01-01", "2026-13-45"):
        assert "is not a day of a week that was reviewed" in words(client.get("/reviews/", {"week": nonsense}))


def test_a_manager_without_people_is_told_so(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk__in=[cast.stranger.pk, cast.stranger_manager.pk]).update(branch=cast.bodija)
        lonely = make_person("Lone", "Ranger", cast.floor_manager.role, branch=cast.akobo, department=cast.eatery)
    assert "Nobody to review yet" in words(signed_in(lonely).get("/reviews/"))


def test_the_low_ones_of_four_weeks_stand_on_the_managers_page(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        make_review(cast.cashier, "2222", by=cast.floor_manager, weeks_ago=1)
    text = words(signed_in(cast.floor_manager).get("/reviews/"))
    assert "Low over the last four weeks" in text
    assert "2.00 in 1 review; below 2.50" in text


# ── One's own ────────────────────────────────────────────────────────────────
def test_general_staff_read_their_own_with_words_and_steps(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        make_review(cast.cashier, "4444", by=cast.floor_manager, weeks_ago=2)
        make_review(cast.cashier, "5444", by=cast.floor_manager, weeks_ago=1)
        make_draft(cast.cashier, "1111", by=cast.floor_manager, comment="A draft.")
        make_review(cast.teammate, "3333", by=cast.floor_manager)
    text = words(signed_in(cast.cashier).get("/reviews/"))
    assert "My reviews" in text
    assert "Attendance 5 Excellent Punctuality 4 Good" in text
    assert "+0.25" in text
    assert "A draft." not in text
    assert "3.00" not in text


def test_the_person_reads_and_acknowledges_and_nobody_else_can(cast, criteria, signed_in, client):
    with tenancy.organisation(ACE):
        review = make_review(cast.cashier, "4454", by=cast.floor_manager, comment="Calm.\nKind.")
    address = f"/reviews/{review.pk}"
    for stranger in (cast.teammate, cast.stranger_manager):
        assert signed_in(stranger).get(address).status_code == 404
        assert signed_in(stranger).post(f"{address}/acknowledge").status_code == 404
    assert signed_in(cast.floor_manager).post(f"{address}/acknowledge").status_code == 403
    mine = signed_in(cast.cashier)
    response = mine.get(address)
    assert "Calm.<br>Kind." in response.content.decode()
    assert "I have read it" in words(response)
    assert "you have read this review" in words(mine.post(f"{address}/acknowledge", follow=True))
    assert "I have read it" not in words(mine.get(address))
    assert reviews()[0].state == "acknowledged"


def test_a_history_is_for_who_reaches_the_person(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        make_review(cast.cashier, "4454", by=cast.floor_manager)
    address = f"/reviews/people/{cast.cashier.pk}"
    for who in ("floor_manager", "branch_manager", "group_head", "auditor", "hr"):
        assert "4.25" in words(signed_in(getattr(cast, who)).get(address))
    for who in ("teammate", "stranger_manager"):
        assert signed_in(getattr(cast, who)).get(address).status_code == 404
    assert signed_in(cast.cashier).get(address)["Location"] == "/reviews/mine"


def test_a_persons_page_leads_to_their_reviews(cast, criteria, signed_in):
    address = f"/people/{cast.cashier.pk}/"
    assert f'href="/reviews/people/{cast.cashier.pk}"' in signed_in(cast.floor_manager).get(address).content.decode()
    assert "/reviews/people/" not in signed_in(cast.cashier).get(address).content.decode()


def test_whoever_reaches_further_is_not_read_from_below(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.branch_manager.pk).update(department=cast.supermarket)
        make_review(Person.objects.with_places().get(pk=cast.branch_manager.pk), by=cast.hr)
    assert signed_in(cast.floor_manager).get(f"/reviews/people/{cast.branch_manager.pk}").status_code == 403
    assert "Bola Manager" not in words(signed_in(cast.floor_manager).get("/reviews/"))


def test_older_reviews_follow_on_the_next_page(cast, criteria, signed_in):
    with tenancy.organisation(ACE):
        Person.objects.update(hired_on="2020-01-01")
        cashier = Person.objects.with_places().get(pk=cast.cashier.pk)
        for weeks in range(52):
            make_review(cashier, by=cast.floor_manager, weeks_ago=weeks)
    client = signed_in(cast.cashier)
    page = client.get("/reviews/").content.decode()
    more = re.search(r'id="more" href="([^"]+)"', page)[1]
    assert len(set(re.findall(r'href="/reviews/(\d+)"', page))) == 50
    assert len(set(re.findall(r'href="/reviews/(\d+)"', client.get("/reviews/" + more).content.decode()))) == 2


def test_a_large_team_comes_in_pages_that_cost_alike(cast, criteria, signed_in):
    client = signed_in(cast.floor_manager)

    def queries():
        with CaptureQueriesContext(connection) as found:
            assert client.get("/reviews/").status_code == 200
        return len(found)

    few = queries()
    with tenancy.organisation(ACE):
        for n in range(60):
            person = make_person("Extra", f"Hand {n:02}", make_role(), branch=cast.bodija, department=cast.supermarket)
            make_draft(person, by=cast.floor_manager)
    assert queries() == few
    page = client.get("/reviews/").content.decode()
    more = re.search(r'id="more" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert page.count('class="review"') + page.count('class="review is-active"') == 40
    assert "Kunle Ogundele" in words(client.get(more))


def test_the_week_of_the_page_is_the_week_of_the_review(cast, criteria, signed_in):
    client, monday = signed_in(cast.floor_manager), this_monday().replace()
    before = client.get("/reviews/", {"week": "2026-01-07"}) if monday.year == 2026 else None
    assert before is None or "5–11 January" in words(before)
    save(client, cast.cashier, form_of(cast.cashier, criteria), week=monday.isoformat())
    assert reviews()[0].week_start == monday
