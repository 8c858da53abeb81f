"""One reviewer in two tabs at the same moment: real transactions on two connections."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from config import tenancy
from config.errors import Refused
from config.testing import ACE
from notifications.models import OutboxMessage
from reviews import services
from reviews.models import Criterion, Review
from reviews.tests.make import answers, make_criteria, make_draft, this_monday

pytestmark = pytest.mark.django_db(transaction=True)


def both(first, second):
    """Run two functions at the same moment, each inside the organisation; their results or refusals."""
    start = Barrier(2)

    def run(work):
        try:
            start.wait(5)
            with tenancy.organisation(ACE):
                return work()
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, (first, second)))


def refusals(results):
    return [result for result in results if isinstance(result, Refused)]


@pytest.fixture
def criteria(cast):
    with tenancy.organisation(ACE):
        return make_criteria()


def test_two_tabs_that_begin_one_review_make_one(cast, criteria):
    def begin(values, comment):
        said = answers_of(criteria, values, comment)
        return lambda: services.save_answers(cast.cashier, this_monday(), said, by=cast.floor_manager, version=0)

    results = both(begin("4454", "First."), begin("5555", "Second."))
    assert len(refusals(results)) == 1
    with tenancy.organisation(ACE):
        review = Review.objects.get()
        assert (review.comment, review.scores.count()) in {("First.", 4), ("Second.", 4)}


def answers_of(criteria, values, comment=None):
    return services.Answers({each.pk: int(value) for each, value in zip(criteria, values, strict=True)}, comment)


def test_two_tabs_that_submit_at_once_submit_and_tell_once(cast, criteria):
    with tenancy.organisation(ACE):
        review = make_draft(cast.cashier, by=cast.floor_manager)
    results = both(*[lambda: services.submit_review(review, by=cast.floor_manager)] * 2)
    assert [refusal.code for refusal in refusals(results)] == ["already_submitted"]
    with tenancy.organisation(ACE):
        assert OutboxMessage.objects.filter(kind="review").count() == 1


def test_a_save_and_a_submit_at_once_never_change_what_was_submitted(cast, criteria):
    with tenancy.organisation(ACE):
        review = make_draft(cast.cashier, "4444", by=cast.floor_manager)
    for _ in range(5):
        both(
            lambda: services.submit_review(review, by=cast.floor_manager),
            lambda: services.change_review(review, answers("5555"), by=cast.floor_manager),
        )
    with tenancy.organisation(ACE):
        found = Review.objects.get()
        values = {score.value for score in found.scores.all()}
    assert found.is_submitted
    assert values == {int(found.overall)}


def test_two_people_who_retire_the_last_two_criteria_leave_one(cast, criteria):
    first, second, *others = criteria
    with tenancy.organisation(ACE):
        for criterion in others:
            services.change_criterion(criterion, {"is_active": False}, by=cast.hr)
    both(
        lambda: services.change_criterion(first, {"is_active": False}, by=cast.hr),
        lambda: services.change_criterion(second, {"is_active": False}, by=cast.hr),
    )
    with tenancy.organisation(ACE):
        assert Criterion.objects.active().count() == 1
