"""backup, backups, verify_backup, restore and the nightly jobs: on the embedded server and on a given one."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from config import tenancy
from config.testing import ACE, sign_in
from monitoring.backups import nights, runs
from monitoring.backups.selectors import backup_age, backups_panel, unarchived_wal
from monitoring.models import Backup
from monitoring.tests.house import House, house
from notifications.models import OutboxMessage
from staff.models import Person

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("restoring"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def at_home() -> Iterator[House]:
    with house() as made:
        yield made


@pytest.fixture
def embedded(at_home: House, settings, monkeypatch) -> House:
    """The settings of an installation on its embedded server, which is the house's."""
    monkeypatch.delenv("DATABASE_URL")
    settings.BASE_DIR, settings.MEDIA_ROOT = at_home.root, at_home.plan.uploads
    settings.BACKUP_KEY, settings.BACKUP_TO = at_home.plan.key, str(at_home.vault.folder)
    settings.BACKUP_COPY_TO = str(at_home.root / "second")
    return at_home


@pytest.fixture
def given(at_home: House, settings) -> House:
    """The settings of an installation on a server that is known by its address alone."""
    source = at_home.plan.source
    where = {"HOST": source.host, "PORT": source.port, "USER": source.user, "PASSWORD": source.password}
    settings.BASE_DIR, settings.MEDIA_ROOT = at_home.root, at_home.plan.uploads
    settings.BACKUP_DATABASE = {**where, "NAME": source.database}
    dumps = at_home.root / f"dumps-{secrets.token_hex(4)}"
    settings.BACKUP_KEY, settings.BACKUP_TO = at_home.plan.key, str(dumps)
    return House(at_home.root, replace(at_home.plan, to=dumps))


def test_a_night_on_the_embedded_server(embedded: House, capsys) -> None:
    now = timezone.now()
    assert "restored on trial" in nights.back_up(now=now)
    row = Backup.objects.get()
    assert (row.outcome, row.kind) == (Backup.Outcome.DONE, "physical")
    assert row.size > 0
    assert row.verified_at >= now
    assert backup_age(now + timedelta(hours=3)) == pytest.approx(10800, abs=2)
    panel = backups_panel(now)
    assert panel.last_good == row.started_at
    assert panel.last_verified == row.verified_at
    assert [point.name for point in panel.history] == [row.name]
    capsys.readouterr()
    call_command("backups", "--json")
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["state"], listed["copied"], listed["size"]) == ("good", True, row.size)
    assert "0 new uploads" in nights.copy(now=now)


@pytest.mark.django_db(transaction=True)
def test_a_dropped_table_is_back_by_command(embedded: House, capsys) -> None:
    call_command("backup")
    embedded.ask("CREATE TABLE precious (n int)")
    moment = embedded.ask("SELECT clock_timestamp()::text")[0][0]
    embedded.ask("DROP TABLE precious")
    cache.set("from before", 1)
    call_command("restore", "--to", moment, "--yes")
    said = capsys.readouterr().out
    assert embedded.ask("SELECT count(*) FROM precious") == [(0,)]
    assert cache.get("from before") is None
    assert "RTO: " in said
    assert "data.before-" in said
    embedded.ask("INSERT INTO precious VALUES (1)")
    call_command("restore", "--to", "latest", "--yes")
    assert "RPO: at most " in capsys.readouterr().out
    assert embedded.ask("SELECT count(*) FROM precious") == [(1,)]


def test_the_archive_s_delay_is_known_once_there_is_one() -> None:
    now = timezone.now()
    assert unarchived_wal(now) is None
    assert backup_age(now) is None
    Backup.objects.create(name="20261126T235900Z", kind="physical", outcome="done", started_at=now)
    assert unarchived_wal(now) is None or unarchived_wal(now + timedelta(hours=1)) >= 3600


def test_a_given_server_is_dumped_proved_and_brought_back(given: House, capsys) -> None:
    call_command("backup", "--verify")
    assert "everything is there" in capsys.readouterr().out
    assert Backup.objects.get().kind == "dump"
    given.ask("CREATE TABLE afterwards (n int)")
    given.ask("DELETE FROM note")
    call_command("restore", "--to", "latest", "--yes")
    said = capsys.readouterr().out
    assert "RTO: " in said
    assert given.ask("SELECT count(*) FROM note") == [(2000,)]
    assert given.ask("SELECT to_regclass('afterwards')") == [(None,)]
    (kept,) = given.ask("SELECT datname FROM pg_database WHERE datname LIKE 'acemall_before_%'")
    assert kept[0] in said


