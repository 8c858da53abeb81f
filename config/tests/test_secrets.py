"""What is sealed can be read with any of the keys, looked for with none, and moved to the newest at any time."""

import os
import subprocess
import sys
from decimal import Decimal

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from config import rotation, tenancy
from config.secrets import Unreadable, decrypt, encrypt, is_newest
from config.testing import ACE
from staff.models import EmploymentEvent
from staff.tests.careers import CANARY, make_change, salary_of

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.text())
def test_what_was_sealed_comes_back_and_never_looks_the_same(text):
    one, two = encrypt(text), encrypt(text)
    assert one != two
    assert decrypt(one) == decrypt(two) == text


def test_any_of_the_keys_opens_and_the_first_seals(settings):
    from_secret = encrypt("made from the secret")
    settings.ENCRYPTION_KEYS = [OLD]
    old = encrypt("old")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert [decrypt(token) for token in (from_secret, old, encrypt("new"))] == ["made from the secret", "old", "new"]
    assert [is_newest(token) for token in (from_secret, old, encrypt("new"))] == [False, False, True]
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(Unreadable, match="ENCRYPTION_KEYS"):
        decrypt(old)


def test_another_secret_opens_nothing(settings):
    token = encrypt("x")
    settings.SECRET_KEY = "another one" * 6
    with pytest.raises(Unreadable):
        decrypt(token)


@pytest.mark.django_db
def test_the_column_holds_no_amount_and_cannot_be_searched(cast, ace):
    make_change(cast.cashier, by=cast.hr, salary=CANARY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM staff_employmentevent e")
        assert str(CANARY) not in str(cursor.fetchall())
    assert EmploymentEvent.objects.get(salary_after__isnull=False).salary_after == CANARY
    with pytest.raises(TypeError, match="sealed"):
        EmploymentEvent.objects.filter(salary_after=CANARY).exists()


def tokens():
    with tenancy.organisation(ACE), connection.cursor() as cursor:
        cursor.execute("SELECT salary_after FROM staff_employmentevent WHERE salary_after IS NOT NULL ORDER BY id")
        return [token for (token,) in cursor.fetchall()]


@pytest.fixture
def salaries(cast, settings):
    """Five sealed amounts, in batches of two."""
    settings.ENCRYPTION_KEYS = [OLD]
    with tenancy.organisation(ACE):
        for amount in range(1, 6):
            make_change(cast.cashier, by=cast.hr, salary=Decimal(amount))
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    return cast


def rotate(*keys):
    """The command as an operator runs it, with these keys."""
    return subprocess.run(
        [sys.executable, "manage.py", "rotate_keys"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "ENCRYPTION_KEYS": ",".join(keys), "HTTPS": "false"},
        capture_output=True,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_rotate_keys_seals_all_anew_and_the_old_key_may_go(salaries, settings):
    assert rotate(NEW, OLD).stdout == "9 of 9 values were sealed anew; all are under the newest key.\n"
    settings.ENCRYPTION_KEYS = [NEW]
    with tenancy.organisation(ACE):
        assert salary_of(salaries.cashier) == 5
    assert rotate(NEW).stdout.startswith("0 of 9 values")


@pytest.mark.django_db(transaction=True)
def test_rotate_keys_can_be_stopped_and_goes_on(salaries, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH", 2)
    batches = rotation.reseal(ACE)
    assert [next(batches), next(batches)] == [(2, 2), (2, 2)]
    batches.close()
    assert rotate(NEW, OLD).stdout.startswith("5 of 9 values")
    assert all(is_newest(token) for token in tokens())


@pytest.mark.django_db(transaction=True)
def test_rotate_keys_says_that_a_key_is_missing(salaries):
    refused = rotate(NEW)
    assert refused.returncode != 0
    assert "not among ENCRYPTION_KEYS" in refused.stderr
    assert rotate(NEW, OLD).stdout.startswith("9 of 9")
