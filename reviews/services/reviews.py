"""A review's life: started, saved answer by answer, submitted once and for all, acknowledged."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from config.errors import Conflict, Forbidden, Invalid, Refused, refusing
from notifications.kinds import Kind
from notifications.services import Message, tell
from reviews.models import LONGEST_COMMENT, LOW, WEEK, Criterion, Rating, Review, Score, in_words, overall_of
from roster.selectors.schedule import calendar_of
from roster.times import week_label
from staff.models import Person
from staff.roles import may, may_review
from staff.services.fitness import refuse_erased

# What no screen can show, line ends and tabs apart; PostgreSQL cannot store the first of them.
UNSHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
SCALE = "A score is a whole number from 1 (Poor) to 5 (Excellent)."
ONCE = "{} has a review of yours for that week already; open it to go on."


@dataclass(frozen=True, slots=True)
class Answers:
    """What a reviewer says: values by criterion (None takes one back), and the comment (None leaves it)."""

    scores: Mapping[int, int | None] = field(default_factory=dict)
    comment: str | None = None


def start_review(person: Person, week_start: date, answers: Answers, *, by: Person) -> Review:
    """Begin a draft of one person's week, which nobody but its reviewer sees.

    Raises Forbidden for somebody whom `by` does not review, Invalid for a week that does not begin on the branch's
    first day or has not begun at all, Refused where there is a review already, and of somebody who was erased.
    """
    _require_reviewing(by, person)
    now = timezone.now()
    _refuse_misfit(person, week_start, now)
    review = Review(person=person, reviewer=by, week_start=week_start, changed_at=now)
    review.branch_id, review.department_id = person.branch_id, person.department_id
    criteria = _active_criteria()
    _refuse_faults(answers, criteria)
    with refusing({"review_once_a_week": ONCE.format(person.full_name)}):
        review.save(force_insert=True)
    return _write(review, answers, criteria, now)


def change_review(review: Review, answers: Answers, *, by: Person, version: int | None = None) -> Review:
    """Save answers into a draft. Without effect where they say what stands there already.

    Raises Forbidden for another's review, Refused for a submitted one, Conflict where the draft is no longer at
    `version`.
    """
    review = _locked(review)
    _require_own(review, by)
    criteria = _active_criteria()
    _refuse_faults(answers, criteria)
    if not _differs(review, answers):
        return review
    if review.submitted_at:
        raise Refused(_locked_words(review), code="already_submitted")
    if version is not None and version != review.version:
        raise Conflict(f"You changed this review elsewhere at {_clock(review.changed_at, review)}. {_stands(review)}")
    review.version += 1
    return _write(review, answers, criteria, timezone.now())


def save_answers(person: Person, week_start: date, answers: Answers, *, by: Person, version: int) -> Review:
    """What a page saves while somebody scores: the first answer starts the draft, the others change it.

    `version` is the draft that the page shows, 0 for none.
    """
    _require_reviewing(by, person)
    found = Review.objects.filter(person=person, week_start=week_start, reviewer=by).first()
    if found is None:
        return start_review(person, week_start, answers, by=by)
    return change_review(found, answers, by=by, version=version)


def submit_review(review: Review, *, by: Person) -> Review:
    """Lock a draft and tell the person, in one transaction.

    Raises Forbidden for another's review, Refused for one that is submitted already, lacks a score, or gives a low
    one without saying why.
    """
    review = _locked(review)
    _require_own(review, by)
    _require_reviewing(by, review.person)
    if review.submitted_at:
        raise Refused(_locked_words(review), code="already_submitted")
    criteria = _active_criteria()
    # Scores by what was retired meanwhile count no more.
    review.scores.exclude(criterion__in=criteria).delete()
    scores = {score.criterion_id: score.value for score in review.scores.all()}
    _refuse_unready(scores, criteria, review.comment)
    now = timezone.now()
    _keep_scores(review, scores, criteria)
    review.overall = overall_of((scores[pk], criterion.weight) for pk, criterion in criteria.items())
    review.submitted_at = review.changed_at = now
    review.version += 1
    review.save(update_fields=["overall", "submitted_at", "changed_at", "version"])
    tell([_message(review)])
    return review


def acknowledge_review(review: Review, *, by: Person) -> Review:
    """Note that the reviewed person has read it; the first time counts. Raises Forbidden for anybody else."""
    review = _locked(review)
    if review.person_id != by.pk:
        raise Forbidden("Only the person who was reviewed acknowledges a review.")
    if review.submitted_at is None:
        raise Refused("A draft is not there to be acknowledged.")
    if review.acknowledged_at is None:
        review.acknowledged_at = timezone.now()
        review.version += 1
        review.save(update_fields=["acknowledged_at", "version"])
    return review


def low_scores(scores: Mapping[int, int | None], criteria: Mapping[int, Criterion]) -> list[str]:
    """The scores that ask for a reason, in words: "Punctuality is 1, Poor"."""
    low = [(pk, value) for pk in criteria if (value := scores.get(pk)) and value <= LOW]
    return [f"{criteria[pk].name} is {value}, {Rating(value).label}" for pk, value in low]


def _require_reviewing(by: Person, person: Person) -> None:
    if not may(by, "write_reviews"):
        raise Forbidden(
            "Your role reads reviews but does not write them."
            if may(by, "see_reviews")
            else "Your role does not write reviews."
        )
    if by.pk == person.pk:
        raise Forbidden("Nobody reviews themselves.")
    if not may_review(by, person):
        raise Forbidden(f"{person.full_name} is not among the people whom you review.")


def _require_own(review: Review, by: Person) -> None:
    if review.reviewer_id != by.pk:
        raise Forbidden("Only its reviewer changes or submits a review.")


def _refuse_misfit(person: Person, week_start: date, now: datetime) -> None:
    refuse_erased(person)
    calendar = calendar_of(person)
    first = calendar.week_of(week_start)
    if first != week_start:
        sentence = f"A week of {person.first_name} begins on a {first:%A}; that one is {first:%-d %B %Y}."
        raise Invalid(sentence, fields={"week_start": sentence})
    if week_start > calendar.today(now):
        sentence = "That week has not begun yet."
        raise Invalid(sentence, fields={"week_start": sentence})
    left = person.left_on
    if person.hired_on >= week_start + WEEK or (left and left < week_start):
        raise Refused(f"{person.full_name} was not employed in that week.")


def _refuse_faults(answers: Answers, criteria: Mapping[int, Criterion]) -> None:
    for pk, value in answers.scores.items():
        if pk not in criteria:
            raise Invalid("Reviews are not scored by this criterion.", fields={"scores": "Not a criterion in use."})
        if value is not None and value not in Rating.values:
            raise Invalid(SCALE, fields={"scores": SCALE})
    comment = answers.comment or ""
    if UNSHOWN.search(comment):
        sentence = "The comment contains a character that cannot be shown."
        raise Invalid(sentence, fields={"comment": sentence})
    if len(comment) > LONGEST_COMMENT:
        sentence = f"A comment has at most {LONGEST_COMMENT:,} characters; this one has {len(comment):,}."
        raise Invalid(sentence, fields={"comment": sentence})


def _refuse_unready(scores: Mapping[int, int], criteria: Mapping[int, Criterion], comment: str) -> None:
    missing = [criterion.name for pk, criterion in criteria.items() if pk not in scores]
    if missing:
        raise Refused(f"Not scored yet: {', '.join(missing)}.", code="not_scored")
    low = low_scores(scores, criteria)
    if low and not comment.strip():
        sentence = f"{low[0]}. Say what happened and what would help."
        raise Refused(sentence, code="needs_reason", fields={"comment": sentence})


def _write(review: Review, answers: Answers, criteria: Mapping[int, Criterion], now: datetime) -> Review:
    """Put answers into a draft that is held or new; its overall stands as soon as nothing is missing."""
    scores = {score.criterion_id: score.value for score in review.scores.all()}
    taken_back = [pk for pk, value in answers.scores.items() if value is None]
    given = {pk: value for pk, value in answers.scores.items() if value is not None}
    review.scores.filter(criterion__in=taken_back).delete()
    _keep_scores(review, given, criteria)
    now_scored = {pk: value for pk, value in {**scores, **given}.items() if pk not in taken_back}
    complete = bool(criteria) and criteria.keys() <= now_scored.keys()
    counted = ((now_scored[pk], criterion.weight) for pk, criterion in criteria.items())
    review.overall = overall_of(counted) if complete else None
    review.comment = review.comment if answers.comment is None else _lines(answers.comment)
    review.changed_at = now
    review.save(update_fields=["comment", "overall", "changed_at", "version"])
    return review


def _keep_scores(review: Review, scores: Mapping[int, int], criteria: Mapping[int, Criterion]) -> None:
    Score.objects.bulk_create(
        [
            Score(review=review, criterion_id=pk, value=value, weight=criteria[pk].weight)
            for pk, value in scores.items()
        ],
        update_conflicts=True,
        unique_fields=["organisation", "review", "criterion"],
        update_fields=["value", "weight"],
    )


def _differs(review: Review, answers: Answers) -> bool:
    stands = {score.criterion_id: score.value for score in review.scores.all()}
    if any(stands.get(pk) != value for pk, value in answers.scores.items()):
        return True
    return answers.comment is not None and _lines(answers.comment) != review.comment


def _lines(comment: str) -> str:
    """The comment with the line ends that a browser does not send."""
    return comment.replace("\r\n", "\n").strip()


def _active_criteria() -> dict[int, Criterion]:
    return {criterion.pk: criterion for criterion in Criterion.objects.active()}


def _locked(review: Review) -> Review:
    """The row as it is now, held until the transaction ends: a save and a submit at once take turns."""
    Review.objects.select_for_update().filter(pk=review.pk).values_list("pk").first()
    joined = ("person__branch", "person__role", "person__organisation", "reviewer")
    return Review.objects.select_related(*joined).get(pk=review.pk)


def _locked_words(review: Review) -> str:
    at = review.submitted_at or review.changed_at
    day = f"{at.astimezone(calendar_of(review.person).zone):%-d %B, %H:%M}"
    return f"This review was submitted on {day} and does not change any more."


def _clock(at: datetime, review: Review) -> str:
    return f"{at.astimezone(calendar_of(review.person).zone):%H:%M}"


def _stands(review: Review) -> str:
    """What another window has saved, so that nobody needs to load the page to compare."""
    said = [f"{score.criterion} {score.value}" for score in review.scores.select_related("criterion")]
    return f"There it says: {', '.join(said) or 'no score'}{f', “{review.comment}”' if review.comment else ''}."


def _message(review: Review) -> Message:
    assert review.overall is not None  # noqa: S101  # for mypy: submitted, so it is scored
    return Message(
        person_id=review.person_id,
        kind=Kind.REVIEW,
        key=f"review:{review.pk}:submitted",
        title=f"Your review of {week_label(review.week_start)}: {review.overall}, {in_words(review.overall)}",
        body=f"By {review.reviewer.full_name}. Read it, and say that you have.",
        url=f"/reviews/{review.pk}",
    )
