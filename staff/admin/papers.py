"""Documents in the admin: what is there, what expires, what is required, and many files at once."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminFileFieldWidget

from config.errors import Refused
from staff.admin.base import ReachAdmin, ServiceForm, reached
from staff.models import Document, Person, RequiredDocument
from staff.selectors.papers import SOON, lacking, state_of
from staff.services.access import opened
from staff.services.bulk import BulkRow, keep_archive
from staff.services.papers import change_document, remove_document
from staff.services.requests import change_required, require_documents
from staff.signin import user_of


class HoldsFilter(admin.SimpleListFilter):
    """How long a document holds; those that were taken away are not here at all."""

    title, parameter_name = "validity", "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("expiring", "Expires within 60 days"), ("expired", "Has expired"), ("valid", "Valid for longer")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        if self.value() == "expiring":
            return queryset.filter(expires_on__range=(today, today + SOON))
        if self.value() == "expired":
            return queryset.filter(expires_on__lt=today)
        return queryset.exclude(expires_on__lte=today + SOON) if self.value() == "valid" else queryset


class PapersFilter(admin.SimpleListFilter):
    """Of the list of people: those who lack a document that their category requires."""

    title, parameter_name = "documents", "papers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("incomplete", "Missing or expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        return lacking(queryset, timezone.localdate()) if self.value() == "incomplete" else queryset


class DocumentForm(ServiceForm):
    def write(self) -> Model:
        given = self.cleaned_data
        return change_document(self.instance, kind=given["kind"], expires_on=given["expires_on"], by=self.user)


class BulkForm(forms.Form):
    """A zip; `rehearsed` is the digest of the one whose report was shown."""

    archive = forms.FileField(
        label="Zip of files", help_text="ACE-BOD-00042_passport.pdf, …", widget=UnfoldAdminFileFieldWidget
    )
    rehearsed = forms.CharField(required=False, widget=forms.HiddenInput)


@admin.register(Document)
class DocumentAdmin(ReachAdmin):
    """Who looks at one of another person leaves a row in the access log."""

    view_verb, change_verb = "see_papers", "edit_people"
    form = DocumentForm
    fields = ("person", "kind", "expires_on", "file", "added_by", "added_at")
    readonly_fields = ("person", "file", "added_by", "added_at")
    list_display = ("person", "kind", "expires_on", "validity", "added_at")
    list_filter = (HoldsFilter, "kind", "person__role__category", *reached("person__branch"))
    list_select_related = ("person",)
    search_fields = ("person__first_name", "person__last_name", "person__employee_number")
    ordering = ("expires_on", "id")
    actions = ("take_away",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).filter(removed_at=None)

    def get_urls(self) -> list[URLPattern]:
        bulk = path("bulk/", self.admin_site.admin_view(self.bulk), name="staff_document_bulk")
        return [bulk, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().change_view(request, object_id, *args, **kwargs)
        found = self.get_queryset(request).filter(pk=object_id).select_related("person").first()
        if found and request.method == "GET" and self.has_view_permission(request):
            opened(found.person, str(found.get_kind_display()), by=user_of(request))
        return response

    def has_keep_permission(self, request: HttpRequest) -> bool:
        """Who sees the action."""
        return self.has_change_permission(request)

    @admin.display(description="validity", ordering="expires_on")
    def validity(self, document: Document) -> str:
        return state_of(document.expires_on, timezone.localdate()).capitalize()

    @admin.display(description="file")
    def file(self, document: Document) -> str:
        where = reverse("document-file", args=[document.person_id, document.pk])
        return format_html('<a href="{}">{}</a> ({})', where, document.name, document.size_label)

    @admin.action(description="Take away", permissions=["keep"])
    def take_away(self, request: HttpRequest, documents: QuerySet[Document]) -> None:
        user = user_of(request)
        self.each(request, documents, lambda document: remove_document(document, by=user), "taken away")

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """Many files at once: a report for each first, and kept only when the same zip comes again."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form, rows, is_kept = BulkForm(request.POST or None, request.FILES or None), None, False
        if request.method == "POST" and form.is_valid():
            archive = form.cleaned_data["archive"]
            digest = _digest(archive)
            is_kept = form.cleaned_data["rehearsed"] == digest
            rows = self._kept(form, archive, commit=is_kept, by=user_of(request))
            form.data = {"rehearsed": "" if is_kept else digest}
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "Many documents at once", "form": form,
            "rows": rows, "good": sum(row.is_good for row in rows or ()), "is_kept": is_kept,
        }  # fmt: skip
        return TemplateResponse(request, "admin/staff/documents_bulk.html", context)

    def _kept(self, form: BulkForm, archive: UploadedFile, *, commit: bool, by: Person) -> list[BulkRow] | None:
        try:
            return keep_archive(archive, by=by, commit=commit)
        except Refused as refused:
            form.add_error("archive", refused.sentence)
            return None


def _digest(archive: UploadedFile) -> str:
    digest = hashlib.sha256()
    for piece in archive.chunks():
        digest.update(piece)
    archive.seek(0)
    return digest.hexdigest()


class RequiredForm(ServiceForm):
    def write(self) -> Model:
        if self.instance.pk:
            return change_required(self.instance, self.cleaned_data, by=self.user)
        return require_documents(self.cleaned_data, by=self.user)


@admin.register(RequiredDocument)
class RequiredDocumentAdmin(ReachAdmin):
    """What everybody of a category must have."""

    view_verb, add_verb, change_verb = "see_papers", "edit_people", "edit_people"
    form = RequiredForm
    fields = ("category", "kind", "is_active")
    list_display = fields
    list_filter = ("category", "is_active")
    ordering = ("category", "kind")
