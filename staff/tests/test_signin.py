"""Signing in: by page and by API, and what ends it."""

import json
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.urls import reverse

from config import tenancy
from config.testing import ACE, OTHER, as_owner, bearer
from staff import services
from staff.models import Person
from staff.signin import Argon2Hasher
from staff.tests.make import PASSWORD

pytestmark = pytest.mark.django_db

WRONG = "This e-mail and password do not go together."


def post(client, email, password=PASSWORD, **more):
    return client.post("/login", {"email": email, "password": password, **more})


def api(client, path, body, **more):
    return client.post(f"/api/v1/auth/{path}", json.dumps(body), content_type="application/json", **more)


def tokens(client, person):
    answer = api(client, "login", {"email": person.email, "password": PASSWORD})
    assert answer.status_code == 200
    return answer.json()


def me(client, access):
    return client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {access}"})


# ── The page ─────────────────────────────────────────────────────────────────


def test_the_right_password_opens_the_home_page(client, cast):
    assert client.get("/login").status_code == 200
    answer = post(client, f" {cast.cashier.email.upper()} ")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/account/").status_code == 200


def test_people_of_two_organisations_use_one_page(client, cast):
    post(client, cast.other_hr.email)
    assert client.session["organisation"] == OTHER
    assert cast.other_hr.employee_number in client.get("/account/").content.decode()


def test_signing_in_gives_a_new_session_key(client, cast):
    client.get("/login")
    session = client.session
    session["planted"] = "before"
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key
    post(client, cast.cashier.email)
    assert client.session.session_key != planted


def test_signing_in_as_somebody_else_leaves_nothing_of_the_first(client, cast):
    post(client, cast.cashier.email)
    session = client.session
    session["note"] = "the first person's"
    session.save()
    post(client, cast.other_hr.email)
    assert "note" not in client.session
    assert client.session["organisation"] == OTHER


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("somebody", "wrong password"),
        ("nobody@acemall.example", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
        ("somebody", ""),
        ("somebody", "x" * 5000),
        ("x" * 5000, PASSWORD),
        ("nul\x00@acemall.example", PASSWORD),
        ("somebody", "nul\x00byte"),
        ("' OR 1=1 --", "' OR 1=1 --"),
    ],
)
def test_every_wrong_pair_gets_the_same_sentence_and_keeps_the_email(client, cast, email, password):
    email = cast.cashier.email if email == "somebody" else email
    answer = post(client, email, password)
    assert answer.status_code == 200
    assert answer.content.decode().count(WRONG) == 1
    assert answer.context["form"]["email"].value() == email
    assert password == "" or f'value="{password}"' not in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_unknown_email_costs_a_hash_like_a_known_one(client, cast, monkeypatch):
    made = []
    monkeypatch.setattr("staff.services.signing.make_password", lambda password: made.append(make_password(password)))
    post(client, "nobody@acemall.example")
    assert len(made) == 1


def test_who_lost_access_does_not_get_in(client, cast):
    with tenancy.organisation(ACE):
        services.deactivate(cast.cashier, by=cast.hr)
    assert post(client, cast.cashier.email).status_code == 200
    assert api(client, "login", {"email": cast.cashier.email, "password": PASSWORD}).status_code == 401


def test_the_last_login_is_remembered(client, cast):
    post(client, cast.cashier.email)
    tokens(client, cast.teammate)
    with tenancy.organisation(ACE):
        assert Person.objects.get(pk=cast.cashier.pk).last_login
        assert Person.objects.get(pk=cast.teammate.pk).last_login


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/team/?branch=1", "/team/?branch=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http:///evil.example", "/"),
        ("/login?next=/login", "/"),
        ("/logout", "/"),
        ("", "/"),
    ],
)
def test_next_leads_only_to_a_page_of_ours(client, cast, wanted, goes_to):
    assert post(client, cast.cashier.email, next=wanted)["Location"] == goes_to
    assert client.get("/login", {"next": wanted})["Location"] == goes_to


