"""Alerts reach a real mail server and a real webhook; what fails rests and is given up at the fifth."""

import socket
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from config.tests.mailbox import mail_server
from monitoring.models import Alert, AlertMessage
from monitoring.services.evaluation import SomeRulesFailed, evaluate
from monitoring.services.messages import deliver_messages
from monitoring.tasks import deliver_alerts, evaluate_alerts
from monitoring.tests.make import rule_of
from monitoring.tests.servers import webhook
from monitoring.tests.worlds import set_dead_letters
from notifications import webhooks
from notifications.delivery import ATTEMPTS
from staff.models import Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]

METRIC = "dead_letters"


@pytest.fixture
def mail(settings):
    with mail_server(settings) as mailbox:
        yield mailbox


@pytest.fixture
def hook(settings):
    with webhook(settings) as server:
        yield server


@pytest.fixture
def trouble(cast):
    """A function that makes so many dead letters and evaluates their rule now, or minutes from now."""
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.ceo.pk).update(is_operator=True)

    def make(number=1, minutes=0):
        set_dead_letters(cast.cashier, number)
        evaluate(timezone.now() + timedelta(minutes=minutes), only=[METRIC])
        AlertMessage.objects.filter(delivered_at=None).update(due_at=timezone.now())
        return Alert.objects.first()

    return make


def make_due():
    AlertMessage.objects.update(due_at=timezone.now())


# ── E-mail ───────────────────────────────────────────────────────────────────
def test_an_operator_reads_in_an_e_mail_what_is_wrong_and_what_to_do(mail, trouble, cast, settings):
    settings.SITE_URL = "https://staff.example/"
    alert = trouble()
    assert deliver_messages() == 1
    (letter,) = mail.letters
    subject = letter["Subject"].replace("\r\n", "")  # long headers are folded
    assert (letter["To"], subject) == (cast.ceo.email, f"Warning: {alert.message}")
    text = letter.get_payload(decode=True).decode()
    for said in (alert.message, "manage.py outbox --dead", "docs/runbooks/alerts.md#dead_letters"):
        assert said in text
    assert f"https://staff.example/admin/monitoring/alert/{alert.pk}/change/" in text
    assert deliver_messages() == 0


def test_opening_escalation_and_close_are_three_letters(mail, trouble):
    rule_of(METRIC, calm=0)
    trouble(1)
    trouble(10, minutes=1)
    trouble(0, minutes=2)
    assert deliver_messages() == 3
    assert [letter["Subject"].split(":")[0] for letter in mail.letters] == ["Warning", "Now critical", "Over"]
    assert len({letter["Message-ID"] for letter in mail.letters}) == 3


def test_a_mail_server_that_refuses_is_tried_five_times_and_longer_apart(mail, trouble):
    mail.answer = "451 come back later"
    trouble()
    rests = []
    for _ in range(ATTEMPTS):
        make_due()
        assert deliver_messages() == 0
        rests.append(AlertMessage.objects.get().due_at - timezone.now())
    row = AlertMessage.objects.get()
    assert rests == sorted(rests)
    assert (row.attempts, row.delivered_at) == (ATTEMPTS, None)
    assert "come back later" in row.last_error
    assert row.dead_at is not None
    mail.answer = None
    make_due()
    assert deliver_messages() == 0


def test_a_passing_fault_is_made_good_with_the_same_message_id(mail, trouble):
    mail.answer = "451 come back later"
    trouble()
    deliver_messages()
    assert deliver_messages() == 0  # it rests
    mail.answer = None
    make_due()
    assert deliver_messages() == 1
    row = AlertMessage.objects.get()
    assert (row.attempts, row.last_error) == (2, "")
    assert f"-{row.pk}@" in mail.letters[0]["Message-ID"]


def test_a_mail_server_that_is_away_keeps_no_other_message_from_its_way(mail, hook, trouble, settings):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = closed.getsockname()[1]
        trouble()
        assert deliver_messages() == 1
    assert len(hook.calls) == 1
    assert "ConnectionRefusedError" in AlertMessage.objects.get(channel="email").last_error


