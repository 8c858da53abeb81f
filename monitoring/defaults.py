"""What the installation is alarmed by before an operator has changed anything: the table of production.md section 6."""

from __future__ import annotations

from typing import Any

ABOVE, FROM, BELOW = "above", "from", "below"
HOUR, DAY = 60, 24 * 60

# metric: direction, warning, critical, and what differs from the model's defaults. Windows in minutes.
RULES: dict[str, tuple[str, float | None, float | None, dict[str, Any]]] = {
    "error_rate": (ABOVE, 2, 5, {"minimum_samples": 100}),
    "response_average": (ABOVE, 300, 500, {"minimum_samples": 100}),
    "cache_hit_rate": (BELOW, 50, None, {"minimum_samples": 100}),
    "slowest_endpoint": (ABOVE, 1000, None, {"minimum_samples": 10}),
    "availability": (BELOW, 99, 98, {"window": HOUR, "critical_window": 30, "minimum_samples": 20}),
    "response_p95": (ABOVE, 500, 1000, {"minimum_samples": 100}),
    "database_connections": (ABOVE, 80, 90, {"hold": 2}),
    "memory": (ABOVE, 75, 85, {"hold": 5}),
    "disk": (ABOVE, 75, 85, {}),
    "cpu": (ABOVE, 80, 95, {"hold": 5}),
    "redis_down": (FROM, None, 1, {"calm": 2}),
    "outbox_oldest": (ABOVE, 60, 300, {}),
    "dead_letters": (FROM, 1, 10, {"calm": 1}),
    "jobs_failing": (FROM, 1, 3, {"calm": 1}),
    "jobs_late": (FROM, 1, 3, {"calm": 1}),
    "beat_silent": (ABOVE, 180, 600, {"calm": 1}),
    "worker_silent": (ABOVE, 60, 300, {"calm": 1}),
    "backup_age": (ABOVE, 24 * 3600, 36 * 3600, {"calm": 1}),
    "unarchived_wal": (ABOVE, 600, 900, {"calm": 1, "minimum_samples": 1}),
    # Told in the product alone: the other two ways are what is broken.
    "alerts_untold": (FROM, 1, 5, {"window": HOUR, "by_email": False, "by_webhook": False}),
    # The objective of 99.9 %: windows of 1 h, 6 h and 3 d, each confirmed by its last twelfth (5 min, 30 min, 6 h).
    "burn_1h": (ABOVE, None, 14.4, {"window": HOUR, "minimum_samples": 100}),
    "burn_6h": (ABOVE, None, 6, {"window": 6 * HOUR, "minimum_samples": 100}),
    "burn_3d": (ABOVE, 1, None, {"window": 3 * DAY, "minimum_samples": 100}),
}


def add_missing(rules: Any) -> int:
    """Add the rows of RULES that are not there; returns how many. What an operator changed stays.

    `rules` is the manager of AlertRule, in a migration the historical one.
    """
    there = set(rules.values_list("metric", flat=True))
    missing = [
        rules.model(metric=metric, direction=direction, warning=warning, critical=critical, **more)
        for metric, (direction, warning, critical, more) in RULES.items()
        if metric not in there
    ]
    rules.bulk_create(missing, ignore_conflicts=True)
    return len(missing)
