"""The tests' ground: a real database per worker under the application's own role, a real Valkey, a fixed cast."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client, TransactionTestCase
from hypothesis import settings as property_tests
from whitenoise.middleware import WhiteNoiseMiddleware

from config import tenancy, testing
from config.caching import server
from config.caching.breaker import Breaker
from monitoring.defaults import add_missing
from monitoring.models import AlertRule
from staff.models import Person
from staff.tests.make import Cast, make_cast

# A busy machine is no failure: nothing here is timed.
property_tests.register_profile("untimed", deadline=None)
property_tests.load_profile("untimed")

if settings.HTTPS:
    pytest.exit("Tests speak plain HTTP: run them by `make test`, or set HTTPS=false.", returncode=2)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest, worker_id: str) -> Iterator[None]:
    """A database of this worker's own, copied from a migrated template; tests log in to it as the application."""
    with django_db_blocker.unblock():
        name = testing.database_for(worker_id)
        testing.use_database(name)
        yield
        testing.drop_database(name)


@pytest.fixture(scope="session", autouse=True)
def own_redis(worker_id: str) -> None:
    """A Redis database number of this worker's own."""
    number = int(worker_id.removeprefix("gw") or 0) + 1 if worker_id.startswith("gw") else 1
    for alias in settings.CACHES.values():
        alias["LOCATION"] = alias["LOCATION"].rsplit("/", 1)[0] + f"/{number}"
    # Requests are counted there; hints are published nowhere, see below.
    settings.BROKER_URL = settings.BROKER_URL.rsplit("/", 1)[0] + f"/{number}"


@pytest.fixture(scope="session", autouse=True)
def static_files_are_found_once() -> Iterator[None]:
    """A new test client sets the middleware up anew, and WhiteNoise would look at every file again: a quarter of the
    whole run."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files = dict(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def own_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploads of tests lie apart from those of a product that runs from this folder."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def nothing_of_other_tests(own_redis: None) -> None:
    """Copies are kept across requests, and rows that a test takes back were never there for the next one; and who
    asked too often in one test may ask in the next."""
    server.breaker = Breaker()
    server.clear()
    counted = server.client().keys(f"{server.PREFIX}limit:*")
    if counted:
        server.client().delete(*counted)


@pytest.fixture(autouse=True)
def celery_publishes_nothing(settings: object) -> None:
    """Hints to workers go to a queue in memory; tests that need a worker start one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.celery import app

    app.conf.update(broker_url="memory://", task_always_eager=False)


def clean_up(case: TransactionTestCase) -> None:
    """After a committing test. The application may not truncate, so the owner does, and the organisations stay; the
    alerts' rules, which a migration brought, come back."""
    testing.truncate()
    add_missing(AlertRule.objects)


TransactionTestCase._fixture_teardown = clean_up  # type: ignore[method-assign]


@pytest.fixture
def ace(db: None) -> Iterator[int]:
    """Inside the demo-like organisation for the whole test (do not use where a test must commit)."""
    with tenancy.organisation(testing.ACE):
        yield testing.ACE


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody that tests need, in two organisations."""
    return make_cast()


@pytest.fixture
def signed_in(client: Client) -> object:
    """A function that signs a person in to the test client and returns it."""

    def enter(person: Person) -> Client:
        return testing.sign_in(client, person)

    return enter
