"""`manage.py outbox`: how every organisation's outbox stands; its dead letters, and another try for them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from config import tenancy
from notifications import selectors, services
from notifications.models import OutboxMessage

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Show what waits in each organisation's outbox, its dead letters, or try those again. "
        "Example: manage.py outbox --dead"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dead", action="store_true", help=f"list dead letters, the newest {SHOWN} of each")
        parser.add_argument("--replay", action="store_true", help="give all dead letters five fresh attempts")
        parser.add_argument("--organisation", type=int, metavar="ID", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        only, active = options["organisation"], tenancy.each_organisation()
        if only is not None and only not in active:
            raise CommandError(f"There is no active organisation {only}; there are {', '.join(map(str, active))}.")
        for pk in active if only is None else [only]:
            with tenancy.organisation(pk):
                if options["replay"]:
                    self.stdout.write(f"organisation {pk}: {services.replay_dead()} dead letters are due again")
                    continue
                self.stdout.write(f"organisation {pk}: {self._counts()}")
                if options["dead"]:
                    self._list_dead()

    def _counts(self) -> str:
        now = timezone.now()
        counts = selectors.outbox_counts(now)
        age = f", the oldest for {int((now - counts.oldest).total_seconds())} s" if counts.oldest else ""
        return (
            f"{counts.waiting} waiting{age}, {counts.later} due later, {counts.delivered} delivered, "
            f"{counts.dead} dead, {counts.expired} too late"
        )

    def _list_dead(self) -> None:
        for message in OutboxMessage.objects.dead().order_by("-dead_at", "-id")[:SHOWN]:
            # Never its title or body: what was told is between the product and the person.
            self.stdout.write(
                f"  {message.pk}  {message.kind}  person {message.person_id}  "
                f"{message.dead_at:%Y-%m-%d %H:%M}  {message.last_error}"
            )
