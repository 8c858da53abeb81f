"""What erasures ask of the backups: to be written into the ledger at once, and to hold after a restore."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from config import tenancy
from config.jobs import in_each_organisation
from config.services.sealed import Key
from monitoring.backups import ledger, runs
from monitoring.backups.ledger import Line
from staff.models import Erasure, Person
from staff.services.erasing import Erased, erase_again, erased_of, remove_files

RECENT = timedelta(days=7)  # how long a file that would not go is tried again

# After a restore the numbers that were given since would be given again.
RESERVE = """
SELECT setval(pg_get_serial_sequence('staff_person', 'id'), greatest(%s, (SELECT last_value FROM staff_person_id_seq)))
"""


def note(erased: Erased) -> None:
    """Write an erasure down in every place, unless it stands there; one that is away is caught up with by the job."""
    plan = runs.plan()
    key = Key(plan.key)
    line = _line(erased, key)
    for folder in ledger.places(plan):
        if all(other.digest != line.digest for other in ledger.read(folder, key)):
            ledger.append(folder, line)


def catch_up() -> int:
    """Write down what is missing in any place, and remove files that were left; returns how many lines were missing."""
    plan = runs.plan()
    key = Key(plan.key)
    here = {folder: {line.digest for line in ledger.read(folder, key)} for folder in ledger.places(plan)}

    def catch_up_with(organisation: int) -> int:
        written = 0
        for erased in _erased_in(organisation):
            line = _line(erased, key)
            for folder in (folder for folder, known in here.items() if line.digest not in known):
                ledger.append(folder, line)
                written += 1
            if erased.at > timezone.now() - RECENT:
                remove_files(erased)
        return written

    return in_each_organisation(catch_up_with)


def behind() -> int:
    """How many erasures some place of the ledger lacks, for whoever watches. Raises Fault without a key."""
    everybody = [erased for pk in tenancy.each_organisation() for erased in _erased_in(pk)]
    if not everybody:
        return 0  # there need not be a backup's key either
    plan = runs.plan()
    key = Key(plan.key)
    known = [{line.digest for line in ledger.read(folder, key)} for folder in ledger.places(plan)]
    lines = [_line(erased, key) for erased in everybody]
    return sum(any(line.digest not in digests for digests in known) for line in lines)


def apply(lines: list[Line], key: Key) -> tuple[int, list[str]]:
    """Erase again, in the database that is there now, whoever the ledger names; returns how many, and a sentence for
    each line that fits nobody. A database older than this program is migrated first: erasing needs its tables."""
    _migrate()
    again, strange = 0, []
    for line in lines:
        with tenancy.organisation(line.organisation):
            person = Person.objects.filter(pk=line.person).first()
            if person and not line.means(person.employee_number, key):
                strange.append(f"Person {line.person} of organisation {line.organisation} is not who was erased.")
            elif person and erase_again(person, at=line.at):
                again += 1
    return again, strange


def reserve(lines: list[Line]) -> None:
    """Give no number of the ledger to anybody else; only the owner of the tables can."""
    if lines:
        with connection.cursor() as cursor:
            cursor.execute(RESERVE, [max(line.person for line in lines)])


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _erased_in(organisation: int) -> Iterator[Erased]:
    with tenancy.organisation(organisation):
        yield from [erased_of(erasure) for erasure in Erasure.objects.select_related("person").order_by("pk")]


def _line(erased: Erased, key: Key) -> Line:
    return Line(erased.organisation, erased.person, erased.at, erased.files).signed(erased.employee_number, key)
