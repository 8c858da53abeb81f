"""docs/people.md names a test for each rule about people, careers and privacy: every one of them exists."""

from pathlib import Path

from django.conf import settings

from config.tests.test_security_promises import NAMED, missing, rows

PAGE = Path(settings.BASE_DIR) / "docs" / "people.md"


def test_every_named_test_exists():
    assert missing(PAGE.read_text()) == []


def test_each_rule_names_a_test_and_each_part_is_there():
    found = rows(PAGE.read_text())
    assert [row[0] for row in found if row[0]] == ["Who", "People", "Career", "Privacy"]
    assert [row[1] for row in found if not NAMED.search(row[2])] == []
