"""`manage.py cache stats|clear|warm`: how the copies serve, make them stale, make those of homes beforehand."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import tenancy
from config.caching import Figures, Unavailable, clear, figures
from notifications.selectors import notes, unread_count
from roster.selectors.schedule import agenda
from staff.models import Person
from staff.services.people import RECENTLY


class Command(BaseCommand):
    help = (
        "Show how the copies serve (exit code 1 when the cache server does not answer), make every copy stale, or make "
        "the inbox and schedule of everybody who signed in within 30 days. Example: manage.py cache stats --json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["stats", "clear", "warm"])
        parser.add_argument("--json", action="store_true", help="with stats: for programs")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        try:
            {"stats": self._stats, "clear": self._clear, "warm": self._warm}[what](as_json=options["json"])
        except Unavailable as error:
            raise CommandError(f"{error} Is REDIS_URL right, and the server running?") from error

    def _stats(self, *, as_json: bool) -> None:
        found = figures()
        self.stdout.write(json.dumps(asdict(found), indent=2) if as_json else _table(found))
        if not found.connected:
            self.stderr.write("The cache server does not answer; pages are built from the database.")
            sys.exit(1)

    def _clear(self, *, as_json: bool) -> None:
        clear()
        self.stdout.write("Every copy is stale; the next look builds it anew.")

    def _warm(self, *, as_json: bool) -> None:
        now = timezone.now()
        for organisation in tenancy.each_organisation():
            with tenancy.organisation(organisation):
                people = Person.objects.with_places().select_related("organisation").active()
                recent = list(people.filter(last_login__gte=now - RECENTLY))
                for person in recent:
                    unread_count(person)
                    notes(person, only_unread=False, cursor="")
                    agenda(person, now=now)
            self.stdout.write(f"Organisation {organisation}: {len(recent)} people's inboxes and schedules.")


def _table(found: Figures) -> str:
    lines = [f"{'entry':<20}{'row':<5}{'ttl':>6}{'hits':>10}{'misses':>10}{'bypassed':>10}{'hit rate':>10}"]
    for entry in found.entries:
        lines.append(
            f"{entry.name:<20}{entry.row:<5}{entry.ttl:>6}{entry.hits:>10}{entry.misses:>10}{entry.bypasses:>10}"
            f"{_percent(entry.hit_rate):>10}"
        )
    memory = f"{found.memory_bytes / 1e6:.1f} MB" if found.memory_bytes is not None else "unknown"
    keys = "unknown" if found.keys is None else f"{found.keys:,}"
    lines.append(f"Last 24 h: {found.hits:,} hits, {found.misses:,} misses, {_percent(found.hit_rate)} hit rate.")
    lines.append(f"Server {found.version or 'unknown'}: {keys} keys, {memory}. Breaker {found.breaker}.")
    if found.limits_bypassed:
        lines.append(f"{found.limits_bypassed:,} requests were let through that no limit could count.")
    return "\n".join(lines)


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate} %"
