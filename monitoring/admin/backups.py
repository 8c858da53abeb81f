"""Backups in the admin: for operators of the installation, to read."""

from __future__ import annotations

from django.contrib import admin

from monitoring.admin.jobs import OperatorAdmin
from monitoring.models import Backup


@admin.register(Backup)
class BackupAdmin(OperatorAdmin):
    """Every backup that was begun. `manage.py` makes, proves and restores them."""

    list_display = ("name", "outcome", "megabytes", "verified_at", "error", "location")
    list_filter = ("outcome",)
    empty_text = "No backup has been made yet; the first comes tonight, or by “manage.py backup” now."
    ordering = ("-started_at",)

    @admin.display(description="MB", ordering="size")
    def megabytes(self, backup: Backup) -> str:
        return f"{backup.size / 1e6:,.1f}"
