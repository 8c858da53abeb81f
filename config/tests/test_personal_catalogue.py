"""No table about people is forgotten: what an export shows and what erasure does is said of every column."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core import checks

from config.personal import Erasing, catalogue, faults, nothing_is_forgotten


def without(model, **changes):
    """The catalogue with one table left out, or said otherwise."""
    rest = tuple(about for about in catalogue() if about.model != model)
    about = next(about for about in catalogue() if about.model == model)
    return (*rest, replace(about, **changes)) if changes else rest


def test_every_key_to_a_person_and_every_column_stands_in_a_table():
    assert list(faults(catalogue())) == []
    assert nothing_is_forgotten in checks.registry.registry.get_checks()


@pytest.mark.parametrize("model", sorted(about.model for about in catalogue() if about.model != "staff.AuditEntry"))
def test_a_table_that_is_left_out_is_named(model):
    keys = [fault for fault in faults(without(model)) if "leads to a person" in fault]
    # A person, what belongs to a review, and what belongs to no organisation hang from no key of their own.
    assert keys or model in {"staff.Person", "reviews.Score", "monitoring.Alert"}


def test_a_column_that_is_neither_shown_nor_withheld_is_named():
    shown = tuple(path for path in next(a for a in catalogue() if a.model == "staff.Person").shown if path != "phone")
    (fault,) = faults(without("staff.Person", shown=shown))
    assert fault == "staff.Person.phone is neither shown in an export nor withheld with a reason."


def test_a_table_says_nothing_of_columns_that_are_not_there():
    (fault,) = faults(without("staff.Consent", withheld={"colour": "gone"}))
    assert fault == "privacy.py names staff.Consent.colour, which is no column."


def test_every_table_tells_people_why_it_goes_or_stays():
    assert all(about.title and about.reason.endswith(".") for about in catalogue())
    assert {about.erasing for about in catalogue()} == set(Erasing)


def test_whatever_holds_a_file_is_deleted_with_it():
    files = [about for about in catalogue() if "key" in {field.name for field in about.table._meta.concrete_fields}]
    assert [(about.files, about.erasing) for about in files if about.model.startswith("staff.")] == [
        ("key", Erasing.DELETE)
    ] * 2
