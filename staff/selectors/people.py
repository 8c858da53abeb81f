"""The directory, a person, one’s own card."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import CharField, Count, F, IntegerField, Q, Subquery, Value
from django.urls import reverse
from django.utils import formats

from config import keyset
from staff.models import Branch, Department, Education, Experience, Gender, Person, Role, SubDepartment
from staff.models.people import PersonQuerySet
from staff.roles import Category, may, may_change_career, may_see_papers, may_see_profile, may_see_salary
from staff.selectors.careers import Moment, Opening, access_log, history

# The pages about a person: label, address, the same for oneself, and who may open it.
TABS: tuple[tuple[str, str, str, Callable[[Person, Person], bool]], ...] = (
    ("Profile", "person", "account", lambda viewer, person: True),
    ("Career", "career", "own-career", may_see_profile),
    ("Documents", "documents", "own-documents", may_see_papers),
    ("Contacts", "contacts", "own-contacts", may_see_papers),
)
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
    photo_url: str = ""


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
class Background:
    """What somebody learned, and where they worked before, the latest first."""

    education: tuple[Education, ...]
    experience: tuple[Experience, ...]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person. Their shifts come from the roster: config.views.person joins the two.

    `background` is None for who may not see it; the flags say which doors the viewer has.
    """

    person: Card
    sections: tuple[Section, ...]
    tabs: tuple[Tab, ...]
    background: Background | None = None
    left_on: date | None = None
    sees_salary: bool = False
    may_change: bool = False
    may_end: bool = False
    may_edit: bool = False
    may_export: bool = False
    may_erase: bool = False
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class CareerPage:
    """Somebody's work here: what became of them, and for who may read it who opened what of them."""

    person: Card
    tabs: tuple[Tab, ...]
    career: tuple[Moment, ...]
    opened: tuple[Opening, ...]
    sees_log: bool
    sees_salary: bool


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
    tabs: tuple[Tab, ...]
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
    return PersonPage(
        person=card(person, viewer),
        sections=_sections(person, viewer),
        tabs=tabs_of(person, viewer=viewer, here="person"),
        background=background_of(person) if may_see_profile(viewer, person) else None,
        left_on=person.left_on,
        sees_salary=may_see_salary(viewer, person),
        may_change=may_change_career(viewer, person) and person.left_on is None,
        may_end=may(viewer, "end_employment") and viewer.pk != person.pk,
        may_edit=may(viewer, "edit_people") and not person.is_erased,
        may_export=may(viewer, "export_people") and viewer.pk != person.pk,
        may_erase=may(viewer, "erase_people") and viewer.pk != person.pk and not person.is_active,
        is_erased=person.is_erased,
    )


def career_page(person: Person, *, viewer: Person) -> CareerPage:
    """The career of somebody whose profile the viewer may see."""
    return CareerPage(
        person=card(person, viewer),
        tabs=tabs_of(person, viewer=viewer, here="career"),
        career=history(person, viewer=viewer),
        opened=access_log(person, viewer=viewer),
        sees_log=may(viewer, "see_access_log"),
        sees_salary=may_see_salary(viewer, person),
    )


def tabs_of(person: Person, *, viewer: Person, here: str) -> tuple[Tab, ...]:
    """The pages about this person that the viewer may open, by the names of their addresses; none if it is one only."""
    is_own = person.pk == viewer.pk
    tabs = tuple(
        Tab(label, reverse(own if is_own else name, args=[] if is_own else [person.pk]), current=name == here)
        for label, name, own, opens in TABS
        if opens(viewer, person)
    )
    return tabs if len(tabs) > 1 else ()


def background_of(person: Person) -> Background:
    """What somebody learned, and where they worked before. Two queries."""
    return Background(
        tuple(Education.objects.present().filter(person=person)),
        tuple(Experience.objects.present().filter(person=person)),
    )


def photo_of(person: Person) -> str:
    """The address of somebody's picture; empty where initials stand for it. No query."""
    if not person.picture:
        return ""
    return f"{reverse('picture', args=[person.pk])}?v={person.picture_version}"


def account(user: Person) -> Account:
    """The user's own card."""
    links = [
        Link("Picture and phones", "What colleagues see and call", reverse("own-profile"), "user"),
        Link("Documents", "What you have handed in, and what is wanted of you", reverse("own-documents"), "doc"),
        Link("Next of kin and guarantors", "Whom to call, and who vouches for you", reverse("own-contacts"), "heart"),
        Link("Your data", "What is kept about you, and a copy of it", reverse("own-data"), "eye"),
        Link("Security", "Password, second step, where you are signed in", reverse("security"), "lock"),
    ]
    if may(user, "see_profiles"):
        links.append(Link("Reports", "How many, how long here, how old; and the list", reverse("reports"), "chart"))
    if may(user, "enter_admin"):
        links.append(Link("Manage people", "Hire, edit, import", reverse("admin:index"), "team"))
    return Account(
        person=card(user, user),
        tabs=tabs_of(user, viewer=user, here="person"),
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
        photo_url=photo_of(person),
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
    personal = (
        ("Birth date", _day(person.date_of_birth)),
        ("Gender", str(Gender(person.gender).label)),
        ("Personal phone", person.personal_phone),
        ("Address", person.address),
    )
    return (Section("Employment", shown, note), Section("Personal", personal))


def _name(place: Branch | Department | SubDepartment | None) -> str:
    return place.name if place else ""


def _day(day: date | None) -> str:
    return formats.date_format(day, "j F Y") if day else ""
