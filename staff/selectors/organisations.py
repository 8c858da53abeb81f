"""All organisations of the installation, as its operators see them: their own rows and three counts of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from staff.models import SecondStep
from staff.plans import PLANS, Feature, Plan

PAGE = 50
LIST = "SELECT * FROM organisations_for_operator(%s, %s, %s)"


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """One organisation; `people` may sign in, `branches` are active. Times are in UTC."""

    id: int
    name: str
    slug: str
    prefix: str
    currency: str
    timezone: str
    second_step: str
    plan: str
    plan_until: date | None
    next_plan: str
    next_plan_on: date | None
    created_at: datetime
    suspended_at: datetime | None
    people: int
    branches: int
    last_sign_in: datetime | None

    @property
    def plan_label(self) -> str:
        return Plan(self.plan).label

    @property
    def next_plan_label(self) -> str:
        return Plan(self.next_plan).label if self.next_plan else ""

    @property
    def second_step_label(self) -> str:
        return SecondStep(self.second_step).label

    @property
    def people_used(self) -> str:
        """ "48 of 50 people", or without a cap "48 people" """
        return _used(self.people, PLANS[Plan(self.plan)].people, "person", "people")

    @property
    def branches_used(self) -> str:
        return _used(self.branches, PLANS[Plan(self.plan)].branches, "branch", "branches")

    @property
    def features(self) -> list[tuple[str, bool]]:
        """What plans may include, and whether this one does."""
        return [
            (feature.label[:1].upper() + feature.label[1:], feature in PLANS[Plan(self.plan)].features)
            for feature in Feature
        ]


def organisations(*, after: str = "") -> tuple[list[OrganisationRow], str]:
    """A page of them by their short names, and where the next begins (or nothing). One query; operators only."""
    rows = _rows(None, after, PAGE + 1)
    return rows[:PAGE], rows[PAGE - 1].slug if len(rows) > PAGE else ""


def organisation(pk: int) -> OrganisationRow | None:
    """One of them. One query; operators only."""
    return next(iter(_rows(pk, "", 1)), None)


def _rows(only_one: int | None, after: str, most: int) -> list[OrganisationRow]:
    with connection.cursor() as cursor:
        cursor.execute(LIST, [only_one, after, most])
        return [OrganisationRow(*row) for row in cursor.fetchall()]


def _used(count: int, cap: int | None, one: str, many: str) -> str:
    if cap is None:
        return f"{count:,} {one if count == 1 else many}"
    return f"{count:,} of {cap:,} {one if cap == 1 else many}"
