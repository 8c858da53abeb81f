"""How often anybody may ask: exact, however many ask at once, by the right address, also without the cache server."""

from __future__ import annotations

import re
import threading
from collections import Counter
from ipaddress import ip_network

import pytest
from django.test import Client, RequestFactory

from config import limits
from config.caching import server
from config.caching.breaker import Breaker
from config.limits import ADDRESS, LIMITS, USER, Limit, address_of, decide
from config.testing import bearer, sign_in
from roster.tests.make import make_roster
from staff.signin import Login
from staff.tests.make import PASSWORD

pytestmark = pytest.mark.django_db

EVERYTHING = re.compile("")
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def without_cache_server(settings):
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}
    server.breaker = Breaker()


@pytest.fixture
def only(monkeypatch):
    """A function that makes one limit the only one."""
    return lambda **shape: monkeypatch.setattr(limits, "LIMITS", {"test": Limit("T", paths=EVERYTHING, **shape)})


def ask(times: int, caller: Login | None = None, **meta) -> list[bool]:
    request = RequestFactory().get("/", **meta)
    return [decide(request, caller)[0].allows for _ in range(times)]


def test_a_window_lets_exactly_its_number_through(only):
    only(amount=5, seconds=3600, of=ADDRESS)
    assert ask(7) == [True] * 5 + [False] * 2


def test_a_bucket_lets_its_burst_through_and_then_its_rate(only):
    only(amount=1, seconds=3600, of=ADDRESS, burst=4)
    assert ask(6) == [True] * 4 + [False] * 2


def test_a_bucket_fills_again(only):
    only(amount=20, seconds=1, of=ADDRESS, burst=1)
    assert ask(2) == [True, False]
    threading.Event().wait(0.2)
    assert ask(1) == [True]


def test_a_window_opens_again(only):
    only(amount=1, seconds=1, of=ADDRESS)
    assert ask(2) == [True, False]
    threading.Event().wait(1.1)
    assert ask(1) == [True]


