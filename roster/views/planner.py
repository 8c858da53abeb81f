"""The planner's pages: the week, its review and its publishing, and filling it from the week before."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.errors import Refused
from roster.models import Roster
from roster.selectors.desk import WEEK, Asked, Desk, desk
from roster.selectors.planner import planner_week
from roster.selectors.review import planner_review
from roster.services import CopyReport, Published, copy_week, open_roster, publish
from staff.models import Person
from staff.roles import may, reach_of
from staff.signin import user_of

SEES_NO_ROSTERS = "The planner is for those who plan rosters. Your own shifts stand in “My schedule”."
HAS_NO_PLACE = "You have no branch or department yet, so there is no roster to show. Ask Human Resource to set them."
READS_ONLY = "Your role reads rosters but does not plan them."


@login_required
@require_GET
def planner(request: HttpRequest) -> HttpResponse:
    """A branch's week, as far as the user reaches."""
    here = _desk(request, choices=True)
    if here.misread:
        messages.warning(request, here.misread)
    return render(request, "roster/planner.html", {"week": planner_week(here), "desk": here})


@login_required
@require_GET
def planner_review_page(request: HttpRequest) -> HttpResponse:
    """What publishing would tell people, and which rules the week breaks."""
    here = desk_to_plan(request)
    return render(request, "roster/planner_review.html", {"review": planner_review(here), "desk": here})


@login_required
@require_POST
def planner_publish(request: HttpRequest) -> HttpResponse:
    """Publish what was reviewed, or show the review again with the sentence that says why not."""
    # PostgreSQL stores no NUL, and no form field stands in its way here.
    here, reason = desk_to_plan(request), request.POST.get("reason", "").replace("\x00", "")[:200]
    expected = request.POST.get("expected", "")
    try:
        published = _published(here, by=user_of(request), expected=expected, reason=reason)
    except Refused as refusal:
        context = {"review": planner_review(here), "desk": here, "refusal": refusal.sentence, "reason": reason}
        return render(request, "roster/planner_review.html", context, status=refusal.status)
    messages.success(request, _told(published))
    return redirect(here.url())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def planner_copy_week(request: HttpRequest) -> HttpResponse:
    """Fill the page's week with the shifts of the one before, as drafts."""
    here = desk_to_plan(request)
    sources = list(Roster.objects.with_team().filter(**here.places, week_start=here.week - WEEK))
    if request.method != "POST":
        return render(request, editor_or_page(request, "copy"), {"desk": here, "sources": sources})
    keep = request.POST.get("people", "keep") == "keep"
    try:
        report = _copied(here, sources, by=user_of(request), keep_people=keep)
    except Refused as refusal:
        context = {"desk": here, "sources": sources, "refusal": refusal.sentence}
        return render(request, "roster/planner_copy.html", context, status=refusal.status)
    messages.success(request, report.sentence)
    return redirect(here.url())


def desk_to_plan(request: HttpRequest) -> Desk:
    """The desk that the address names; 403 for those who only read."""
    here = _desk(request)
    require_planning(request)
    return here


def require_planning(request: HttpRequest) -> None:
    """403 with a sentence for those who see rosters and do not plan them."""
    if not may(user_of(request), "plan_rosters"):
        raise PermissionDenied(READS_ONLY)


def editor_or_page(request: HttpRequest, name: str) -> str:
    """The bare piece for the popover, or the page around it for a browser without scripts."""
    return f"roster/_planner_{name}.html" if request.htmx else f"roster/planner_{name}.html"  # type: ignore[attr-defined]


def _desk(request: HttpRequest, *, choices: bool = False) -> Desk:
    user = user_of(request)
    if not may(user, "see_rosters"):
        raise PermissionDenied(SEES_NO_ROSTERS)
    reach = reach_of(user)
    if not reach.everything and not reach.places:
        raise PermissionDenied(HAS_NO_PLACE)
    here = desk(user, asked_of(request.GET), now=timezone.now(), choices=choices)
    if here is None:
        raise Http404
    return here


def asked_of(query: dict[str, str]) -> Asked:
    """What an address asks for."""
    return Asked(**{name: query.get(name, "") for name in ("branch", "department", "week", "day")})


def _copied(here: Desk, sources: list[Roster], *, by: Person, keep_people: bool) -> CopyReport:
    """Every team's week in one transaction: all of them or none."""
    reports = []
    with transaction.atomic():
        for source in sources:
            team = (source.branch, source.department, source.sub_department)
            reports.append(copy_week(source, open_roster(*team, here.week, by=by), by=by, keep_people=keep_people))
    return CopyReport.sum(reports)


def _published(here: Desk, *, by: Person, expected: str, reason: str) -> Published:
    if not here.rosters:
        raise Refused("There is nothing to publish yet: give somebody a shift first.", code="nothing_to_publish")
    return publish(here.rosters, by=by, expected=expected, reason=reason)


def _told(published: Published) -> str:
    if not published.total:
        return "Nothing has changed since the last publishing, so nobody needs telling."
    counts = [(published.added, "new"), (published.changed, "changed"), (published.cancelled, "cancelled")]
    people = "1 person is" if published.people == 1 else f"{published.people} people are"
    return "Published: " + ", ".join(f"{n} {word}" for n, word in counts if n) + f". {people} being told."
