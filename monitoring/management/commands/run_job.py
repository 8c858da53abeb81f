"""`manage.py run_job NAME`: run a periodic job here and now, recorded like any other run."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.celery import SCHEDULE, app


class Command(BaseCommand):
    help = "Run one periodic job now, in this process. Example: manage.py run_job outbox_sweep"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"one of: {', '.join(SCHEDULE)}")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if name not in SCHEDULE:
            raise CommandError(f"There is no job “{name}”; the jobs are {', '.join(SCHEDULE)}.")
        app.loader.import_default_modules()
        result = app.tasks[SCHEDULE[name].task].apply()
        if result.failed():
            raise CommandError(f"{name} failed: {type(result.result).__name__}: {result.result}")
        self.stdout.write(f"{name} is done; its answer: {result.result}.")
