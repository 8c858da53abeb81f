"""Two-step sign-in: codes and recovery codes that work once, set up and turned off, asked for by an organisation."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import epoch, tenancy
from config.testing import ACE, sign_in
from config.tests.fast import Door as Application
from staff.auditing.words import lines
from staff.models import AuditEntry, Letter, LetterKind, Organisation, RecoveryCode, SecondStep
from staff.services.second_factor import use_code
from staff.tests.doors import api, code_of, enter, log_in, me, protect, turn_on
from staff.tests.make import PASSWORD

pytestmark = pytest.mark.django_db

SETTING_UP = "/account/security/second-step/"


def asks(of: SecondStep) -> None:
    with tenancy.organisation(ACE):
        Organisation.objects.filter(pk=ACE).update(second_step=of)


def try_login(person, **more):
    return api(Client(), "login", {"email": person.email, "password": PASSWORD, **more})


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


# ── At the door ──────────────────────────────────────────────────────────────


def test_a_right_password_alone_is_told_that_a_code_is_missing(cast):
    protect(cast.cashier)
    assert error(try_login(cast.cashier)) == (401, "otp_required")
    assert error(try_login(cast.cashier, otp="000000x")) == (401, "wrong_otp")
    assert try_login(cast.cashier, otp=code_of(cast.cashier)).status_code == 200


def test_a_wrong_password_does_not_learn_that_there_is_a_second_step(cast):
    protect(cast.cashier)
    answer = api(Client(), "login", {"email": cast.cashier.email, "password": "wrong", "otp": code_of(cast.cashier)})
    assert error(answer) == (401, "wrong_credentials")


def test_a_code_works_once(cast):
    protect(cast.cashier)
    code = code_of(cast.cashier)
    assert [try_login(cast.cashier, otp=code).status_code for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(("off", "right"), [(-1, True), (0, True), (1, True), (-2, False), (2, False)])
def test_a_phones_clock_may_be_half_a_minute_off(cast, off, right):
    protect(cast.cashier)
    with time_machine.travel(timezone.now(), tick=False):
        assert (try_login(cast.cashier, otp=code_of(cast.cashier, off=off)).status_code == 200) is right


def test_an_earlier_code_does_not_work_after_a_later_one(cast):
    protect(cast.cashier)
    with time_machine.travel(timezone.now(), tick=False):
        assert try_login(cast.cashier, otp=code_of(cast.cashier)).status_code == 200
        assert error(try_login(cast.cashier, otp=code_of(cast.cashier, off=-1))) == (401, "wrong_otp")


def test_each_of_ten_recovery_codes_works_once_however_it_is_typed(cast):
    codes = protect(cast.cashier)
    assert len(set(codes)) == 10
    for code in codes[:3]:
        typed = f" {code.upper().replace('-', ' ')} "
        assert [try_login(cast.cashier, otp=typed).status_code for _ in range(2)] == [200, 401]


def test_one_persons_codes_open_nobody_elses_account(cast):
    codes = protect(cast.cashier)
    protect(cast.teammate)
    assert try_login(cast.teammate, otp=codes[0]).status_code == 401
    assert try_login(cast.teammate, otp=code_of(cast.cashier)).status_code == 401


def test_guessing_codes_locks_the_account_although_the_password_is_right_each_time(cast):
    protect(cast.cashier)
    assert [try_login(cast.cashier, otp=f"guess{n}").status_code for n in range(6)] == [401] * 5 + [429]
    assert try_login(cast.cashier, otp=code_of(cast.cashier)).status_code == 429
    with tenancy.organisation(ACE):
        assert Letter.objects.filter(person=cast.cashier, kind=LetterKind.LOCKED).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_twenty_parallel_submits_of_one_code_one_is_let_in(cast, kind):
    codes, found = protect(cast.cashier), []
    code = codes[0] if kind == "recovery" else code_of(cast.cashier)
    begin, now = threading.Barrier(20), timezone.now()

    def ask() -> None:
        begin.wait()
        with tenancy.organisation(ACE):
            found.append(use_code(cast.cashier, code, now=now))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False] * 19 + [True]


# ── The page ─────────────────────────────────────────────────────────────────


def test_the_page_asks_in_two_steps_and_leads_on_to_what_was_wanted(client, cast):
    protect(cast.cashier)
    assert enter(client, cast.cashier, next="/reviews/mine")["Location"] == "/login/code"
    assert client.get("/account/").status_code == 302  # not in yet
    assert "not right" in client.post("/login/code", {"code": "00000x"}).content.decode()
    assert client.post("/login/code", {"code": code_of(cast.cashier)})["Location"] == "/reviews/mine"
    assert client.get("/account/").status_code == 200


def test_five_minutes_later_the_password_is_asked_for_again(client, cast):
    protect(cast.cashier)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        enter(client, cast.cashier)
        clock.shift(timedelta(minutes=5, seconds=1))
        assert client.post("/login/code", {"code": code_of(cast.cashier)})["Location"] == "/login"
    assert client.get("/account/").status_code == 302


def test_nobody_comes_to_the_second_step_without_the_first(client, cast):
    assert client.get("/login/code")["Location"] == "/login"
    assert client.post("/login/code", {"code": "123456"})["Location"] == "/login"


def test_what_ended_the_persons_tokens_ends_a_half_way_sign_in_too(client, cast):
    from staff.services import end_tokens

    protect(cast.cashier)
    enter(client, cast.cashier)
    with tenancy.organisation(ACE):
        end_tokens(cast.cashier)
    assert client.post("/login/code", {"code": code_of(cast.cashier)})["Location"] == "/login"


# ── Setting it up and turning it off ─────────────────────────────────────────


def test_it_protects_nothing_before_a_first_code_confirms_it(client, cast):
    access = log_in(client, cast.cashier)["access"]
    given = api(client, "2fa/setup", access=access).json()
    assert given["address"].startswith("otpauth://totp/Ace%20Mall%20Staff:")
    assert given["secret"] in given["address"]
    assert try_login(cast.cashier).status_code == 200
    assert api(client, "2fa/confirm", {"password": PASSWORD, "otp": "00000x"}, access=access).status_code == 400
    codes = turn_on(client, cast.cashier, access).json()["recovery_codes"]
    assert len(codes) == 10
    assert error(try_login(cast.cashier)) == (401, "otp_required")
    assert api(client, "2fa/setup", access=access).status_code == 409


def test_setting_it_up_needs_the_password_as_whoever_finds_a_session_open_does_not_know_it(client, cast):
    access = log_in(client, cast.cashier)["access"]
    api(client, "2fa/setup", access=access)
    words = {"password": "a guess or two", "otp": code_of(cast.cashier)}
    refused = api(client, "2fa/confirm", words, access=access)
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["password"])
    sign_in(client, cast.cashier)
    client.get(SETTING_UP)
    page = client.post(SETTING_UP, {**words, "otp": code_of(cast.cashier)}).content.decode()
    assert "This is not your password" in page
    assert try_login(cast.cashier).status_code == 200


def test_each_look_gives_another_secret_and_a_wrong_word_keeps_the_one_that_was_scanned(client, cast):
    def shown(answer):
        return re.search(r'class="secret">(\w+)<', answer.content.decode()).group(1)

    access = log_in(Client(), cast.cashier)["access"]
    sign_in(client, cast.cashier)
    secrets = [api(client, "2fa/setup", access=access).json()["secret"] for _ in range(2)]
    secrets += [shown(client.get(SETTING_UP)) for _ in range(2)]
    assert len(set(secrets)) == 4
    wrong = {"password": "a guess or two", "otp": "000000"}
    assert shown(client.post(SETTING_UP, wrong)) == secrets[-1]
    # What another session is given meanwhile is not shown here, nor the other way round.
    other = api(client, "2fa/setup", access=access).json()["secret"]
    assert shown(client.post(SETTING_UP, wrong)) not in {*secrets, other}


def test_the_secret_is_encrypted_and_recovery_codes_are_digests(client, cast):
    access = log_in(client, cast.cashier)["access"]
    secret = api(client, "2fa/setup", access=access).json()["secret"]
    codes = turn_on(client, cast.cashier, access).json()["recovery_codes"]
    with tenancy.organisation(ACE):
        kept = str(list(RecoveryCode.objects.values()))
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_jsonb(f)::text FROM staff_secondfactor f")
            kept += str(cursor.fetchall())
    assert secret not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


def test_the_page_shows_a_code_to_scan_and_then_the_recovery_codes(client, cast):
    sign_in(client, cast.cashier)
    page = client.get("/account/security/second-step/").content.decode()
    assert "<svg" in page
    assert "otpauth" not in page  # drawn, not written
    assert "not right" in client.post(SETTING_UP, {"password": PASSWORD, "otp": "1"}).content.decode()
    shown = client.post(SETTING_UP, {"password": PASSWORD, "otp": code_of(cast.cashier)}).content.decode()
    assert shown.count("<li><code>") == 10
    assert "Two-step sign-in is on" in client.get("/account/security/").content.decode()
    assert client.get("/account/security/second-step/")["Location"] == "/account/security/"


def test_turning_it_off_needs_password_and_code_and_the_owner_hears_of_it(client, cast):
    access = log_in(client, cast.cashier)["access"]
    codes = protect(cast.cashier)
    for words in ({"password": "wrong", "otp": codes[0]}, {"password": PASSWORD, "otp": "00000x"}):
        assert api(client, "2fa/disable", words, access=access).status_code == 400
    assert api(client, "2fa/disable", {"password": PASSWORD, "otp": codes[0]}, access=access).status_code == 204
    assert try_login(cast.cashier).status_code == 200
    with tenancy.organisation(ACE):
        kinds = set(Letter.objects.filter(person=cast.cashier).values_list("kind", flat=True))
        assert {LetterKind.SECOND_FACTOR_ON, LetterKind.SECOND_FACTOR_OFF} <= kinds
        assert not RecoveryCode.objects.filter(person=cast.cashier).exists()


def test_new_recovery_codes_end_the_old_ones(client, cast):
    old = protect(cast.cashier)
    sign_in(client, cast.cashier)
    page = client.post("/account/security/second-step/codes/", {"otp": old[0]}).content.decode()
    assert page.count("<li><code>") == 10
    assert not any(code in page for code in old)
    assert try_login(cast.cashier, otp=old[1]).status_code == 401


def test_recovery_codes_that_are_made_and_used_are_written_down_without_their_digests(cast):
    codes = protect(cast.cashier)
    assert try_login(cast.cashier, otp=codes[0]).status_code == 200
    with tenancy.organisation(ACE):
        entries = AuditEntry.objects.filter(about="staff.RecoveryCode", person_id=cast.cashier.pk).order_by("id")
        told = [line.sentence for line in lines(entries, reader=cast.hr)]
        assert not [entry for entry in entries if "digest" in {*(entry.before or {}), *(entry.after or {})}]
    assert len(told) == 11
    assert all(sentence.endswith(" added the recovery code of Adaeze Nwosu.") for sentence in told[:10])
    assert told[10] == "A recovery code of Adaeze Nwosu was used."


def test_human_resource_takes_it_off_for_who_lost_the_phone_and_nobody_else_does(client, cast):
    protect(cast.cashier)
    chosen = {"action": "take_second_step_off", "_selected_action": [cast.cashier.pk]}
    sign_in(client, cast.floor_manager).post("/admin/staff/person/", chosen)
    assert error(try_login(cast.cashier)) == (401, "otp_required")
    sign_in(client, cast.hr).post("/admin/staff/person/", chosen)
    assert try_login(cast.cashier).status_code == 200


# ── Asked for by the organisation ────────────────────────────────────────────


@pytest.mark.parametrize(
    ("of", "asked"),
    [
        (SecondStep.NOBODY, set()),
        (SecondStep.MANAGERS, {"hr", "auditor", "floor_manager"}),
        (SecondStep.EVERYBODY, {"hr", "auditor", "floor_manager", "cashier"}),
    ],
)
def test_an_organisation_asks_nobody_its_managers_or_everybody(cast, of, asked):
    asks(of)
    for name in ("hr", "auditor", "floor_manager", "cashier"):
        client = Client()
        enter(client, getattr(cast, name))
        answer = client.get("/account/")
        assert (answer.status_code == 302) is (name in asked), name
        if name in asked:
            assert answer["Location"] == "/account/security/second-step/"


def test_who_is_asked_for_it_opens_nothing_before_it_is_set_up_and_then_everything(client, cast):
    asks(SecondStep.MANAGERS)
    given = log_in(client, cast.floor_manager)
    access = given["access"]
    staff = client.get("/api/v1/staff", headers={"Authorization": f"Bearer {access}"})
    assert error(staff) == (403, "second_factor_required")
    assert me(client, access) == 200
    api(client, "2fa/setup", access=access)
    assert turn_on(client, cast.floor_manager, access).status_code == 200
    assert client.get("/api/v1/staff", headers={"Authorization": f"Bearer {access}"}).status_code == 200


def test_pages_lead_to_setting_it_up_also_the_admins_and_never_into_a_piece_of_a_page(client, cast):
    asks(SecondStep.MANAGERS)
    enter(client, cast.hr)
    for url in ("/", "/admin/", "/team/", "/account/password/"):
        assert client.get(url)["Location"] == "/account/security/second-step/", url
    assert client.get("/notifications/badge", headers={"HX-Request": "true"}).status_code == 204
    assert "asks for two-step sign-in" in client.get("/account/security/second-step/").content.decode()
    client.post(SETTING_UP, {"password": PASSWORD, "otp": code_of(cast.hr)})
    assert client.get("/admin/").status_code == 200


def test_what_else_waits_for_it_ends_once_it_is_set_up_and_signs_in_again_by_a_code(client, cast):
    asks(SecondStep.MANAGERS)
    other = Client()
    for browser in (client, other):
        enter(browser, cast.hr)
    access = log_in(Client(), cast.hr)["access"]
    client.get(SETTING_UP)
    client.post(SETTING_UP, {"password": PASSWORD, "otp": code_of(cast.hr)})
    assert client.get("/account/").status_code == 200
    assert other.get("/account/")["Location"].startswith("/login")
    assert me(client, access) == 401


@pytest.mark.django_db(transaction=True)
def test_the_fast_path_answers_nothing_before_it_is_set_up(cast, monkeypatch):
    monkeypatch.setattr(epoch, "QUIET", -1.0)
    monkeypatch.setattr(epoch, "LEASE", 10.0)
    asks(SecondStep.EVERYBODY)
    try:
        headers = {"Authorization": f"Bearer {log_in(Client(), cast.cashier)['access']}"}
        door = Application()
        assert [door.get("/api/v1/notifications", headers).status_code for _ in range(3)] == [403] * 3
    finally:
        asks(SecondStep.NOBODY)


def test_who_is_asked_for_it_cannot_turn_it_off(client, cast):
    codes = protect(cast.hr)
    access = log_in(client, cast.hr, otp=codes[0])["access"]
    asks(SecondStep.MANAGERS)
    refused = api(client, "2fa/disable", {"password": PASSWORD, "otp": codes[1]}, access=access)
    assert refused.status_code == 409
    assert "your organisation" in refused.json()["error"]["message"].lower()


def test_what_is_refused_anyway_is_refused_before_a_code_is_looked_at(client, cast):
    """A code that was spent would come back with the refused request, and could be shown again."""
    access = log_in(client, cast.cashier)["access"]
    assert api(client, "2fa/recovery-codes", {"otp": "000000"}, access=access).status_code == 409
    protect(cast.cashier)
    asks(SecondStep.EVERYBODY)
    words = {"password": PASSWORD, "otp": "000000"}
    assert api(client, "2fa/disable", words, access=access).status_code == 409
