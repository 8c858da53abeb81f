"""What cannot be delivered is counted, rests longer each time, and dies at the fifth; the others go on."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection
from django.utils import timezone

from config import tenancy
from config.testing import ACE, OTHER, as_owner
from notifications.delivery import ATTEMPTS, deliver_waiting
from notifications.kinds import Kind
from notifications.models import Notification, OutboxMessage
from notifications.services import Message, tell
from notifications.tasks import deliver_outbox, sweep_outbox
from notifications.tests import broker

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def refusing_poison(condition="title <> 'poison'"):
    """The database refuses an inbox row that does not meet the condition."""
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute(f"ALTER TABLE notifications_notification ADD CONSTRAINT no_poison CHECK ({condition})")
        try:
            yield
        finally:
            owner.execute("ALTER TABLE notifications_notification DROP CONSTRAINT no_poison")


def tell_titles(person, *titles):
    with tenancy.organisation(person.organisation_id):
        tell(Message(person.pk, Kind.GENERAL, f"{title}:{number}", title) for number, title in enumerate(titles))


def poison():
    with tenancy.organisation(ACE):
        return OutboxMessage.objects.get(title="poison")


def make_due(message):
    with tenancy.organisation(ACE):
        OutboxMessage.objects.filter(pk=message.pk).update(due_at=timezone.now())


def output_of(capsys, *arguments):
    call_command("outbox", *arguments)
    return capsys.readouterr().out


def test_one_poisoned_row_does_not_hold_up_the_others(cast):
    tell_titles(cast.cashier, "before", "poison", "after")
    with refusing_poison():
        assert deliver_waiting(ACE) == 2
    row = poison()
    assert (row.attempts, row.delivered_at, row.dead_at) == (1, None, None)
    assert "no_poison" in row.last_error
    assert row.due_at > timezone.now() + timedelta(seconds=20)
    with tenancy.organisation(ACE):
        assert set(Notification.objects.values_list("title", flat=True)) == {"before", "after"}


def test_it_rests_longer_each_time_and_dies_at_the_fifth(cast):
    tell_titles(cast.cashier, "poison")
    rests = []
    with refusing_poison():
        for _ in range(ATTEMPTS):
            make_due(poison())
            deliver_waiting(ACE)
            rests.append(poison().due_at - timezone.now())
    assert rests[:4] == sorted(rests[:4])
    assert poison().dead_at is not None
    make_due(poison())
    assert deliver_waiting(ACE) == 0
    assert poison().delivered_at is None


def test_a_passing_fault_is_made_good(cast):
    tell_titles(cast.cashier, "poison")
    with refusing_poison():
        deliver_waiting(ACE)
    make_due(poison())
    assert deliver_waiting(ACE) == 1


def test_dead_letters_are_listed_and_replayed(cast, capsys):
    tell_titles(cast.cashier, "poison", "fine")
    with refusing_poison():
        for _ in range(ATTEMPTS):
            make_due(poison())
            deliver_waiting(ACE)
    listed = output_of(capsys, "--dead")
    assert f"organisation {ACE}: 0 waiting, 0 due later, 1 delivered, 1 dead, 0 too late" in listed
    assert f"{poison().pk}  general  person {cast.cashier.pk}" in listed
    assert "no_poison" in listed
    assert "1 dead letters are due again" in output_of(capsys, "--replay", "--organisation", str(ACE))
    assert deliver_waiting(ACE) == 1
    assert f"organisation {ACE}: 0 waiting, 0 due later, 2 delivered, 0 dead, 0 too late" in output_of(capsys)


def test_an_unknown_organisation_is_refused(cast):
    with pytest.raises(CommandError, match="There is no active organisation 99; there are 1, 2"):
        call_command("outbox", "--organisation", "99")


def test_one_organisations_failure_does_not_stop_the_others(cast):
    tell_titles(cast.cashier, "fine")
    tell_titles(cast.other_cashier, "fine")
    with as_owner(connection.settings_dict["NAME"]) as owner:
        # The application cannot even mark a row in the first organisation: delivery itself breaks there.
        owner.execute(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.organisation_id = {ACE} THEN RAISE 'out of order'; END IF; RETURN NEW; END $$"
        )
        owner.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON notifications_outboxmessage FOR EACH ROW EXECUTE FUNCTION broken()"
        )
        try:
            with broker.valkey() as (_, url), broker.publishing_to(url):
                assert sweep_outbox() == 2
                assert len(broker.messages(url, "mail")) == 2
            with pytest.raises(ProgrammingError, match="out of order"):
                deliver_outbox(ACE)
            assert deliver_outbox(OTHER) == 1
        finally:
            owner.execute("DROP FUNCTION broken() CASCADE")
    assert deliver_outbox(ACE) == 1


def test_a_row_that_another_worker_holds_is_left_to_it(cast):
    tell_titles(cast.cashier, "one", "two")
    # As another worker would hold it: on a connection of its own, in a transaction that is not over.
    with as_owner(connection.settings_dict["NAME"]) as other, other.transaction():
        other.execute("SELECT set_config('app.organisation', %s, true)", [str(ACE)])
        other.execute("SELECT FROM notifications_outboxmessage WHERE title = 'one' FOR UPDATE")
        assert deliver_waiting(ACE) == 1
        with tenancy.organisation(ACE):
            assert Notification.objects.get().title == "two"
    assert deliver_waiting(ACE) == 1
