"""People in and out of the admin as files: the page that brings them in, and the chosen ones as a download."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminFileFieldWidget

from config.errors import Refused
from config.spreadsheets import as_download
from staff.admin.base import ReachAdmin
from staff.exporting import export_people
from staff.importing import Outcome, Report, import_content
from staff.importing.files import MOST_AT_ONCE
from staff.importing.rows import CLEAR, OPTIONAL, REQUIRED
from staff.models import Person
from staff.models.people import PersonQuerySet
from staff.roles import may
from staff.signin import user_of

MOST_SHOWN = 200  # rows of a report that change nothing are only counted


class ImportForm(forms.Form):
    """A file of people; `seen` is what the report that was shown knew of them."""

    file = forms.FileField(label="File of people", allow_empty_file=True, widget=UnfoldAdminFileFieldWidget)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def is_commit(self) -> bool:
        return bool(self.data.get("commit"))


def import_page(site: ReachAdmin) -> Callable[..., HttpResponse]:
    """The page below the list of people: a report first, and written only when the file comes again with its word."""

    def page(request: HttpRequest) -> HttpResponse:
        user = user_of(request)
        if not may(user, "import_people"):
            raise PermissionDenied
        form, report = ImportForm(request.POST or None, request.FILES or None), None
        if request.method == "POST" and form.is_valid():
            report = _brought(form, by=user)
        return TemplateResponse(request, "admin/staff/people_import.html", _context(site, request, form, report))

    return page


def export_of(request: HttpRequest, people: QuerySet[Person], form: str) -> FileResponse:
    """The people that somebody has chosen in the list."""
    assert isinstance(people, PersonQuerySet)  # noqa: S101  # for mypy
    asked = {"chosen in": "the admin"}
    made = export_people(people, by=user_of(request), asked=asked, form=form)
    return as_download(made.file, made.name, form)


def _brought(form: ImportForm, *, by: Person) -> Report | None:
    file: UploadedFile = form.cleaned_data["file"]
    commit, seen = form.is_commit, form.cleaned_data["seen"]
    try:
        with transaction.atomic():
            content = file.read()
            return import_content(content, file.name or "", by=by, commit=commit, seen=seen, most=MOST_AT_ONCE)
    except Refused as refused:
        form.add_error("file", refused.sentence)
        return None


def _context(site: ReachAdmin, request: HttpRequest, form: ImportForm, report: Report | None) -> dict[str, Any]:
    is_written = bool(report and (report.hired or report.changed))
    told = [row for row in report.rows if row.outcome != Outcome.UNCHANGED] if report else []
    return {
        **site.admin_site.each_context(request),
        "opts": site.opts,
        "title": "Bring people in",
        "form": form,
        "report": report,
        "rows": told[:MOST_SHOWN],
        "more": max(len(told) - MOST_SHOWN, 0),
        "is_written": is_written,
        "may_commit": bool(report and not report.bad and (report.new or report.changes) and not is_written),
        "required": REQUIRED,
        "optional": OPTIONAL,
        "clear": CLEAR,
        "most": MOST_AT_ONCE,
    }
