"""ReachAdmin: an admin that shows what the user reaches and asks the permission table, never Django's permissions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import RelatedFieldListFilter, ShowFacets, SimpleListFilter
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from config.errors import Refused
from config.refusals import show_refusal
from staff.models import Person
from staff.roles import may

# How Django's filters spell their own questions, behind the path of the field.
ASKED_BY_FILTERS = ("", "__exact", "__id__exact", "__isnull")


class ServiceForm(forms.ModelForm):
    """A form whose validation ends with the service itself: what it refuses stands beside the field concerned.

    The request is one transaction and asks `is_valid` once, so what is written here stays only if all is well.
    """

    user: ClassVar[Person]

    def write(self) -> Model:
        """Call the one service and return the row as saved; every form has its own."""
        raise TypeError(f"{type(self).__name__} does not say which service it calls.")

    def _post_clean(self) -> None:
        if not self.errors:
            try:
                with transaction.atomic():
                    self.instance = self.write()
            except Refused as refused:
                show_refusal(self, refused)

    def save(self, commit: bool = True) -> Model:
        """Nothing is left to save."""
        return self.instance

    def save_m2m(self) -> None:
        """There is nothing of the kind."""


class ReachFilter(RelatedFieldListFilter):
    """Offers only what occurs in the rows that the user reaches: a filter's choices tell nothing of the others."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        rows = model_admin.get_queryset(request)
        here = rows.order_by().values(self.field_path)
        related = field.remote_field.model._default_manager.filter(pk__in=here)
        return [(row.pk, str(row)) for row in related]


class ByState(SimpleListFilter):
    """Offers states by name, each with the conditions that make it; every list has its own."""

    title, parameter_name = "state", "state"
    states: ClassVar[Mapping[str, Mapping[str, Any]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state, state.capitalize()) for state in self.states]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**self.states.get(self.value() or "", {}))


def reached(*paths: str) -> tuple[tuple[str, type[ReachFilter]], ...]:
    """The entries of `list_filter` for these foreign keys."""
    return tuple((path, ReachFilter) for path in paths)


class ReachAdmin(ModelAdmin):
    """The base of every admin here. Rows out of reach do not exist; verbs of the permission table open the rest."""

    view_verb: ClassVar[str]
    add_verb: ClassVar[str] = ""
    change_verb: ClassVar[str] = ""
    empty_text: ClassVar[str] = "There is nothing here yet."  # what a list without rows says

    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER  # a count per choice is a query per choice
    list_fullwidth = True
    list_filter_submit = False
    compressed_fields = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        visible = getattr(rows, "visible_to", None)
        return visible(request.user) if visible else rows

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.view_verb)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.add_verb)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.change_verb)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: people leave, shifts are cancelled, rules end; nothing is deleted here."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.view_verb)

    def _may(self, request: HttpRequest, verb: str) -> bool:
        user = request.user
        return bool(verb) and isinstance(user, Person) and user.is_active and may(user, verb)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only by the filters on the reader's page: ?password__startswith= would answer what nobody may ask."""
        # Nothing beyond: ?branch__people__password__startswith= would ask it of people far out of reach.
        offered = {_path(entry) for entry in self.get_list_filter(request)} if request else set()
        return any(lookup == path + asks for path in offered for asks in ASKED_BY_FILTERS)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Not here: who changed what is for the audit log, and for those who may read it."""
        raise Http404

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """A row out of reach and a row that never was look the same, whatever is asked of it."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            raise Http404
        return found

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.user = request.user
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A choice without the buttons that open the other row: its own list is in the sidebar."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form's service has saved it."""

    def tell(self, request: HttpRequest, done: str, refusals: Iterable[str] = ()) -> None:
        """Say what an action did, if anything, and every refusal once."""
        if done:
            self.message_user(request, done, messages.SUCCESS)
        for sentence in dict.fromkeys(refusals):
            self.message_user(request, sentence, messages.ERROR)

    def each(self, request: HttpRequest, rows: Iterable[Any], verb: Callable[[Any], object], outcome: str) -> None:
        """Do one verb to every chosen row; what is refused is told and stops none of the others."""
        done, refusals = 0, []
        for row in rows:
            try:
                with transaction.atomic():
                    verb(row)
            except Refused as refused:
                refusals.append(f"{row}: {refused.sentence}")
            else:
                done += 1
        name = self.opts.verbose_name if done == 1 else self.opts.verbose_name_plural
        self.tell(request, f"{done} {name} {outcome}." if done else "", refusals)


def _path(entry: Any) -> str:
    """What an entry of `list_filter` stands for in an address."""
    if isinstance(entry, tuple):
        return str(entry[0])
    return str(getattr(entry, "parameter_name", entry))
