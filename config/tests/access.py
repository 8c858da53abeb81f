"""Walks every route of the site as every role, for the access matrix.

`access_matrix.txt` is the promise: route, method, and for each role what happens with a row of the own organisation.
A method that answers 405 to everybody has no line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from config import tenancy, testing
from config.testing import ACE, OTHER
from monitoring.defaults import add_missing
from monitoring.models import Alert, AlertRule
from monitoring.services import keep_schedule
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from reviews.tests.make import make_review
from roster import services
from roster.models import ShiftTemplate
from roster.tests.make import make_rule, make_shift, next_monday
from staff.models import (
    AccessEntry,
    AuditEntry,
    Consent,
    Department,
    Door,
    EmploymentEvent,
    Erasure,
    Person,
    PrivacyNotice,
    State,
    SubDepartment,
)
from staff.models import Kind as EventKind
from staff.tests.files import make_papers
from staff.tests.hiring import basics, make_background, make_draft
from staff.tests.make import Cast, make_operator

MATRIX = Path(__file__).with_name("access_matrix.txt")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# A site's door: its pages and admin know GET and POST only; a test of its own sees to the other methods there.
DOORS = {"api": METHODS, "admin": ("GET", "POST"), "pages": ("GET", "POST")}
ROLES = (
    "anonymous", "cashier", "floor_manager", "stranger_manager", "branch_manager", "group_head", "auditor", "coo",
    "ceo", "hr", "operator",
)  # fmt: skip
LETS_IN = {400, 409, 412, 413, 415, 422, 428}


@dataclass(frozen=True, slots=True)
class Route:
    """One named URL pattern, with the names of its arguments."""

    name: str
    pattern: str
    arguments: tuple[str, ...]

    @property
    def door(self) -> str:
        """api, admin or pages."""
        first = self.pattern.split("/")[0]
        return first if first in DOORS else "pages"

    @property
    def is_named(self) -> bool:
        return self.name != self.pattern


def routes() -> list[Route]:
    """Every route of the site, from the resolver itself."""
    return sorted(_walk(get_resolver().url_patterns, "", ()), key=lambda route: route.name)


def _walk(patterns: list[Any], prefix: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry.url_patterns, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            pattern = prefix + str(entry.pattern)
            name = ":".join((*namespaces, entry.name)) if entry.name else pattern
            yield Route(name, pattern, tuple(entry.pattern.converters) or tuple(entry.pattern.regex.groupindex))


@dataclass(frozen=True)
class World:
    """A row of every kind in the own organisation and in the other one."""

    people: dict[str, Person]
    own: dict[str, int]
    other: dict[str, int]


def make_world(cast: Cast) -> World:
    """The cast with something of every kind, in both organisations."""
    with tenancy.organisation(OTHER):
        camden, department = cast.other_cashier.branch, cast.other_cashier.department
        other = _rows(camden, department, cast.other_hr, cast.other_cashier)
        other |= make_papers(cast.other_cashier, cast.other_hr)
        other |= _career(cast.other_cashier, by=cast.other_hr)
        other |= make_background(cast.other_cashier, cast.other_hr)
        other["hiringdraft"] = make_draft(cast.other_hr, basics=basics(cast.other_cashier)).pk
    with tenancy.organisation(ACE):
        own = _rows(cast.bodija, cast.supermarket, cast.floor_manager, cast.cashier)
        own |= make_papers(cast.cashier, cast.hr)
        own |= _career(cast.cashier, by=cast.group_head)
        own |= make_background(cast.cashier, cast.hr)
        own["hiringdraft"] = make_draft(cast.floor_manager, basics=basics(cast.cashier)).pk
        operator = make_operator(cast.ceo.role)
    with tenancy.organisation(OTHER):
        other |= _privacy(cast.other_cashier, by=cast.other_hr)
    with tenancy.organisation(ACE):
        own |= _privacy(cast.cashier, by=cast.hr)
    keep_schedule(timezone.now())
    # Of the installation: one and the same for everybody.
    for rows in (own, other):
        rows |= {**_alert(), "organisation": OTHER}
    people = {role: getattr(cast, role) for role in ROLES if role not in {"anonymous", "operator"}}
    return World({**people, "operator": operator}, own, other)


def _alert() -> dict[str, int]:
    add_missing(AlertRule.objects)
    rule = AlertRule.objects.first()
    alert = Alert.objects.get_or_create(rule=rule, defaults={"level": "warning", "opened_at": timezone.now()})[0]
    return {"alertrule": alert.rule_id, "alert": alert.pk}


def _career(person: Person, by: Person) -> dict[str, int]:
    """A proposal, and a line of the access log. Written down as they are: who may write which is tested elsewhere."""
    now = timezone.now()
    kept = {"role_before": person.role, "role_after": person.role, "contract_hours_before": 40}
    event = EmploymentEvent.objects.create(
        person=person, kind=EventKind.SALARY_CHANGE, state=State.PROPOSED, effective_on=now.date(), at=now, by=by,
        contract_hours_after=20, **kept,
    )  # fmt: skip
    entry = AccessEntry.objects.create(person=person, what="Salary", by=by, at=now)
    return {"employmentevent": event.pk, "accessentry": entry.pk}


def _privacy(person: Person, by: Person) -> dict[str, int]:
    """An answer, a notice, and the row of an erasure; the person is here all the same."""
    now = timezone.now()
    consent = Consent.objects.create(person=person, kind="picture", version=1, is_given=True, at=now, door=Door.PAGE)
    notice = PrivacyNotice.objects.create(version=1, text="We keep what we need.", at=now, by=by)
    erasure = Erasure.objects.create(person=person, by=by, at=now, reason="They asked", counts={})
    return {"consent": consent.pk, "privacynotice": notice.pk, "erasure": erasure.pk}


def _rows(branch: Any, department: Department, boss: Person, person: Person) -> dict[str, int]:
    roster = services.open_roster(branch, department, None, next_monday(), by=boss)
    make_shift(roster, by=boss)
    shift = make_shift(roster, by=boss, person=person)
    result = services.publish([roster], by=boss)
    message = OutboxMessage.objects.filter(person=person).first()
    note = Notification.objects.create(
        person=person, kind=Kind.GENERAL, title="Hello", created_at=timezone.now(), message=message
    )
    part = SubDepartment.objects.get_or_create(department=department, name="Counter")[0]
    template = ShiftTemplate.objects.create(name="Day", starts="09:00", ends="17:00")
    review = make_review(person, by=boss)
    return {
        "branch": branch.pk,
        "department": department.pk,
        "subdepartment": part.pk,
        "role": person.role_id,
        "person": person.pk,
        "roster": roster.pk,
        "shift": shift.pk,
        "assignment": shift.assignments.get().pk,
        "publication": result.publications[0].pk,
        "shifttemplate": template.pk,
        "workrule": make_rule("rest", 11).pk,
        "review": review.pk,
        "criterion": review.scores.first().criterion_id,
        "score": review.scores.first().pk,
        "notification": note.pk,
        "outboxmessage": message.pk if message else 0,
        "session": testing.session_of(person, Door.PAGE).pk,
        # One that opens nothing: whoever holds a good one is let in, whoever they are.
        "link": "1-nothing",
        "scheduledjob": "outbox_sweep",
        "auditentry": AuditEntry.objects.filter(about="staff.Person", about_id=person.pk).first().pk,
    }


class Visitor:
    """Asks one route as one role, and takes back whatever that wrote."""

    def __init__(self, role: str, world: World) -> None:
        self.role = role
        self.person = world.people.get(role)
        self.headers = testing.bearer(self.person) if self.person else {}
        self.client = Client(raise_request_exception=False)
        if self.person:
            testing.sign_in(self.client, self.person)
        self.cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def outcome(self, method: str, url: str) -> str:
        """yes, login, 403, 404, 405, moved, or the status of a fault."""
        # One client for all: a new one would set the middleware up again, WhiteNoise's look at every file included.
        self.client.cookies.clear()
        self.client.cookies.load(self.cookies)
        with transaction.atomic():
            response = self.client.generic(method, url, headers=self.headers if url.startswith("/api/") else {})
            transaction.set_rollback(True)
        if response.status_code == 302 and response["Location"] == url + "change/":
            return "moved"  # the admin's old addresses lead to the new ones
        return _named(response)


def _named(response: HttpResponse) -> str:
    status = response.status_code
    if status == 401 or (status == 302 and response["Location"].startswith(("/login", "/admin/login"))):
        return "login"
    if status < 400 or status in LETS_IN:
        return "yes"
    return str(status)


def url_of(route: Route, rows: dict[str, int]) -> str:
    """The route's URL for the rows of one organisation. A route whose argument is unknown here fails the test."""
    values = [argument_of(route, name, rows) for name in route.arguments]
    if route.is_named:
        return reverse(route.name, args=values) + QUERY.get(route.name, "").format(**rows)
    filled = iter(values)
    return "/" + re.sub(r"<[^>]+>", lambda _: str(next(filled)), route.pattern)