def test_what_was_given_up_is_an_alert_of_its_own(mail, trouble):
    mail.answer = "554 no"
    trouble()
    for _ in range(ATTEMPTS):
        make_due()
        deliver_messages()
    evaluate(timezone.now(), only=["alerts_untold"])
    assert Alert.objects.filter(rule__metric="alerts_untold").count() == 1
    assert AlertMessage.objects.filter(alert__rule__metric="alerts_untold").count() == 0


# ── Webhook ──────────────────────────────────────────────────────────────────
def test_a_webhook_receives_the_alert_as_json(hook, trouble):
    alert = trouble()
    assert deliver_messages() == 1
    ((path, headers, body),) = hook.calls
    assert path == "/hook?key=secret"
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Message-ID"].startswith(f"alert-{alert.pk}-opened-")
    expected = {"event": "opened", "metric": METRIC, "level": "warning", "value": 1, "threshold": 1, "unit": ""}
    assert {name: body[name] for name in expected} == expected
    assert body["text"] == f"Warning: {alert.message}"
    assert body["since"] == alert.opened_at.isoformat()


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_webhook_that_does_not_take_it_is_called_again(hook, trouble, status):
    hook.status = status
    trouble()
    assert deliver_messages() == 0
    assert f"answered {status}" in AlertMessage.objects.get().last_error
    hook.status = 200
    make_due()
    assert deliver_messages() == 1
    assert hook.calls[0][1]["X-Message-ID"] == hook.calls[1][1]["X-Message-ID"]


def test_a_redirect_is_not_followed(hook, trouble):
    hook.status, hook.location = 302, hook.url.replace("/hook", "/inside")
    trouble()
    assert deliver_messages() == 0
    assert [path for path, _, _ in hook.calls] == ["/hook?key=secret"]
    assert "redirect" in AlertMessage.objects.get().last_error


def test_a_webhook_that_drips_its_answer_is_left_at_the_deadline(trouble, settings, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 1.0)
    settings.ALLOW_PRIVATE_WEBHOOKS, over = True, threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            with listener.accept()[0] as client, suppress(OSError):
                while not over.wait(0.1):
                    client.sendall(b"H")  # a status line that never ends

        threading.Thread(target=drip, daemon=True).start()
        settings.ALERT_WEBHOOK_URL = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        trouble()
        assert deliver_messages() == 0
        over.set()
    assert AlertMessage.objects.get().last_error


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_a_private_address_is_refused_without_a_call(hook, trouble, settings, host):
    settings.ALERT_WEBHOOK_URL = f"http://{host}:{hook.server_port}/hook"
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    trouble()
    assert deliver_messages() == 0
    assert hook.calls == []
    assert "private" in AlertMessage.objects.get().last_error


# ── At once, and by the worker ───────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_message_once(hook, trouble):
    trouble()
    gate, counts = threading.Barrier(2), []

    def work():
        gate.wait()
        try:
            counts.append(deliver_messages())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(counts) == [0, 1]
    assert len(hook.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_for_an_alert_that_was_rolled_back(mail, trouble, cast):
    # The address of an operator that fits no row: the alert goes with the message that could not be written.
    rule_of(METRIC, also_email="a" * 301)
    with pytest.raises(SomeRulesFailed, match="too long"):
        trouble()
    assert not Alert.objects.exists()
    assert not AlertMessage.objects.exists()


def test_the_minutes_job_hints_what_waits_and_the_worker_sends_it(mail, trouble, django_capture_on_commit_callbacks):
    trouble()
    with django_capture_on_commit_callbacks() as hooks:
        evaluate_alerts()
    assert [hook.__name__ for hook in hooks].count("_hint") == 1
    assert deliver_alerts() == 1
    with django_capture_on_commit_callbacks() as hooks:
        evaluate_alerts()
    assert "_hint" not in [hook.__name__ for hook in hooks if hasattr(hook, "__name__")]
