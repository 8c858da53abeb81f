"""`manage.py rotate_keys`: what is sealed in the database is sealed anew under the newest of ENCRYPTION_KEYS."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import tenancy
from config.rotation import reindex, reseal
from config.secrets import Unreadable


class Command(BaseCommand):
    help = (
        "Seal salaries, telephone and identity numbers and second steps anew under the newest key, and the digests by "
        "which equal numbers are found. Put a new key in "
        "front of ENCRYPTION_KEYS, restart, run this, then "
        "take the old key away. It may be stopped at any time; begun again it goes on with what is left. "
        "Example: manage.py rotate_keys"
    )

    def handle(self, *args: Any, **options: Any) -> None:
        looked, anew = 0, 0
        try:
            for pk in tenancy.all_organisations():
                for seen, changed in reseal(pk):
                    looked, anew = looked + seen, anew + changed
                    if self.stderr.isatty():
                        self.stderr.write(f"\r{looked} looked at, {anew} sealed anew", ending="")
                reindex(pk)
        except Unreadable as error:
            raise CommandError(
                f"{error} {anew} were sealed anew before it; add that key, and run this again."
            ) from error
        except KeyboardInterrupt as stop:
            raise CommandError(f"Stopped; {anew} are sealed anew. Run it again to go on.") from stop
        self.stdout.write(f"{anew} of {looked} values were sealed anew; all are under the newest key.")
