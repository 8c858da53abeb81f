"""Pages and endpoints: the planner of 200 people, and the queries of everything that is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from time import process_time

from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import bare, stage
from benchmarks.report import Figure, in_the_middle, shown
from config import tenancy, testing
from config.testing import ACE
from config.tests import test_query_budgets as budgets
from config.tests.access import make_world
from roster.services import publish
from staff.tests.make import make_cast

TIMES = 10
OF_TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def planner() -> tuple[Figure, ...]:
    """The planner page of a branch with 200 people in 4 departments and 1,000 shifts, partly published."""
    with stage.database():
        with tenancy.organisation(ACE):
            crew = stage.crew(SuperMarket=80, Eatery=60, Lounge=40, Marketing=20)
            for week in (-1, 0, 2):
                stage.draft(crew, stage.monday_in(week))
            rosters = stage.draft(crew, stage.monday_in(1), unfilled=2)
            publish(rosters[:2], by=crew.manager, reason="For the benchmark")
        stage.analyse()
        client, yardstick = testing.sign_in(Client(), crew.manager), bare.site()
        url = f"/planner/?week={stage.monday_in(1)}"
        weight = len(_get(client, url))
        seconds, nothing = [], []
        for _ in range(TIMES):
            seconds.append(stage.seconds_of(lambda: _get(client, url)))
            nothing += [stage.seconds_of(lambda: _get(yardstick, bare.PATH)) for _ in range(TIMES)]
        work = stage.seconds_of(lambda: _get(client, url), process_time)
        with CaptureQueriesContext(connection) as queries:
            _get(client, url)
    figure, least = in_the_middle(seconds), median(nothing)
    needed = [query for query in queries if not query["sql"].startswith(OF_TRANSACTIONS)]
    return (
        Figure(figure.value, f"{figure.note}; {shown(work, 's')} of CPU; {weight // 1024} KB of HTML"),
        Figure(len(needed)),
        Figure(figure.value / least, f"asked in turn with it; that one needs {least * 1e6:.0f} µs"),
    )


def reads() -> tuple[Figure, Figure]:
    """Every page and endpoint that is read, by three readers, with 20 rows of everything and with 200."""
    # One transaction as in the test, whose functions these are, so that the numbers are the test's.
    with stage.database(), _crashes() as crashed, transaction.atomic():
        world = make_world(make_cast())
        counts = []
        for size in (20, 200):
            with tenancy.organisation(ACE):
                budgets.fill(world, size)
            counts.append(budgets.counted(world))
        transaction.set_rollback(True)
    if crashed:
        raise RuntimeError(f"These crash, so that nothing can be counted: {', '.join(sorted(crashed))}")
    few, many = counts
    lists = {key: count for key, count in many.items() if key[0] not in budgets.MOST}
    largest = max(lists, key=lambda key: lists[key])
    grown = [f"{name} as {role}" for name, role in many if many[name, role] > few.get((name, role), 0)]
    return (
        Figure(lists[largest], f"the largest of {len(lists)} reads is {largest[0]} as {largest[1]}"),
        Figure(len(grown), ", ".join(grown)),
    )


@contextmanager
def _crashes() -> Iterator[set[str]]:
    """The paths whose view raised something; the test's functions leave them out."""
    paths: set[str] = set()

    def note(request: HttpRequest | None = None, **_signal: object) -> None:
        if request is not None:
            paths.add(request.path)

    got_request_exception.connect(note)
    try:
        yield paths
    finally:
        got_request_exception.disconnect(note)


def _get(client: Client, url: str) -> bytes:
    response = client.get(url)
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}.")
    return response.content
