"""The pages that change a career: five steps that keep what was typed, and the proposals that wait for a decision."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.errors import Conflict, Forbidden, Invalid, Refused
from config.refusals import REFUSED
from staff import selectors, services
from staff.forms.careers import STEPS, Draft, StepForm, details_in, form_of
from staff.models import EmploymentEvent, Person, State
from staff.roles import may, may_change_career, may_see_salary
from staff.selectors.careers import lines_of, moment_of, money, what_it_means
from staff.signin import user_of

ORDER = list(STEPS)
DECISIONS = ("approve", "decline", "withdraw")


@login_required
@require_POST
def begin_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin anew: what was typed before is forgotten."""
    person = _changeable(request, pk)
    Draft.drop(request.session, person)
    return redirect("change", pk=pk, step=ORDER[0])


@sensitive_post_parameters("salary")
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One step. What is typed stays, whether one goes on, goes back, or comes again tomorrow."""
    if step not in STEPS:
        raise Http404
    person, user = _changeable(request, pk), user_of(request)
    draft = Draft.of(request.session, person) or _fresh(person)
    if request.method == "GET":
        return _step_page(request, person, step, draft, form_of(step, draft, user=user, person=person))
    sent = {name: request.POST.get(name, "").replace("\x00", "") for name in STEPS[step][1].base_fields}
    draft.typed |= sent
    draft.keep(request.session, person)
    if request.POST.get("do") == "back":
        return redirect("change", pk=pk, step=ORDER[max(ORDER.index(step) - 1, 0)])
    form = form_of(step, draft, user=user, person=person)
    if not form.is_valid():
        return _step_page(request, person, step, draft, form, status=REFUSED)
    if step != ORDER[-1]:
        return redirect("change", pk=pk, step=ORDER[ORDER.index(step) + 1])
    return _finish(request, person, draft, form)


def _finish(request: HttpRequest, person: Person, draft: Draft, form: StepForm) -> HttpResponse:
    user = user_of(request)
    try:
        event = services.change_career(person, details_in(draft, user=user, person=person), by=user)
    except Refused as refused:
        if isinstance(refused, Conflict):
            # They have now read that somebody was quicker; what they typed they may send again.
            draft.seen = _seen(person)
            draft.keep(request.session, person)
        for name, sentence in refused.fields.items():
            if name in form.fields:
                form.add_error(name, sentence)
        return _step_page(request, person, ORDER[-1], draft, form, refused=refused, status=REFUSED)
    Draft.drop(request.session, person)
    done = {State.PROPOSED: "is proposed", State.PLANNED: f"is planned for {event.effective_on:%-d %B %Y}"}
    messages.success(request, f"{event.label} of {person} {done.get(State(event.state), 'is done')}.")
    return redirect("person", pk=person.pk)


def _step_page(
    request: HttpRequest,
    person: Person,
    step: str,
    draft: Draft,
    form: StepForm,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    place = ORDER.index(step)
    context: dict[str, Any] = {
        "person": person,
        "form": form,
        "step": step,
        "title": STEPS[step][0],
        "steps": [
            (name, title, number < place, reverse("change", args=[person.pk, name]))
            for number, (name, (title, _)) in enumerate(STEPS.items())
        ],
        "number": place + 1,
        "is_begun": bool(draft.typed),
        "refused": refused,
    }
    if step == "salary":
        context["salary"] = _present_salary(request, person)
    if step == ORDER[-1]:
        context |= _review(request, person, draft)
    return render(request, "staff/change.html", context, status=status)


def _review(request: HttpRequest, person: Person, draft: Draft) -> dict[str, Any]:
    """What would become of it, in sentences; or why nothing can."""
    user = user_of(request)
    try:
        details = details_in(draft, user=user, person=person)
        event = services.drafted_change(person, details, by=user)
    except Conflict:
        return {}
    except Refused as refused:
        at = next(iter(refused.fields), "")
        return {"hindrance": refused.sentence, "mend": at if at in STEPS else ""}
    salary = _proposed_salary(request, event) if "salary" in details.changes else ""
    return {"event": event, "lines": lines_of(event), "means": what_it_means(event, salary=salary)}


def _proposed_salary(request: HttpRequest, event: EmploymentEvent) -> str:
    """The pay that was typed. Only for who may see the present one what is said depends on it, and is written down."""
    user = user_of(request)
    currency = user.organisation.currency
    salary = f"Salary: {money(event.salary_after, currency)}"
    if not may_see_salary(user, event.person):
        return f"{salary}."
    if event.salary_before == event.salary_after:
        return ""
    if event.salary_before is not None:
        services.opened(event.person, "Salary", by=user)
        salary += f", instead of {money(event.salary_before, currency)}"
    return f"{salary}."


def _present_salary(request: HttpRequest, person: Person) -> str:
    """The present pay, for who may see it; seeing another's is written down."""
    user = user_of(request)
    if not may_see_salary(user, person):
        return ""
    salary = selectors.career_of(person).salary
    if salary is None:
        return "None is recorded."
    services.opened(person, "Salary", by=user)
    return money(salary, user.organisation.currency)


