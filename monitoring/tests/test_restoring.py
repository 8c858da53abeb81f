"""The way back to a moment: every write that was acknowledged before it is there, and the replaced data is kept."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from config.services import processes
from config.services.state import Fault
from monitoring.backups import restoring
from monitoring.backups.restoring import Restored
from monitoring.tests.house import House, house, moment, quiet

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("restoring")]


@pytest.fixture(scope="module")
def at_home() -> Iterator[House]:
    with house() as made:
        made.back_up()
        yield made


def go_back(at_home: House, to: datetime | None) -> Restored:
    vault = at_home.vault
    with vault.locked("a test"):
        return restoring.restore(at_home.plan, restoring.choose(vault, to), to, quiet(), at=moment())


def a_moment_later() -> datetime:
    """A time between two writes: PostgreSQL's clock has microseconds, people's have seconds."""
    time.sleep(0.05)
    now = moment()
    time.sleep(0.05)
    return now


def test_a_dropped_table_is_back_with_everything_acknowledged_before(at_home: House) -> None:
    at_home.ask("INSERT INTO note (branch) VALUES (7)")
    (before,) = at_home.ask("SELECT count(*), max(id) FROM note")
    upload = at_home.plan.uploads / "staff" / "cv of Ada.pdf"
    content = upload.read_bytes()
    minute = a_moment_later()
    at_home.ask("DROP TABLE note")
    upload.unlink()
    restored = go_back(at_home, minute)
    assert at_home.ask("SELECT count(*), max(id) FROM note") == [before]
    assert upload.read_bytes() == content
    assert restored.last_write is not None
    assert restored.last_write <= minute
    assert restored.seconds > 0
    assert (Path(restored.aside) / "PG_VERSION").exists()


def test_after_a_restore_the_next_ones_follow_the_new_history(at_home: House) -> None:
    old = at_home.back_up()
    at_home.ask("CREATE TABLE kept (n int)")
    before_given_up = a_moment_later()
    at_home.ask("INSERT INTO kept VALUES (1)")
    given_up = at_home.back_up()
    go_back(at_home, before_given_up)
    assert at_home.ask("SELECT count(*) FROM kept") == [(0,)]
    at_home.ask("INSERT INTO kept VALUES (2)")
    assert restoring.choose(at_home.vault, None).name == old.name != given_up.name
    assert at_home.verify(at_home.vault.entry(given_up.name)).fault == ""
    latest = go_back(at_home, None)
    assert at_home.ask("SELECT n FROM kept") == [(2,)]
    assert (latest.stopped_at - latest.last_write).total_seconds() < 900
    assert at_home.verify(at_home.vault.entry(at_home.back_up().name)).fault == ""


def test_writes_that_were_not_archived_when_the_server_died_come_back_too(at_home: House) -> None:
    at_home.ask("CREATE TABLE last_words (said text)")
    at_home.ask("INSERT INTO last_words VALUES ('still here')")
    for pid in processes.marked(at_home.plan.source.server.marker):
        os.kill(pid, 9)
    go_back(at_home, None)
    assert at_home.ask("SELECT said FROM last_words") == [("still here",)]


def test_a_moment_after_the_last_write_is_the_last_write(at_home: House) -> None:
    at_home.ask("CREATE TABLE quiet_since (n int)")
    go_back(at_home, a_moment_later())
    assert at_home.ask("SELECT count(*) FROM quiet_since") == [(0,)]


def test_what_cannot_be_restored_leaves_everything_as_it_was(at_home: House) -> None:
    made = at_home.back_up()
    at_home.ask("CREATE TABLE untouched (n int)")
    archive = at_home.vault.wal(made.system_identifier)
    needed = archive.path(made.needed.end)
    content = needed.read_bytes()
    needed.write_bytes(content[:-1])
    with pytest.raises(Fault, match="recovery failed: .*changed or cut after it was written"):
        go_back(at_home, None)
    needed.write_bytes(content)
    assert at_home.ask("SELECT count(*) FROM untouched") == [(0,)]
    assert not list((at_home.plan.place[0].place / "scratch").iterdir())
    base = at_home.vault.folder / made.name / "base.sealed"
    base.write_bytes(base.read_bytes()[:-1])
    with pytest.raises(Fault, match="it was cut or replaced"):
        go_back(at_home, None)
    assert at_home.ask("SELECT count(*) FROM untouched") == [(0,)]


def test_before_the_first_backup_there_is_nothing_to_go_back_to(at_home: House) -> None:
    with pytest.raises(Fault, match="There is no good backup before 2001-01-01"):
        go_back(at_home, datetime(2001, 1, 1, tzinfo=moment().tzinfo))


def test_restored_data_belongs_to_the_servers_user_alone(at_home: House) -> None:
    server = at_home.plan.source.server
    owner = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    for path in (server.data, *server.data.rglob("*")):
        assert path.lstat().st_uid == owner, path
        assert path.lstat().st_mode & 0o077 == 0, path


def test_a_copy_and_the_key_are_enough_on_another_machine(at_home: House) -> None:
    at_home.ask("CREATE TABLE moved (n int)")
    at_home.ask("INSERT INTO moved VALUES (42)")
    at_home.back_up()
    with house() as elsewhere:
        plan = replace(elsewhere.plan, key=at_home.plan.key, to=at_home.vault.folder)
        go_back(House(elsewhere.root, plan), None)
        assert elsewhere.ask("SELECT n FROM moved") == [(42,)]
        assert (elsewhere.plan.uploads / "staff" / "cv of Ada.pdf").exists()
