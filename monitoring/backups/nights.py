"""What happens to backups without anybody asking, and what operators are told of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from config import tenancy
from config.jobs import in_each_organisation
from config.services.state import Fault
from monitoring.backups import erasures, runs
from monitoring.backups.progress import Progress
from monitoring.backups.vault import Entry, Vault
from notifications.kinds import Kind
from notifications.services import Message, tell
from staff.models import Person

STALE = timedelta(hours=36)


def back_up(*, now: datetime) -> str:
    """Back up, restore on trial, copy; what fails is told at once and raised again, so that the run has failed."""
    try:
        plan = runs.plan()
        manifest = runs.back_up(plan, Progress(), at=now)
        verdict = runs.verified(plan, manifest.name, Progress(), at=timezone.now())
        # Last: a second place that is full or away must not keep the first one from being proved.
        runs.copy(plan, Progress(), at=timezone.now())
    except Exception as error:
        words = f"{runs.in_words(error)} Earlier backups are kept."
        tell_operators("The nightly backup failed", words, key=f"backup-failed:{now:%F %R}")
        raise
    return f"{manifest.name}: {manifest.size / 1e6:,.1f} MB, restored on trial in {verdict.seconds:.0f} s"


def copy(*, now: datetime) -> str:
    """Bring uploads, WAL and the ledger of erasures up to date; a night's backup that is at work copies itself."""
    plan, noted = runs.plan(), erasures.catch_up()
    if plan.vault.busy():
        return f"a backup is at work, {noted} erasures noted"
    files, size = runs.copy(plan, Progress(), at=now)
    return f"{files} new uploads, {size / 1e6:,.1f} MB copied, {noted} erasures noted"


def report(*, now: datetime) -> str:
    """What there is to go back to, in a sentence or two to every operator; raises Fault when that is not enough."""
    vault = runs.plan().vault
    runs.remember(vault)
    fault = trouble(vault, now)
    title = "Backups need attention" if fault else "Last night's backup is good"
    text = fault or described(vault.entries())
    tell_operators(title, text, key=f"backup-report:{now:%F}")
    if fault:
        raise Fault(fault)
    return text


def trouble(vault: Vault, now: datetime) -> str:
    """What is wrong with the backups as they lie there, in one sentence; empty when nothing is."""
    entries = vault.entries()
    good = next((entry for entry in entries if entry.good), None)
    if good is None:
        return f"There is no good backup in {vault.folder}."
    if now - good.at > STALE:
        return f"The last good backup is {(now - good.at).total_seconds() / 3600:.0f} hours old: {good.name}."
    unreadable = [entry for entry in entries if entry.manifest is None]
    if unreadable:
        return f"{unreadable[0].fault} Retention waits until it can be read, or until you remove it."
    if entries[0].fault:
        return f"The newest backup {entries[0].name} is bad. {entries[0].fault}"
    return ""


def described(entries: list[Entry]) -> str:
    """The newest good backup and how many there are."""
    newest = next(entry for entry in entries if entry.good)
    size = newest.believed().size / 1e6
    trial = f"restored on trial in {newest.verdict.seconds:.0f} s" if newest.verdict else "not yet restored on trial"
    return f"{newest.name}, {size:,.1f} MB, {trial}; {len(entries)} backups, the oldest {entries[-1].at:%d %b %Y}."


def tell_operators(title: str, body: str, *, key: str) -> int:
    """In-app and by the channels that each has chosen; returns how many were told."""

    def tell_those_of(organisation: int) -> int:
        with tenancy.organisation(organisation):
            people = Person.objects.filter(is_operator=True, is_active=True)
            return tell([Message(p.pk, Kind.ALERT, f"{key}:{p.pk}", title, body) for p in people])

    return in_each_organisation(tell_those_of)
