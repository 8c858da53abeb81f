"""The log: a line for every request, an id that goes along, and nothing in it that must not be there."""

import io
import json
import logging

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from config import errors, logs, urls
from config.testing import ACE, bearer, sign_in

pytestmark = pytest.mark.django_db

PASSWORD, TOKEN, EMAIL, NAME = "hunter2-planted", "tok-planted-7f3a", "planted.person@mail.example", "Planted Name"


def fail(request, word):
    said = {**request.GET.dict(), **request.POST.dict()}
    raise RuntimeError(f"could not digest {said} with {request.headers['Authorization']} of {request.headers['X-Key']}")


def fail_with_json(request):
    int(json.loads(request.body)["person"]["name"])


def refuse(request, word):
    return HttpResponse(status=503)


def row(request):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE planted (email text UNIQUE)")
        cursor.execute("INSERT INTO planted VALUES (%s), (%s)", [EMAIL, EMAIL])


urlpatterns = [
    path("fail/<str:word>", fail),
    path("api/v1/fail", fail_with_json),
    path("row", row),
    path("refuse/<str:word>", refuse),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.fixture
def log(capfd, settings):
    """A function that returns every line written until now, as standard output got it. A busy machine flags nothing."""
    settings.SLOW_AFTER_MS = 3_600_000
    root, formatter = logging.getLogger(), logs.JsonLines()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in (capfd.readouterr().out + stream.getvalue()).splitlines()]
    root.removeHandler(handler)


def access(lines):
    (line,) = [line for line in lines if line["logger"] == "access"]
    return line


def test_one_line_says_who_asked_for_what_and_how_it_went(log, cast):
    client = sign_in(Client(), cast.cashier)
    answer = client.get(f"/people/{cast.cashier.pk}/?q=1", headers={"X-Request-ID": "from-the-edge-1"})
    line = access(log())
    assert answer["X-Request-ID"] == "from-the-edge-1"
    assert line.pop("time").endswith("Z")
    assert 0 < line.pop("duration_ms") < 60_000
    assert line == {
        "level": "INFO",
        "logger": "access",
        "message": "GET /people/<int:pk>/ 200",
        "request_id": "from-the-edge-1",
        "user": cast.cashier.pk,
        "organisation": ACE,
        "route": "/people/<int:pk>/",
        "method": "GET",
        "status": 200,
    }


def test_the_api_s_line_names_the_bearer(log, client, cast):
    client.get("/api/v1/profile", headers=bearer(cast.other_hr))
    line = access(log())
    assert (line["user"], line["organisation"]) == (cast.other_hr.pk, cast.other_hr.organisation_id)
    assert line["route"] == "/api/v1/profile"


def test_an_unknown_address_is_not_repeated(log, client):
    client.get(f"/{TOKEN}/?{EMAIL}")
    assert access(log())["route"] == "(no route)"


def test_a_slow_request_is_flagged(log, settings):
    settings.SLOW_AFTER_MS = 0.001
    Client().get("/login")
    line = access(log())
    assert (line["level"], line["slow"]) == ("WARNING", True)


def test_a_slow_query_is_written_without_its_parameters(log, settings):
    settings.SLOW_AFTER_MS = 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.01), %s::text", [EMAIL])
    (line,) = [line for line in log() if line["logger"] == "monitoring.slow"]
    assert (line["level"], line["sql"]) == ("WARNING", "SELECT pg_sleep(0.01), %s::text")
    assert line["duration_ms"] >= 10


def test_the_log_level_keeps_ordinary_requests_out(log, settings):
    settings.LOG_LEVEL = "WARNING"
    Client().get("/login")
    assert not [line for line in log() if line["logger"] == "access"]


@pytest.mark.urls("config.tests.test_logs")
def test_nothing_that_was_sent_with_a_request_is_in_the_line_of_its_failure(log):
    client = Client(raise_request_exception=False)
    client.cookies["session"] = TOKEN
    client.post(
        f"/fail/{TOKEN}?name={NAME}&next=/x",
        {"password": PASSWORD, "email": EMAIL, "free": "words " + PASSWORD},
        headers={"Authorization": f"Bearer {TOKEN}", "X-Key": PASSWORD, "User-Agent": NAME},
    )
    body = json.dumps({"person": {"name": NAME, "email": EMAIL}, "password": PASSWORD})
    client.post("/api/v1/fail", body, content_type="application/json")
    lines = log()
    text = json.dumps(lines)
    for planted in (PASSWORD, TOKEN, EMAIL, NAME):
        assert planted not in text
    failed = [line for line in lines if "exception" in line]
    assert len(failed) == 2
    assert "RuntimeError: could not digest" in failed[0]["exception"]
    assert failed[0]["message"] == "Internal Server Error: /fail/<str:word>"
    assert failed[0]["request_id"]
    assert "ValueError: invalid literal for int()" in failed[1]["exception"]


