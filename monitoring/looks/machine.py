"""Looks at this machine and at how the product was installed on it."""

from __future__ import annotations

import os
import re
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings
from django.core import checks

from monitoring.looks.site import Seen, Site, State, well

LEAST_FREE = 1_000_000_000  # bytes
NAMED = 3
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def folders(site: Site) -> Seen:
    """Whether files can be written where the product keeps them."""
    for folder in (Path(settings.MEDIA_ROOT), Path(settings.TEMPORARY_ROOT)):
        # The first that exists on the way up is where it would be made.
        place = next(place for place in (folder, *folder.parents) if place.exists())
        if not os.access(place, os.W_OK | os.X_OK):
            return Seen(State.CRITICAL, f"{folder} cannot be written.")
        if shutil.disk_usage(place).free < LEAST_FREE:
            return Seen(State.DEGRADED, f"Less than 1 GB is free at {folder}.")
    return well("Files can be written.")


def settings_of_a_deployment(site: Site) -> Seen:
    """Whether Django's own checks, those for a deployment included, have nothing to say."""
    said = [message for message in checks.run_checks(include_deployment_checks=True) if message.level >= checks.WARNING]
    said = [message for message in said if not message.is_silenced()]
    if not said:
        return well("The settings are those of a deployment.")
    state = State.CRITICAL if any(message.is_serious() for message in said) else State.DEGRADED
    return Seen(state, " ".join(f"{message.id}: {message.msg}" for message in said[:NAMED]))


def packages(site: Site) -> Seen:
    """Whether the packages that are installed are the ones that were locked."""
    lock = (Path(settings.BASE_DIR) / "requirements.txt").read_text()
    found = {name: (_installed(name) or "missing", pin) for name, pin in PINNED.findall(lock)}
    others = [f"{name} is {here}" for name, (here, pin) in found.items() if here != pin]
    if others:
        named = ", ".join(others[:NAMED])
        return Seen(State.DEGRADED, f"{len(others)} packages are not as in requirements.txt: {named}.")
    return well("The packages are those of requirements.txt.")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
