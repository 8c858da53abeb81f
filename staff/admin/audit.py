"""The audit log in the admin: a timeline of sentences that nobody can write in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from config.ranges import LARGEST_ID
from staff.admin.base import ReachAdmin
from staff.auditing.words import Line, lines
from staff.models import AuditEntry, AuditOutcome, Person
from staff.models.audit import AuditEntryQuerySet
from staff.signin import user_of

MOST = 10_000  # entries that a list counts and leafs through; whoever looks further back names a day
OFFERED = 20  # people in a filter


class PersonFilter(admin.SimpleListFilter):
    """The people of the latest entries, and whoever was asked for: a list of everybody would help nobody."""

    column: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        latest = AuditEntry.objects.filter(**{f"{self.column}__isnull": False}).order_by("-at", "-id")[:500]
        asked = self._asked(request.GET.get(str(self.parameter_name), ""))
        here = Q(pk__in=latest.values(self.column)) | Q(pk__in=[] if asked is None else [asked])
        people = Person.objects.filter(here)
        return [(str(person.pk), person.full_name) for person in people[:OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self._asked(self.value() or "")
        return queryset if asked is None else queryset.filter(**{self.column: asked})

    def _asked(self, text: str) -> int | None:
        """The id that the address names; one that nobody can have finds nothing."""
        return min(int(text[:20]), LARGEST_ID) if text.isascii() and text.isdigit() else None


class WhoFilter(PersonFilter):
    title, parameter_name, column = "who", "actor", "actor_id"


class WhomFilter(PersonFilter):
    title, parameter_name, column = "whom", "person", "person_id"


class DayFilter(admin.SimpleListFilter):
    """A day or some days by the reader's clock; the last week unless asked for more."""

    title, parameter_name = "day", "day"
    spans: ClassVar[dict[str, tuple[str, int, int]]] = {
        "today": ("Today", 0, 0),
        "yesterday": ("Yesterday", 1, 1),
        "week": ("Last 7 days", 6, 0),
        "month": ("Last 30 days", 29, 0),
    }
    always = ("all", "Any day")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        said = [(name, label) for name, (label, _, _) in self.spans.items()]
        day = _day(request.GET.get("day", ""))
        return [*said, *([(f"{day}", f"{day:%-d %B %Y}")] if day else []), self.always]

    def value(self) -> str:
        given = super().value() or ""
        return given if given in self.spans or given == self.always[0] or _day(given) else "week"

    def queryset(self, request: HttpRequest, queryset: Any) -> AuditEntryQuerySet:
        given, zone = self.value(), user_of(request).home_zone
        if day := _day(given):
            return queryset.on_days(day, day, zone)
        if given not in self.spans:
            return queryset
        today = timezone.localdate(timezone=zone)
        _, first, last = self.spans[given]
        return queryset.on_days(today - timedelta(days=first), today - timedelta(days=last), zone)

    def choices(self, changelist: Any) -> Any:
        for name, label in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: name})
            yield {"selected": self.value() == name, "query_string": query, "display": label}


class Leafed(Paginator):
    """Counts no further than anybody leafs: a log of years is not read through for its number of pages."""

    @cached_property
    def count(self) -> int:
        entries: QuerySet[AuditEntry] = self.object_list  # type: ignore[assignment]  # the admin passes no other
        return entries[:MOST].count()


class Timeline(ChangeList):
    """The page's entries in words, asked for together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = list(self.result_list)
        for entry, line in zip(found, lines(found, reader=user_of(request)), strict=True):
            entry.line = line
        self.result_list = found


@admin.register(AuditEntry)
class AuditEntryAdmin(ReachAdmin):
    """Read by who may read the audit log; the database alone writes it."""

    view_verb = "read_audit"
    list_display = ("moment", "what_happened", "from_where")
    list_display_links = ("moment", "what_happened")
    list_filter = (DayFilter, "kind", WhoFilter, WhomFilter, "outcome")
    ordering = ("-at", "-id")
    sortable_by = ()
    search_fields = ("person_id",)
    search_help_text = "A name: what they did, and what was done to them"
    paginator = Leafed
    actions = None
    fields = ("moment", "what_happened", "changes", "from_where", "agent", "request_id")
    readonly_fields = fields

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Timeline

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By the names of those concerned: entries themselves hold ids."""
        if not search_term.strip():
            return queryset, False
        people = list(Person.objects.matching(search_term).values_list("pk", flat=True)[:MOST])
        return queryset.filter(Q(actor_id__in=people) | Q(person_id__in=people)), False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        entry = super().get_object(request, object_id, from_field)
        (entry.line,) = lines([entry], reader=user_of(request))
        return entry

    @admin.display(description="when")
    def moment(self, entry: Any) -> str:
        line: Line = entry.line
        return f"{line.at:%a %-d %b %Y, %H:%M:%S}"

    @admin.display(description="what happened")
    def what_happened(self, entry: Any) -> SafeString:
        refused = entry.outcome != AuditOutcome.DONE
        shape = {"sentence": entry.line.sentence, "word": entry.get_outcome_display() if refused else ""}
        return render_to_string("admin/staff/_audit_sentence.html", shape)

    @admin.display(description="before and after")
    def changes(self, entry: Any) -> SafeString:
        return render_to_string("admin/staff/_audit_changes.html", {"changes": entry.line.changes})

    @admin.display(description="from")
    def from_where(self, entry: AuditEntry) -> str:
        return entry.address or "the server"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
