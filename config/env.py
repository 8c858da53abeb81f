"""The environment, parsed or refused: every fault is one clear sentence, all of them at once.

Values come from the process environment first, then from what the embedded services remember
(`config.services`), then from the default that settings.py states.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import SplitResult, unquote, urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from config import services

T = TypeVar("T")

YES, NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class Environment:
    """Reads settings by name and collects what is wrong, so that one start names every fault."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.faults: list[str] = []
        self.known: set[str] = set()

    @classmethod
    def of(cls, root: Path) -> Environment:
        """The process environment over what the embedded services of this checkout remember."""
        try:
            remembered = services.environment(root)
        except services.Fault as fault:
            found = cls(os.environ)
            found.refuse(str(fault))
            return found
        return cls({**remembered, **os.environ})

    def text(self, name: str, default: str | None = None) -> str:
        """A string; without a default it must be set."""
        return self._read(name, str, default, "a value")

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes or no: true, yes, on, 1 or false, no, off, 0."""
        return self._read(name, _flag, default, "true or false")

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number, `least` or more."""

        def parse(raw: str) -> int:
            value = int(raw)
            if value < least:
                raise ValueError
            return value

        return self._read(name, parse, default, f"a whole number, {least} or more")

    def names(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list; empty parts are dropped."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """A comma-separated list of addresses or networks: 10.0.0.0/8, 192.0.2.7."""

        def parse(raw: str) -> list[IPv4Network | IPv6Network]:
            return [ip_network(part.strip()) for part in raw.split(",") if part.strip()]

        return self._read(name, parse, [], "addresses or networks like 10.0.0.0/8, comma-separated")

    def one_of(self, name: str, allowed: set[str], default: str) -> str:
        """One word of a fixed set, in any case."""

        def parse(raw: str) -> str:
            if raw.upper() not in allowed:
                raise ValueError
            return raw.upper()

        return self._read(name, parse, default, "one of " + ", ".join(sorted(allowed)))

    def database(self, name: str) -> dict[str, Any]:
        """A PostgreSQL URL as the part of Django's DATABASES that says where and who."""
        fallback: dict[str, Any] = {}
        return self._read(name, _database, fallback, "postgresql://user:password@host:port/name")

    def site(self, name: str, default: str = "") -> str:
        """The address of a web site or of something on it; empty where it may be left out."""
        return self._read(name, _site, default, "http://host/path or https://host/path")

    def clamd(self, name: str) -> str:
        """The address of ClamAV's daemon; empty where nobody looks at uploads."""
        return self._read(name, _clamd, "", "tcp://host:port")

    def addresses(self, name: str) -> list[str]:
        """Comma-separated e-mail addresses."""
        found: list[str] = []
        return self._read(name, _addresses, found, "e-mail addresses, separated by commas")

    def keys(self, name: str) -> list[str]:
        """Comma-separated keys for sealing, newest first; empty where the secret has to do."""
        found: list[str] = []
        return self._read(
            name, _keys, found, "keys of 32 random bytes in URL-safe base64, newest first, comma-separated"
        )

    def mail_server(self, name: str) -> dict[str, Any]:
        """A mail server's URL as Django's settings: smtp:// is plain, smtp+tls:// STARTTLS, smtps:// TLS at once.

        Unset, EMAIL_HOST is empty: no e-mail is sent.
        """
        return self._read(
            name, _mail_server, {"EMAIL_HOST": ""}, "smtp://, smtp+tls:// or smtps://user:password@host:port"
        )

    def refuse(self, sentence: str) -> None:
        """Add a fault that concerns more than one variable."""
        self.faults.append(sentence)

    def finish(self) -> None:
        """Stop the start if anything was wrong, with one sentence for each fault."""
        if self.faults:
            raise ImproperlyConfigured("The environment is not right:\n  " + "\n  ".join(self.faults))

    def _read(self, name: str, parse: Callable[[str], T], default: T | None, wanted: str) -> T:
        self.known.add(name)
        raw = self.values.get(name)
        if raw is None:
            if default is None:
                self.faults.append(f"{name} is not set; it must be {wanted}.")
                return cast(T, "")  # never used: finish() stops the start
            return default
        try:
            return parse(raw)
        except ValueError:
            # A URL may hold a password and a key is one, so their values are never repeated.
            shown = "set, but not understood" if name.endswith(("URL", "KEYS")) else repr(raw)
            self.faults.append(f"{name} is {shown}; it must be {wanted}.")
            return default if default is not None else cast(T, "")


def _flag(raw: str) -> bool:
    word = raw.strip().lower()
    if word not in YES | NO:
        raise ValueError
    return word in YES


def _database(raw: str) -> dict[str, Any]:
    if not raw.startswith(("postgres://", "postgresql://")):
        raise ValueError
    parsed = environ.Env.db_url_config(raw)
    if not parsed["HOST"] or not parsed["NAME"]:
        raise ValueError
    return {**parsed, "ENGINE": "django.db.backends.postgresql", "PORT": str(parsed["PORT"] or 5432)}


def _site(raw: str) -> str:
    if raw and _split(raw, "http", "https").hostname is None:
        raise ValueError
    return raw


def _clamd(raw: str) -> str:
    if raw and _split(raw, "tcp").hostname is None:
        raise ValueError
    return raw


def _addresses(raw: str) -> list[str]:
    found = [part.strip() for part in raw.split(",") if part.strip()]
    try:
        for address in found:
            validate_email(address)
    except ValidationError as error:
        raise ValueError from error
    return found


def _keys(raw: str) -> list[str]:
    found = [part.strip() for part in raw.split(",") if part.strip()]
    for key in found:
        Fernet(key)
    return found


def _mail_server(raw: str) -> dict[str, Any]:
    if not raw:
        return {"EMAIL_HOST": ""}
    url = _split(raw, "smtp", "smtp+tls", "smtps")
    if not url.hostname or url.path.strip("/"):
        raise ValueError
    usual = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or usual[url.scheme],
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_TLS": url.scheme == "smtp+tls",
        "EMAIL_USE_SSL": url.scheme == "smtps",
    }


def _split(raw: str, *schemes: str) -> SplitResult:
    url = urlsplit(raw)
    if url.scheme not in schemes or url.port == 0:  # asking for the port refuses one that is no number
        raise ValueError
    return url
