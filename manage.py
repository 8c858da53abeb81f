#!/usr/bin/env python
"""The operators' door: `python manage.py --help`."""

import os
import sys

# These change tables or other databases, or reach suspended organisations, so they log in as the owner of the schema.
# Everything else runs as the application's own role, under row-level security.
OWNER_COMMANDS = {
    "migrate", "sqlmigrate", "showmigrations", "dbshell", "flush", "organisation", "demo", "prepare", "rotate_keys",
    "verify_audit", "gdpr",
}  # fmt: skip


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["DATABASE_ROLE"] = "owner"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
