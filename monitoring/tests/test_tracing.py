"""The request's id arrives in the worker's log: real worker, real broker."""

import json

import pytest

from config import errors
from config.testing import ACE
from notifications.tasks import deliver_outbox
from notifications.tests import broker

pytestmark = pytest.mark.django_db(transaction=True)


def lines_of(log):
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def test_a_worker_writes_the_id_of_the_request_that_caused_the_task(cast, tmp_path):
    log = tmp_path / "log"
    with broker.valkey() as (_, url), broker.publishing_to(url), broker.worker(url, log):
        with errors.of_request("from-the-edge-1"):
            deliver_outbox.delay(ACE)
        deliver_outbox.delay(ACE)
        done = lambda: [line for line in lines_of(log) if "succeeded in" in line["message"]]  # noqa: E731
        broker.eventually(lambda: len(done()) == 2, within=30, what="both tasks end")
        caused, alone = sorted(done(), key=lambda line: line["request_id"] != "from-the-edge-1")
    assert (caused["request_id"], caused["task"]) == ("from-the-edge-1", "notifications.tasks.deliver_outbox")
    assert alone["request_id"] in alone["message"], "a task that no request caused is its own cause"
