"""The staff report: how many people there are by place, role, gender, seniority or age, and who they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DateField, F, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse

from config import keyset
from staff.models import Gender, Person
from staff.models.people import PersonQuerySet
from staff.plans import Feature, require_feature
from staff.roles import require

A_YEAR = timedelta(days=365.2425)
# The first full year of each band but the first.
SERVICE_BANDS, AGE_BANDS = (1, 3, 5, 10), (18, 25, 35, 45, 55)
NOT_KNOWN = 99
# Beyond everybody's birth date: whoever has told none comes last, whichever way the list runs.
LONG_AGO, FAR_AHEAD = date(1000, 1, 1), date(9999, 12, 31)

BY = {
    "branch": "Branch",
    "department": "Department",
    "role": "Role",
    "gender": "Gender",
    "seniority": "Years of service",
    "age": "Age",
}
SORTS = {
    "name": "Name",
    "joined": "Joined first",
    "-joined": "Joined last",
    "-age": "Oldest first",
    "age": "Youngest first",
}
ORDERS = {
    "name": ("last_name", "first_name", "id"),
    "joined": ("hired_on", "id"),
    "-joined": ("-hired_on", "-id"),
    "-age": ("born", "id"),
    "age": ("-born", "-id"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a staff report is asked for; None and "" ask for nothing."""

    on: date
    by: str = "branch"
    sort: str = "name"
    branch: int | None = None
    department: int | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the people: how many, what share of all in percent, and their average service and age in years.

    `bar` is the length of their bar, 100 for the largest group.
    """

    key: str
    name: str
    people: int
    share: Decimal
    bar: Decimal
    service: Decimal | None
    age: Decimal | None


@dataclass(frozen=True, slots=True)
class StaffReport:
    """The groups in their order, and all of the people together."""

    groups: tuple[Group, ...]
    total: Group


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Somebody in the list beneath: full years of service and of age on the day of the report."""

    id: int
    employee_number: str
    name: str
    initials: str
    role: str
    branch: str
    department: str
    gender: str
    hired_on: date
    service: int
    age: int | None
    url: str


@dataclass(frozen=True, slots=True)
class _Sums:
    """What PostgreSQL has added up of one group."""

    place: Any
    key: str
    name: str
    people: int
    served: timedelta
    lived: timedelta | None
    with_birth_date: int


def staff_report(user: Person, asked: Asked) -> StaffReport:
    """Those in the user's reach with a contract on that day, in groups; in one query, whatever their number."""
    rows = sorted(_sums(user, asked), key=lambda row: (row.place is None, row.place, row.name))
    every, most = sum(row.people for row in rows), max((row.people for row in rows), default=0)
    return StaffReport(
        groups=tuple(_group([row], row.key, row.name, every, most) for row in rows),
        total=_group(rows, "", "All", every, every),
    )


def require_reports(user: Person) -> None:
    """Refuse whoever may not see a report: it takes profiles, and a plan with reports in it."""
    require(user, "see_profiles")
    require_feature(user.organisation, Feature.ANALYTICS)


def report_page(user: Person, asked: Asked, *, after: str = "", size: int = keyset.PAGE) -> keyset.Page[Person]:
    """The people of the report in the order asked for. Raises Invalid for a cursor that is not of this list."""
    people = _sortable(_people(user, asked).with_places(), asked.sort)
    return keyset.page(people, order=ORDERS[asked.sort], after=after, size=size)


def every_line(user: Person, asked: Asked) -> Iterator[ReportLine]:
    """All the people of the report, fetched in parts."""
    people = _sortable(_people(user, asked).with_places(), asked.sort).order_by(*ORDERS[asked.sort])
    return (line_of(person, asked.on) for person in people.iterator(chunk_size=1000))


def line_of(person: Person, on: date) -> ReportLine:
    """A person as the report lists them; they come with places."""
    return ReportLine(
        id=person.pk,
        employee_number=person.employee_number,
        name=person.full_name,
        initials=person.initials,
        role=person.role.name,
        branch=person.branch.name if person.branch else "",
        department=person.department.name if person.department else "",
        gender=str(Gender(person.gender).label),
        hired_on=person.hired_on,
        service=full_years(person.hired_on, on),
        age=full_years(person.date_of_birth, on) if person.date_of_birth else None,
        url=reverse("person", args=[person.pk]),
    )


