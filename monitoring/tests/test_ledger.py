"""The ledger of erasures: it names nobody, cannot be forged, survives a crash, and is caught up with."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.services.sealed import Key
from config.testing import ACE, as_owner
from monitoring.backups import erasures, ledger, nights, runs
from monitoring.backups.ledger import Line
from staff.models import Erasure, Person
from staff.services.erasing import erase_again
from staff.tests.make import make_person

pytestmark = pytest.mark.django_db(transaction=True)

KEY = Key("k" * 40)


@pytest.fixture
def two_places(settings, tmp_path):
    settings.BACKUP_KEY = "k" * 40
    settings.BACKUP_TO, settings.BACKUP_COPY_TO = str(tmp_path / "one"), str(tmp_path / "two")
    return tmp_path / "one", tmp_path / "two"


def gone(person: Person) -> None:
    """Somebody is erased, as after a restore: what they were then does not matter."""
    with tenancy.organisation(ACE):
        erase_again(Person.objects.get(pk=person.pk), at=timezone.now())


def test_a_place_that_was_away_is_caught_up_with_and_the_doctor_says_so(cast, two_places):
    one, two = two_places
    two.write_text("where a disk was mounted")
    gone(cast.cashier)
    assert len(list(ledger.read(one, KEY))) == 1
    two.unlink()
    two.mkdir()
    assert erasures.behind() == 1
    assert "1 erasures noted" in nights.copy(now=timezone.now())
    assert (erasures.behind(), erasures.catch_up()) == (0, 0)
    assert (one / ledger.LEDGER).read_text() == (two / ledger.LEDGER).read_text()


def test_nothing_is_missing_where_nobody_was_erased_whatever_the_key(cast, settings):
    settings.BACKUP_KEY = ""
    assert erasures.behind() == 0


def test_a_line_that_a_crash_cut_short_costs_no_other(cast, two_places):
    one, _ = two_places
    gone(cast.cashier)
    path = one / ledger.LEDGER
    path.write_text(path.read_text()[:-30])
    gone(cast.teammate)
    assert [line.person for line in ledger.read(one, KEY)] == [cast.teammate.pk]
    assert erasures.catch_up() == 1
    assert {line.person for line in ledger.read(one, KEY)} == {cast.cashier.pk, cast.teammate.pk}


@pytest.mark.parametrize(
    "change",
    [
        {"person": 2**63 - 1},
        {"files": ["ab" * 16]},
        {"at": "2026-01-05T08:00:00"},
        {"at": "9999-12-31T23:59:59-23:59"},
        {"digest": "é"},
        {"seal": None},
        {"seal": "0" * 64},
    ],
)
def test_a_line_that_nobody_with_the_key_wrote_is_not_there(cast, two_places, change, caplog):
    one, _ = two_places
    gone(cast.cashier)
    honest = json.loads((one / ledger.LEDGER).read_text())
    for place in two_places:
        (place / ledger.LEDGER).write_bytes(json.dumps({**honest, **change}).encode() + b"\n\xff\x00 rubbish\n")
    assert ledger.lines_of(runs.plan()) == []
    assert "not written with the backup's key: 2" in caplog.text
    # Nor does it stand in the way of the true one, which has the same digest.
    assert erasures.behind() == 1
    erasures.catch_up()
    assert [line.person for line in ledger.lines_of(runs.plan())] == [cast.cashier.pk]


def test_a_line_that_stands_twice_is_one(cast, two_places):
    one, _ = two_places
    gone(cast.cashier)
    path = one / ledger.LEDGER
    path.write_text(path.read_text() * 3)
    assert len(ledger.lines_of(runs.plan())) == 1


def test_a_line_that_is_forged_or_means_somebody_else_erases_nobody(cast, two_places):
    now = timezone.now()
    forged = Line(ACE, cast.cashier.pk, now, (), "0" * 64)
    others = Line(ACE, cast.teammate.pk, now, ()).signed("ACE-BOD-99999", KEY)
    again, strange = erasures.apply([forged, others], KEY)
    assert (again, len(strange)) == (0, 2)
    with tenancy.organisation(ACE):
        assert not Erasure.objects.exists()


def test_a_number_of_the_ledger_is_given_to_nobody_else(cast):
    reserved = cast.other_cashier.pk + 5000
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute(erasures.RESERVE, [reserved])
        owner.execute(erasures.RESERVE, [1])  # never back
    with tenancy.organisation(ACE):
        assert make_person("Bola", "Ade", cast.cashier.role).pk == reserved + 1
