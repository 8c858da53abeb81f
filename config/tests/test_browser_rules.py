"""What a browser is told over HTTPS: cookies bound to this host, no frames, no inline code, nothing for other sites."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from config.testing import bearer, sign_in

# A process of its own: the tests speak plain HTTP, and these settings are read once.
ASK = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client
answer = Client().get("/login", secure=True)
plain = Client().get("/login")
print(json.dumps({
    "status": answer.status_code, "headers": dict(answer.headers),
    "cookies": {name: dict(morsel) for name, morsel in answer.cookies.items()},
    "plain": [plain.status_code, plain.get("Location", "")],
    "session": settings.SESSION_COOKIE_NAME,
}))
"""


@pytest.fixture(scope="module")
def told():
    environment = {**os.environ, "HTTPS": "true", "ALLOWED_HOSTS": "testserver"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    command = [sys.executable, "-c", ASK]
    run = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def test_cookies_carry_the_host_prefix_and_what_it_demands(told):
    (name, cookie), *others = told["cookies"].items()
    assert (name, others, told["session"]) == ("__Host-csrf", [], "__Host-session")
    assert (cookie["secure"], cookie["path"], cookie["domain"], cookie["samesite"]) == (True, "/", "", "Lax")


def test_a_page_may_stand_in_no_frame_and_guesses_no_types(told):
    headers = told["headers"]
    assert told["status"] == 200
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_no_inline_code_runs_and_forms_go_nowhere_else(told):
    policy = told["headers"]["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "form-action 'self'" in policy
    assert "base-uri 'self'" in policy
    assert "object-src 'none'" in policy
    assert "unsafe" not in policy


def test_plain_http_is_sent_to_https_for_a_year(told):
    assert told["plain"] == [301, "https://testserver/login"]
    assert re.search(r"max-age=31536000.*includeSubDomains.*preload", told["headers"]["Strict-Transport-Security"])


@pytest.mark.django_db
def test_no_other_site_may_read_an_answer_of_the_api(cast):
    origin = {"Origin": "https://elsewhere.example"}
    asked = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    client = Client()
    answers = [
        client.get("/api/v1/notifications", headers={**bearer(cast.cashier), **origin}),
        client.options("/api/v1/notifications", headers=asked),
        client.get("/api/v1/nowhere", headers=origin),
        client.get("/login", headers=origin),
    ]
    assert answers[0].status_code == 200
    for answer in answers:
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.django_db
def test_a_page_of_another_site_cannot_post_in_somebodys_name(cast):
    client = sign_in(Client(enforce_csrf_checks=True), cast.cashier)
    assert client.post("/account/preferences", {"theme": "dark"}).status_code == 403
    assert client.post("/logout").status_code == 403
    # The API reads no cookie, so there is nothing to forge.
    assert client.get("/api/v1/notifications").status_code == 401
