"""The pages of reports: the list of them, the staff report, and what of it goes out as a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from config.errors import Invalid
from config.spreadsheets import CSV, XLSX, as_download
from staff.exporting import GROUPS, PEOPLE, export_people, export_report
from staff.forms import TeamForm
from staff.forms.reports import ReportForm
from staff.models import Person
from staff.plans import Feature, may_use
from staff.roles import may, require
from staff.selectors import people_wanted
from staff.selectors.reports import BY, Asked, line_of, report_page, require_reports, staff_report
from staff.services.history import today_for
from staff.signin import user_of

FORMS = (CSV, XLSX)


@login_required
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Which reports there are, and for Human Resource the way in and out for all people."""
    user = user_of(request)
    require(user, "see_profiles")
    context = {
        "by": BY.items() if may_use(user.organisation, Feature.ANALYTICS) else (),
        "may_export": may(user, "export_people"),
        "may_import": may(user, "import_people"),
        "sees_salaries": may(user, "see_salaries"),
    }
    return render(request, "staff/reports.html", context)


@login_required
@require_safe
def staff(request: HttpRequest) -> HttpResponse:
    """The staff report: a bar and the figures of each group, and the people beneath."""
    user, form, asked = _asked(request)
    page = report_page(user, asked, after=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "report": staff_report(user, asked),
        "asked": asked,
        "by": BY[asked.by],
        "lines": [line_of(person, asked.on) for person in page.rows],
        "next_url": _with(request, asked, cursor=page.next) if page.next else "",
        "files": _files(asked),
    }
    return render(request, "staff/report.html", context)


@login_required
@require_GET
def staff_file(request: HttpRequest) -> FileResponse:
    """The staff report as CSV or XLSX. It is written down."""
    user, form, asked = _asked(request)
    _refuse_unread(form)
    file_form, part = _form(request), _one_of(request, "part", (GROUPS, PEOPLE))
    made = export_report(user, asked, form=file_form, part=part)
    return as_download(made.file, made.name, file_form)


@login_required
@require_GET
def people_file(request: HttpRequest) -> FileResponse:
    """People as CSV or XLSX, all or as the directory's filters choose them; Human Resource only. It is written down."""
    user = user_of(request)
    require(user, "export_people")
    chosen = TeamForm(request.GET)
    wanted = chosen.wanted()
    _refuse_unread(chosen)
    asked = {name: value for name, value in chosen.cleaned_data.items() if value}
    made = export_people(
        people_wanted(Person.objects.all(), wanted, user=user),
        by=user,
        form=(form := _form(request)),
        salaries=request.GET.get("salaries") == "1",
        asked=asked,
    )
    return as_download(made.file, made.name, form)


def _asked(request: HttpRequest) -> tuple[Person, ReportForm, Asked]:
    """Who asks for a report, by what form, and for what. Raises Forbidden, PlanRequired."""
    user = user_of(request)
    require_reports(user)
    form = ReportForm(request.GET, today=today_for(user))
    return user, form, form.asked()


def _refuse_unread(form: Form) -> None:
    """Raise Invalid for an address that cannot be read whole: what goes out must be what was asked for."""
    sentences = {name: str(errors[0]) for name, errors in form.errors.items()}
    if sentences:
        raise Invalid(next(iter(sentences.values())), fields=sentences)


def _form(request: HttpRequest) -> str:
    return _one_of(request, "format", FORMS)


def _one_of(request: HttpRequest, name: str, choices: tuple[str, ...]) -> str:
    """What the address says, the first choice if nothing. Raises Invalid for anything else."""
    said = request.GET.get(name) or choices[0]
    if said not in choices:
        sentence = f"Write {' or '.join(choices)} as the {name}."
        raise Invalid(sentence, fields={name: sentence})
    return said


def _query(asked: Asked) -> dict[str, Any]:
    known = {"by": asked.by, "on": asked.on, "sort": asked.sort}
    chosen = {"branch": asked.branch, "department": asked.department, "category": asked.category}
    return {**known, **{name: value for name, value in chosen.items() if value}}


def _with(request: HttpRequest, asked: Asked, **more: str) -> str:
    return f"{request.path}?{urlencode({**_query(asked), **more})}"


def _files(asked: Asked) -> list[tuple[str, str]]:
    """The ways out, in words: (label, address)."""
    address, query = reverse("staff-report-file"), _query(asked)
    wanted = (
        ("Groups, CSV", {"format": CSV, "part": GROUPS}),
        ("People, CSV", {"format": CSV, "part": PEOPLE}),
        ("Both, XLSX", {"format": XLSX}),
    )
    return [(label, f"{address}?{urlencode({**query, **more})}") for label, more in wanted]
