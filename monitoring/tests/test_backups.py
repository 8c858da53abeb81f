"""A backup comes back whole or is called bad in one sentence: with a real server, real files and real damage."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from config.services import processes
from config.services.sealed import Key
from config.services.state import Fault
from monitoring.backups import keeping, making
from monitoring.backups.vault import Vault
from monitoring.tests.house import HOME, House, house, moment, quiet

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("backups")]


@pytest.fixture(scope="module")
def at_home() -> Iterator[House]:
    """One house for the module; tests that damage a vault do so in a copy of it."""
    with house() as made:
        made.back_up()
        yield made


@pytest.fixture
def copied(at_home: House) -> Iterator[Vault]:
    """The vault as it would lie on another disk, to be damaged."""
    folder = at_home.root / "copy"
    shutil.copytree(at_home.vault.folder, folder)
    yield Vault(folder, at_home.vault.key)
    shutil.rmtree(folder)


@pytest.fixture
def writer(at_home: House) -> Iterator[threading.Event]:
    """Somebody who writes one committed row after another, in two tables."""
    stop = threading.Event()

    def write() -> None:
        with at_home.connect() as connection:
            while not stop.is_set():
                connection.execute("INSERT INTO note (branch) VALUES (1)")

    thread = threading.Thread(target=write)
    thread.start()
    yield stop
    stop.set()
    thread.join()


def test_a_backup_taken_while_people_write_comes_back_row_for_row(at_home: House, writer: threading.Event) -> None:
    manifest = at_home.back_up()
    writer.set()
    assert manifest.counts is not None
    assert manifest.counts["public.branch"] == 2000
    assert 2000 < manifest.counts["public.note"] < at_home.ask("SELECT count(*) FROM note")[0][0]
    verdict = at_home.verify(at_home.vault.entry(manifest.name))
    assert verdict.fault == ""
    assert at_home.vault.entry(manifest.name).verified
    assert not list((at_home.plan.place[0].place / "scratch").iterdir())
    assert not processes.marked(f"{at_home.plan.place[0].state.identity}-scratch")


def test_rows_that_do_not_come_back_are_named(at_home: House, copied: Vault) -> None:
    entry = copied.entries()[0]
    manifest = entry.believed()
    counts = {**manifest.counts, "public.branch": 2001}
    replace(manifest, counts=counts).write(entry.folder, copied.key)
    verdict = at_home.verify(copied.entry(entry.name), copied)
    assert verdict.fault == "The table public.branch came back with 2,000 rows instead of 2,001."
    assert not list((at_home.plan.place[0].place / "scratch").iterdir())


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 100)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def forge(path: Path) -> None:
    """Flip a bit and sign the manifest again, as a disk that lied while the backup was written."""
    flip(path)
    vault = Vault(path.parent.parent, forge.key)
    manifest = vault.entry(path.parent.name).believed()
    files = {**manifest.files, path.name: making.file_at(path)}
    replace(manifest, files=files).write(path.parent, vault.key)


DAMAGE = {
    "a base that was cut": ("*Z/base.sealed", cut, r"bytes instead of .* cut or replaced"),
    "a bit of the base": ("*Z/base.sealed", flip, r"its checksum is another"),
    "a base that was damaged while it was written": ("*Z/base.sealed", forge, r"changed or cut after it was written"),
    "a missing base": ("*Z/base.sealed", Path.unlink, r"base.sealed is missing from the backup"),
    "a bit of the manifest": ("*Z/manifest.json", flip, r"manifest.json (was changed|is damaged)"),
    "a bit of the index of uploads": ("*Z/media.sealed", flip, r"its checksum is another"),
    "a bit of an upload": ("media/??/*.sealed", flip, r"changed or cut after it was written"),
    "a missing upload": ("media/??/*.sealed", Path.unlink, r"uploaded file staff/cv of Ada.pdf is missing"),
    "a bit of the WAL": ("wal/*/" + "[0-9A-F]" * 24 + ".sealed", flip, r"changed or cut after it was written"),
    "a WAL segment that was cut": ("wal/*/" + "[0-9A-F]" * 24 + ".sealed", cut, r"changed or cut"),
    "a missing WAL segment": ("wal/*/" + "[0-9A-F]" * 24 + ".sealed", Path.unlink, r"segment \w{24} is missing"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_called_bad_in_one_sentence_and_the_good_one_is_kept(
    at_home: House, copied: Vault, damage: str
) -> None:
    good = at_home.vault.entries()[0].name
    pattern, harm, sentence = DAMAGE[damage]
    forge.key = copied.key
    paths = sorted(copied.folder.glob(pattern))
    harm([path for path in paths if pattern[0] != "*" or path.parent.name == good][-1])
    verdict = at_home.verify(copied.entry(good), copied)
    assert re.search(sentence, verdict.fault), verdict.fault
    assert "\n" not in verdict.fault
    assert not copied.entry(good).good
    assert at_home.plan.key not in verdict.fault
    assert len([entry for entry in copied.entries() if entry.good]) == len(copied.entries()) - 1
    keeping.prune(copied, moment())
    assert good in [entry.name for entry in copied.entries()]


def test_with_another_key_nothing_opens(at_home: House) -> None:
    stranger = Vault(at_home.vault.folder, Key("another key that is long enough, too"))
    assert all("BACKUP_KEY" in entry.fault for entry in stranger.entries())


def test_nothing_shows_the_key_or_lets_others_read(at_home: House) -> None:
    key = at_home.plan.key.encode()
    for path in at_home.vault.folder.rglob("*"):
        assert path.stat().st_mode & 0o066 == 0, path
        assert path.is_dir() or key not in path.read_bytes()
    assert b"cv of Ada" not in b"".join(path.read_bytes() for path in at_home.vault.folder.rglob("*.sealed"))
    settings = at_home.plan.source.server.archive_settings
    assert settings.stat().st_mode & 0o777 == 0o600
    commands = subprocess.run(["ps", "-axww", "-o", "command="], capture_output=True, check=True).stdout
    assert key not in commands


def test_two_at_once_the_second_says_who_is_at_work(at_home: House) -> None:
    with at_home.vault.locked("manage.py backup"):
        with pytest.raises(Fault, match=rf"“manage.py backup” \(process {os.getpid()}, since .* is at work"):
            at_home.back_up()
    at_home.back_up()


def test_a_killed_backup_is_none_and_the_next_one_clears_it_away(at_home: House) -> None:
    before = at_home.vault.entries()
    code = (
        "import sys, time; from pathlib import Path; from monitoring.tests.house import House, Plan\n"
        "from config.services.sealed import Sealing\n"
        "seal = Sealing._seal\n"
        "Sealing._seal = lambda *a, **k: (seal(*a, **k), print('at work', flush=True), time.sleep(60))\n"
        "root = Path(sys.argv[1]); House(root, Plan(root, root / 'media', sys.argv[2], to=root / 'vault')).back_up()\n"
    )
    call = [sys.executable, "-c", code, str(at_home.root), at_home.plan.key]
    with subprocess.Popen(call, cwd=HOME, stdout=subprocess.PIPE) as backup:
        assert backup.stdout is not None
        assert backup.stdout.readline() == b"at work\n"
        backup.send_signal(signal.SIGKILL)
    assert at_home.vault.drafts()
    assert at_home.vault.entries() == before
    made = at_home.back_up()
    assert at_home.vault.drafts() == []
    assert [entry.name for entry in at_home.vault.entries()] == [made.name, *(entry.name for entry in before)]


def test_ctrl_c_in_a_trial_leaves_no_server_and_no_verdict(at_home: House) -> None:
    name, scratch = at_home.vault.entries()[0].name, at_home.plan.place[0].place / "scratch"
    (at_home.vault.folder / name / "verdict.json").unlink(missing_ok=True)
    code = (
        # Whatever started the tests may have told its children to ignore Ctrl-C.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys; from pathlib import Path; from monitoring.tests.house import House, Plan\n"
        "root = Path(sys.argv[1])\n"
        "house = House(root, Plan(root, root / 'media', sys.argv[2], to=root / 'vault'))\n"
        "house.verify(house.vault.entry(sys.argv[3]))\n"
    )
    call = [sys.executable, "-c", code, str(at_home.root), at_home.plan.key, name]
    with subprocess.Popen(call, cwd=HOME, stderr=subprocess.DEVNULL) as trial:
        wait_until(lambda: list(scratch.glob("*/log")))
        trial.send_signal(signal.SIGINT)
        assert trial.wait() != 0
    assert list(scratch.iterdir()) == []
    assert not processes.marked(f"{at_home.plan.place[0].state.identity}-scratch")
    assert not at_home.vault.entry(name).verified


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small disk")
def test_a_full_disk_costs_that_backup_alone(at_home: House) -> None:
    folder = at_home.root / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", str(folder)], check=True)
    small = House(at_home.root, replace(at_home.plan, to=folder / "vault"))
    try:
        with pytest.raises(OSError, match="No space left on device"):
            small.back_up()
        assert small.vault.entries() == []
        assert small.vault.drafts() == []
    finally:
        at_home.back_up()  # archives into its own vault again
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def test_the_second_place_holds_the_same_and_stands_on_its_own(at_home: House) -> None:
    second = Vault(at_home.root / "second", at_home.vault.key)
    keeping.copy(at_home.vault, second, quiet())
    assert [entry.name for entry in second.entries()] == [entry.name for entry in at_home.vault.entries()]
    assert keeping.copy(at_home.vault, second, quiet()) == 0
    assert at_home.verify(second.entries()[0], second).fault == ""


def test_an_archive_never_takes_another_segment_for_the_same(at_home: House, copied: Vault, tmp_path: Path) -> None:
    archive = copied.wal(at_home.vault.entries()[0].believed().system_identifier)
    segment = tmp_path / "segment"
    segment.write_bytes(b"one" * 1000)
    archive.store(segment, "000000090000000000000001")
    archive.store(segment, "000000090000000000000001")
    segment.write_bytes(b"two" * 1000)
    with pytest.raises(Fault, match="exists with other content"):
        archive.store(segment, "000000090000000000000001")
    assert archive.fetch("000000090000000000000001", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"one" * 1000
    assert not archive.fetch("000000090000000000000002", tmp_path / "back")


def test_while_the_archive_takes_nothing_postgresql_keeps_its_wal(at_home: House) -> None:
    archive = at_home.vault.wal(at_home.vault.entries()[0].believed().system_identifier)
    away = archive.folder.with_name("away")
    archive.folder.rename(away)
    try:
        (segment,) = at_home.ask("SELECT pg_walfile_name(pg_current_wal_lsn())")[0]
        at_home.ask("INSERT INTO note (branch) VALUES (2)")
        at_home.ask("SELECT pg_switch_wal()")
        wait_until(lambda: at_home.ask("SELECT last_failed_wal FROM pg_stat_archiver") == [(segment,)])
        assert (at_home.plan.source.server.data / "pg_wal" / segment).exists()
    finally:
        away.rename(archive.folder)
    wait_until(archive.path(segment).exists)


def wait_until(reached) -> None:
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_before_the_first_backup_nothing_is_archived() -> None:
    with house() as fresh:
        fresh.ask("SELECT pg_switch_wal()")
        wait_until(lambda: fresh.ask("SELECT archived_count > 0 FROM pg_stat_archiver") == [(True,)])
        assert not fresh.vault.folder.exists()
        with pytest.raises(psycopg.errors.UndefinedTable):
            fresh.ask("SELECT FROM nowhere")
