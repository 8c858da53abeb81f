"""Job runs: for operators of the installation, to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from monitoring.models import JobRun


@admin.register(JobRun)
class JobRunAdmin(ModelAdmin):
    """The worker writes these rows; nobody else does. They name organisations, so no tenant reads them."""

    list_display = ("name", "outcome", "started_at", "ended_at", "error")
    list_filter = ("outcome", "name")
    ordering = ("-id",)
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: JobRun | None = None) -> bool:
        return bool(getattr(request.user, "is_operator", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: JobRun | None = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Not here: nobody edits a run, so there is no history to read."""
        raise Http404

    def has_delete_permission(self, request: HttpRequest, obj: JobRun | None = None) -> bool:
        return False
