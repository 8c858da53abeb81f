"""What reviewers tick and type on the team's page: one line of it, read and kept as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from config.errors import Invalid
from reviews.models import Rating
from reviews.selectors.team import Line
from reviews.services import Answers
from reviews.services.reviews import SCALE

VALUES = {str(value): value for value in Rating.values}


def is_sent(line: Line, data: Mapping[str, str]) -> bool:
    """Whether the request holds this line at all."""
    return f"v{line.person_id}" in data


def answers_in(line: Line, data: Mapping[str, str]) -> Answers:
    """What the request says of this line; what it does not name stays. Raises Invalid for a score off the scale."""
    given = {answer.criterion.pk: data.get(answer.field, "").strip() for answer in line.answers}
    chosen = {pk: text for pk, text in given.items() if text}
    if not set(chosen.values()) <= VALUES.keys():
        raise Invalid(SCALE, fields={"scores": SCALE})
    return Answers({pk: VALUES[text] for pk, text in chosen.items()}, data.get(f"c{line.person_id}"))


def version_in(line: Line, data: Mapping[str, str]) -> int:
    """The draft that the page showed; 0 for none, and for anything that is no number."""
    text = data.get(f"v{line.person_id}", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def as_typed(line: Line, data: Mapping[str, str], error: str) -> Line:
    """The line with what was sent in it, so that a refusal loses nothing, and the sentence beside it."""
    answers = tuple(
        replace(answer, value=VALUES.get(data.get(answer.field, ""), answer.value)) for answer in line.answers
    )
    # A NUL cannot be shown again.
    comment = data.get(f"c{line.person_id}", line.comment).replace("\x00", "")
    return replace(line, answers=answers, comment=comment, error=error, is_active=True)
