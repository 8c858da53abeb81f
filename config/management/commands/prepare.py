"""`manage.py prepare`: every migration, and the demo where it is missing, in one process. `make run` begins with it."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Bring the database up to this program: migrate, then load the demo where it is missing. Safe to repeat. "
        "Example: manage.py prepare"
    )
    requires_system_checks: list[str] = []  # `make check` asks them; here they would cost a second at every start

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        call_command("demo", once=True, stdout=self.stdout)
