"""The directory, a person, one’s own card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, Count, F, IntegerField, Q, Subquery, Value
from django.urls import reverse
from django.utils import formats

from config import keyset
from staff.models import Branch, Department, Gender, Person, Role, SubDepartment
from staff.models.people import PersonQuerySet
from staff.roles import Category, may, may_change_career, may_see_papers, may_see_profile, may_see_salary
from staff.selectors.careers import Moment, Opening, access_log, history

# The pages about a person by their label, and the same for oneself.
TABS = {"Profile": "person", "Documents": "documents", "Contacts": "contacts"}
OWN_TABS = {"Me": "account", "Documents": "own-documents", "Contacts": "own-contacts"}
BY_NAME = ("last_name", "first_name", "id")


@dataclass(frozen=True, slots=True)
class Card:
    """A person as the directory shows them; e-mail only where the viewer sees profiles."""

    id: int
    name: str
    initials: str
    role: str
    branch: str
    department: str
    employee_number: str
    phone: str
    email: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with rows of (label, value)."""

    title: str
    rows: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for in the directory; None and "" ask for nothing."""

    search: str = ""
    branch: int | None = None
    department: int | None = None
    role: int | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """A page of the directory; `total` counts all who match, `next` is the cursor of what follows."""

    people: tuple[Card, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the pages about a person."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person. Their shifts come from the roster: config.views.person joins the two.

    `career` and `opened` are empty for who may not see them; the flags say which doors the viewer has.
    """

    person: Card
    sections: tuple[Section, ...]
    tabs: tuple[Tab, ...]
    career: tuple[Moment, ...] = ()
    opened: tuple[Opening, ...] = ()
    left_on: date | None = None
    sees_career: bool = False
    sees_log: bool = False
    sees_salary: bool = False
    may_change: bool = False
    may_end: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A way on from one's own account."""

    label: str
    detail: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Account:
    """One's own card and what can be set there."""

    person: Card
    sections: tuple[Section, ...]
    links: tuple[Link, ...]
    sign_out_url: str
    preferences_url: str


def people_wanted(people: PersonQuerySet, wanted: Wanted, *, user: Person) -> PersonQuerySet:
    """The people that match all that is asked for; e-mails are searched only for who may see them."""
    conditions = {
        "branch_id": wanted.branch,
        "department_id": wanted.department,
        "role_id": wanted.role,
        "role__category": wanted.category or None,
    }
    people = people.filter(**{name: value for name, value in conditions.items() if value is not None})
    if not wanted.search:
        return people
    return people.matching(wanted.search, emails=may(user, "see_profiles"))


def team(user: Person, *, wanted: Wanted, after: str = "", today: date) -> Team:
    """The directory of those in the user's reach who have not left. Raises Invalid for a cursor that is not ours."""
    here = Person.objects.visible_to(user).filter(Q(left_on=None) | Q(left_on__gte=today))
    found = people_wanted(here, wanted, user=user)
    # The total rides along as a scalar subquery: one query for the page, whatever it shows.
    total = found.order_by().annotate(all=Value(1)).values("all").annotate(total=Count("pk")).values("total")
    counted = Subquery(total, output_field=IntegerField())
    page = keyset.page(
        found, order=BY_NAME, after=after, joined=lambda people: people.with_places().annotate(total=counted)
    )
    people = tuple(card(person, user) for person in page.rows)
    return Team(people=people, total=page.rows[0].total if page.rows else 0, next=page.next)  # type: ignore[attr-defined]


def places_to_choose() -> dict[str, list[tuple[str, str]]]:
    """The branches, departments and roles of the organisation for a form's lists, in one query."""
    word = CharField()
    parts = [
        model.objects.order_by()
        .annotate(kind=Value(kind, output_field=word), place=place)
        .values_list("kind", "place", "name", "pk")
        for kind, model, place in (
            ("branch", Branch, Value(0)),
            ("department", Department, F("position")),
            ("role", Role, Value(0)),
        )
    ]
    choices: dict[str, list[tuple[str, str]]] = {"branch": [], "department": [], "role": []}
    for kind, _, name, pk in sorted(parts[0].union(*parts[1:], all=True)):
        choices[kind].append((str(pk), name))
    return choices


def person_page(person: Person, *, viewer: Person) -> PersonPage:
    """One person as the viewer may see them; `person` comes with places and is visible to the viewer."""
    sees_career = may_see_profile(viewer, person)
    return PersonPage(
        person=card(person, viewer),
        sections=_sections(person, viewer),
        tabs=tabs_of(person, viewer=viewer, here="person"),
        career=history(person, viewer=viewer) if sees_career else (),
        opened=access_log(person, viewer=viewer),
        left_on=person.left_on,
        sees_career=sees_career,
        sees_log=may(viewer, "see_access_log"),
        sees_salary=may_see_salary(viewer, person),
        may_change=may_change_career(viewer, person) and person.left_on is None,
        may_end=may(viewer, "end_employment") and viewer.pk != person.pk,
    )


def tabs_of(person: Person, *, viewer: Person, here: str) -> tuple[Tab, ...]:
    """The pages about this person that the viewer may open, by the names of their addresses; none if it is one only."""
    if not may_see_papers(viewer, person):
        return ()
    is_own = person.pk == viewer.pk
    addresses = OWN_TABS if is_own else TABS
    return tuple(
        Tab(label, reverse(name, args=[] if is_own else [person.pk]), current=place == here)
        for (label, name), place in zip(addresses.items(), TABS.values(), strict=True)
    )


def account(user: Person) -> Account:
    """The user's own card."""
    links = [
        Link("Documents", "What you have handed in, and what is wanted of you", reverse("own-documents"), "doc"),
        Link("Next of kin and guarantors", "Whom to call, and who vouches for you", reverse("own-contacts"), "heart"),
        Link("Security", "Password, second step, where you are signed in", reverse("security"), "lock"),
    ]
    if may(user, "see_profiles"):
        links.append(Link("Reports", "How many, how long here, how old; and the list", reverse("reports"), "chart"))
    if may(user, "enter_admin"):
        links.append(Link("Manage people", "Hire, edit, import", reverse("admin:index"), "team"))
    return Account(
        person=card(user, user),
        sections=_sections(user, user),
        links=tuple(links),
        sign_out_url=reverse("logout"),
        preferences_url=reverse("account-preferences"),
    )


def card(person: Person, viewer: Person) -> Card:
    return Card(
        id=person.pk,
        name=person.full_name,
        initials=person.initials,
        role=person.role.name,
        branch=_name(person.branch),
        department=_name(person.department),
        employee_number=person.employee_number,
        phone=person.phone,
        email=person.email if may_see_profile(viewer, person) else "",
        url=reverse("person", args=[person.pk]),
    )


def _sections(person: Person, viewer: Person) -> tuple[Section, ...]:
    if not may_see_profile(viewer, person):
        return ()
    employment = [
        ("Category", Category(person.role.category).label),
        ("Sub-department", _name(person.sub_department)),
        ("Hired on", _day(person.hired_on)),
        ("Last working day", _day(person.left_on)),
        ("Contract", f"{float(person.contract_hours):g} h a week"),
    ]
    shown = tuple((label, value) for label, value in employment if value)
    note = "" if person.is_active else "Access is taken away: this person cannot sign in."
    personal = (("Birth date", _day(person.date_of_birth)), ("Gender", str(Gender(person.gender).label)))
    return (Section("Employment", shown, note), Section("Personal", personal))


def _name(place: Branch | Department | SubDepartment | None) -> str:
    return place.name if place else ""


def _day(day: date | None) -> str:
    return formats.date_format(day, "j F Y") if day else ""
