"""Jobs in the admin, for operators of the installation: when each comes, how it went, and a button to run it now."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from config.celery import SCHEDULE
from config.errors import Refused
from monitoring.models import JobRun, ScheduledJob
from monitoring.selectors import JobStatus, job_statuses
from monitoring.selectors.jobs import FAILED, LATE, NEVER
from monitoring.services import change_schedule, send_now
from staff.admin.base import ServiceForm


class OperatorAdmin(ModelAdmin):
    """What names no organisation and belongs to none: only operators of the installation see it."""

    show_full_result_count = False
    list_filter_submit = False
    compressed_fields = True
    may_change = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(getattr(request.user, "is_operator", False))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_change and self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Not here: who changed what is for the audit log."""
        raise Http404


@admin.register(JobRun)
class JobRunAdmin(OperatorAdmin):
    """The worker writes these rows; nobody else does."""

    list_display = ("name", "outcome", "started_at", "ended_at", "answer", "deliveries", "error")
    list_filter = ("outcome", "name")
    ordering = ("-id",)


class ScheduledJobForm(ServiceForm):
    """Whether and when; the service says what is no time."""

    class Meta:
        model = ScheduledJob
        fields = ("is_enabled", "when")

    def write(self) -> ScheduledJob:
        said = self.cleaned_data
        return change_schedule(self.instance, is_enabled=said["is_enabled"], when=said["when"], now=timezone.now())


class JobList(ChangeList):
    """The rows with how each job stands, asked once for the whole list."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        statuses = {status.name: status for status in job_statuses(timezone.now())}
        self.result_list = [job for job in self.result_list if job.name in statuses]
        for job in self.result_list:
            job.status = statuses[job.name]


@admin.register(ScheduledJob)
class ScheduledJobAdmin(OperatorAdmin):
    """SCHEDULE as this installation runs it."""

    form = ScheduledJobForm
    may_change = True
    list_display = ("job", "state", "comes", "is_enabled", "last_run", "next_run")
    list_display_links = ("job",)
    fields = ("is_enabled", "when")
    actions = ("run_now",)
    list_fullwidth = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return JobList

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form's service has saved it."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """A job that this version does not know has nothing to be changed."""
        found = super().get_object(request, object_id, from_field)
        if found is None or found.name not in SCHEDULE:
            raise Http404
        return found

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None:
            job, field = SCHEDULE[obj.name], form.base_fields["when"]
            field.widget.attrs["placeholder"] = job.when
            field.help_text = f"{job.purpose}. {field.help_text} {job.when}"
        return form

    @admin.display(description="job")
    def job(self, row: ScheduledJob) -> str:
        lines = (_status(row).purpose, _status(row).sentence)
        return format_html(
            "<strong>{}</strong>{}", row.name, format_html_join("", "<br>{}", ((line,) for line in lines if line))
        )

    @admin.display(description="state")
    def state(self, row: ScheduledJob) -> SafeString:
        word = _status(row).trouble or _status(row).outcome
        return render_to_string(
            "admin/monitoring/_state.html", {"level": LEVELS.get(word, "ok"), "words": word.capitalize()}
        )

    @admin.display(description="comes (UTC)")
    def comes(self, row: ScheduledJob) -> str:
        return format_html("{}<br>queue {}", _status(row).when, _status(row).queue)

    @admin.display(description="last run")
    def last_run(self, row: ScheduledJob) -> str:
        return _moment(_status(row).started_at)

    @admin.display(description="next run")
    def next_run(self, row: ScheduledJob) -> str:
        return _moment(_status(row).next_at)

    @admin.action(description="Run now")
    def run_now(self, request: HttpRequest, rows: QuerySet[ScheduledJob]) -> None:
        for row in rows:
            try:
                send_now(row.name)
            except Refused as refused:
                self.message_user(request, f"{row}: {refused.sentence}", messages.ERROR)
            else:
                self.message_user(request, f"{row} was sent to its queue.", messages.SUCCESS)


# How each state looks; every other one is fine.
LEVELS = {LATE: "warning", FAILED: "critical", NEVER: "unknown"}


def _moment(at: datetime | None) -> str:
    return f"{at:%a} {at.day} {at:%b %H:%M}" if at else "-"


def _status(row: ScheduledJob) -> JobStatus:
    return cast(JobStatus, row.status)  # type: ignore[attr-defined]  # JobList has put it there