@pytest.mark.parametrize("burst", [0, 120], ids=["window", "bucket"])
def test_500_at_once_are_counted_exactly(only, burst):
    only(amount=120 if not burst else 1, seconds=3600, of=ADDRESS, burst=burst)
    allowed: Counter[bool] = Counter()
    threads = [threading.Thread(target=lambda: allowed.update(ask(10))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed == {True: 120, False: 380}


def test_what_one_limit_refuses_is_counted_against_no_other(monkeypatch):
    few = Limit("T1", 1, 3600, ADDRESS, EVERYTHING)
    many = Limit("T2", 5, 3600, ADDRESS, EVERYTHING)
    monkeypatch.setattr(limits, "LIMITS", {"few": few, "many": many})
    assert ask(10) == [True] + [False] * 9
    monkeypatch.setattr(limits, "LIMITS", {"many": many})
    assert ask(5) == [True] * 4 + [False]


def test_users_count_apart_also_behind_one_address(only):
    only(amount=1, seconds=3600, of=USER)
    assert ask(2, Login(1, 7)) == [True, False]
    assert ask(1, Login(1, 8)) == [True]
    assert ask(1, Login(2, 7)) == [True]
    assert ask(2) == [True, False]


class TestAddress:
    def of(self, remote: str, forwarded: str = "") -> str:
        extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
        return address_of(RequestFactory().get("/", REMOTE_ADDR=remote, **extra).META)

    def test_without_a_trusted_proxy_a_claim_counts_for_nothing(self, settings):
        settings.TRUSTED_PROXIES = []
        assert self.of("203.0.113.9", "198.51.100.1") == "203.0.113.9"

    def test_the_last_hop_that_our_proxies_do_not_vouch_for_is_the_client(self, settings):
        settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
        assert self.of("10.0.0.2", "6.6.6.6, 203.0.113.9, 10.0.0.1") == "203.0.113.9"

    def test_who_is_no_proxy_of_ours_cannot_speak_for_others(self, settings):
        settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
        assert self.of("203.0.113.9", "10.0.0.1") == "203.0.113.9"

    def test_a_household_is_one_address_in_ipv6(self, settings):
        settings.TRUSTED_PROXIES = []
        assert self.of("2001:db8:1:2::1") == self.of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"

    @pytest.mark.parametrize("nonsense", ["", "unix:", "999.1.1.1", "\x00", "10.0.0.1:80"])
    def test_nonsense_is_one_address(self, settings, nonsense):
        settings.TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
        assert self.of(nonsense) == "unknown"
        assert self.of("127.0.0.1", nonsense or "x") == "unknown"


def test_the_api_answers_429_in_its_own_shape_and_says_how_long(cast, monkeypatch):
    monkeypatch.setitem(LIMITS, "api", Limit("R03", 1, 3600, USER, re.compile("^/api/v1/"), burst=2))
    client, headers = Client(), bearer(cast.cashier)
    answers = [client.get("/api/v1/auth/me", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"2"}
    error = answers[-1].json()["error"]
    assert (error["code"], error["fields"]) == ("too_many_requests", {})
    assert error["request_id"] == answers[-1]["X-Request-ID"]
    assert 3500 < int(answers[-1]["Retry-After"]) <= 3600
    assert client.get("/api/v1/auth/me", headers=bearer(cast.teammate)).status_code == 200


def test_publishing_is_a_bulk_write_and_reading_is_not(cast, ace, monkeypatch):
    roster = make_roster(cast)
    monkeypatch.setitem(LIMITS, "bulk", Limit("R02", 2, 3600, USER, LIMITS["bulk"].paths, LIMITS["bulk"].methods))
    client, headers, url = Client(), bearer(cast.floor_manager), f"/api/v1/rosters/{roster.pk}"
    statuses = [
        client.post(f"{url}/publish", {}, content_type="application/json", headers=headers).status_code for _ in "123"
    ]
    assert statuses[2] == 429
    assert 429 not in statuses[:2]
    assert client.get(url, headers=headers).status_code == 200


def test_the_login_page_is_counted_by_address_and_shows_a_page(monkeypatch):
    monkeypatch.setitem(LIMITS, "credentials", Limit("R06", 2, 3600, ADDRESS, limits.CREDENTIALS, limits.WRITES))
    client = Client()
    tries = [client.post("/login", {"email": f"{n}@acemall.example", "password": "x"}) for n in range(3)]
    assert tries[2].status_code == 429
    assert b"too fast" in tries[2].content
    assert client.get("/login").status_code == 200
    assert client.post("/login", {}, REMOTE_ADDR="203.0.113.5").status_code != 429


@pytest.mark.parametrize(
    "path",
    [
        "/login", "/login/code", "/password/forgot/", "/password/reset/", "/password/new/", "/email/confirm/1-x/",
        "/account/password/", "/account/email/", "/account/security/second-step/", "/account/security/second-step/off/",
        *(
            f"/api/v1/auth/{door}"
            for door in (
                "login", "refresh", "password/forgot", "password/reset", "password/change", "email/change",
                "email/confirm", "2fa/setup", "2fa/confirm", "2fa/disable", "2fa/recovery-codes",
            )
        ),
    ],
)  # fmt: skip
def test_whatever_takes_a_password_a_code_or_a_link_counts_as_a_credential(path):
    names = {each.name for each in limits.asked({"REMOTE_ADDR": "203.0.113.9"}, "POST", path, None)}
    assert "credentials" in names
    assert "credentials" not in {each.name for each in limits.asked({}, "GET", path, None)}


def test_the_contract_stands_in_the_table():
    shapes = {name: (each.amount, each.seconds, each.burst, each.of) for name, each in LIMITS.items()}
    assert shapes == {
        "api": (100, 60, 200, USER), "bulk": (10, 60, 0, USER), "uploads": (10, 60, 0, USER),
        "exports": (10, 60, 0, USER), "credentials": (100, 900, 0, ADDRESS),
    }  # fmt: skip
    assert (limits.FAILURES, limits.LOCKED_FOR) == (5, 900)


def log_in(email: str, password: str, **meta):
    body = {"email": email, "password": password}
    return Client().post("/api/v1/auth/login", body, content_type="application/json", **meta)


@pytest.mark.parametrize("server_is_there", [True, False], ids=["counted in the cache server", "counted in PostgreSQL"])
@pytest.mark.parametrize("somebody", [True, False], ids=["known", "unknown"])
def test_five_wrong_passwords_lock_an_address_also_for_the_right_one(cast, request, server_is_there, somebody):
    if not server_is_there:
        request.getfixturevalue("without_cache_server")
    email = cast.cashier.email if somebody else "nobody@acemall.example"
    assert [log_in(email, "wrong").status_code for _ in range(5)] == [401] * 5
    locked = log_in(email, PASSWORD)
    assert locked.status_code == 429
    assert (
        locked.json()["error"]["message"] == "Too many wrong passwords: signing in is locked. Try again in 15 minutes."
    )
    assert 800 < int(locked["Retry-After"]) <= 900
    assert log_in(cast.teammate.email, PASSWORD).status_code == 200


@pytest.mark.parametrize("server_is_there", [True, False], ids=["counted in the cache server", "counted in PostgreSQL"])
def test_a_right_password_makes_four_wrong_ones_good(cast, request, server_is_there):
    if not server_is_there:
        request.getfixturevalue("without_cache_server")
    for _ in range(2):
        assert [log_in(cast.cashier.email, "wrong").status_code for _ in range(4)] == [401] * 4
        assert log_in(cast.cashier.email, PASSWORD).status_code == 200


def test_the_login_page_says_that_an_address_is_locked(cast):
    for _ in range(5):
        Client().post("/login", {"email": cast.cashier.email, "password": "wrong"})
    page = Client().post("/login", {"email": cast.cashier.email, "password": PASSWORD})
    assert "signing in is locked" in page.content.decode()


def test_without_the_cache_server_credentials_are_counted_in_postgresql(without_cache_server, monkeypatch):
    small = Limit("R06", 3, 3600, ADDRESS, limits.CREDENTIALS, limits.WRITES, outlives_outages=True)
    monkeypatch.setitem(LIMITS, "credentials", small)
    statuses = [log_in(f"{n}@acemall.example", "x").status_code for n in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert log_in("other@acemall.example", "x", REMOTE_ADDR="203.0.113.5").status_code == 401


def test_without_the_cache_server_reads_are_let_through(cast, without_cache_server, monkeypatch):
    monkeypatch.setitem(LIMITS, "api", Limit("R03", 1, 3600, USER, re.compile("^/api/v1/"), burst=1))
    answers = [Client().get("/api/v1/auth/me", headers=bearer(cast.cashier)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert not any("RateLimit-Limit" in answer for answer in answers)


def test_pages_of_people_who_are_signed_in_have_no_limit(cast):
    client = sign_in(Client(), cast.cashier)
    assert "RateLimit-Limit" not in client.get("/")
