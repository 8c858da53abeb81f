"""Passwords: what is refused, changed by their person, set again by a letter, and alike for everybody else."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import tenancy
from config.errors import WrongSecret
from config.testing import ACE, session_of, sign_in
from config.tests.mailbox import mail_server
from staff.models import AuditEntry, Door, Letter, LetterKind, OneTimeLink, PastPassword, Person
from staff.services import deactivate
from staff.services.passwords import change_password
from staff.services.signing import SAME_TIME
from staff.tests.doors import api, enter, log_in, me
from staff.tests.make import PASSWORD
from staff.tests.post import arrived

pytestmark = pytest.mark.django_db

NEW = "correct horse battery"


@pytest.fixture
def mailbox(settings):
    with mail_server(settings) as box:
        yield box


def change(client, access, new, current=PASSWORD):
    return api(client, "password/change", {"current": current, "new": new}, access=access)


def opens(person, password) -> bool:
    answer = api(Client(), "login", {"email": person.email, "password": password})
    return answer.status_code == 200


# ── What is refused ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("short-one", "at least 10 characters"),
        ("password123", "too common"),
        ("1234567890", "too common"),
        ("their own address", "too similar"),
        (PASSWORD, "used this password before"),
        ("", "blank"),
        ("nul\x00byte-and-more", "Null characters"),
    ],
)
def test_a_weak_password_is_refused_in_one_sentence_and_the_old_one_stays(client, cast, new, said):
    given = log_in(client, cast.cashier)
    refused = change(client, given["access"], cast.cashier.email if new == "their own address" else new)
    assert (refused.status_code, said in refused.json()["error"]["message"]) == (400, True), refused.content
    assert me(client, given["access"]) == 200
    assert opens(cast.cashier, PASSWORD)


@pytest.mark.parametrize("new", [NEW, "ten little", "паролькотика", "x" * 900])
def test_length_is_all_that_a_password_needs(client, cast, new):
    assert change(client, log_in(client, cast.cashier)["access"], new).status_code == 200
    assert opens(cast.cashier, new)


def test_the_last_five_are_refused_and_the_sixth_may_come_again(client, cast):
    given, words = log_in(client, cast.cashier), [PASSWORD, *(f"the {n}. of several" for n in range(5))]
    for before, new in pairwise(words):
        given = change(client, given["access"], new, current=before).json()
    for known in words[1:]:
        refused = change(client, given["access"], known, current=words[-1])
        assert "before" in refused.json()["error"]["message"]
    assert change(client, given["access"], words[0], current=words[-1]).status_code == 200
    with tenancy.organisation(ACE):
        kept = PastPassword.objects.filter(person=cast.cashier)
        assert kept.count() == 4
        assert all(past.password.startswith("argon2$argon2id$") for past in kept)


# ── Changing it ──────────────────────────────────────────────────────────────


def test_a_change_needs_the_present_password(client, cast):
    given = log_in(client, cast.cashier)
    refused = change(client, given["access"], NEW, current="a guess or two")
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["current"])
    assert not opens(cast.cashier, NEW)


def test_the_present_password_is_the_one_that_another_change_has_just_set(cast):
    words, now = {"current": PASSWORD, "session": session_of(cast.cashier, Door.PAGE)}, timezone.now()
    with tenancy.organisation(ACE):
        change_password(Person.objects.get(pk=cast.cashier.pk), new=NEW, now=now, **words)
        with pytest.raises(WrongSecret):
            change_password(cast.cashier, new="the second of two", now=now, **words)


def test_guessing_the_present_password_locks_like_at_the_door_and_the_owner_hears_of_it(client, cast):
    given = log_in(client, cast.cashier)
    statuses = [change(client, given["access"], NEW, current="a guess or two").status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]
    with tenancy.organisation(ACE):
        assert Letter.objects.get(person=cast.cashier).kind == LetterKind.LOCKED
        refused = AuditEntry.objects.filter(person_id=cast.cashier.pk, kind="sign_in").exclude(outcome="done")
        assert list(refused.order_by("pk").values_list("outcome", flat=True)) == ["refused"] * 5 + ["locked"]


def test_a_change_ends_every_other_session_and_this_one_goes_on(client, cast):
    phone, laptop, browser = log_in(client, cast.cashier), log_in(client, cast.cashier), Client()
    enter(browser, cast.cashier)
    fresh = change(client, phone["access"], NEW).json()
    assert me(client, fresh["access"]) == 200
    assert api(client, "refresh", {"refresh": fresh["refresh"]}).status_code == 200
    for old in (phone, laptop):
        assert me(client, old["access"]) == 401
        assert api(client, "refresh", {"refresh": old["refresh"]}).status_code == 401
    assert browser.get("/account/").status_code == 302


def test_the_page_changes_it_and_stays_signed_in(client, cast):
    other = Client()
    enter(client, cast.cashier)
    enter(other, cast.cashier)
    wrong = client.post("/account/password/", {"current": "a guess or two", "password": NEW})
    assert "not your present password" in wrong.content.decode()
    done = client.post("/account/password/", {"current": PASSWORD, "password": NEW})
    assert (done.status_code, done["Location"]) == (302, "/account/security/")
    assert client.get("/account/security/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert opens(cast.cashier, NEW)


def test_the_owner_hears_of_a_change(client, cast, mailbox):
    change(client, log_in(client, cast.cashier)["access"], NEW)
    (letter,) = arrived(mailbox)
    assert (letter.to, letter.subject) == (cast.cashier.email, "Your password was changed")
    assert NEW not in letter.text


# ── Forgotten ────────────────────────────────────────────────────────────────


def forgot(client, email):
    return api(client, "password/forgot", {"email": email})


def letter_for(client, mailbox, person):
    assert forgot(client, person.email).status_code == 202
    (letter,) = arrived(mailbox)
    return letter


def reset(client, **words):
    return api(client, "password/reset", {"password": NEW, **words})


def test_a_letters_link_sets_a_new_password_once(client, cast, mailbox):
    given = log_in(client, cast.cashier)
    letter = letter_for(client, mailbox, cast.cashier)
    assert letter.to == cast.cashier.email
    assert reset(client, token=letter.token).status_code == 204
    assert opens(cast.cashier, NEW)
    assert not opens(cast.cashier, PASSWORD)
    assert me(client, given["access"]) == 401
    assert reset(client, token=letter.token, password="yet another one").status_code == 400
    assert arrived(mailbox)[0].subject == "Your password was changed"


def test_its_six_digits_do_the_same(client, cast, mailbox):
    letter = letter_for(client, mailbox, cast.cashier)
    assert reset(client, email=cast.cashier.email, code=f"{letter.code[:3]} {letter.code[3:]}").status_code == 204
    assert opens(cast.cashier, NEW)
    assert reset(client, token=letter.token, password="yet another one").status_code == 400


def test_a_weak_password_leaves_the_link_as_it_was(client, cast, mailbox):
    letter = letter_for(client, mailbox, cast.cashier)
    assert "10 characters" in reset(client, token=letter.token, password="short").json()["error"]["message"]
    assert reset(client, token=letter.token).status_code == 204


def test_ten_minutes_later_neither_link_nor_code_opens_anything(client, cast, mailbox):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        letter = letter_for(client, mailbox, cast.cashier)
        clock.shift(timedelta(minutes=10, seconds=1))
        assert reset(client, token=letter.token).status_code == 400
        assert reset(client, email=cast.cashier.email, code=letter.code).status_code == 400
        assert client.get(letter.path).status_code == 410


def test_a_new_letter_ends_the_one_before(client, cast, mailbox):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = letter_for(client, mailbox, cast.cashier)
        clock.shift(61)
        second = letter_for(client, mailbox, cast.cashier)
        assert reset(client, token=first.token).status_code == 400
        assert reset(client, token=second.token).status_code == 204


def test_who_asks_again_and_again_gets_one_letter_in_a_minute(client, cast, mailbox):
    for _ in range(4):
        forgot(client, cast.cashier.email)
    assert len(arrived(mailbox)) == 1


def test_the_fifth_wrong_code_ends_the_letter(client, cast, mailbox):
    letter = letter_for(client, mailbox, cast.cashier)
    wrong = f"{(int(letter.code) + 1) % 10**6:06}"
    assert [reset(client, email=cast.cashier.email, code=wrong).status_code for _ in range(5)] == [400] * 5
    assert reset(client, email=cast.cashier.email, code=letter.code).status_code == 429
    assert reset(client, token=letter.token).status_code == 400


def test_guessing_codes_locks_like_guessing_passwords_whoever_has_the_address(client, cast):
    """One letter after another would give five guesses each."""
    for email in (cast.cashier.email, "nobody@acemall.example"):
        answers = [reset(client, email=email, code="00000x").status_code for _ in range(6)]
        assert answers == [400] * 5 + [429]
    assert not opens(cast.cashier, PASSWORD)


def test_one_persons_code_opens_nobody_elses_account(client, cast, mailbox):
    letter = letter_for(client, mailbox, cast.cashier)
    assert reset(client, email=cast.teammate.email, code=letter.code).status_code == 400
    assert opens(cast.teammate, PASSWORD)


def test_who_lost_access_gets_no_letter_and_an_old_letter_opens_nothing(client, cast, mailbox):
    letter = letter_for(client, mailbox, cast.cashier)
    with tenancy.organisation(ACE):
        deactivate(cast.cashier, by=cast.hr)
    assert reset(client, token=letter.token).status_code == 400
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert forgot(client, cast.cashier.email).status_code == 202
        assert arrived(mailbox) == []


@pytest.mark.parametrize("token", ["", "x", "1-", "1-x", "-x", "99999999999999999999-x", "1-" + "x" * 150, "٣-x"])
def test_what_is_no_link_is_refused_and_fails_nothing(client, cast, token):
    assert reset(client, token=token).status_code == 400
    if token:
        assert client.get(f"/password/reset/{token}/").status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_come_with_one_link_at_once_one_sets_the_password(cast, settings):
    with mail_server(settings) as mailbox:
        letter, found = letter_for(Client(), mailbox, cast.cashier), []

    def ask(number: int) -> None:
        found.append(reset(Client(), token=letter.token, password=f"the password of {number}").status_code)
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [204] + [400] * 9


# ── The same for known and unknown ───────────────────────────────────────────


def test_forgot_answers_the_same_after_the_same_time_whoever_has_the_address(client, cast):
    def asked(email):
        begun = time.perf_counter()
        answer = forgot(Client(), email)
        return time.perf_counter() - begun, answer.status_code, answer.json()

    known = [asked(person.email) for person in (cast.cashier, cast.teammate, cast.hr, cast.other_cashier, cast.ceo)]
    unknown = [asked(f"nobody{n}@acemall.example") for n in range(5)]
    assert len({str(answer[1:]) for answer in known + unknown}) == 1
    assert min(answer[0] for answer in known + unknown) >= SAME_TIME


def test_a_wrong_code_answers_the_same_for_known_and_unknown(client, cast, mailbox):
    letter_for(client, mailbox, cast.cashier)
    answers = [reset(client, email=email, code="12345x") for email in (cast.cashier.email, "nobody@acemall.example")]
    assert len({(answer.status_code, answer.json()["error"]["message"]) for answer in answers}) == 1


def test_a_refused_sign_in_is_answered_after_the_same_time_also_when_it_locks_or_is_locked(cast):
    """The fifth wrong password writes a letter, and the sixth an entry, but only for somebody."""

    def times(email):
        for _ in range(6):
            begun = time.perf_counter()
            api(Client(), "login", {"email": email, "password": "a guess or two"})
            yield time.perf_counter() - begun

    known, unknown = list(times(cast.cashier.email)), list(times("nobody@acemall.example"))
    assert min(known + unknown) >= SAME_TIME


# ── The pages ────────────────────────────────────────────────────────────────


def test_the_pages_lead_from_forgetting_to_signing_in_by_the_link(client, cast, mailbox):
    assert 'href="/password/forgot/"' in client.get("/login").content.decode()
    asked = client.post("/password/forgot/", {"email": cast.cashier.email})
    assert f'value="{cast.cashier.email}"' in asked.content.decode()
    (letter,) = arrived(mailbox)
    followed = client.get(letter.path)
    assert (followed.status_code, followed["Location"]) == (302, "/password/new/")
    assert letter.token not in client.get("/password/new/").content.decode()
    weak = client.post("/password/new/", {"password": "short"})
    assert "at least 10 characters" in weak.content.decode()
    assert client.post("/password/new/", {"password": NEW})["Location"] == "/login"
    assert "Your new password is set" in client.get("/login").content.decode()
    assert opens(cast.cashier, NEW)
    assert client.get("/password/new/").status_code == 302


def test_the_pages_lead_there_by_the_code_too(client, cast, mailbox):
    client.post("/password/forgot/", {"email": cast.cashier.email})
    (letter,) = arrived(mailbox)
    words = {"email": cast.cashier.email, "password": NEW}
    assert "not right" in client.post("/password/reset/", {**words, "code": "00000x"}).content.decode()
    assert client.post("/password/reset/", {**words, "code": letter.code})["Location"] == "/login"
    assert opens(cast.cashier, NEW)


def test_a_wrong_code_counts_also_when_somebody_who_is_signed_in_types_it(client, cast, mailbox):
    letter_for(client, mailbox, cast.cashier)
    sign_in(client, cast.teammate)
    client.post("/password/reset/", {"email": cast.cashier.email, "password": NEW, "code": "00000x"})
    with tenancy.organisation(ACE):
        assert OneTimeLink.objects.get(person=cast.cashier).wrong_codes == 1


def test_a_spent_link_says_so_and_how_to_get_another(client, cast):
    answer = client.get("/password/reset/1-nothing/")
    assert (answer.status_code, "/password/forgot/" in answer.content.decode()) == (410, True)


def test_people_still_have_argon2id_hashes(cast):
    with tenancy.organisation(ACE):
        assert Person.objects.get(pk=cast.cashier.pk).password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
