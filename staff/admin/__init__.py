"""The managers' door: people and places in Django's admin, as far as each manager's reach and verbs go."""

from staff.admin import people, places  # noqa: F401  (register themselves)
