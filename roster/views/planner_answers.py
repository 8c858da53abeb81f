"""How the planner answers: the pieces of the page that moved, or the form again with one sentence about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from config.errors import Conflict, Invalid, Refused
from roster.entry import Hours, read_hours
from roster.forms import PlannerForm, ShiftForm
from roster.models import ShiftTemplate
from roster.selectors.candidates import Candidate, candidates
from roster.selectors.desk import Asked, Desk, desk
from roster.selectors.planner import planner_week
from roster.selectors.teams import Opening, teams_at
from roster.services.shifts import Saved
from roster.times import counted_hours, hours_label, span_label
from roster.views.planner import editor_or_page
from staff.models import Person
from staff.signin import user_of

Done = TypeVar("Done")


def attempt(form: PlannerForm, act: Callable[[], Done]) -> Done | None:
    """What a service made of the form, or None with its sentence in the form."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refused as refusal:
        form.refuse(refusal)
        return None


def saved_answer(request: HttpRequest, opening: Opening, before: list[int | None], saved: Saved) -> HttpResponse:
    """The page with a saved shift in it, and a sentence that says what became of it."""
    shift = saved.shift
    person = shift.assignments.active().select_related("person").first()
    who_has_it = person.person.full_name if person else "Open shift"
    fate = "saved; publish the week to tell people." if shift.roster.is_published else "saved as a draft."
    sentence = f"{who_has_it}, {shift.date:%a %-d} {shift.hours_label}: {fate}"
    if saved.warnings:
        sentence = f"{sentence} {saved.warnings[0].sentence}"
    holder = person.person_id if person else None
    return answer(request, opening, [*before, holder], shift.date, sentence, focus=holder)


def answer(
    request: HttpRequest,
    opening: Opening,
    touched: Collection[int | None],
    day: date,
    sentence: str,
    *,
    focus: int | None = None,
) -> HttpResponse:
    """For htmx the teams that hold the touched people, else the whole page again at the same cell."""
    cell = opening.cell_id(focus, day)
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, sentence)
        back = _desk_of(request, opening, request.GET.get("department", ""), day.isoformat())
        return redirect(f"{back.url(day=day)}#{cell}")
    week = planner_week(_desk_shown(request, opening))
    groups = [
        group
        for group in week.groups
        if group.key == opening.team_key or any(row.person_id in touched for row in group.rows)
    ]
    response = render(request, "roster/_planner_pieces.html", {"week": week, "desk": week.desk, "groups": groups})
    # Good news that leaves by itself, even with a warning in it: the warning stays on the card.
    response["HX-Trigger"] = json.dumps({"toast": {"text": sentence, "kind": "ok"}})
    response["HX-Trigger-After-Settle"] = json.dumps({"planner:done": {"cell": cell}})
    return response


def _desk_shown(request: HttpRequest, opening: Opening) -> Desk:
    """The page that the browser shows, by its own address."""
    # Only the query matters, and a header may hold anything: no parser that refuses a host.
    query = str(request.htmx.current_url or "").partition("#")[0].partition("?")[2]  # type: ignore[attr-defined]
    shown = dict(parse_qsl(query))
    return _desk_of(request, opening, shown.get("department", ""), shown.get("day", ""))


def _desk_of(request: HttpRequest, opening: Opening, department: str, day: str) -> Desk:
    user, now = user_of(request), timezone.now()
    asked = Asked(str(opening.branch.pk), department, opening.week.isoformat(), day)
    found = desk(user, asked, now=now) or desk(user, Asked(str(opening.branch.pk), week=asked.week), now=now)
    assert found  # noqa: S101  # the opening's branch is within the user's reach
    return found


def editor(
    request: HttpRequest, opening: Opening, form: ShiftForm, *, refused: PlannerForm | None = None
) -> HttpResponse:
    """The form of a shift: new, or as it stands; with the refusal of a form beside it, if there was one."""
    shift, user = opening.shift, user_of(request)
    address = reverse("planner-shift", args=[shift.pk]) if shift else reverse("planner-add")
    query = request.GET.urlencode()
    if shift and form.status == Conflict.status:
        form.follow(shift)
    context = {
        "form": form,
        "refused": refused,
        "opening": opening,
        "shift": shift,
        "address": f"{address}?{query}" if query else address,
        "query": f"?{query}" if query else "",
        "templates": ShiftTemplate.objects.filter(is_active=True),
        "teams": _teams(request, opening) if "pick" in request.GET else [],
        "back": opening.week_url(shown=request.GET.get("department", "")),
        "copying": "copy" in request.GET or refused is not None,
        **who(opening, form.typed("hours"), chosen=form.chosen_person, also=[form.holder], user=user),
    }
    status = (refused or form).status
    return render(request, editor_or_page(request, "editor"), context, status=status)


def who(opening: Opening, typed: str, *, chosen: str, also: Collection[int | None], user: Person) -> dict[str, Any]:
    """The ranked people for the hours that are typed, whoever is chosen first, and the hours read back in words."""
    hours, misread = _read(typed)
    opening = opening.with_hours(hours)
    found = candidates(opening, also=next(iter(also), None))
    picked = next((each for each in found if str(each.pk) == chosen), None)
    ordered: list[Candidate] = [*([picked] if picked else []), *(each for each in found if each is not picked)]
    return {
        "candidates": ordered,
        "chosen": chosen if picked else "",
        "understood": _understood(opening),
        "misread": misread,
    }


def _read(typed: str) -> tuple[Hours | None, str]:
    if not typed.strip():
        return None, ""
    try:
        return read_hours(typed), ""
    except Invalid as error:
        return None, error.sentence


def _understood(opening: Opening) -> str:
    """ "09:00–17:00, 30 min break, 7.5 h": what was typed, as the roster will have it."""
    stint = opening.stint
    if stint is None:
        return ""
    pause = f", {stint.break_minutes} min break" if stint.break_minutes else ""
    hours = counted_hours(stint.starts_at, stint.ends_at, stint.break_minutes)
    return f"{span_label(stint.starts_at, stint.ends_at, stint.zone)}{pause}, {hours_label(hours)}"


def _teams(request: HttpRequest, opening: Opening) -> list[tuple[str, str]]:
    return teams_at(_desk_of(request, opening, request.GET.get("department", ""), ""))


def number_in(query: Mapping[str, Any], name: str) -> int | None:
    """A row's id from an address, or None for anything that is none."""
    text = str(query.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def version_in(form: PlannerForm) -> int:
    """The version that the user was looking at; 0 matches none."""
    return number_in(form.data, "version") or 0
