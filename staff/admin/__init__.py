"""The managers' door: people and places in Django's admin, as far as each manager's reach and verbs go."""

from django.contrib import admin
from django.contrib.auth.models import Group

from staff.admin import audit, careers, papers, people, places, privacy  # noqa: F401  (register themselves)

# Permission comes from roles; a page of groups would only promise what nothing reads.
admin.site.unregister(Group)
