"""PATTERNS: what attacks on programs look like in what a browser sends, and ordinary words never do.

A short list on purpose. It stops nothing (queries have parameters and pages escape); it says that somebody tries. So it
would rather miss one than accuse somebody: O'Neil, “select”, “--” and a table that is to be dropped somewhere are
prose, and test_injection.py keeps them so.
"""

from __future__ import annotations

import re

# By family, as the events name them.
PATTERNS: dict[str, tuple[str, ...]] = {
    "database": (
        # ' OR 1=1, ") and 'a'='a: both sides the same, behind a quotation mark that ends a text
        r"""['"]\s*\)*\s*(?:or|and)\s+\(*['"]?(\w{1,20})['"]?\s*(?:=|\blike\b)\s*['"]?\1\b""",
        r"\bunion\s+(?:all\s+)?select\s+(?:null|\d|@@|[\w.\"`]+\s*[,(]|.{1,80}\bfrom\b)",
        # a second statement behind the end of the first, and a comment or another behind it
        r"""['"\d)]\s*;\s*(?:drop|alter|truncate)\s+(?:table|database|schema)\s+\S{1,80}?\s*(?:;|--|\#|/\*)""",
        r"""['"\d)]\s*;\s*delete\s+from\s+(?:\w*_\w+|[\w."]{1,60}\s*(?:\bwhere\b|;|--|\#))""",
        r"""['"\d)]\s*;\s*(?:insert\s+into\s+[\w."]{1,60}\s*(?:\(|\bvalues\b)|update\s+[\w."]{1,60}\s+set\s+\w+\s*=)""",
        r"\bpg_sleep\s*\(|\bwaitfor\s+delay\s+['\"]|\bbenchmark\s*\(\s*\d+\s*,|\b(?:and|or|select)\s+sleep\(\d+\)",
        r"\binformation_schema\.|\bpg_catalog\.|\bsqlite_master\b|\bxp_cmdshell\b",
    ),
    "script": (
        r"<script[\s>/]|<iframe[\s>]|<svg[^>]{0,80}\son\w+\s*=|<img[^>]{0,80}\son\w+\s*=|<body[^>]{0,80}\son\w+\s*=",
        r"\bjavascript:\s*(?:alert|eval|fetch|document|window|void)\b",
    ),
    "file": (
        r"(?:\.\.[/\\]){2,}|(?:\.\.%2f|%2e%2e[/%]){2,}",
        r"/etc/(?:passwd|shadow)\b|\b(?:boot|win)\.ini\b|/proc/self/",
    ),
    "program": (
        r"\$\{\s*jndi:|\{\{\s*\d+\s*\*\s*\d+\s*\}\}|\{\{[^}]{0,80}__\w+__",
        r"(?:;|\||&&)\s*(?:cat\s+/|wget\s+http|curl\s+http|bash\s+-[ci]\b|nc\s+-e\b)|\$\((?:id|whoami|cat|curl|wget)\b",
    ),
}
# A space may be written as a comment.
COMMENT = re.compile(r"/\*.{0,40}?\*/")
# Without one of these letters in it no text can match: most need no closer look.
LETTERS = re.compile(r"""['"<;|{(./\\%:]|union|_""", re.IGNORECASE)
_FAMILIES = {
    family: [re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in patterns]
    for family, patterns in PATTERNS.items()
}


def family_of(text: str) -> str:
    """The family of attacks that a text looks like, or nothing."""
    if not LETTERS.search(text):
        return ""
    plain = COMMENT.sub(" ", text)
    return next((family for family, found in _FAMILIES.items() if any(pattern.search(plain) for pattern in found)), "")
