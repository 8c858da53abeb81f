"""A hiring that is not finished: what was typed so far, by step, so that it can be left and gone on with."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.db import models

from config.sealed import SealedTextField
from config.tenancy import Owned
from staff.models.people import Person
from staff.roles import may


class Step(NamedTuple):
    """A step of hiring: its heading, the verb that it needs, and how many rows it takes (none: it is one form)."""

    title: str
    verb: str
    rows: int = 0


# Whoever hires asks for what an applicant tells; pay is for those who set it, papers for those who keep them.
STEPS: dict[str, Step] = {
    "basics": Step("Basics", "hire"),
    "education": Step("Education", "hire", 10),
    "experience": Step("Experience", "hire", 10),
    "salary": Step("Salary", "change_careers"),
    "next_of_kin": Step("Next of kin", "edit_people", 3),
    "guarantors": Step("Guarantors", "edit_people", 2),
    "documents": Step("Documents", "edit_people", 20),
    "review": Step("Review", "hire"),
}
FIRST, LAST = "basics", "review"


def steps_of(user: Person) -> dict[str, Step]:
    """The steps that the permission table gives the user, in their order."""
    return {name: step for name, step in STEPS.items() if may(user, step.verb)}


class HiringDraftQuerySet(models.QuerySet["HiringDraft"]):
    """Drafts, as adjectives."""

    def visible_to(self, user: Person) -> Self:
        """One's own, and for Human Resource all of them."""
        return self if may(user, "edit_people") else self.filter(begun_by=user)

    def older_than(self, moment: datetime) -> Self:
        """Those that nobody has touched since."""
        return self.filter(changed_at__lt=moment)


class HiringDraft(Owned):
    """Somebody who is to be hired. All that was typed is one sealed text: an applicant's pay, numbers and papers are
    nobody's to search, and what a step asks for may change without a migration."""

    begun_by = models.ForeignKey(Person, on_delete=models.PROTECT, editable=False, related_name="+")
    begun_at = models.DateTimeField(editable=False)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, editable=False, related_name="+")
    changed_at = models.DateTimeField(editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    step = models.CharField(max_length=12, default=FIRST, help_text="Where to go on.")
    sealed = SealedTextField(blank=True)

    objects = HiringDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["organisation", "begun_by"], name="hiring_draft_by_person")]

    def __str__(self) -> str:
        return self.name or "Nobody yet"

    @property
    def content(self) -> dict[str, Any]:
        """What was typed, as it was typed, by step: a form's texts, or a list of them. A copy."""
        return json.loads(self.sealed) if self.sealed else {}

    @content.setter
    def content(self, content: dict[str, Any]) -> None:
        self.sealed = json.dumps(content)

    @property
    def name(self) -> str:
        """Whom it is about, as far as that was typed."""
        basics = self.content.get(FIRST, {})
        return " ".join(filter(None, (basics.get(part, "").strip() for part in ("first_name", "last_name"))))
