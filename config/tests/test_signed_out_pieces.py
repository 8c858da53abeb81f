"""What htmx hears when nobody is signed in any more, or a form's token has gone: a sentence, never a whole page."""

import pytest
from django.test import Client

from config.refusals import OPEN_TOO_LONG, SIGNED_OUT

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PIECES = ["/planner/who?hours=9-17", "/planner/shifts/new", "/schedule/", "/team/"]


@pytest.mark.parametrize("path", PIECES)
def test_a_piece_for_somebody_signed_out_is_a_sentence(client, path):
    response = client.get(path, headers=HTMX)
    assert (response.status_code, response.content.decode()) == (401, SIGNED_OUT)
    assert response["Content-Type"].startswith("text/plain")


def test_what_is_sent_by_somebody_signed_out_is_answered_the_same(client):
    response = client.post("/planner/shifts/new", {"hours": "9-17"}, headers=HTMX)
    assert (response.status_code, response.content.decode()) == (401, SIGNED_OUT)


@pytest.mark.parametrize("path", PIECES)
def test_a_page_leads_to_the_sign_in_and_back(client, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login?next=/")


def test_a_token_that_has_gone_is_said_in_a_sentence(cast):
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/planner/shifts/new", {"hours": "9-17"}, headers=HTMX)
    assert (response.status_code, response.content.decode()) == (403, OPEN_TOO_LONG)


def test_without_scripts_a_token_that_has_gone_is_a_page(cast):
    response = Client(enforce_csrf_checks=True).post("/login", {"email": "a@b.example"})
    assert response.status_code == 403
    assert "This page was open too long" in response.content.decode()
