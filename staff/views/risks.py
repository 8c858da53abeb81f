"""The pages of security for those who read the audit log: is somebody attacking us, and whom; and what to do then."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.refusals import REFUSED
from staff import services
from staff.forms import EventsForm, SecondStepRuleForm
from staff.models import Person
from staff.roles import may, require
from staff.selectors import events as event_pages
from staff.selectors import exposure
from staff.selectors.risks import risks as risk_page
from staff.services import alarms
from staff.services.second_factor import take_off
from staff.signin import user_of
from staff.views.directory import next_url
from staff.visibility import visible_person

TITLES = {
    exposure.UNPROTECTED: "Without the second step that they need",
    exposure.DORMANT: "With access, and not signed in for 90 days",
}


@login_required
@never_cache
@require_GET
def risks(request: HttpRequest) -> HttpResponse:
    """A week of security events at a glance, and who stands open."""
    user = user_of(request)
    require(user, "read_audit")
    return render(request, "staff/risks.html", {"page": risk_page(user, now=timezone.now())})


@login_required
@never_cache
@require_GET
def events(request: HttpRequest) -> HttpResponse:
    """The events behind the figures."""
    user, form = user_of(request), EventsForm(request.GET)
    require(user, "read_audit")
    asked = form.asked(now=timezone.now())
    found = event_pages.events(user, asked, after=request.GET.get("cursor", ""))
    whom = Person.objects.visible_to(user).filter(pk=asked.person).first() if asked.person is not None else None
    shown = {"page": found, "form": form, "whom": whom, "next_url": next_url(request, found.next)}
    return render(request, "staff/security_events.html", shown)


@login_required
@never_cache
@require_GET
def exposed(request: HttpRequest, which: str) -> HttpResponse:
    """Everybody who stands open in one way."""
    user = user_of(request)
    require(user, "read_audit")
    if which not in TITLES:
        raise Http404
    after = request.GET.get("cursor", "")
    found = exposure.exposed_page(which, organisation=user.organisation, now=timezone.now(), after=after)
    shown = {"people": found.rows, "title": TITLES[which], "next_url": next_url(request, found.next)}
    return render(request, "staff/exposed.html", shown)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """For whom of the organisation signing in takes two steps; who reads the log sees it, who runs it sets it."""
    user = user_of(request)
    require(user, "set_second_step" if request.method == "POST" else "read_audit")
    form = SecondStepRuleForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        messages.success(request, "It is so from everybody’s next sign-in on.")
        return redirect("second-step-rule")
    shown = {"form": form, "rules": exposure.rules(user.organisation), "may_set": may(user, "set_second_step")}
    return render(request, "staff/second_step_rule.html", shown, status=REFUSED if form.is_bound else 200)


@login_required
@require_POST
def letters(request: HttpRequest) -> HttpResponse:
    """Want e-mails about security, or want none."""
    user = user_of(request)
    if request.POST.get("want") == "yes":
        alarms.unmute(user)
        messages.success(request, "You get e-mails about security.")
    else:
        alarms.mute(user)
        messages.success(request, "You get no more e-mails about security; your inbox still tells you.")
    return redirect("risks")


@login_required
@require_POST
def end_sessions(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign somebody else out everywhere."""
    person = visible_person(user_of(request), pk)
    services.end_all_sessions(person, by=user_of(request))
    messages.success(request, f"{person} is signed out everywhere.")
    return redirect("person", pk=pk)


@login_required
@require_POST
def second_step_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Free somebody of an authenticator app that they lost."""
    person = visible_person(user_of(request), pk)
    take_off(person, by=user_of(request))
    messages.success(request, f"{person} may sign in by the password alone.")
    return redirect("person", pk=pk)
