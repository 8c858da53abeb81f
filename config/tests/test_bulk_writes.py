"""Signals see what is saved; what is written in bulk says touch() itself, or stands here with the reason why not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

APPS = ("config", "staff", "documents", "roster", "reviews", "notifications", "monitoring")
TOUCHES = {"touch", "touch_own"}
SQL = re.compile(r"INSERT INTO|DELETE FROM|UPDATE \w+( \w+)? SET")

# Where rows are written in bulk without touch(): module and function → why no copy can be older for it.
WITHOUT = {
    "config/demo/": "config/demo/loading.py makes every copy stale when it is done",
    "config/idempotency.py": "answers that were given to one client; no entry reads them",
    "config/limits.py": "attempts to sign in; no entry reads them",
    "notifications/services.py:tell": "the outbox; no entry reads it, and delivering says touch()",
    "notifications/services.py:replay_dead": "the outbox",
    "notifications/delivery.py": "the outbox; channels.in_app says touch()",
    "reviews/services/reviews.py:_keep_scores": "no score is written without its review, whose save() moves the stamps",
    "staff/services/background.py": "education and experience, which no entry reads",
    "staff/services/contacts.py": "next of kin and guarantors, which no entry reads",
    "staff/services/access.py:opened_many": "the access log, which no entry reads",
    "staff/services/alarms.py:sound": "when readers of the audit log were last told of what; no entry reads it",
    "staff/services/history.py": "employment events, which no entry reads",
    "staff/services/founding.py:_first_person": "the organisation's counter of employee numbers",
    "staff/services/hiring.py:_enrol": "the organisation's counter of employee numbers",
    "staff/services/addresses.py": "one-time links; no entry reads them",
    "staff/services/letters.py": "letters and one-time links; no entry reads them",
    "staff/services/passwords.py:reset": "one-time links",
    "staff/services/second_factor.py": "second steps, which no entry reads; while one is missing no answer is given",
    "staff/services/sessions.py:first_tokens": "digests of a session, which only auth/refresh reads",
    "staff/services/sessions.py:note_seen": "when a session was used; no entry reads it",
    "staff/services/sessions.py:carry_over": "the one session that a new password leaves open",
    "staff/services/visits.py": "operators' visits; no entry reads them",
    "monitoring/": "the installation's own rows, which no entry of an organisation reads",
}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def bulk_writes(path: str, tree: ast.AST) -> Iterator[str]:
    """The functions of a module that write rows in bulk and do not say touch()."""
    statements = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and SQL.search(ast.unparse(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for function in functions(tree):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        touches = any(isinstance(call.func, ast.Name) and call.func.id in TOUCHES for call in calls)
        if not touches and any(_writes(call, statements) for call in calls):
            yield f"{path}:{function.name}"


def _writes(call: ast.Call, statements: set[str]) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in {"bulk_create", "bulk_update"}:
        return True
    if call.func.attr == "update":
        # queryset.update(column=…) is a write, dict.update(other) and digest.update(data) are not.
        return bool(call.keywords) and "objects" in ast.unparse(call.func.value)
    if call.func.attr == "execute" and call.args:
        said = ast.unparse(call.args[0])
        return said in statements or bool(SQL.search(said))
    return False


def test_every_bulk_write_touches_or_says_why_not():
    found = []
    for app in APPS:
        for file in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
            path = file.relative_to(settings.BASE_DIR).as_posix()
            if "/tests/" not in path and "/migrations/" not in path and not path.endswith("testing.py"):
                found += bulk_writes(path, ast.parse(file.read_text()))
    unsaid = [place for place in found if not any(place.startswith(known) for known in WITHOUT)]
    assert not unsaid, f"These write rows that a copy may have been made from: {unsaid}"
    idle = [known for known in WITHOUT if not any(place.startswith(known) for place in found)]
    assert not idle, f"No bulk write stands here any more: {idle}"


def test_the_look_finds_what_it_is_for():
    source = """
def one():
    Person.objects.filter(pk=1).update(name="x")
def two():
    Person.objects.bulk_create(rows)
    touch("staff.Person")
def three(cursor):
    cursor.execute("UPDATE staff_person SET name = 'x'")
def four(digest):
    digest.update(b"x")
"""
    assert list(bulk_writes("m", ast.parse(source))) == ["m:one", "m:three"]
