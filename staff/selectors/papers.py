"""What a person has handed in, what is missing or about to expire, and whom to call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    CharField,
    Count,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)  # fmt: skip
from django.db.models.functions import Coalesce, JSONObject

from config.caching import cached
from staff.documents.kinds import GUARANTORS, DocumentKind
from staff.models import Document, DocumentRequest, Guarantor, GuarantorPaper, NextOfKin, Person, RequiredDocument
from staff.roles import Category

SOON = timedelta(days=60)  # how long before its last day a document counts as expiring
ASKED, KEPT, REQUIRED = "asked", "kept", "required"
STANDING, EXPIRING, EXPIRED = "valid", "expiring", "expired"


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document as lists show it. `state` is a state of config/templatetags/ui.py."""

    document: Document
    state: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A kind that the person is to hand in: because somebody asked, or because the role requires it."""

    kind: DocumentKind
    reason: str
    due_on: date | None = None
    message: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Papers:
    """A person's documents, and what is wanted of them."""

    lines: tuple[DocumentLine, ...]
    wishes: tuple[Wish, ...]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whom to call, and who vouches."""

    next_of_kin: tuple[NextOfKin, ...]
    guarantors: tuple[Guarantor, ...]
    guarantors_needed: int

    @property
    def guarantors_missing(self) -> int:
        return max(self.guarantors_needed - len(self.guarantors), 0)


@dataclass(frozen=True, slots=True)
class PaperCounts:
    """Of the people employed on a day: required documents that are missing or expired, how many people lack any, and
    documents that expire soon."""

    missing: int
    incomplete: int
    expiring: int


def papers_of(person: Person, *, today: date) -> Papers:
    """The documents of a person, in the order of their kinds, and what is wanted. Two queries."""
    order = list(DocumentKind)
    documents = Document.objects.present().filter(person=person).select_related("added_by").order_by("-id")
    listed = sorted(documents, key=lambda document: order.index(DocumentKind(document.kind)))
    lines = tuple(DocumentLine(document, state_of(document.expires_on, today)) for document in listed)
    return Papers(lines, wishes_of(person, today=today))


def kinds_to_hand_in(person: Person, *, today: date) -> set[DocumentKind]:
    """What the person may hand in without Human Resource. One query."""
    return {wish.kind for wish in wishes_of(person, today=today)}


def contacts_of(person: Person) -> Contacts:
    """A person's next of kin and guarantors with their papers. Three queries."""
    papers = Prefetch("papers", GuarantorPaper.objects.present().order_by("kind"))
    guarantors = Guarantor.objects.present().filter(person=person).prefetch_related(papers)
    kin = NextOfKin.objects.present().filter(person=person)
    return Contacts(tuple(kin), tuple(guarantors), GUARANTORS[Category(person.role.category)])


def state_of(expires_on: date | None, today: date) -> str:
    """Whether a document holds, for how long."""
    if expires_on is None or expires_on > today + SOON:
        return STANDING
    return EXPIRED if expires_on < today else EXPIRING


def lacking(people: QuerySet[Person], day: date) -> QuerySet[Person]:
    """Those of the people who lack a document that their category requires, or whose has expired on that day."""
    return people.filter(Exists(_unmet(day)))


def without_valid(people: QuerySet[Person], kind: str, day: date) -> QuerySet[Person]:
    """Those of the people who have no document of this kind that holds on that day."""
    holds = Document.objects.present().filter(Q(expires_on=None) | Q(expires_on__gte=day), kind=kind)
    return people.filter(~Exists(holds.filter(person=OuterRef("pk"))))


@cached("paper_figures")
def paper_counts(*, today: date) -> PaperCounts:
    """The counts over everybody who is employed today. One query."""
    expiring = _not_renewed().filter(expires_on__range=(today, today + SOON))
    counted = (
        Person.objects.employed(today)
        .order_by()
        .annotate(missing=_number(_unmet(today), "category"))
        .annotate(expiring=_number(expiring.filter(person=OuterRef("pk")), "person"))
        .aggregate(
            all=Coalesce(Sum("missing"), 0),
            people=Count("pk", filter=Q(missing__gt=0)),
            soon=Coalesce(Sum("expiring"), 0),
        )
    )
    return PaperCounts(counted["all"], counted["people"], counted["soon"])


def _number(rows: QuerySet[Any], by: str) -> Coalesce:
    """How many rows a subquery finds; `by` is a column that they all agree in."""
    counted = rows.order_by().values(by).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@dataclass(frozen=True, slots=True)
class OwnWish:
    """A wish in short, for one's home."""

    kind: str
    label: str
    due_on: date | None
    message: str