@login_required
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What waits for a decision or for its day."""
    user = user_of(request)
    if not (may(user, "see_salaries") or may(user, "propose_changes")):
        raise Forbidden("Changes of careers are proposed by Group Heads and decided above them.")
    return render(request, "staff/changes.html", {"moments": selectors.open_changes(user)})


@login_required
@never_cache
@require_safe
def change_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One change with all that it says, for who decides."""
    user = user_of(request)
    event = _event(user, pk)
    salary = ""
    # Not even for who proposed the amount: that it is shown would tell that the present one is another.
    if event.salary_before != event.salary_after and may_see_salary(user, event.person):
        services.opened(event.person, "Salary", by=user)
        salary = f"Salary: {money(event.salary_after, user.organisation.currency)}."
    decides = may_change_career(user, event.person) and may(user, "change_careers")
    context = {
        "moment": moment_of(event, event.person),
        "means": what_it_means(event, salary=salary) if event.is_open and event.role_after else (),
        "decides": decides and event.state == State.PROPOSED,
        "withdraws": event.is_open and (decides or (event.by_id == user.pk and event.state == State.PROPOSED)),
    }
    return render(request, "staff/change_detail.html", context)


@login_required
@require_POST
def change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve, decline or withdraw."""
    user = user_of(request)
    event = _event(user, pk)
    if not may(user, "change_careers") and event.by_id != user.pk:
        raise Forbidden("Your role does not decide about changes.")
    decision = request.POST.get("do")
    if decision not in DECISIONS:
        raise Invalid("Say whether you approve, decline or withdraw it.")
    if decision == "decline":
        event = services.decline(event, by=user, reason=request.POST.get("reason", ""))
    elif decision == "withdraw":
        event = services.withdraw(event, by=user)
    else:
        event = services.approve(event, by=user)
    messages.success(request, f"{event.label} of {event.person}: {State(event.state).label.lower()}.")
    return redirect("changes")


def _event(user: Person, pk: int) -> EmploymentEvent:
    events = EmploymentEvent.objects.visible_to(user).with_places()
    return get_object_or_404(events.select_related("person__role"), pk=pk)


def _changeable(request: HttpRequest, pk: int) -> Person:
    """The person, held by nobody yet: 404 beyond the reach, 403 for who may not change this career."""
    user = user_of(request)
    people = Person.objects.visible_to(user).with_places()
    person = get_object_or_404(people.select_related("role__department", "role__sub_department"), pk=pk)
    if not may_change_career(user, person):
        own = person.pk == user.pk
        raise Forbidden("Nobody promotes, moves or pays themselves." if own else "This career is not for your role.")
    return person


def _fresh(person: Person) -> Draft:
    return Draft(seen=_seen(person))


def _seen(person: Person) -> int:
    last = selectors.career_of(person).last
    return last.pk if last else 0
