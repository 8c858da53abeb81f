"""A review's life: one per person, week and reviewer; a draft is its reviewer's; submitting locks it and tells."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from config import tenancy
from config.errors import Conflict, Forbidden, Invalid, Refused
from config.testing import ACE
from notifications.models import OutboxMessage
from reviews import services
from reviews.models import Criterion, Review, Score, in_words, overall_of
from reviews.services import Answers
from reviews.tests.make import answers, make_criteria, make_draft, make_review, this_monday
from staff.models import Person

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def inside(cast):
    """The cast with its criteria, inside their organisation."""
    with tenancy.organisation(ACE):
        make_criteria()
        yield cast


def told() -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind="review"))


# ── The mean ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([(5, 1), (4, 1), (4, 1), (4, 1)], "4.25"),
        ([(1, 1), (2, 1)], "1.50"),
        ([(4, 1), (4, 1), (5, 1)], "4.33"),
        ([(5, 1), (4, 7)], "4.13"),  # 4.125 goes up, not to the even 4.12
        ([(5, 3), (1, 1)], "4.00"),
        ([(3, "0.5"), (4, "1.5")], "3.75"),
    ],
)
def test_the_overall_is_the_weighted_mean_rounded_half_up(scores, expected):
    assert overall_of((value, Decimal(weight)) for value, weight in scores) == Decimal(expected)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 1000)), min_size=1, max_size=8))
def test_no_mean_is_further_than_half_a_hundredth_from_the_exact_one(rows):
    exact = Fraction(sum(value * weight for value, weight in rows), sum(weight for _, weight in rows))
    found = Fraction(overall_of((value, Decimal(weight) / 100) for value, weight in rows))
    assert -Fraction(1, 200) < found - exact <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("overall", "word"), [("1.49", "Poor"), ("2.50", "Average"), ("4.25", "Good"), ("4.50", "Excellent")]
)
def test_a_mean_is_said_by_its_nearest_word(overall, word):
    assert in_words(Decimal(overall)) == word


# ── Drafts ───────────────────────────────────────────────────────────────────
def test_a_draft_grows_answer_by_answer_and_tells_nobody(inside):
    first, second, third, fourth = make_criteria()
    boss, cashier, monday = inside.floor_manager, inside.cashier, this_monday()
    review = services.save_answers(cashier, monday, Answers({first.pk: 5}), by=boss, version=0)
    assert (review.state, review.overall, review.version) == ("draft", None, 1)
    review = services.save_answers(cashier, monday, Answers({second.pk: 3, third.pk: 4}), by=boss, version=1)
    review = services.save_answers(cashier, monday, Answers({fourth.pk: 4}, "Calm."), by=boss, version=2)
    assert (review.overall, review.comment, review.version) == (Decimal("4.00"), "Calm.", 3)
    assert (review.branch, review.department) == (inside.bodija, inside.supermarket)
    review = services.change_review(review, Answers({fourth.pk: None}), by=boss)
    assert (review.overall, review.scores.count()) == (None, 3)
    assert told() == []


def test_saying_what_stands_there_already_changes_nothing(inside):
    review = make_draft(inside.cashier, by=inside.floor_manager)
    same = services.change_review(review, answers("4454", "Well done.\r\n"), by=inside.floor_manager, version=99)
    assert same.version == review.version


def test_another_window_is_not_overwritten_unseen(inside):
    boss = inside.floor_manager
    review = make_draft(inside.cashier, "4454", by=boss, comment="Calm.")
    services.change_review(review, Answers(comment="Calm on Saturday."), by=boss, version=1)
    with pytest.raises(Conflict, match="There it says: Attendance 4, .* “Calm on Saturday.”"):
        services.change_review(review, Answers(comment="Quick."), by=boss, version=1)
    review.refresh_from_db()
    assert review.comment == "Calm on Saturday."


def test_one_review_a_person_week_and_reviewer(inside):
    make_draft(inside.cashier, by=inside.floor_manager)
    with pytest.raises(Refused, match="Adaeze Nwosu has a review of yours for that week already"):
        make_draft(inside.cashier, by=inside.floor_manager)
    make_draft(inside.cashier, by=inside.branch_manager)
    make_draft(inside.cashier, by=inside.floor_manager, week=this_monday() - WEEK)
    assert Review.objects.count() == 3


def test_the_database_itself_refuses_the_second_one_and_oneself_and_a_6(inside):
    review = make_draft(inside.cashier, by=inside.floor_manager)
    twin = {"person": inside.cashier, "reviewer": inside.floor_manager, "week_start": review.week_start}
    for wrong in (
        lambda: Review.objects.create(**twin, changed_at=review.changed_at),
        lambda: Review.objects.create(**{**twin, "person": inside.floor_manager}, changed_at=review.changed_at),
        lambda: review.scores.update(value=6),
        lambda: review.scores.update(value=0),
        lambda: Review.objects.filter(pk=review.pk).update(acknowledged_at=review.changed_at),
        lambda: Review.objects.filter(pk=review.pk).update(submitted_at=review.changed_at, overall=None),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


# ── Who ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("who", ["floor_manager", "branch_manager", "group_head", "hr", "ceo", "coo"])
def test_managers_in_reach_write_reviews(inside, who):
    assert make_review(inside.cashier, by=getattr(inside, who)).is_submitted


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("auditor", "Your role reads reviews but does not write them."),
        ("teammate", "Your role does not write reviews."),
        ("stranger_manager", "Adaeze Nwosu is not among the people whom you review."),
    ],
)
def test_everybody_else_does_not(inside, who, sentence):
    with pytest.raises(Forbidden, match=sentence):
        make_draft(inside.cashier, by=getattr(inside, who))


def test_nobody_reviews_themselves_and_nobody_from_below(inside):
    with pytest.raises(Forbidden, match="Nobody reviews themselves"):
        make_draft(inside.hr, by=inside.hr)
    # In the same place, but the branch manager reaches further.
    Person.objects.filter(pk=inside.branch_manager.pk).update(department=inside.supermarket)
    boss = Person.objects.with_places().get(pk=inside.branch_manager.pk)
    with pytest.raises(Forbidden, match="not among the people whom you review"):
        make_draft(boss, by=inside.floor_manager)
    assert make_draft(inside.floor_manager, by=boss)


def test_only_its_reviewer_changes_and_submits_a_review(inside):
    review = make_draft(inside.cashier, by=inside.floor_manager)
    for verb in (
        lambda by: services.change_review(review, answers("1111"), by=by),
        lambda by: services.submit_review(review, by=by),
    ):
        with pytest.raises(Forbidden, match="Only its reviewer"):
            verb(inside.hr)


def test_a_manager_who_has_lost_the_person_does_not_submit(inside):
    review = make_draft(inside.cashier, by=inside.floor_manager)
    Person.objects.filter(pk=inside.cashier.pk).update(branch=inside.akobo)
    with pytest.raises(Forbidden, match="not among the people whom you review"):
        services.submit_review(review, by=inside.floor_manager)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("cashier", {"submitted"}), ("teammate", set()), ("stranger", set()), ("stranger_manager", set()),
        ("floor_manager", {"draft", "submitted"}), ("branch_manager", {"submitted"}), ("group_head", {"submitted"}),
        ("auditor", {"submitted"}), ("hr", {"submitted"}),
    ],
)  # fmt: skip
def test_a_draft_is_seen_by_its_reviewer_alone_and_a_colleague_sees_nothing(inside, who, sees):
    make_draft(inside.cashier, by=inside.floor_manager)
    make_review(inside.cashier, by=inside.floor_manager, weeks_ago=1)
    found = Review.objects.visible_to(getattr(inside, who))
    assert {review.state for review in found} == sees


# ── When ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("days", "sentence"),
    [(1, "A week of Adaeze begins on a Monday"), (7, "That week has not begun yet"), (-3, "begins on a Monday")],
)
def test_a_week_begins_on_the_branchs_day_and_has_begun(inside, days, sentence):
    with pytest.raises(Invalid, match=sentence) as refused:
        make_draft(inside.cashier, by=inside.floor_manager, week=this_monday() + timedelta(days=days))
    assert "week_start" in refused.value.fields


def test_the_branchs_own_week_and_clock_decide(inside):
    inside.bodija.week_start, inside.bodija.timezone = 6, "Pacific/Auckland"
    inside.bodija.save()
    cashier, teammate = Person.objects.with_places().filter(pk__in=[inside.cashier.pk, inside.teammate.pk])
    boss = inside.floor_manager
    # Saturday noon in Lagos is Sunday in Auckland: the week of the 22nd has begun there.
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        assert make_draft(cashier, by=boss, week=date(2026, 11, 22))
    with time_machine.travel(datetime(2026, 11, 21, 9, tzinfo=UTC), tick=False), pytest.raises(Invalid):
        make_draft(teammate, by=boss, week=date(2026, 11, 22))


def test_nobody_is_reviewed_for_a_week_without_a_contract(inside):
    Person.objects.filter(pk=inside.cashier.pk).update(hired_on=this_monday())
    cashier = Person.objects.with_places().get(pk=inside.cashier.pk)
    assert make_draft(cashier, by=inside.floor_manager)
    with pytest.raises(Refused, match="was not employed in that week"):
        make_draft(cashier, by=inside.floor_manager, week=this_monday() - WEEK)


# ── What ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("value", [6, 0, -1, 100])
def test_a_score_lies_on_the_scale(inside, value):
    with pytest.raises(Invalid, match=r"from 1 \(Poor\) to 5 \(Excellent\)"):
        services.start_review(
            inside.cashier, this_monday(), Answers({make_criteria()[0].pk: value}), by=inside.floor_manager
        )
    assert Review.objects.count() == 0


@pytest.mark.parametrize(
    ("comment", "sentence"),
    [("x" * 100_000, "at most 2,000 characters; this one has 100,000"), ("a\x00b", "cannot be shown")],
)
def test_a_comment_fits_and_can_be_shown(inside, comment, sentence):
    review = make_draft(inside.cashier, by=inside.floor_manager)
    with pytest.raises(Invalid, match=sentence):
        services.change_review(review, Answers(comment=comment), by=inside.floor_manager)
    review.refresh_from_db()
    assert review.comment == "Well done."


def test_a_comment_of_several_lines_keeps_them(inside):
    review = make_draft(inside.cashier, by=inside.floor_manager, comment="One.\r\nTwo.\tThree.")
    assert review.comment == "One.\nTwo.\tThree."


# ── Submitting ───────────────────────────────────────────────────────────────
def test_submitting_locks_and_tells_the_person_once(inside):
    boss = inside.floor_manager
    review = make_review(inside.cashier, "5444", by=boss)
    assert (review.state, review.overall) == ("submitted", Decimal("4.25"))
    [message] = told()
    assert (message.person_id, message.kind, message.url) == (inside.cashier.pk, "review", f"/reviews/{review.pk}")
    assert "4.25, Good" in message.title
    for verb in (
        lambda: services.submit_review(review, by=boss),
        lambda: services.change_review(review, answers("1111"), by=boss),
    ):
        with pytest.raises(Refused, match="was submitted on .* does not change any more"):
            verb()
    review.refresh_from_db()
    assert review.overall == Decimal("4.25")
    assert len(told()) == 1


def test_what_is_refused_or_rolled_back_tells_nobody(inside):
    boss = inside.floor_manager
    review = make_draft(inside.cashier, "44-4", by=boss)
    with pytest.raises(Refused, match=r"Not scored yet: Performance\."):
        services.submit_review(review, by=boss)
    ready = make_draft(inside.teammate, by=boss)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.submit_review(ready, by=boss)
        _ = 1 // 0
    assert told() == []
    assert not Review.objects.submitted().exists()


@pytest.mark.parametrize("low", ["2", "1"])
def test_a_low_score_says_why(inside, low):
    review = make_draft(inside.cashier, f"4{low}44", by=inside.floor_manager, comment=" ")
    with pytest.raises(Refused, match=f"Punctuality is {low}, .* Say what happened") as refused:
        services.submit_review(review, by=inside.floor_manager)
    assert refused.value.code == "needs_reason"
    services.change_review(review, Answers(comment="The bus was late."), by=inside.floor_manager)
    assert services.submit_review(review, by=inside.floor_manager).is_submitted


def test_weights_count_and_what_is_submitted_keeps_its_own(inside):
    attendance = make_criteria()[0]
    services.change_criterion(attendance, {"weight": Decimal(3)}, by=inside.hr)
    review = make_review(inside.cashier, "5333", by=inside.floor_manager)
    assert review.overall == Decimal("4.00")
    services.change_criterion(attendance, {"weight": Decimal(1)}, by=inside.hr)
    review.refresh_from_db()
    assert review.overall == Decimal("4.00")
    assert Score.objects.get(review=review, criterion=attendance).weight == 3


def test_a_draft_follows_the_criteria_of_the_day_it_is_submitted(inside):
    boss = inside.floor_manager
    review = make_draft(inside.cashier, "5111", by=boss)
    services.change_criterion(make_criteria()[0], {"is_active": False}, by=inside.hr)
    extra = services.add_criterion({"name": "Teamwork"}, by=inside.hr)
    with pytest.raises(Refused, match=r"Not scored yet: Teamwork\."):
        services.submit_review(review, by=boss)
    services.change_review(review, Answers({extra.pk: 5}), by=boss)
    review = services.submit_review(review, by=boss)
    assert (review.overall, review.scores.count()) == (Decimal("2.00"), 4)


# ── Acknowledging ────────────────────────────────────────────────────────────
def test_the_person_acknowledges_once_and_nobody_else_does(inside):
    review = make_review(inside.cashier, by=inside.floor_manager)
    with pytest.raises(Forbidden, match="Only the person who was reviewed"):
        services.acknowledge_review(review, by=inside.floor_manager)
    at = services.acknowledge_review(review, by=inside.cashier).acknowledged_at
    assert services.acknowledge_review(review, by=inside.cashier).acknowledged_at == at
    draft = make_draft(inside.cashier, by=inside.branch_manager)
    with pytest.raises(Refused, match="draft"):
        services.acknowledge_review(draft, by=inside.cashier)


# ── Criteria ─────────────────────────────────────────────────────────────────
def test_human_resource_alone_sets_the_criteria(inside):
    for who in ("ceo", "floor_manager", "auditor", "cashier"):
        with pytest.raises(Forbidden, match="Only Human Resource"):
            services.add_criterion({"name": "Charm"}, by=getattr(inside, who))
    assert services.add_criterion({"name": " Charm "}, by=inside.hr).name == "Charm"
    with pytest.raises(Refused, match="There is already a criterion of this name"):
        services.add_criterion({"name": "Charm"}, by=inside.hr)


@pytest.mark.parametrize("wrong", [{"weight": Decimal(0)}, {"weight": Decimal(11)}, {"name": ""}, {"name": "a\x00"}])
def test_a_criterion_makes_sense(inside, wrong):
    with pytest.raises(Invalid) as refused:
        services.add_criterion({"name": "Charm", **wrong}, by=inside.hr)
    assert set(refused.value.fields) == set(wrong)


def test_the_last_criterion_stays(inside):
    *others, last = make_criteria()
    for criterion in others:
        services.change_criterion(criterion, {"is_active": False}, by=inside.hr)
    with pytest.raises(Refused, match="At least one criterion stays"):
        services.change_criterion(last, {"is_active": False}, by=inside.hr)
    assert Criterion.objects.active().count() == 1
