"""The only writers of reviews: one function a verb, of the reviewer, the reviewed person or Human Resource."""

from reviews.services.criteria import add_criterion, change_criterion
from reviews.services.reviews import (
    Answers,
    acknowledge_review,
    change_review,
    save_answers,
    start_review,
    submit_review,
)

__all__ = [
    "Answers",
    "acknowledge_review",
    "add_criterion",
    "change_criterion",
    "change_review",
    "save_answers",
    "start_review",
    "submit_review",
]
