"""Who was erased stays erased when an older backup is restored, and nobody is let in before."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.utils import timezone

from config.services.sealed import Key
from config.services.state import APP, OWNER, Fault
from monitoring.backups import ledger, runs
from monitoring.backups.ledger import Line
from monitoring.backups.plan import Plan
from monitoring.backups.source import Source
from monitoring.tests.house import HOME, House, house, moment, quiet

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("restoring"),
    pytest.mark.django_db(transaction=True),
]

NUMBER, KEY = "ACE-BOD-00042", "ab" * 16
# Somebody who has left, with a paper; and somebody who is still here.
MAKE = f"""
from datetime import date
from django.utils import timezone
from config import tenancy
from staff.models import *
from staff.documents.kinds import DocumentKind
ace = Organisation.objects.create(name="Ace Mall", slug="acemall", prefix="ACE")
with tenancy.organisation(ace.pk):
    hr = Role.objects.create(name="Human Resource", category="senior_admin", reach="organisation", duty="people")
    cashier = Role.objects.create(name="Cashier", category="general", reach="self")
    both = dict(hired_on=date(2024, 1, 1), password="!")
    boss = Person.objects.create(email="hr@a.example", first_name="Halima", last_name="Sule", role=hr,
        employee_number="ACE-HQ-00001", **both)
    person = Person.objects.create(email="bola@a.example", first_name="Bola", last_name="Adeyemi", role=cashier,
        employee_number="{NUMBER}", **both)
    Document.objects.create(person=person, kind=DocumentKind.CV, key="{KEY}", name="cv of Bola.pdf",
        media_type="application/pdf", size=9, added_by=boss, added_at=timezone.now())
    NextOfKin.objects.create(person=person, name="Ngozi Adeyemi", relationship="Mother", phone="0803 555 0142",
        added_by=boss, added_at=timezone.now())
"""
LEAVES = f"""
from config import tenancy
from staff.models import *
from staff.services import LeavingDetails, terminate
with tenancy.organisation(Organisation.objects.get().pk):
    person = Person.objects.get(employee_number="{NUMBER}")
    terminate(person, LeavingDetails(leaving="resigned", reason="Moves"), by=Person.objects.get(first_name="Halima"))
"""
EVERYTHING = "SELECT string_agg(p::text, '') || coalesce((SELECT string_agg(k::text, '') FROM staff_nextofkin k), '') "
EVERYTHING += "|| coalesce((SELECT string_agg(e::text, '') FROM staff_auditentry e), '') FROM staff_person p"


class Installation:
    """The product on the server of a house, as its commands see it."""

    def __init__(self, at: House) -> None:
        self.at = at
        self.run("manage.py", "migrate", "--verbosity", "0", owner=True)

    def run(self, *command: str, owner: bool = False, text: str = "") -> str:
        source = self.at.plan.source
        passwords = self.at.plan.place[0].state.passwords
        urls = {
            name: f"postgresql://{user}:{quote(passwords[user], safe='')}@{source.host}:{source.port}/{source.database}"
            for name, user in (("DATABASE_URL", APP), ("DATABASE_OWNER_URL", OWNER))
        }
        keys = {"BACKUP_KEY": self.at.plan.key, "BACKUP_TO": str(self.at.vault.folder)}
        role = {"DATABASE_ROLE": "owner"} if owner else {}
        done = subprocess.run(
            [sys.executable, *command],
            cwd=HOME, env=os.environ | urls | keys | role, input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kept(self) -> str:
        return str(self.at.ask(EVERYTHING)[0][0])


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with house() as made:
        made.ask("DROP TABLE django_migrations, note, branch")
        yield Installation(made)


@pytest.fixture
def at_home(installation: Installation, settings, monkeypatch) -> Installation:
    """The settings of an installation on its embedded server, which is the house's."""
    monkeypatch.delenv("DATABASE_URL")
    plan = installation.at.plan
    settings.BASE_DIR, settings.MEDIA_ROOT = plan.root, plan.uploads
    settings.BACKUP_KEY, settings.BACKUP_TO, settings.BACKUP_COPY_TO = plan.key, str(plan.vault.folder), ""
    return installation


def test_a_dump_that_goes_back_to_a_given_server_is_settled_before_it_has_its_name(
    installation: Installation, settings, tmp_path
) -> None:
    made = installation.at
    source = made.plan.source
    where = {"HOST": source.host, "PORT": source.port, "USER": source.user, "PASSWORD": source.password}
    settings.BASE_DIR, settings.MEDIA_ROOT = made.root, made.plan.uploads
    settings.BACKUP_DATABASE = {**where, "NAME": source.database}
    settings.BACKUP_KEY, settings.BACKUP_TO, settings.BACKUP_COPY_TO = made.plan.key, str(tmp_path), ""
    seen: list[str] = []

    def settled(plan: Plan, given: Source) -> None:
        seen.append(given.database)
        erase_again(plan, given)

    erase_again = runs._erase_again
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_erase_again", settled)
        plan = runs.plan()
        runs.back_up(plan, quiet(), at=moment())
        ledger.append(tmp_path, Line(1, 10**6, moment(), ()).signed(NUMBER, Key(plan.key)))
        runs.restore(plan, None, quiet(), at=timezone.now())
    assert seen == [f"{source.database}_restored"]
    # It was at work in the database that then took the name: the number is reserved there.
    assert made.ask("SELECT last_value FROM staff_person_id_seq") == [(10**6,)]


def test_who_was_erased_is_found_nowhere_in_an_older_backup_that_was_restored(at_home: Installation, caplog) -> None:
    house, upload = at_home.at, at_home.at.plan.uploads / "1" / "ab" / KEY
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"%PDF-1.7 of Bola")
    at_home.run("manage.py", "shell", "--no-imports", owner=True, text=MAKE + "\n")
    backup = house.back_up()
    before = moment()
    at_home.run("manage.py", "shell", "--no-imports", owner=True, text=LEAVES)
    said = at_home.run(
        "manage.py", "gdpr", "erase", NUMBER, "--organisation", "acemall", "--reason", "They asked", "--yes"
    )
    assert f"Erased: {NUMBER}" in said
    (line,) = ledger.lines_of(house.plan)
    assert line.files == (KEY,)
    assert "Bola" not in at_home.kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "MANAGE", house.root / "no such program")
        with pytest.raises(Fault, match="Nobody is let into what was restored"):
            runs.restore(house.plan, before, quiet(), at=timezone.now())
        with pytest.raises(AssertionError, match="too many connections"):
            at_home.run("manage.py", "gdpr", "again")
    runs.restore(house.plan, before, quiet(), at=timezone.now())
    assert [word for word in ("Bola", "Adeyemi", "Ngozi") if word in at_home.kept()] == []
    assert not upload.exists()
    assert house.ask(f"SELECT first_name, is_active FROM staff_person WHERE employee_number = '{NUMBER}'") == [
        ("Former staff member", False)
    ]
    assert house.ask("SELECT count(*) FROM staff_erasure") == [(1,)]
    assert "holds" in at_home.run("manage.py", "verify_audit")
    assert house.verify(house.vault.entry(backup.name)).fault == ""
    # Once is enough; and the application is let in.
    assert "0 people were erased again" in at_home.run("manage.py", "gdpr", "again")