def full_years(since: date, on: date) -> int:
    """How many years are over; whoever is born on 29 February has the birthday of a common year on 1 March."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def _people(user: Person, asked: Asked) -> PersonQuerySet:
    wanted = {
        "branch_id": asked.branch,
        "department_id": asked.department,
        "role__category": asked.category or None,
    }
    here = Person.objects.visible_to(user).employed(asked.on)
    return here.filter(**{name: value for name, value in wanted.items() if value is not None})


def _sortable(people: PersonQuerySet, sort: str) -> PersonQuerySet:
    if "born" not in {name.removeprefix("-") for name in ORDERS[sort]}:
        return people
    unknown = LONG_AGO if sort == "age" else FAR_AHEAD
    return people.annotate(born=Coalesce("date_of_birth", Value(unknown), output_field=DateField()))


def _sums(user: Person, asked: Asked) -> Iterator[_Sums]:
    columns, name_of = GROUPINGS[asked.by]
    day = Value(asked.on, output_field=DateField())
    people: QuerySet[Any] = _people(user, asked).order_by()
    found: QuerySet[Any, dict[str, Any]] = (
        people.annotate(**columns(asked.on))
        .values("key", "label", "place")
        .annotate(
            people=Count("pk"),
            served=Sum(day - F("hired_on")),
            lived=Sum(day - F("date_of_birth")),
            with_birth_date=Count("date_of_birth"),
        )
    )
    for row in found:
        key, label = row.pop("key"), row.pop("label")
        yield _Sums(key="" if key is None else str(key), name=name_of(label), **row)


def _group(rows: Sequence[_Sums], key: str, name: str, every: int, most: int) -> Group:
    people, dated = sum(row.people for row in rows), sum(row.with_birth_date for row in rows)
    lived = sum((row.lived for row in rows if row.lived is not None), timedelta())
    return Group(
        key=key,
        name=name,
        people=people,
        share=_percent(people, every),
        bar=_percent(people, most),
        service=_years(sum((row.served for row in rows), timedelta()), people),
        age=_years(lived, dated),
    )


def _percent(part: int, whole: int) -> Decimal:
    return round(Decimal(100 * part) / whole, 1) if whole else Decimal(0)


def _years(time: timedelta, people: int) -> Decimal | None:
    return round(Decimal(time / A_YEAR / people), 1) if people else None


def _place(name: str, order: str) -> Callable[[date], dict[str, Any]]:
    return lambda _: {"key": F(f"{name}_id"), "label": F(f"{name}__name"), "place": F(order)}


def _band(field: str, bounds: Sequence[int]) -> Callable[[date], dict[str, Any]]:
    """Which band somebody is in: their day lies after the one that begins the next band's full years."""

    def columns(on: date) -> dict[str, Any]:
        bands = [When(**{f"{field}__gt": _years_before(on, years), "then": band}) for band, years in enumerate(bounds)]
        unknown = When(**{field: None, "then": NOT_KNOWN})
        return {name: Case(unknown, *bands, default=len(bounds)) for name in ("key", "label", "place")}

    return columns


def _in_bands(bounds: Sequence[int]) -> Callable[[Any], str]:
    return lambda band: "Not known" if band == NOT_KNOWN else band_label(bounds, band)


def band_label(bounds: Sequence[int], band: int) -> str:
    """A band in words: “Under 3 years”, “3–4 years”, “10 years and more”."""
    if band == 0:
        return f"Under {bounds[0]} year{'s' if bounds[0] > 1 else ''}"
    first = bounds[band - 1]
    if band == len(bounds):
        return f"{first} years and more"
    last = bounds[band] - 1
    return f"{first}–{last} years" if last > first else f"{first} year{'s' if first > 1 else ''}"


def _years_before(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February
        return on.replace(year=on.year - years, day=28)


def _of_gender(_: date) -> dict[str, Any]:
    order = [When(gender=gender, then=place) for place, gender in enumerate(Gender.values)]
    return {"key": F("gender"), "label": F("gender"), "place": Case(*order, default=NOT_KNOWN)}


def _named(none: str) -> Callable[[Any], str]:
    return lambda name: name or none


GROUPINGS: dict[str, tuple[Callable[[date], dict[str, Any]], Callable[[Any], str]]] = {
    "branch": (_place("branch", "branch__name"), _named("No branch")),
    "department": (_place("department", "department__position"), _named("No department")),
    "role": (_place("role", "role__name"), str),
    "gender": (_of_gender, lambda gender: str(Gender(gender).label)),
    "seniority": (_band("hired_on", SERVICE_BANDS), _in_bands(SERVICE_BANDS)),
    "age": (_band("date_of_birth", AGE_BANDS), _in_bands(AGE_BANDS)),
}
