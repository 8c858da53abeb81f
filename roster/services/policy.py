"""Work rules: dated rows of what is checked and how strictly, set by Human Resource and the executives."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from config.errors import Forbidden, Invalid, refusing
from roster.models import WorkRule
from roster.rules import LONGEST_RUN
from staff.models import Person
from staff.roles import may

EDITABLE = frozenset({"kind", "level", "limit", "branch", "starts_on", "ends_on"})
HOURS_OF_A_DAY, HOURS_OF_A_WEEK = Decimal(24), Decimal(168)
SENTENCES = {
    "work_rule_once_a_day": "This rule already has a row that begins on that day.",
    "work_rule_ends_after_start": "The last day cannot be before the first.",
}
MOST: dict[str, Decimal] = {
    WorkRule.Kind.REST: HOURS_OF_A_DAY,
    WorkRule.Kind.DAYS_IN_ROW: Decimal(LONGEST_RUN),
    WorkRule.Kind.MINOR_DAY: HOURS_OF_A_DAY,
    WorkRule.Kind.MINOR_NIGHT: HOURS_OF_A_DAY,
}


def add_work_rule(details: Mapping[str, Any], *, by: Person) -> WorkRule:
    """A new row, for the organisation or one branch. Raises Forbidden, Invalid for a limit that makes no sense."""
    return _save(WorkRule(), details, by=by)


def change_work_rule(rule: WorkRule, changes: Mapping[str, Any], *, by: Person) -> WorkRule:
    """Correct a row; a rule that no longer holds gets a last day, so that past rosters keep theirs."""
    return _save(rule, changes, by=by)


def _save(rule: WorkRule, changes: Mapping[str, Any], *, by: Person) -> WorkRule:
    if not may(by, "set_work_rules"):
        raise Forbidden("Work rules are set by Human Resource and the executives.")
    for name in EDITABLE & changes.keys():
        setattr(rule, name, changes[name])
    most = MOST.get(rule.kind, HOURS_OF_A_WEEK)
    if not 0 < rule.limit <= most:
        sentence = f"The limit of this rule lies between 0 and {most}."
        raise Invalid(sentence, fields={"limit": sentence})
    if rule.ends_on and rule.ends_on < rule.starts_on:
        sentence = SENTENCES["work_rule_ends_after_start"]
        raise Invalid(sentence, fields={"ends_on": sentence})
    with refusing(SENTENCES):
        rule.save()
    return rule
