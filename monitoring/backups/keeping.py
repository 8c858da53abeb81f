"""What stays in a vault, and the second place that holds the same."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from config.services.sealed import SUFFIX, Damaged, sync_folder
from monitoring.backups import media
from monitoring.backups.manifest import MANIFEST, VERDICT
from monitoring.backups.progress import Progress, Seen
from monitoring.backups.retention import daily, kept
from monitoring.backups.scratch import check_files
from monitoring.backups.vault import DRAFT, Entry, Vault

POSITION = slice(8, 24)  # of a WAL segment's name: where it lies, whatever its timeline


def prune(vault: Vault, now: datetime) -> list[str]:
    """Remove what retention lets go, and the WAL and uploaded files that no backup needs any more; returns names."""
    entries = vault.entries()
    stay = kept(entries, now)
    gone = [entry.name for entry in entries if entry.name not in stay]
    for name in gone:
        vault.remove(name)
    left = [entry for entry in entries if entry.name in stay]
    # What a backup needs that cannot be read is not known, so everything stays.
    if left and all(entry.manifest for entry in left):
        _prune_wal(vault, left)
        with suppress(Damaged):
            indexes = [media.read_index(entry.folder / media.INDEX, vault.key) for entry in left]
            media.prune(vault, indexes, min(entry.at for entry in left))
    return gone


def copy(vault: Vault, second: Vault, progress: Progress) -> int:
    """Bring everything new to the second place, a backup last of all that it needs; returns the bytes copied."""
    second.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    copied = 0
    with progress.step("Second place") as seen:

        def count(size: int) -> None:
            nonlocal copied
            copied += size
            seen(size)

        for folder in ("media", "wal"):
            _copy_files(vault.folder / folder, second.folder / folder, count)
        for entry in vault.entries():
            if entry.good and not (second.folder / entry.name).exists():
                _copy_backup(entry, second, count)
            elif (entry.folder / VERDICT).exists() and entry.good:
                shutil.copyfile(entry.folder / VERDICT, second.folder / entry.name / VERDICT)
    return copied


def _copy_backup(entry: Entry, second: Vault, seen: Seen) -> None:
    """Copy one backup and read it back: it has its name only once it is what the first place holds."""
    draft = second.folder / (entry.name + DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    for path in entry.folder.iterdir():
        shutil.copy2(path, draft)
        seen(path.stat().st_size)
    check_files(Entry(draft, entry.manifest, None, ""), entry.believed())
    if (draft / MANIFEST).read_bytes() != (entry.folder / MANIFEST).read_bytes():
        raise Damaged(f"{draft} is not what was copied to it.")
    draft.rename(second.folder / entry.name)
    sync_folder(second.folder)


def _copy_files(source: Path, target: Path, seen: Seen) -> None:
    for path in sorted(source.rglob(f"*{SUFFIX}")):
        there = target / path.relative_to(source)
        if there.exists() and there.stat().st_size == path.stat().st_size:
            continue
        there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = there.with_name(there.name + ".new")
        shutil.copy2(path, draft)
        draft.replace(there)
        seen(there.stat().st_size)


def _prune_wal(vault: Vault, left: list[Entry]) -> None:
    """From the oldest daily backup on every segment stays; of older backups, those that make them whole."""
    for folder in (vault.folder / "wal").glob("*"):
        entries = [entry for entry in left if entry.believed().system_identifier == folder.name]
        wals = [entry.believed().needed for entry in entries if entry.believed().wal]
        since = min((entry.believed().needed.start[POSITION] for entry in daily(entries)), default="")
        for path in folder.glob(f"{'[0-9A-F]' * 24}*{SUFFIX}"):
            position = path.name[POSITION]
            if position < since and not any(w.start[POSITION] <= position <= w.end[POSITION] for w in wals):
                path.unlink()
