"""Hiring in steps: what is unfinished, one page a step that keeps what was typed, and the last look."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import Conflict, Forbidden, Refused
from config.refusals import FORM, REFUSED
from staff.documents.kinds import DocumentKind
from staff.forms import DocumentForm
from staff.forms.hiring import faults_of, filled_in, forms_of, hiring_in, told_in, typed_in
from staff.models import HiringDraft
from staff.models.hiring import LAST, STEPS, steps_of
from staff.roles import require
from staff.selectors.hiring import unfinished
from staff.services import drafts as services
from staff.signin import user_of


@login_required
@never_cache
@require_http_methods(FORM)
def hiring(request: HttpRequest) -> HttpResponse:
    """The unfinished hirings; POST begins another one."""
    user = user_of(request)
    require(user, "hire")
    if request.method == "POST":
        draft = services.begin(by=user)
        return redirect("hire", pk=draft.pk, step=next(iter(STEPS)))
    drafts, cursor = unfinished(user, after=request.GET.get("cursor", ""))
    next_url = f"?{urlencode({'cursor': cursor})}" if cursor else ""
    return render(request, "staff/hiring.html", {"drafts": drafts, "next_url": next_url})


@login_required
@require_POST
def hire_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one."""
    draft = _draft(request, pk)
    services.discard(draft, by=user_of(request))
    messages.success(request, f"{draft}: discarded.")
    return redirect("hiring")


