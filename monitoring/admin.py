"""Job runs and backups in the admin: for operators of the installation, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from monitoring.models import Backup, JobRun


class ForOperators(ModelAdmin):
    """Rows of the installation that a job writes and nobody else: operators read them, no tenant does."""

    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(getattr(request.user, "is_operator", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Not here: nobody edits a run, so there is no history to read."""
        raise Http404

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(JobRun)
class JobRunAdmin(ForOperators):
    """Every run of a job. The rows name organisations."""

    list_display = ("name", "outcome", "started_at", "ended_at", "error")
    list_filter = ("outcome", "name")
    ordering = ("-id",)


@admin.register(Backup)
class BackupAdmin(ForOperators):
    """Every backup that was begun. `manage.py` makes, proves and restores them."""

    list_display = ("name", "outcome", "megabytes", "verified_at", "error", "location")
    list_filter = ("outcome",)
    ordering = ("-started_at",)

    @admin.display(description="MB", ordering="size")
    def megabytes(self, backup: Backup) -> str:
        return f"{backup.size / 1e6:,.1f}"
