"""Commands that people wait for: the demo, the import of a whole chain's staff, the test suite."""

from __future__ import annotations

import csv
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import stage
from benchmarks.report import Figure, shown
from benchmarks.surroundings import GIVEN, ROOT
from config import tenancy
from config.testing import ACE
from staff.importing.rows import REQUIRED
from staff.models import Person
from staff.roles import Category, Duty, Reach
from staff.tests import make

PEOPLE = 10_000
COLUMNS = (*REQUIRED, "branch", "department", "date_of_birth", "contract_hours")


def demo() -> tuple[Figure]:
    """The demo organisations into a migrated, empty database."""
    with stage.database(empty=True):
        return (_timed("demo"),)


def import_staff() -> tuple[Figure]:
    """10,000 new people out of a CSV file, checked and written."""
    with stage.database(), tempfile.TemporaryDirectory() as folder:
        with tenancy.organisation(ACE):
            crew = stage.crew(SuperMarket=0)
            everywhere = {"category": Category.SENIOR_ADMIN, "reach": Reach.ORGANISATION, "duty": Duty.PEOPLE}
            officer = make.make_role("Human Resource", **everywhere)
            make.make_person("Halima", "Sule", officer)
        file = _staff_file(Path(folder), crew)
        figure = _timed("import_staff", str(file), "--organisation", "acemall", "--commit")
        with tenancy.organisation(ACE):
            hired = Person.objects.filter(department__name="SuperMarket").count()
    if hired != PEOPLE:
        raise RuntimeError(f"{hired:,} people were brought in, not {PEOPLE:,}.")
    return (figure,)


def suite() -> tuple[Figure]:
    """`make test`, all of it, as it stands in the environment that this was called from."""
    command = ["make", "test", "ARGS="]
    seconds = stage.seconds_of(lambda: subprocess.run(command, cwd=ROOT, env=GIVEN, check=True))
    return (Figure(seconds / 60),)


def _staff_file(folder: Path, crew: stage.Crew) -> Path:
    path, (department, _) = folder / "staff.csv", crew.teams[0]
    same = ("Cashier", "2026-01-05", crew.branch.name, department.name, "1995-06-30", "40")
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows(("Number", f"{n:05}", f"number.{n}@acemall.example", *same) for n in range(PEOPLE))
    return path


def _timed(*command: str) -> Figure:
    """The seconds of a manage.py command. Its own work beside them tells a slow command from a busy machine."""
    before = _cpu_of_children()
    seconds = stage.seconds_of(lambda: _manage(*command))
    work = _cpu_of_children() - before
    return Figure(seconds, f"with Python's start; {shown(work, 's')} of CPU without the database's")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _manage(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise RuntimeError(f"manage.py {command[0]}: {said[-1] if said else f'exit code {done.returncode}'}")
