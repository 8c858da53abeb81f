"""What a copy is: kept once, found again, never another's, never of a past that has changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections, transaction
from django.utils import timezone

from config import tenancy
from config.caching import Until, figures, server, touch
from config.caching.copies import HIT, MISS, Cached, watching
from config.testing import ACE, OTHER
from staff.models import Branch
from staff.tests.make import make_branch

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that a selector may return."""

    name: str
    at: datetime
    day: date
    amount: Decimal
    parts: tuple[str, ...]


@contextmanager
def asking(organisation: int = ACE) -> Iterator[dict[str, str]]:
    """Inside an organisation, with the outcomes of what is asked there."""
    with tenancy.organisation(organisation), watching() as seen:
        yield seen.outcomes


@dataclass
class Counted:
    """A selector of the branches' names that counts how often it really looked."""

    looks: int = 0
    meanwhile: Callable[[], None] = lambda: None

    def __call__(self, limit: int = 10) -> tuple[str, ...]:
        self.looks += 1
        names = tuple(Branch.objects.values_list("name", flat=True)[:limit])
        self.meanwhile()
        return names


@pytest.fixture
def look() -> Counted:
    return Counted()


@pytest.fixture
def names(look) -> Cached:
    def branch_names(limit: int = 10) -> tuple[str, ...]:
        return look(limit)

    return Cached("reference", branch_names)


def in_another_thread(work: Callable[[], object]) -> None:
    def run() -> None:
        work()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def rename(new: str = "Bodija Market") -> None:
    with tenancy.organisation(ACE):
        branch = Branch.objects.get()
        branch.name = new
        branch.save()


@pytest.fixture
def branch() -> Branch:
    with tenancy.organisation(ACE):
        return make_branch()


def test_the_second_time_comes_from_the_copy(look, names, branch):
    with asking() as first:
        assert names() == ("Bodija",)
    with asking() as second:
        assert names() == ("Bodija",)
    assert (first, second, look.looks) == ({"reference": MISS}, {"reference": HIT}, 1)


def test_what_comes_back_is_equal_to_what_was_kept():
    answer = Answer(
        "Àdéọlá", datetime(2026, 11, 26, 9, 30, tzinfo=UTC), date(2026, 11, 26), Decimal("7.50"), ("a", "b")
    )

    def everything() -> Answer:
        return answer

    kept = Cached("reference", everything)
    with asking() as seen:
        assert kept() == kept() == answer
        assert seen == {"reference": MISS}  # the worst of the two
    with asking() as seen:
        assert kept() == answer
        assert seen == {"reference": HIT}


def test_other_arguments_are_another_copy(look, names, branch):
    with asking():
        names(limit=10), names(10), names()
        assert look.looks == 1
        assert names(limit=0) == ()
    assert look.looks == 2


def test_an_organisation_never_gets_anothers_copy(look, names, branch):
    with asking():
        names()
    with asking(OTHER):
        assert names() == ()
    assert look.looks == 2


def test_outside_an_organisation_there_are_no_copies(names):
    with pytest.raises(LookupError, match="none has been entered"):
        names()


def test_a_row_that_the_entry_does_not_read_cannot_be_an_argument(cast):
    def of_person(person) -> int:
        return 1

    with asking(), pytest.raises(TypeError, match="plain value or a row that the entry reads"):
        Cached("reference", of_person)(cast.cashier)


def test_a_change_that_commits_makes_the_copy_stale(names, branch):
    with asking():
        names()
    rename()
    with asking() as seen:
        assert names() == ("Bodija Market",)
    assert seen == {"reference": MISS}


def test_a_change_that_is_rolled_back_keeps_the_copy(look, names, branch):
    with asking():
        names()
    with tenancy.organisation(ACE), transaction.atomic():
        make_branch("Akobo")
        assert names() == ("Akobo", "Bodija")  # its own transaction sees it, and keeps no copy of it
        transaction.set_rollback(True)
    with asking() as seen:
        assert names() == ("Bodija",)
    assert seen == {"reference": HIT}
    assert look.looks == 2


def test_a_savepoint_that_is_rolled_back_takes_only_its_own_changes_back(names, branch):
    with asking():
        names()
    with tenancy.organisation(ACE):
        make_branch("Akobo")
        with transaction.atomic():
            make_branch("Challenge")
            transaction.set_rollback(True)
    with asking() as seen:
        assert names() == ("Akobo", "Bodija")
    assert seen == {"reference": MISS}


def test_a_change_while_the_copy_is_built_leaves_the_copy_stale(look, names, branch):
    look.meanwhile = lambda: in_another_thread(rename)
    with asking():
        assert names() == ("Bodija",)
    look.meanwhile = lambda: None
    with asking():
        assert names() == ("Bodija Market",)