def test_next_survives_a_wrong_password(client, cast):
    answer = post(client, cast.cashier.email, "wrong", next="/team/")
    assert 'name="next" value="/team/"' in answer.content.decode()


def test_a_page_asks_for_sign_in_and_comes_back(client, cast):
    answer = client.get("/team/?search=ada")
    assert answer.status_code == 302
    assert client.get(answer["Location"]).context["next"] == "/team/?search=ada"


def test_signing_out_ends_the_session_and_needs_a_post(client, cast, signed_in):
    signed_in(cast.cashier)
    assert client.get("/logout").status_code == 405
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/account/").status_code == 302


def test_a_forged_form_does_not_sign_in(cast):
    from django.test import Client

    assert post(Client(enforce_csrf_checks=True), cast.cashier.email).status_code == 403


def test_the_admin_uses_the_same_login_page(client, cast):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/login?next={reverse('admin:index')}"
    assert urlsplit(post(client, cast.hr.email, next="/admin/")["Location"]).path == "/admin/"


def test_who_may_not_enter_the_admin_is_told_so_and_not_sent_in_circles(client, cast, signed_in):
    signed_in(cast.cashier)
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_admin_signs_out_to_the_login_page(client, cast, signed_in):
    signed_in(cast.hr)
    assert client.get("/admin/logout/")["Location"] == "/admin/"
    assert client.post("/admin/logout/")["Location"] == "/login"
    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("ending", ["deactivate", "end_tokens", "new_role", "new_password"])
def test_ending_access_ends_open_sessions_at_once(client, cast, signed_in, ending):
    signed_in(cast.cashier)
    assert client.get("/account/").status_code == 200
    with tenancy.organisation(ACE):
        if ending == "deactivate":
            services.deactivate(cast.cashier, by=cast.hr)
            services.reactivate(cast.cashier, by=cast.hr)  # and what was open stays closed
        elif ending == "end_tokens":
            services.end_tokens(cast.cashier)
        elif ending == "new_role":
            services.edit_person(cast.cashier, {"role": cast.floor_manager.role}, by=cast.hr)
        else:
            Person.objects.filter(pk=cast.cashier.pk).update(password=make_password("another-password"))
    assert client.get("/account/").status_code == 302


# ── The API ──────────────────────────────────────────────────────────────────


def test_the_api_answers_with_tokens_and_the_user(client, cast):
    answer = tokens(client, cast.cashier)
    assert set(answer) == {"access", "refresh", "user"}
    assert answer["user"]["id"] == str(cast.cashier.pk)
    assert answer["user"]["organisation"]["name"] == "Ace Mall"
    assert answer["user"]["permissions"] == []
    assert me(client, answer["access"]).json() == answer["user"]
    assert "hire" in tokens(client, cast.floor_manager)["user"]["permissions"]


