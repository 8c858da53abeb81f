"""The pages of reviews: the team's week for who writes or reads them, and one's own for everybody."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from config.caching import cached_page
from config.errors import Forbidden, Refused
from config.refusals import REFUSED
from reviews import selectors, services
from reviews.forms import answers_in, as_typed, is_sent, version_in
from reviews.models import Review
from reviews.selectors.figures import low_flags
from reviews.selectors.rows import for_rows
from reviews.selectors.team import READY, Asked, Line, TeamWeek, team_week
from staff.models import Person
from staff.roles import may, may_read_reviews, may_review
from staff.signin import user_of


@require_safe
@login_required
def reviews(request: HttpRequest) -> HttpResponse:
    """The team's week for managers; one's own reviews for everybody else."""
    if not may(user_of(request), "see_reviews"):
        return my_reviews(request)
    week = _week(request)
    if week.misread:
        messages.warning(request, week.misread)
    return _team_page(request, week)


@require_safe
@login_required
@cached_page("my_reviews")
def my_reviews(request: HttpRequest) -> HttpResponse:
    """What was said of oneself, week by week."""
    user = user_of(request)
    page = selectors.my_reviews(person=user.pk, cursor=request.GET.get("cursor", ""))
    return render(request, "reviews/history.html", {"page": page, "person": user, "is_own": True})


@require_safe
@login_required
@cached_page("reviews_of_staff")
def person_reviews(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said of somebody in reach, week by week."""
    user = user_of(request)
    if user.pk == pk:
        return redirect("my-reviews")
    person = get_object_or_404(Person.objects.visible_to(user).with_places(), pk=pk)
    if not may_read_reviews(user, person):
        raise Forbidden("This person’s reviews are not for your role.")
    page = selectors.reviews_of_staff(person=pk, cursor=request.GET.get("cursor", ""))
    return render(request, "reviews/history.html", {"page": page, "person": person})


@require_safe
@login_required
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """One review in the words of the scale."""
    user = user_of(request)
    found = get_object_or_404(for_rows(Review.objects.visible_to(user)), pk=pk)
    [row] = selectors.rows_of([found])
    return render(request, "reviews/review.html", {"review": row, "is_own": found.person_id == user.pk})


@login_required
@require_POST
def review_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The reviewed person says that they have read it."""
    user = user_of(request)
    services.acknowledge_review(get_object_or_404(Review.objects.visible_to(user), pk=pk), by=user)
    messages.success(request, "Noted: you have read this review.")
    return redirect("review", pk=pk)


@login_required
@require_POST
def review_save(request: HttpRequest, pk: int) -> HttpResponse:
    """One line of the team's page, saved while somebody scores: the pieces that moved."""
    user = user_of(request)
    person = get_object_or_404(Person.objects.visible_to(user).with_places(), pk=pk)
    week = _week(request, writing=True)
    if not may_review(user, person):
        raise Forbidden(f"{person.full_name} is not among the people whom you review.")
    line = week.line_of(pk)
    if line is None:
        raise Http404
    error = _save(request, line, week)
    week = _week(request, writing=True)
    shown = week.line_of(pk) or line
    if error:
        shown = as_typed(shown, request.POST, error.sentence)
    context = {"week": week, "line": shown, "saved_at": timezone.now().astimezone(week.zone)}
    return render(request, "reviews/_saved.html", context, status=REFUSED if error else 200)


@login_required
@require_POST
def reviews_write(request: HttpRequest) -> HttpResponse:
    """The whole page: every line is saved, and the ready ones are submitted where that was pressed."""
    week, refused = _week(request, writing=True), {}
    for line in week.lines:
        error = _save(request, line, week) if is_sent(line, request.POST) else None
        if error:
            refused[line.person_id] = error.sentence
    week = _week(request, writing=True)
    if request.POST.get("do") == "submit":
        _submit(request, [line for line in week.lines if line.state == READY and line.person_id not in refused])
        week = _week(request, writing=True)
    elif not refused:
        messages.success(request, "Saved.")
    if not refused:
        return redirect(f"{request.path.removesuffix('write')}?{week.here}")
    typed = {pk: as_typed(line, request.POST, refused[pk]) for line in week.lines if (pk := line.person_id) in refused}
    return _team_page(request, week.with_lines(typed), status=REFUSED)


def _team_page(request: HttpRequest, week: TeamWeek, status: int = 200) -> HttpResponse:
    flags = low_flags(user_of(request), today=week.today)
    return render(request, "reviews/team.html", {"week": week, "flags": flags}, status=status)


def _week(request: HttpRequest, *, writing: bool = False) -> TeamWeek:
    """The team and week that the address names: 404 beyond the reach, 403 for who only reads and wants to write."""
    user = user_of(request)
    if writing and not may(user, "write_reviews"):
        raise Forbidden("Your role does not write reviews.")
    asked = Asked(**{name: request.GET.get(name, "") for name in ("team", "week", "cursor")})
    week = team_week(user, asked, now=timezone.now())
    if week is None:
        raise Http404
    return week


def _save(request: HttpRequest, line: Line, week: TeamWeek) -> Refused | None:
    """Save one line, if it says anything new; the refusal, where there is one."""
    user, data = user_of(request), request.POST
    try:
        answers = answers_in(line, data)
        if not line.differs(answers.scores, answers.comment):
            return None
        person = Person.objects.with_places().select_related("organisation").get(pk=line.person_id)
        with transaction.atomic():
            services.save_answers(person, week.week, answers, by=user, version=version_in(line, data))
    except Refused as refusal:
        return refusal
    return None


def _submit(request: HttpRequest, lines: list[Line]) -> None:
    """Submit these lines; what is refused is told and stops none of the others."""
    user, done = user_of(request), 0
    drafts = Review.objects.filter(reviewer=user, pk__in=[line.review_id for line in lines])
    for draft in drafts.order_by("pk"):
        try:
            with transaction.atomic():
                services.submit_review(draft, by=user)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            done += 1
    words = (
        "1 review is submitted, and its person told."
        if done == 1
        else f"{done} reviews are submitted, and their people told."
    )
    messages.success(request, words if done else "Nothing was ready to be submitted.")
