"""A copy of somebody's data names who reviewed them, and shows no draft."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from reviews.tests.make import make_draft, make_review
from staff.services.exporting import export

pytestmark = pytest.mark.django_db


def test_a_writer_of_reviews_is_named_and_a_draft_is_not_shown(cast, ace):
    make_review(cast.cashier, by=cast.floor_manager, comment="Kept the queue short")
    make_draft(cast.cashier, by=cast.branch_manager, comment="Not yet said")
    copy = zipfile.ZipFile(BytesIO(export(cast.cashier, by=cast.cashier).file.read()))
    (review,) = json.loads(copy.read("data/reviews-review.json"))
    assert review["comment"] == "Kept the queue short"
    assert (review["reviewer first name"], review["reviewer last name"]) == ("Segun", "Afolami")
    assert "Not yet said" not in copy.read("index.html").decode()
    assert len(json.loads(copy.read("data/reviews-score.json"))) == 4
