"""The letters that reach people, from a real mail server, and what they let one do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.testing import ACE
from config.tests.mailbox import Mailbox
from staff.tasks import send_letters


@dataclass(frozen=True)
class Arrived:
    """One letter, as its reader sees it."""

    to: str
    subject: str
    text: str

    @property
    def path(self) -> str:
        """Where its link leads."""
        return urlsplit(re.search(r"https?://\S+/(password|email)/\S+", self.text).group()).path

    @property
    def token(self) -> str:
        return self.path.rstrip("/").rsplit("/", 1)[1]

    @property
    def code(self) -> str:
        """Its six digits."""
        return re.search(r"\b\d{6}\b", self.text).group()


def arrived(mailbox: Mailbox, organisation: int = ACE) -> list[Arrived]:
    """Let the worker send what waits, and take the new letters out of the box."""
    send_letters(organisation)
    letters, mailbox.letters = mailbox.letters, []
    return [
        Arrived(letter["To"], letter["Subject"], letter.get_payload(decode=True).decode().replace("\r\n", "\n"))
        for letter in letters
    ]