@sensitive_post_parameters()
@login_required
@never_cache
@require_http_methods(FORM)
def hire(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One step. What is typed stays, whether one goes on, goes back, or comes again tomorrow."""
    draft = _draft(request, pk)
    if step not in STEPS:
        raise Http404
    if step not in steps_of(user_of(request)):
        raise Forbidden(f"The step {STEPS[step].title} is not for your role.")
    if request.method != "POST":
        return _page(request, draft, step)
    if step == LAST:
        return _finish(request, draft)
    return _documents(request, draft) if step == "documents" else _keep(request, draft, step)


def _keep(request: HttpRequest, draft: HiringDraft, step: str) -> HttpResponse:
    """Keep a step as it was typed, right or wrong, and go where the button says."""
    user, do = user_of(request), request.POST.get("do", "next")
    away = _number(do.removeprefix("remove-")) if do.startswith("remove-") else None
    typed = typed_in(step, request.POST, without=away)
    draft.content = {**draft.content, step: typed}
    is_right = all(form.is_valid() for form in forms_of(step, draft, user=user) if form.is_bound)
    goes_on = do == "next" and is_right
    there = _beside(request, step, 1) if goes_on else step
    try:
        services.keep_steps(draft, {step: typed}, by=user, step=there, version=_version(request))
    except Conflict as refused:
        draft.version = HiringDraft.objects.get(pk=draft.pk).version
        return _page(request, draft, step, refused=refused, status=REFUSED)
    if do == "back":
        return redirect("hire", pk=draft.pk, step=_beside(request, step, -1))
    if goes_on or away is not None:
        return redirect("hire", pk=draft.pk, step=there)
    if do == "add" and is_right:
        return redirect(f"{reverse('hire', args=[draft.pk, step])}?more=1#row-{len(typed)}")
    draft.refresh_from_db()
    return _page(request, draft, step, status=REFUSED)


def _documents(request: HttpRequest, draft: HiringDraft) -> HttpResponse:
    """Take a file in or out; a file that was chosen is kept whichever button is pressed."""
    user, do = user_of(request), request.POST.get("do", "next")
    if do.startswith("remove-"):
        services.remove_file(draft, do.removeprefix("remove-"), by=user)
        return redirect("hire", pk=draft.pk, step="documents")
    form = DocumentForm(request.POST, request.FILES, kinds=DocumentKind.choices)
    if request.FILES or do == "upload":
        given = form.cleaned_data if form.is_valid() else {}
        if not given or not form.said(
            services.add_file,
            draft,
            DocumentKind(given["kind"]),
            form.upload,
            by=user,
            expires_on=given["expires_on"],
        ):
            return _page(request, draft, "documents", form=form, status=REFUSED)
    there = {"back": -1, "next": 1}.get(do, 0)
    step = _beside(request, "documents", there)
    services.keep_steps(draft, {}, by=user, step=step)
    return redirect("hire", pk=draft.pk, step=step)


def _finish(request: HttpRequest, draft: HiringDraft) -> HttpResponse:
    """Hire, from the draft as it was looked at; a second one who presses the button waits, and finds it done."""
    user = user_of(request)
    if request.POST.get("do") == "back":
        return redirect("hire", pk=draft.pk, step=_beside(request, LAST, -1))
    draft = services.held(draft)
    try:
        services.refuse_unseen(draft, _version(request))
        person = services.hire_from(draft, hiring_in(draft, user=user), by=user)
    except Forbidden:
        raise
    except Refused as refused:
        return _page(request, draft, LAST, refused=refused, status=REFUSED)
    messages.success(request, f"{person} is hired. The invitation goes to {person.email}.")
    return redirect("person", pk=person.pk)


def _page(
    request: HttpRequest,
    draft: HiringDraft,
    step: str,
    *,
    form: DocumentForm | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    user = user_of(request)
    steps = steps_of(user)
    place = list(steps).index(step)
    context: dict[str, Any] = {
        "draft": draft,
        "step": step,
        "title": STEPS[step].title,
        "steps": [
            (name, each.title, number < place, reverse("hire", args=[draft.pk, name]))
            for number, (name, each) in enumerate(steps.items())
        ],
        "number": place + 1,
        "refused": refused,
    }
    if step == LAST:
        context |= _review(request, draft, refused)
    elif step == "documents":
        context |= {"files": _files(draft), "form": form or DocumentForm(kinds=DocumentKind.choices)}
    else:
        rows = forms_of(step, draft, user=user, blank="more" in request.GET)
        most = STEPS[step].rows
        context |= {
            "forms": rows,
            "is_rows": most > 0,
            "one": STEPS[step].title.removesuffix("s"),
            "takes_more": len(rows) < most,
        }
    return render(request, "staff/hire.html", context, status=status)


def _review(request: HttpRequest, draft: HiringDraft, refused: Refused | None) -> dict[str, Any]:
    """What would be written, step by step, and what is still to be mended, and where."""
    user = user_of(request)
    filled = filled_in(draft, user=user)
    faults = faults_of(filled)
    step = next(iter(faults), "").partition(".")[0]
    at = next((name for name in refused.fields if name in STEPS), "") if refused else ""
    return {
        "told": [(name, STEPS[name].title, [told_in(form) for form in rows]) for name, rows in filled.items()],
        "files": _files(draft) if "documents" in steps_of(user) else [],
        "hindrance": f"{STEPS[step].title}: {faults[next(iter(faults))]}" if step else "",
        "mend": step or at,
        "email": draft.content.get("basics", {}).get("email", ""),
    }


def _files(draft: HiringDraft) -> list[dict[str, Any]]:
    """The documents as the page names them."""
    files = draft.content.get("documents", [])
    return [
        {**file, "label": DocumentKind(file["kind"]).label, "until": parse_date(file["expires_on"])} for file in files
    ]


def _beside(request: HttpRequest, step: str, by: int) -> str:
    """The step before or after, among those that the user has."""
    steps = list(steps_of(user_of(request)))
    return steps[min(max(steps.index(step) + by, 0), len(steps) - 1)]


def _version(request: HttpRequest) -> int | None:
    """Which version the page was made from; None where it does not say."""
    return _number(request.POST.get("version", ""))


def _number(sent: str) -> int | None:
    """A number that a page sent; None for anything else."""
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else None


def _draft(request: HttpRequest, pk: int) -> HiringDraft:
    """A draft that the user sees (404), and who may hire (403)."""
    user = user_of(request)
    draft = get_object_or_404(HiringDraft.objects.visible_to(user).select_related("begun_by"), pk=pk)
    require(user, "hire")
    return draft
