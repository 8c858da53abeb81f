"""A person's documents: seen, handed in, downloaded, taken away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config.refusals import REFUSED
from staff.documents.kinds import DocumentKind
from staff.documents.serving import attachment
from staff.forms import DocumentForm
from staff.models import Document, Person
from staff.roles import may
from staff.selectors import tabs_of
from staff.selectors.papers import Papers, papers_of
from staff.services.access import opened
from staff.services.papers import add_document, remove_document, require_sender
from staff.signin import user_of
from staff.visibility import person_with_papers


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def documents(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """What somebody has handed in and what is wanted of them; a file sent here is added."""
    user = user_of(request)
    person = person_with_papers(user, pk or user.pk)
    if request.method == "POST":
        require_sender(person, user)
    papers = papers_of(person, today=timezone.localdate())
    form = _form(request, user, papers)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        kind = DocumentKind(given["kind"])
        if form.said(add_document, person, kind, form.upload, by=user, expires_on=given["expires_on"]):
            messages.success(request, f"{kind.label}: kept.")
            return redirect(request.path)
    opened(person, "Documents", by=user)
    context = {
        "person": person,
        "is_own": person == user,
        "papers": papers,
        "form": form if form.fields["kind"].choices else None,  # type: ignore[attr-defined]  # a choice field
        "may_remove": may(user, "edit_people"),
        "tabs": tabs_of(person, viewer=user, here="documents"),
    }
    return render(request, "staff/documents.html", context, status=REFUSED if form.errors else 200)


@login_required
@require_safe
def document_file(request: HttpRequest, pk: int, document: int) -> FileResponse:
    """Download one."""
    user = user_of(request)
    found = _document(user, pk, document)
    opened(found.person, f"{found.get_kind_display()}, the file", by=user)
    return attachment(found)


@login_required
@require_POST
def document_remove(request: HttpRequest, pk: int, document: int) -> HttpResponse:
    """Take one away; Human Resource only."""
    user = user_of(request)
    found = _document(user, pk, document)
    remove_document(found, by=user)
    messages.success(request, f"{found.get_kind_display()}: taken away. The record of it stays.")
    return redirect("own-documents") if pk == user.pk else redirect("documents", pk=pk)


def _document(user: Person, pk: int, document: int) -> Document:
    person = person_with_papers(user, pk)
    found = get_object_or_404(Document.objects.present(), person=person, pk=document)
    found.person = person
    return found


def _form(request: HttpRequest, user: Person, papers: Papers) -> DocumentForm:
    """Offers what is wanted first; Human Resource adds the rest too."""
    wanted = [wish.kind for wish in papers.wishes]
    kinds = [*wanted, *(kind for kind in DocumentKind if kind not in wanted)] if may(user, "edit_people") else wanted
    choices = [(kind.value, kind.label) for kind in kinds]
    asked = {"kind": request.GET.get("kind", "")}
    return DocumentForm(request.POST or None, request.FILES or None, kinds=choices, initial=asked)
