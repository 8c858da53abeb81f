"""What an organisation's plan opens, and for how many: the one place that answers it.

The organisation's row carries its plan; PLANS says what that means. Prices and bills are no business of this product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices

from config.errors import Refused

if TYPE_CHECKING:
    from staff.models import Organisation


class Feature(TextChoices):
    """What a plan may leave out. Whoever builds one of them asks `require_feature` at its doors."""

    API = "api", "the API"
    ANALYTICS = "analytics", "reports and analytics"
    AUTO_ROSTER = "auto_roster", "rosters that the machine proposes"
    WEBHOOKS = "webhooks", "webhooks"
    WHATSAPP = "whatsapp", "WhatsApp messages"


class Plan(TextChoices):
    TRIAL = "trial", "Trial"
    STARTER = "starter", "Starter"
    BUSINESS = "business", "Business"
    ENTERPRISE = "enterprise", "Enterprise"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan opens, and how many people who may sign in and active branches it has room for (None: any)."""

    features: frozenset[Feature]
    people: int | None = None
    branches: int | None = None


PLANS: dict[Plan, Terms] = {
    Plan.TRIAL: Terms(frozenset({Feature.API, Feature.ANALYTICS}), people=100, branches=3),
    Plan.STARTER: Terms(frozenset(), people=50, branches=2),
    Plan.BUSINESS: Terms(frozenset(Feature) - {Feature.AUTO_ROSTER}, people=1000, branches=20),
    Plan.ENTERPRISE: Terms(frozenset(Feature)),
}
# Where a plan falls to when its last day is over.
SMALLEST = Plan.STARTER
# What an organisation has unless an operator says otherwise.
WIDEST = Plan.ENTERPRISE
# Days of a trial of which nobody has said when it ends; and how many days ahead an organisation is warned.
TRIAL_DAYS, WARNED = 30, 3
ASK = "ask whoever runs this installation for another plan"


class PlanRequired(Refused):
    """The organisation's plan does not include this."""

    status = 403
    page = "errors/plan.html"
    is_attempt = False

    def __init__(self, plan: Plan, feature: Feature) -> None:
        super().__init__(f"Your plan, {plan.label}, does not include {feature.label}: {ASK}.", code="plan_required")


class PlanFull(Refused):
    """The organisation’s plan has no room for more; `cap` says for how many of what."""

    def __init__(self, plan: Plan, *, cap: str, here: int, more: int) -> None:
        rest = "" if more == 1 else f"; {more} more do not fit"
        super().__init__(
            f"Your plan, {plan.label}, has room for {cap}, and you have {here}{rest}: {ASK}.", code="plan_full"
        )


def terms_of(organisation: Organisation) -> Terms:
    """What the organisation's plan means."""
    return PLANS[Plan(organisation.plan)]


def may_use(organisation: Organisation, feature: Feature) -> bool:
    """Whether the organisation's plan includes the feature; costs no query where the row is at hand."""
    return feature in terms_of(organisation).features


def require_feature(organisation: Organisation, feature: Feature) -> None:
    """Refuse, with 403 and the code `plan_required`, what the organisation's plan does not include."""
    if not may_use(organisation, feature):
        raise PlanRequired(Plan(organisation.plan), feature)
