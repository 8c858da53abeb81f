"""The environment is parsed or refused, and `.env.example` tells the truth about it."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from config.env import Environment
from config.settings import env
from config.tests import deployment

RIGHT = {
    "SECRET_KEY": "k" * 60,
    "DATABASE_URL": "postgresql://app:secret@db.example/acemall",
    "DATABASE_OWNER_URL": "postgresql://owner:secret@db.example/acemall",
    "REDIS_URL": "redis://cache.example/0",
}


def start(**changes: str) -> subprocess.CompletedProcess[str]:
    values = {name: value for name, value in {**RIGHT, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **values},
        capture_output=True,
        text=True,
    )


def test_the_example_names_every_setting_and_no_other():
    text, _ = deployment.example()
    named = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    assert named == env.known


def test_a_right_environment_starts():
    started = start()
    assert started.returncode == 0, started.stderr


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtp://mail.example", ("mail.example", 25, "", "", False, False)),
        ("smtp+tls://ops:p%40ss@mail.example", ("mail.example", 587, "ops", "p@ss", True, False)),
        ("smtps://mail.example:4465", ("mail.example", 4465, "", "", False, True)),
    ],
)
def test_a_mail_server_is_read_from_its_url(url, wanted):
    found = Environment({"EMAIL_URL": url}).mail_server("EMAIL_URL")
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    assert tuple(found[f"EMAIL_{name}"] for name in names) == wanted


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HTTPS", "perhaps", "HTTPS is 'perhaps'; it must be true or false."),
        ("DATABASE_POOL", "-1", "DATABASE_POOL is '-1'; it must be a whole number, 0 or more."),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL is set, but not understood"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD'; it must be one of DEBUG, ERROR, INFO, WARNING."),
        ("EMAIL_URL", "http://mail.example", "EMAIL_URL is set, but not understood; it must be smtp://"),
        ("EMAIL_URL", "smtp://mail.example:port", "EMAIL_URL is set, but not understood"),
        ("ALERT_EMAILS", "ops@platform.example, nobody", "it must be e-mail addresses, separated by commas."),
        ("ALERT_EMAILS", "ops@platform.example", "EMAIL_URL names no mail server: nothing would reach them."),
        ("ALERT_WEBHOOK_URL", "hooks.example/x", "ALERT_WEBHOOK_URL is set, but not understood"),
        ("ENCRYPTION_KEYS", "short", "ENCRYPTION_KEYS is set, but not understood; it must be keys of 32 random bytes"),
        ("SITE_URL", "ftp://staff.example", "SITE_URL is set, but not understood"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence(name, value, sentence):
    refused = start(**{name: value})
    assert refused.returncode != 0
    assert sentence in refused.stderr


def test_every_fault_is_named_at_once_and_no_password_is_repeated():
    refused = start(HTTPS="perhaps", DATABASE_URL="oracle://app:hunter2@db/x", LOG_LEVEL="LOUD")
    for name in ("HTTPS", "DATABASE_URL", "LOG_LEVEL"):
        assert name in refused.stderr
    assert "hunter2" not in refused.stderr
