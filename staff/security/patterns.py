"""PATTERNS: what attacks on programs look like in what a browser sends, and ordinary words never do.

A short list on purpose. It stops nothing (queries have parameters and pages escape); it says that somebody tries. So it
would rather miss one than accuse somebody: O'Neil, “select”, “--” and a table that is to be dropped somewhere are
prose, and test_injection.py keeps them so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """What to look for, in small letters, where one of the `hints` is in the text: most texts hold none."""

    hints: tuple[str, ...]
    found: re.Pattern[str]


def _pattern(found: str, *hints: str) -> Pattern:
    return Pattern(hints, re.compile(found, re.DOTALL))


# By family, as the events name them.
PATTERNS: dict[str, tuple[Pattern, ...]] = {
    "database": (
        # ' OR 1=1, ") and 'a'='a: both sides the same, behind a quotation mark that ends a text
        _pattern(
            r"""['"][\s)]*(?:or|and)\s+\(*['"]?(\w{1,20})['"]?\s*(?:=|\blike\b)\s*['"]?\1\b""", "'", '"'
        ),
        # behind a value that it ends; the union of a shop selects delegates, too
        _pattern(
            r"""['"\d)]\s+union\s+(?:all\s+)?select\s+"""
            r"""(?:null|\d+\s*(?:,|--|\#|$)|@@|[\w."`]+\s*[,(]|.{1,80}\bfrom\b)""",
            "union",
        ),
        # a second statement behind the end of the first, and its own end or a comment behind it
        _pattern(
            r"""['"\d)]\s*;\s*(?:drop|alter|truncate)\s+(?:table|database|schema)\s+[^\s;]{1,80}\s*(?:;\s*)?(?:--|\#|/\*|$)""",
            "drop", "alter", "truncate",
        ),
        _pattern(
            r"""['"\d)]\s*;\s*delete\s+from\s+(?:\w*_\w+|[\w."]{1,60}\s*(?:\bwhere\b|;|--|\#))""", "delete"
        ),
        _pattern(r"""['"\d)]\s*;\s*insert\s+into\s+[\w."]{1,60}\s*(?:\([^()]{0,80}\)\s*)?values\s*\(""", "insert"),
        _pattern(
            r"""['"\d)]\s*;\s*update\s+(?:\w*_\w+\s+set\b|[\w."]{1,60}\s+set\s+\w+\s*=.{0,80}(?:\bwhere\b|--|\#))""",
            "update",
        ),
        _pattern(
            r"\bpg_sleep\s*\(|\bwaitfor\s+delay\s+['\"]|\bbenchmark\s*\(\s*\d{5,}\s*,"
            r"|(?:['\"\d)]\s+(?:and|or)|\bselect)\s+sleep\(\d+\)",
            "sleep", "waitfor", "benchmark",
        ),
        _pattern(
            r"\binformation_schema\.|\bpg_catalog\.|\bsqlite_master\b|\bxp_cmdshell\b",
            "information_schema", "pg_catalog", "sqlite_master", "xp_cmdshell",
        ),
    ),
    "script": (
        _pattern(r"<script[\s>/]|<iframe[\s>]|<(?:svg|img|body)[^>]{0,80}[\s/]on\w+\s*=", "<"),
        _pattern(r"\bjavascript:\s*(?:alert|eval|fetch|document|window|void)\b", "javascript:"),
    ),
    "file": (
        _pattern(r"(?:\.\.[/\\]){3,}|(?:\.\.%2f|%2e%2e[/%]){2,}", "..", "%2e"),
        _pattern(r"/etc/(?:passwd|shadow)\b|[/\\](?:boot|win)\.ini\b|/proc/self/", "/etc/", ".ini", "/proc/"),
    ),
    "program": (
        _pattern(r"\$\{\s*jndi:|\{\{\s*\d+\s*\*\s*\d+\s*\}\}|\{\{[^}]{0,80}__\w+__", "${", "{{"),
        _pattern(
            r"(?:;|\||&&)\s*(?:cat\s+/(?:etc|proc|var|home|root|tmp)\b|wget\s+http|curl\s+http|bash\s+-[ci]\b|nc\s+-e\b)|\$\((?:id|whoami|cat|curl|wget)\b",
            "cat", "wget", "curl", "bash", "nc", "$(",
        ),
    ),
}  # fmt: skip
COMMENT = re.compile(r"/\*.{0,40}?\*/")  # a space may be written as one


def family_of(text: str) -> str:
    """The family of attacks that a text looks like, or nothing."""
    words = text.lower()
    if "/*" in words:
        words = COMMENT.sub(" ", words)
    for family, patterns in PATTERNS.items():
        for pattern in patterns:
            if any(hint in words for hint in pattern.hints) and pattern.found.search(words):
                return family
    return ""