def test_a_bulk_write_says_touch(names, branch):
    with asking():
        names()
    with tenancy.organisation(ACE):
        Branch.objects.update(name="Bodija Market")
        touch("staff.Branch")
    with asking():
        assert names() == ("Bodija Market",)


def test_touch_refuses_what_no_entry_reads():
    with tenancy.organisation(ACE):
        with pytest.raises(LookupError, match="No entry of ENTRIES reads staff.Sign"):
            touch("staff.Sign")
        with pytest.raises(LookupError, match="No entry reads staff.Branch by person_id"):
            touch("staff.Branch", person_id=[1])


def test_an_error_while_building_is_not_kept_and_frees_the_place(branch):
    faults = [ZeroDivisionError(), None]

    def sometimes() -> int:
        fault = faults.pop(0)
        if fault:
            raise fault
        return 7

    kept = Cached("reference", sometimes)
    with asking():
        with pytest.raises(ZeroDivisionError):
            kept()
        assert kept() == 7
        assert kept() == 7


def test_the_clock_ends_an_answer_before_its_time():
    ends = [timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(hours=1)]

    def soon_over() -> int | Until[int]:
        return Until(len(ends), ends.pop(0))

    kept = Cached("reference", soon_over)
    with asking():
        assert [kept(), kept(), kept()] == [2, 1, 1]


def test_a_copy_ends_within_a_tenth_of_its_ttl(settings, names, branch):
    settings.CACHE_TTLS = {**settings.CACHE_TTLS, "reference": 1000}
    client = server.client()
    client.flushdb()
    with asking():
        for limit in range(20):
            names(limit=limit)
    lives = [client.pttl(key) / 1000 for key in client.keys("ace:*:copy:reference:*")]
    assert len(lives) == 20
    assert all(890 < seconds <= 1100 for seconds in lives)
    assert max(lives) - min(lives) > 10, "twenty copies made together would end together"


def test_a_copy_of_another_version_of_the_program_is_built_anew(look, names, branch):
    with asking():
        names()
        reading = server.read(*_of(names))
        server.keep(_of(names)[0], reading.seal, b"\xc1 not ours", seconds=60, lock=None)
        assert names() == ("Bodija",)
        assert names() == ("Bodija",)
    assert look.looks == 2


@pytest.mark.parametrize("setting", ["SECRET_KEY", "GIT_COMMIT"])
def test_another_installation_or_release_on_the_same_server_has_copies_of_its_own(
    look, names, branch, settings, setting
):
    """Its organisation 1 and its person 7 are others; somebody has given both the same REDIS_URL."""
    with asking():
        names()
    setattr(settings, setting, "another")
    with asking() as seen:
        names()
        assert seen == {"reference": MISS}
    assert look.looks == 2


def _of(names: Cached) -> tuple[str, tuple[str, ...], int]:
    from config.caching.copies import _key
    from config.caching.stamps import stamps_of

    arguments = {"limit": 10}
    return _key(names, arguments), stamps_of(names.entry, arguments), tenancy.cache_epoch()


def test_a_stamp_that_a_full_server_dropped_brings_no_old_copy_back(names, branch):
    """The copy is made, its stamp moves, and the moved stamp is dropped: nothing may look as it did before."""
    with asking():
        names()
    rename()
    client = server.client()
    client.delete(*client.keys("ace:*:stamp:*"))
    with asking():
        assert names() == ("Bodija Market",)


def test_200_at_once_build_it_once(branch):
    built, answers, start = [], [], threading.Barrier(200)

    def slow() -> int:
        built.append(threading.get_ident())
        threading.Event().wait(0.3)
        return 42

    kept = Cached("reference", slow)

    def ask() -> None:
        # Only the organisation's name is needed here: 200 connections to PostgreSQL would test something else.
        token = tenancy._current.set(ACE)
        start.wait()
        answers.append(kept())
        tenancy._current.reset(token)

    threads = [threading.Thread(target=ask) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [42] * 200
    assert len(built) <= 2


def test_every_outcome_is_counted_by_entry(names, branch):
    before = {entry.name: entry for entry in figures().entries}["reference"]
    with asking():
        names(), names(), names()
    after = {entry.name: entry for entry in figures().entries}["reference"]
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 1)
    assert figures().connected


def test_clear_makes_everything_stale(look, names, branch):
    with asking():
        names()
        server.clear()
        names()
    assert look.looks == 2


def test_without_the_cache_everything_is_built_and_changes_are_told_all_the_same(settings, look, names, branch):
    with asking():
        names()
    settings.CACHE_ENABLED = False
    with asking():
        names()
        assert look.looks == 2
    rename()
    settings.CACHE_ENABLED = True
    with asking():
        assert names() == ("Bodija Market",)