def test_a_wrong_password_and_an_unknown_email_are_answered_alike(client, cast):
    answers = [
        api(client, "login", {"email": email, "password": "wrong"})
        for email in (cast.cashier.email, "nobody@acemall.example")
    ]
    assert {answer.status_code for answer in answers} == {401}
    errors = [answer.json()["error"] for answer in answers]
    assert errors[0]["message"] == errors[1]["message"] == WRONG
    assert errors[0]["code"] == errors[1]["code"] == "wrong_credentials"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "text",
        {"email": "a@b.example"},
        {"email": None, "password": None},
        {"email": {"$ne": ""}, "password": {"$ne": ""}},
        {"email": "nul\x00@b.example", "password": "x"},
        {"email": "x" * 300, "password": "x"},
        {"email": "a@b.example", "password": "x" * 2000},
        {"email": "\ud800@b.example", "password": "x"},
    ],
)
def test_a_body_that_is_no_login_is_refused_in_one_shape(client, cast, body):
    answer = api(client, "login", body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["message"].endswith(".")


def test_a_stale_header_does_not_keep_somebody_from_signing_in(client, cast):
    body = {"email": cast.cashier.email, "password": PASSWORD}
    assert api(client, "login", body, headers={"Authorization": "Bearer stale"}).status_code == 200


def test_a_refresh_token_gives_a_new_access_token(client, cast):
    given = tokens(client, cast.cashier)
    answer = api(client, "refresh", {"refresh": given["refresh"]})
    assert answer.status_code == 200
    assert me(client, answer.json()["access"]).json()["id"] == str(cast.cashier.pk)


@pytest.mark.parametrize("ending", ["deactivate", "end_tokens", "new_role"])
def test_ending_access_ends_both_tokens_at_once(client, cast, ending):
    given = tokens(client, cast.cashier)
    with tenancy.organisation(ACE):
        if ending == "deactivate":
            services.deactivate(cast.cashier, by=cast.hr)
        elif ending == "end_tokens":
            services.end_tokens(cast.cashier)
        else:
            services.edit_person(cast.cashier, {"role": cast.floor_manager.role}, by=cast.hr)
    assert me(client, given["access"]).status_code == 401
    refused = api(client, "refresh", {"refresh": given["refresh"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "token_ended")


def test_a_hash_of_earlier_settings_is_made_anew_at_the_door_and_ends_nothing(client, cast):
    class Earlier(Argon2Hasher):
        time_cost = 1

    hasher = Earlier()
    before = tokens(client, cast.cashier)
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(password=hasher.encode(PASSWORD, hasher.salt()))
    after = tokens(client, cast.cashier)
    assert [me(client, given["access"]).status_code for given in (before, after)] == [200, 200]
    with tenancy.organisation(ACE):
        assert "t=2" in Person.objects.get(pk=cast.cashier.pk).password


@pytest.mark.django_db(transaction=True)
def test_a_suspended_organisation_does_not_refresh(client):
    from staff.tests.make import make_cast

    cast = make_cast()
    given = tokens(client, cast.cashier)
    with as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("UPDATE staff_organisation SET suspended_at = now() WHERE id = %s", [ACE])
    try:
        assert api(client, "refresh", {"refresh": given["refresh"]}).status_code == 401
        assert api(client, "login", {"email": cast.cashier.email, "password": PASSWORD}).status_code == 401
    finally:
        with as_owner(connection.settings_dict["NAME"]) as owner:
            owner.execute("UPDATE staff_organisation SET suspended_at = NULL")


def test_an_access_token_does_not_refresh_and_a_refresh_token_does_not_open(client, cast):
    given = tokens(client, cast.cashier)
    assert api(client, "refresh", {"refresh": given["access"]}).status_code == 401
    assert me(client, given["refresh"]).status_code == 401


@pytest.mark.parametrize("raw", ["garbage", "a.b.c", "", "ünicode", "x" * 5000, 7, None, "nul\x00"])
def test_what_is_no_token_does_not_refresh(client, cast, raw):
    assert api(client, "refresh", {"refresh": raw}).status_code in (400, 401)


@pytest.mark.parametrize("every", [False, True])
def test_signing_out_of_the_api_ends_this_session_or_every_one(client, cast, every):
    first, second = tokens(client, cast.cashier), tokens(client, cast.cashier)
    answer = api(client, "logout", {"all": every}, headers={"Authorization": f"Bearer {first['access']}"})
    assert answer.status_code == 204
    assert me(client, first["access"]).status_code == 401
    assert api(client, "refresh", {"refresh": first["refresh"]}).status_code == 401
    assert me(client, second["access"]).status_code == (401 if every else 200)
    assert api(client, "refresh", {"refresh": second["refresh"]}).status_code == (401 if every else 200)


def test_without_a_token_the_api_says_401(client, cast, signed_in):
    signed_in(cast.cashier)  # a browser session opens pages, never the API
    answer = client.get("/api/v1/auth/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "not_authenticated"


def test_no_password_or_hash_is_ever_answered(client, cast):
    text = json.dumps(tokens(client, cast.cashier))
    assert PASSWORD not in text
    assert "argon2" not in text
    assert "password" not in client.get("/api/v1/profile", headers=bearer(cast.cashier)).content.decode()