# What a route that names its rows in the query is asked with.
CELL = "?team={branch}-{department}-0&person={person}&date=" + str(next_monday())
TEAM = "?team={branch}-{department}-0"
QUERY = {
    "planner-add": CELL, "planner-who": CELL + "&hours=9-17", "planner": "?branch={branch}",
    "review-save": TEAM, "reviews-write": TEAM,
}  # fmt: skip

# What an argument of a route stands for, by the word before it in the pattern.
KIND_OF = {
    "people": "person", "staff": "person", "branches": "branch", "departments": "department",
    "sub-departments": "subdepartment", "roles": "role", "rosters": "roster", "shifts": "shift",
    "assignments": "assignment", "alerts": "alert", "shift-templates": "shifttemplate", "notifications": "notification",
    "reviews": "review", "criteria": "criterion", "documents": "document", "next-of-kin": "nextofkin",
    "guarantors": "guarantor", "papers": "guarantorpaper", "sessions": "session", "reset": "link", "confirm": "link",
    "organisations": "organisation",
    "education": "education", "experience": "experience", "hire": "hiringdraft", "drafts": "hiringdraft",
    "document-requests": "documentrequest", "changes": "employmentevent", "left": "employmentevent",
}  # fmt: skip


# Arguments that are words.
WORDS = {"step": "review", "kind": "picture", "which": "unprotected"}


