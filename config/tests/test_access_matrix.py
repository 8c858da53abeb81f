"""Every route × method × role × own and other organisation, against the table in the repository.

After a deliberate change: `WRITE_ACCESS_MATRIX=1 make test ARGS="config/tests/test_access_matrix.py -n0"`, then read
the difference line by line before committing it.
"""

import os

import pytest

from config import limits
from config.tests.access import DOORS, MATRIX, ROLES, Visitor, line, make_world, promised, routes, url_of

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1200)]

HEAD = (
    "# What each role gets from each route with a row of its own organisation (the cashier's team, for managers).\n"
    "# yes: let in (also to hear that the input is wrong) · login: must sign in · a method without a line is 405.\n"
    "# stranger_manager runs another team of the same organisation.\n"
)
PUBLIC = {
    "login", "api-login", "api-refresh", "api-schema", "api-docs", "logout",
    "password-forgot", "password-reset", "password-new",
    "api-password-forgot", "api-password-reset", "api-email-confirm",
    "health", "health-live", "health-liveness", "health-ready", "health-readiness", "ready", "health-version",
}  # fmt: skip


@pytest.fixture
def world(cast, monkeypatch):
    monkeypatch.setattr(limits, "LIMITS", {})  # nobody tries as many doors in a minute as this does
    return make_world(cast)


def observed(world, door):
    visitors = [Visitor(role, world) for role in ROLES]
    for route in (route for route in routes() if route.door == door):
        url = url_of(route, world.own)
        for method in DOORS[door]:
            outcomes = [visitor.outcome(method, url) for visitor in visitors]
            if method == "GET" or set(outcomes) - {"405", "login"}:
                yield route, method, outcomes


@pytest.mark.parametrize("door", DOORS)
def test_every_route_gives_every_role_what_the_table_says(world, door):
    seen = {
        (route.name, method): (line(route, method, outcomes), outcomes)
        for route, method, outcomes in observed(world, door)
    }
    if os.environ.get("WRITE_ACCESS_MATRIX"):
        write({key: text for key, (text, _) in seen.items()}, door)
    doors = {route.name: route.door for route in routes()}
    table = {key: outcomes for key, outcomes in promised().items() if doors.get(key[0], door) == door}
    missing = sorted(set(seen) - set(table))
    assert not missing, f"These routes have no line in {MATRIX.name}: {missing}"
    gone = sorted(set(table) - set(seen))
    assert not gone, f"These lines of {MATRIX.name} have no route that answers: {gone}"
    wrong = [text for key, (text, outcomes) in seen.items() if outcomes != table[key]]
    assert not wrong, "\n".join(["These differ from the table:", *wrong])


def write(seen, door):
    """Put what was seen of one door into the file, beside the lines of the others."""
    doors = {route.name: route.door for route in routes()}
    lines = MATRIX.read_text().splitlines() if MATRIX.exists() else []
    others = [text for text in lines if text[:1] not in "#" and doors.get(text.split()[0]) not in {door, None}]
    head = f"{'# route':<52}{'method':<8}" + " ".join(f"{role[:6]:<6}" for role in ROLES)
    MATRIX.write_text(HEAD + head.rstrip() + "\n" + "\n".join(sorted([*others, *seen.values()])) + "\n")


@pytest.mark.parametrize("door", DOORS)
def test_another_organisations_row_is_always_404(world, door):
    wrong, at_home = [], promised()
    for column, role in enumerate(ROLES[1:], 1):
        visitor = Visitor(role, world)
        for route in (route for route in routes() if route.door == door):
            own, other = url_of(route, world.own), url_of(route, world.other)
            for method in DOORS[door] if own != other else ():
                foreign, outcomes = visitor.outcome(method, other), at_home.get((route.name, method))
                if not is_shut(foreign, at_home=outcomes[column] if outcomes else "405"):
                    wrong.append(f"{role} {method} {route.name}: {foreign}")
    assert not wrong, "\n".join(wrong)


def is_shut(foreign, *, at_home):
    """404, or what the role gets for its own rows too (the table is held true above), as long as that is a refusal."""
    return foreign == "404" or (foreign == at_home != "yes")


def test_pages_know_no_other_method_that_opens_more(world):
    cashier, table, wrong = ROLES.index("cashier"), promised(), []
    visitor = Visitor("cashier", world)
    for route in (route for route in routes() if route.door != "api"):
        usual = {outcomes[cashier] for key, outcomes in table.items() if key[0] == route.name}
        found = {method: visitor.outcome(method, url_of(route, world.own)) for method in ("PUT", "PATCH", "DELETE")}
        closed = {*usual, "405", "login", "403", "404"}
        wrong += [f"{method} {route.name}: {outcome}" for method, outcome in found.items() if outcome not in closed]
    assert not wrong, "\n".join(wrong)


def test_nobody_is_let_in_without_signing_in():
    open_doors = {name for (name, _), outcomes in promised().items() if outcomes[0] == "yes"}
    assert open_doors <= PUBLIC, open_doors - PUBLIC


def test_general_staff_never_enter_the_admin():
    cashier = ROLES.index("cashier")
    inside = [key for key, outcomes in promised().items() if key[0].startswith("admin") and outcomes[cashier] == "yes"]
    assert not inside


def test_an_auditor_changes_nothing_but_their_own():
    auditor = ROLES.index("auditor")
    own = {
        "account-preferences", "own-documents", "login", "api-login", "api-refresh", "api-logout", "api-profile",
        "account-password", "account-email", "sessions-end-others", "second-step", "second-step-off", "recovery-codes",
        "password-forgot", "password-reset", "password-new", "api-password-change", "api-password-forgot",
        "api-password-reset", "api-email-change", "api-email-confirm", "api-2fa-setup", "api-2fa-confirm",
        "api-2fa-disable", "api-2fa-recovery-codes", "own-profile", "api-own-picture",
        "consent", "own-copy",
        # Reads, and posts the number that is looked for: in an address it would stand in logs.
        "guarantors-by-number",
        "security-letters",
    }  # fmt: skip
    changed = [
        key
        for key, outcomes in promised().items()
        if key[1] != "GET"
        and outcomes[auditor] == "yes"
        and key[0] not in own
        and "notification" not in key[0]
        # Posting to a list of the admin shows the list; its actions are refused one by one in the admin's own tests.
        and not key[0].endswith(("_changelist", "_history"))
        # The site's and an app's list of lists, too.
        and key[0] not in {"admin:index", "admin:app_list", "admin:login", "admin:search"}
    ]
    assert not changed


def test_no_route_ever_fails():
    assert not [key for key, outcomes in promised().items() if any(outcome.startswith("5") for outcome in outcomes)]
