"""One shift in the planner: added, changed, moved, copied, left open, deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from roster.forms import PlannerForm, ShiftForm, TargetForm
from roster.models import Shift
from roster.selectors.teams import Opening, opening_at, opening_of
from roster.services import (
    NewShift,
    add_shift,
    change_shift,
    copy_shift,
    delete_shift,
    move_shift,
    open_roster,
    unassign,
)
from roster.services.shifts import Saved, hours_of
from roster.views.planner import SEES_NO_ROSTERS, require_planning
from roster.views.planner_answers import answer, attempt, editor, number_in, saved_answer, version_in, who
from staff.models import Person
from staff.roles import may
from staff.signin import user_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planner_add(request: HttpRequest) -> HttpResponse:
    """A new shift in a cell, or an open one."""
    user = user_of(request)
    asked_for = Person.objects.visible_to(user).with_places().filter(pk=number_in(request.GET, "person") or 0)
    # Nobody's id is asked for where the cell is an open one.
    person = asked_for.first() if "person" in request.GET else None
    opening = _opening(request, person)
    initial = {"person": person.pk, "role": person.role_id} if person else {}
    form = _shift_form(request, opening, initial)
    if request.method == "POST":
        saved = attempt(form, lambda: _add(opening, form.new_shift(), by=user))
        if saved:
            return saved_answer(request, opening, [], saved)
    return editor(request, opening, form)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planner_shift(request: HttpRequest, pk: int) -> HttpResponse:
    """A shift of the plan, and changing it."""
    shift, user = _shift(request, pk), user_of(request)
    opening, initial = opening_of(shift), _initial(shift)
    holder = initial["person"]
    form = _shift_form(request, opening, initial)
    if request.method == "POST":
        version = version_in(form)
        saved = attempt(form, lambda: change_shift(shift, form.new_shift(), by=user, version=version))
        if saved:
            return saved_answer(request, opening, [holder], saved)
    return editor(request, opening, form)


@login_required
@require_POST
def planner_move(request: HttpRequest, pk: int) -> HttpResponse:
    """The same hours in another cell: dragged there, or chosen from the lists."""
    return _to_cell(
        request, pk, lambda shift, form, to: move_shift(shift, by=user_of(request), version=version_in(form), **to)
    )


@login_required
@require_POST
def planner_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The same hours once more, in another cell."""
    return _to_cell(request, pk, lambda shift, form, to: copy_shift(shift, by=user_of(request), **to))


@login_required
@require_POST
def planner_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the shift from whoever has it and leave it open."""
    shift, form = _shift(request, pk), PlannerForm(request.POST)
    holder = shift.holder_id
    saved = attempt(form, lambda: unassign(shift, by=user_of(request), version=version_in(form)))
    if saved:
        return saved_answer(request, opening_of(shift), [holder], saved)
    return _editor_again(request, shift, form)


@login_required
@require_POST
def planner_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the shift out of the plan; people who knew of it are told at the next publishing."""
    shift, form = _shift(request, pk), PlannerForm(request.POST)
    opening, holder, label = opening_of(shift), shift.holder_id, str(shift)
    cancelled = attempt(form, lambda: delete_shift(shift, by=user_of(request), version=version_in(form)))
    if cancelled is None:
        return _editor_again(request, shift, form)
    words = "cancelled; publish the week to tell them" if cancelled else "deleted"
    return answer(request, opening, [holder], opening.day, f"{label} {words}.", focus=holder)


@login_required
@require_GET
def planner_who(request: HttpRequest) -> HttpResponse:
    """Who could work the hours that are being typed, with what the rules say of each."""
    pk = number_in(request.GET, "shift")
    opening = opening_of(_shift(request, pk)) if pk else _opening(request)
    asked = next((day for day in opening.days if day.isoformat() == request.GET.get("date")), opening.day)
    opening = replace(opening, day=asked, role_id=number_in(request.GET, "role"))
    also = [opening.shift.holder_id] if opening.shift else []
    chosen = request.GET.get("person", "")
    context = who(opening, request.GET.get("hours", ""), chosen=chosen, also=also, user=user_of(request))
    return render(request, "roster/_planner_who.html", context)


def _to_cell(request: HttpRequest, pk: int, act: Callable[[Shift, TargetForm, dict[str, Any]], Saved]) -> HttpResponse:
    shift, user = _shift(request, pk), user_of(request)
    opening, holder = opening_of(shift), shift.holder_id
    form = TargetForm(request.POST, user=user, days=opening.days, holder=holder)

    def to_cell() -> Saved:
        return act(shift, form, {"day": form.cleaned_data["date"], "person": form.cleaned_data["person"]})

    saved = attempt(form, to_cell)
    if saved:
        return saved_answer(request, opening, [holder], saved)
    return _editor_again(request, shift, form)


def _add(opening: Opening, new: NewShift, *, by: Person) -> Saved:
    """Open the team's roster with its first shift; a refused shift leaves no empty roster behind."""
    with transaction.atomic():
        roster = open_roster(opening.branch, opening.department, opening.sub_department, opening.week, by=by)
        return add_shift(roster, new, by=by)


def _opening(request: HttpRequest, person: Person | None = None) -> Opening:
    user = user_of(request)
    if not may(user, "see_rosters"):
        raise PermissionDenied(SEES_NO_ROSTERS)
    key = request.POST.get("team") or request.GET.get("team", "")
    opening = opening_at(user, key, request.GET.get("date", ""), person=person)
    if opening is None:
        raise Http404
    require_planning(request)
    return opening


def _shift(request: HttpRequest, pk: int) -> Shift:
    """The shift, if it exists for this user (404); then whether they plan at all (403)."""
    places = ("roster__branch", "branch", "department", "sub_department", "role")
    shifts = Shift.objects.visible_to(user_of(request)).with_holder().select_related(*places)
    shift = get_object_or_404(shifts, pk=pk)
    require_planning(request)
    return shift


def _shift_form(request: HttpRequest, opening: Opening, initial: dict[str, Any], *, bound: bool = True) -> ShiftForm:
    return ShiftForm(
        request.POST if bound and request.method == "POST" else None,
        user=user_of(request),
        opening=opening,
        days=opening.days,
        initial={"date": opening.day.isoformat(), **initial},
    )


def _initial(shift: Shift) -> dict[str, Any]:
    return {
        "hours": str(hours_of(shift)),
        "role": shift.role_id,
        "person": shift.holder_id,
        "note": shift.note,
        "reason": shift.holder_reason or "",
        "version": shift.version,
    }


def _editor_again(request: HttpRequest, shift: Shift, refused: PlannerForm) -> HttpResponse:
    """The shift's own form as it stands now, with the sentence that refused the other one and what was chosen in it."""
    shift = _shift(request, shift.pk)
    opening = opening_of(shift)
    return editor(request, opening, _shift_form(request, opening, _initial(shift), bound=False), refused=refused)