def argument_of(route: Route, name: str, rows: dict[str, int]) -> object:
    """The value of one argument: the id of a row, told from the admin's model or from the word before it."""
    if name == "app_label":
        return "monitoring"
    if name == "content_type_id":
        return 1
    if name in WORDS:
        return WORDS[name]
    if route.pattern.startswith("admin/"):
        return rows.get(route.pattern.split("/")[2], 1)
    before = route.pattern.partition(f":{name}>")[0]
    words = [word for word in before.replace("<", "/<").split("/") if word and "<" not in word]
    for word in reversed(words):
        if word in KIND_OF:
            return rows[KIND_OF[word]]
    raise LookupError(f"{route.name}: say in KIND_OF what “{name}” of {route.pattern} stands for.")


def line(route: Route, method: str, outcomes: list[str]) -> str:
    """One line of the matrix file."""
    return f"{route.name:<52}{method:<8}" + " ".join(f"{outcome:<6}" for outcome in outcomes).rstrip()


def promised() -> dict[tuple[str, str], list[str]]:
    """The matrix file, read: {(route, method): an outcome for each role}."""
    found = {}
    for text in MATRIX.read_text().splitlines():
        if text.strip() and not text.startswith("#"):
            name, method, *outcomes = text.split()
            found[name, method] = outcomes
    return found
