"""Privacy in the admin: the organisation's notice, what people agreed to, and who was erased."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model

from staff.admin.base import ReachAdmin, ServiceForm
from staff.models import Consent, Erasure, PrivacyNotice
from staff.services.consenting import publish_notice


class NoticeForm(ServiceForm):
    def write(self) -> Model:
        return publish_notice(self.cleaned_data["text"], by=self.user)


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(ReachAdmin):
    """A new notice takes the place of the last, and everybody is asked anew to read it."""

    view_verb = add_verb = "edit_people"
    empty_text = "The product’s own notice is in force; write one to put your words in its place."
    form = NoticeForm
    fields = ("text",)
    list_display = ("version", "at", "by")
    list_select_related = ("by",)


@admin.register(Consent)
class ConsentAdmin(ReachAdmin):
    """Who agreed to what and when; people answer for themselves, under “Your data”."""

    view_verb = "edit_people"
    list_display = ("person", "kind", "is_given", "version", "at", "door")
    list_filter = ("kind", "is_given")
    list_select_related = ("person",)
    search_fields = ("person__first_name", "person__last_name", "person__employee_number")
    ordering = ("-id",)


@admin.register(Erasure)
class ErasureAdmin(ReachAdmin):
    """Who was erased, by whom and why; what they were is not here any more."""

    view_verb = "read_audit"
    list_display = ("at", "person", "by", "reason")
    list_select_related = ("person", "by")
    fields = ("person", "by", "at", "reason", "counts")
    search_fields = ("person__employee_number", "reason")
    ordering = ("-id",)