@cached("own_papers")
def own_wishes(*, person: Person, today: date) -> tuple[OwnWish, ...]:
    """What somebody is to hand in, for their home. One query."""
    wishes = wishes_of(person, today=today)
    return tuple(OwnWish(wish.kind.value, wish.kind.label, wish.due_on, wish.message) for wish in wishes)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A required document of a person that holds no longer than this day."""

    person: int
    label: str
    last_day: date


@cached("paper_figures")
def lapsing(*, until: date) -> tuple[Lapsed, ...]:
    """The required documents, of everybody, that expire before that day and were not renewed. One query.

    Kept for the whole organisation: planners ask with every shift, and it is a short list.
    """
    rows = _ending(until).order_by("person", "kind").values_list("person_id", "kind", "expires_on")
    return tuple(Lapsed(person, DocumentKind(kind).label, day) for person, kind, day in rows if day)


def with_lapsing(people: QuerySet[Person], *, until: date) -> QuerySet[Person]:
    """The same for some people, in the query that reads them: `lapsing_of` answers for each."""
    ending = _ending(until).filter(person=OuterRef("pk")).order_by("kind")
    return people.annotate(ending=ArraySubquery(ending.values(row=JSONObject(kind="kind", day="expires_on"))))


def lapsing_of(person: Any) -> tuple[Lapsed, ...]:
    """The documents of somebody from `with_lapsing`."""
    return tuple(
        Lapsed(person.pk, DocumentKind(row["kind"]).label, date.fromisoformat(row["day"])) for row in person.ending
    )


def _ending(until: date) -> QuerySet[Document]:
    required = RequiredDocument.objects.filter(
        is_active=True, category=OuterRef("person__role__category"), kind=OuterRef("kind")
    )
    return _not_renewed().filter(Exists(required), expires_on__lt=until)


def _not_renewed() -> QuerySet[Document]:
    """Documents beside which none of the kind holds longer."""
    longer = Q(expires_on=None) | Q(expires_on__gt=OuterRef("expires_on"))
    renewed = Document.objects.present().filter(longer, person=OuterRef("person"), kind=OuterRef("kind"))
    return Document.objects.present().filter(~Exists(renewed))


def _unmet(day: date) -> QuerySet[RequiredDocument]:
    """The requirements of a person of an outer query that no document meets on that day."""
    meets = Document.objects.present().filter(
        Q(expires_on=None) | Q(expires_on__gte=day), person=OuterRef(OuterRef("pk")), kind=OuterRef("kind")
    )
    return RequiredDocument.objects.filter(~Exists(meets), category=OuterRef("role__category"), is_active=True)


def wishes_of(person: Person, *, today: date) -> tuple[Wish, ...]:
    """What a person is to hand in, the most urgent request first. One query."""
    wishes, states, needed = dict[DocumentKind, Wish](), defaultdict[str, set[str]](set), set[str]()
    for what, kind, day, message in sorted(_of_wishes(person), key=lambda row: row[2] or date.max):
        if what == ASKED:
            wishes[DocumentKind(kind)] = Wish(DocumentKind(kind), "Asked for", day, message, bool(day and day < today))
        elif what == KEPT:
            states[kind].add(state_of(day, today))
        else:
            needed.add(kind)
    # What somebody had and has no more is wanted too: a driver's licence that expires, whoever requires it.
    for kind in (kind for kind in DocumentKind if kind in needed | states.keys()):
        reason = _reason(states.get(kind, set()))
        if reason and kind not in wishes:
            wishes[kind] = Wish(kind, reason)
    return tuple(wishes.values())


def _of_wishes(person: Person) -> Iterable[tuple[str, str, date | None, str]]:
    """What is asked for, kept and required, as one query: (which of them, kind, day, message)."""
    word, day = CharField(), DateField()
    parts = [
        rows.order_by()
        .annotate(what=Value(what, output_field=word), day=on, said=said)
        .values_list("what", "kind", "day", "said")
        for what, rows, on, said in (
            (ASKED, DocumentRequest.objects.open().filter(person=person), F("due_on"), F("message")),
            (KEPT, Document.objects.present().filter(person=person), F("expires_on"), Value("", output_field=word)),
            (
                REQUIRED,
                RequiredDocument.objects.filter(category=person.role.category, is_active=True),
                Value(None, output_field=day),
                Value("", output_field=word),
            ),
        )
    ]
    return parts[0].union(*parts[1:], all=True)


def _reason(states: set[str]) -> str:
    """Why a required kind is wanted, or nothing."""
    if STANDING in states:
        return ""
    return "Expires soon" if EXPIRING in states else "Has expired" if states else "Required for your role"