@pytest.mark.urls("config.tests.test_logs")
@pytest.mark.parametrize(
    ("query", "body"),
    [("&".join(f"f{number}={NAME}" for number in range(2000)), "{}"), ("", "[" * 900 + f'"{NAME}"' + "]" * 900)],
)
def test_a_request_that_is_hard_to_read_is_cleared_of_what_it_said_too(log, query, body):
    client = Client(raise_request_exception=False)
    assert client.post(f"/api/v1/fail?{query}", body, content_type="application/json").status_code == 500
    lines = log()
    assert "Internal Server Error: /api/v1/fail" in {line["message"] for line in lines}
    assert NAME not in json.dumps(lines)


@pytest.mark.urls("config.tests.test_logs")
def test_what_postgresql_repeats_of_a_row_is_left_out(log):
    Client(raise_request_exception=False).get("/row")
    (failed,) = [line for line in log() if "exception" in line]
    assert "duplicate key value" in failed["exception"]
    assert EMAIL not in json.dumps(failed)


@pytest.mark.urls("config.tests.test_logs")
def test_a_failure_that_a_view_returns_is_told_by_its_route(log):
    Client().get(f"/refuse/{TOKEN}")
    lines = log()
    assert {line["message"] for line in lines if line["level"] == "ERROR"} == {
        "Service Unavailable: /refuse/<str:word>",
        "GET /refuse/<str:word> 503",
    }
    assert TOKEN not in json.dumps(lines)


def test_a_wrong_password_is_not_repeated(log, client, cast):
    client.post("/login", {"email": EMAIL, "password": PASSWORD})
    client.post("/api/v1/auth/login", {"email": EMAIL, "password": PASSWORD}, content_type="application/json")
    text = json.dumps(log())
    assert EMAIL not in text
    assert PASSWORD not in text


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("password=hunter2 for you", "password=[hidden] for you"),
        ("{'new_password': 'two words', 'a': 1}", "{'new_password': [hidden], 'a': 1}"),
        ('{"refresh":"abc.def", "a": 1}', '{"refresh":[hidden], "a": 1}'),
        ("Authorization: Bearer abcdefgh12", "Authorization: [hidden] [hidden]"),
        ("sent bearer abcdefgh12", "sent bearer [hidden]"),
        ("eyJhbGciOi.eyJzdWIiOi.c2ln is bad", "[hidden] is bad"),
        ("redis://:pass@cache:6379/0 is away", "redis://[hidden]@cache:6379/0 is away"),
        ("to ada.obi+x@acemall.example failed", "to [e-mail] failed"),
        ("call +234 803 123 4567 now", "call [phone] now"),
        ("duplicate\nDETAIL:  Key (a)=(b) exists.", "duplicate\nDETAIL:  [hidden]"),
        ("roster 17 of 2026-11-26 took 12.5 ms", "roster 17 of 2026-11-26 took 12.5 ms"),
    ],
)
def test_what_opens_a_door_or_names_a_person_is_scrubbed(text, scrubbed):
    assert logs.scrub(text) == scrubbed


def test_a_person_at_a_terminal_reads_text():
    record = logging.LogRecord("roster", logging.WARNING, "", 0, "Sent to %s", (EMAIL,), None)
    with errors.of_request("from-the-edge-1"):
        text = logs.lines("TEXT").format(record)
    assert text.endswith("WARNING roster: Sent to [e-mail] request_id=from-the-edge-1")


def test_a_sign_of_life_writes_no_line_but_another_task_does(log):
    """As Celery words it (celery.app.trace.LOG_RECEIVED): the task's name is in the arguments."""
    for name in ("monitoring.tasks.heartbeat", "notifications.tasks.deliver_outbox"):
        for logger in ("celery.worker.strategy", "celery.app.trace"):
            said = {"id": "1", "name": name}
            logging.getLogger(logger).info("Task %(name)s[%(id)s] received", said)
    logging.getLogger("celery.app.trace").error("Task %(name)s raised", {"name": "monitoring.tasks.heartbeat"})
    assert [line["message"] for line in log()] == [
        "Task notifications.tasks.deliver_outbox[1] received",
        "Task notifications.tasks.deliver_outbox[1] received",
        "Task monitoring.tasks.heartbeat raised",
    ]