def test_a_role_that_sees_no_rows_is_told_what_it_lacks(given: House, settings) -> None:
    state = given.plan.place[0].state
    settings.BACKUP_DATABASE |= {"USER": "acemall_owner", "PASSWORD": state.passwords["acemall_owner"]}
    with pytest.raises(CommandError, match="acemall_owner sees no rows .* BYPASSRLS"):
        call_command("backup")
    assert Backup.objects.get().outcome == Backup.Outcome.FAILED


def test_a_night_that_failed_is_told_at_once_and_the_good_one_stays(given: House, cast, settings, capsys) -> None:
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    call_command("backup")
    good = given.vault.entries()[0]
    settings.BACKUP_DATABASE |= {"PORT": 1}
    with pytest.raises(Exception, match="PostgreSQL: .*refused"):
        nights.back_up(now=timezone.now() + timedelta(minutes=1))
    with tenancy.organisation(ACE):
        message = OutboxMessage.objects.get()
    assert (message.person_id, message.title) == (cast.ceo.pk, "The nightly backup failed")
    assert given.plan.key not in message.body
    assert given.vault.entries()[0] == good
    assert backup_age(timezone.now()) is not None


def test_a_second_place_that_is_away_is_told_and_the_first_is_proved_all_the_same(given: House, cast, settings) -> None:
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    (given.root / "unplugged").write_text("where a disk was mounted")
    settings.BACKUP_COPY_TO = str(given.root / "unplugged" / "backups")
    with pytest.raises(Exception, match="unplugged"):
        nights.back_up(now=timezone.now())
    with tenancy.organisation(ACE):
        assert "unplugged" in OutboxMessage.objects.get().body
    assert given.vault.entries()[0].verified


def test_the_morning_report_tells_operators_what_there_is(given: House, cast, settings) -> None:
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    call_command("backup")
    nights.report(now=timezone.now())
    with pytest.raises(Exception, match="is 4[78] hours old"):
        nights.report(now=timezone.now() + timedelta(hours=48))
    with tenancy.organisation(ACE):
        titles = list(OutboxMessage.objects.order_by("pk").values_list("title", flat=True))
    assert titles == ["Last night's backup is good", "Backups need attention"]


def test_the_list_fails_when_there_is_nothing_good_to_go_back_to(given: House, settings, capsys) -> None:
    settings.BACKUP_TO = str(given.root / "empty")
    with pytest.raises(SystemExit, match="1"):
        call_command("backups")
    assert "There is no good backup" in capsys.readouterr().err
    for command in ("verify_backup", "restore --to latest --yes"):
        with pytest.raises(CommandError, match="There is no"):
            call_command(*command.split())


@pytest.mark.parametrize(
    ("to", "sentence"),
    [("yesterday", "“yesterday” is no time"), ("2999-01-01", "lies in the future")],
)
def test_a_time_that_is_none_is_refused(given: House, to: str, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("restore", "--to", to, "--yes")


def test_a_given_server_without_a_key_is_not_backed_up(given: House, settings) -> None:
    settings.BACKUP_KEY = ""
    with pytest.raises(CommandError, match="BACKUP_KEY is not set"):
        call_command("backup")


def test_rows_follow_what_lies_in_the_folder(given: House) -> None:
    Backup.objects.create(name="20200101T000000Z", started_at=timezone.now())
    call_command("backup")
    assert Backup.objects.get(name="20200101T000000Z").error == "It was killed."
    name = given.vault.entries()[0].name
    Backup.objects.all().delete()  # as after a restore from before this backup
    runs.remember(given.vault)
    assert Backup.objects.get(name=name).outcome == Backup.Outcome.DONE
    os.truncate(given.vault.folder / name / "manifest.json", 10)
    runs.remember(given.vault)
    assert Backup.objects.get(name=name).outcome == Backup.Outcome.FAILED
    given.vault.remove(name)
    runs.remember(given.vault)
    assert not Backup.objects.done().filter(name=name).exists()


def test_only_an_operator_reads_backups_in_the_admin(cast, client) -> None:
    Backup.objects.create(name="20261126T235900Z", started_at=timezone.now(), size=12_300_000, error="It was cut.")
    assert sign_in(client, cast.hr).get("/admin/monitoring/backup/").status_code == 403
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)
    page = sign_in(client, cast.ceo).get("/admin/monitoring/backup/").content.decode()
    assert "12.3" in page
    assert "It was cut." in page
