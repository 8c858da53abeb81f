"""What threatens an organisation reaches the installation's webhook, belongs to no alert, and goes in time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.testing import ACE
from monitoring.models import AlertMessage
from monitoring.services import apply_retention
from monitoring.services.calling import call_webhook
from monitoring.services.messages import deliver_messages
from monitoring.tests.servers import webhook
from staff.models import Person, SecurityKind
from staff.services.alarms import sound

pytestmark = pytest.mark.django_db(transaction=True)


def ring(person):
    with tenancy.organisation(ACE):
        sound(SecurityKind.INJECTION, Person.objects.select_related("role").get(pk=person.pk), now=timezone.now())


def test_the_webhook_hears_of_it_once_and_reads_what_chat_services_show(cast, settings):
    with webhook(settings) as hook:
        ring(cast.cashier)
        assert deliver_messages() == 1
        assert deliver_messages() == 0
    ((path, headers, payload),) = hook.calls
    assert path.startswith("/hook")
    assert headers["X-Message-ID"].startswith("alert-none-security-")
    assert payload["text"] == "Ace Mall: attack in a request"
    assert "/security/events/?kind=injection" in payload["url"]
    assert (payload["kind"], payload["organisation"], payload["held_back"]) == ("injection", "acemall", 0)
    assert "Adaeze" not in str(payload)


def test_a_webhook_that_refuses_is_called_again(cast, settings):
    with webhook(settings) as hook:
        hook.status = 500
        ring(cast.cashier)
        assert deliver_messages() == 0
        hook.status = 204
        AlertMessage.objects.update(due_at=timezone.now())
        assert deliver_messages() == 1


def test_without_a_webhook_nothing_waits_for_one(cast, settings):
    settings.ALERT_WEBHOOK_URL = ""
    call_webhook(event="security", title="x", payload={}, where="/security/")
    assert not AlertMessage.objects.exists()


def test_calls_that_belong_to_no_alert_go_with_the_alerts_of_their_time(settings):
    settings.ALERT_WEBHOOK_URL = "https://hooks.example/"
    for days in (366, 364):
        call_webhook(event="security", title=f"{days}", payload={}, where="/security/")
        then = timezone.now() - timedelta(days=days)
        AlertMessage.objects.filter(title=f"{days}").update(created_at=then)
    assert "alerts 1" in apply_retention(timezone.now())
    assert AlertMessage.objects.get().title == "364"
