"""docs/security.md names a test for each promise: every one of them exists, and every row of the contract is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from django.conf import settings

PAGE = Path(settings.BASE_DIR) / "docs" / "security.md"
NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
ROWS = {*(f"A{number:02}" for number in (*range(1, 10), 11, 12, 13, 17, 18)), "R06", "R07"}


def rows(text: str) -> list[list[str]]:
    """The cells of each promise."""
    head = ("|---", "| | promise", "| | rule")
    lines = (line for line in text.splitlines() if line.startswith("|") and not line.startswith(head))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def named_in(file: str) -> frozenset[str]:
    path = Path(settings.BASE_DIR) / file
    tree = ast.parse(path.read_text()) if path.exists() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def missing(text: str) -> list[str]:
    """The tests that a page names and that are not there."""
    return [f"{file}::{name}" for file, name in NAMED.findall(text) if name not in named_in(file)]


def test_every_named_test_exists():
    assert missing(PAGE.read_text()) == []


def test_every_row_of_the_contract_is_there_and_each_promise_names_a_test():
    found = rows(PAGE.read_text())
    assert {row[0] for row in found if row[0]} == ROWS
    assert [row[1] for row in found if not NAMED.search(row[2])] == []


def test_the_look_misses_what_is_not_there():
    here = "config/tests/test_security_promises.py"
    assert missing(f"`{here}::test_every_named_test_exists` `{here}::test_gone` `staff/no.py::test_it`") == [
        f"{here}::test_gone",
        "staff/no.py::test_it",
    ]
