"""What an organisation reviews by before it sets anything: the four weekly criteria of product.md, alike in weight."""

from __future__ import annotations

from config.caching import touch
from reviews.models import Criterion

CRITERIA = ("Attendance", "Punctuality", "Performance", "Attitude")


def add_defaults() -> None:
    """Give the entered organisation its first criteria; what is there already stays."""
    if not Criterion.objects.exists():
        Criterion.objects.bulk_create(Criterion(name=name, position=position) for position, name in enumerate(CRITERIA))
        touch("reviews.Criterion")
