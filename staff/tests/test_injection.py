"""Attacks in requests are noticed, and what people write in earnest is not; nothing of what was sent is kept."""

from __future__ import annotations

import logging
import time
from urllib.parse import urlencode

import pytest
from django.test import Client

from config import tenancy
from config.caching import server
from config.testing import ACE, bearer
from staff.models import SecurityEvent
from staff.security.patterns import family_of

pytestmark = pytest.mark.django_db

ATTACKS = {
    "database": [
        "' OR 1=1--",
        "x' or 'a'='a",
        "admin') OR ('1'='1",
        "1 UNION SELECT null, null, version()",
        "x') union select version(), 1",
        "1 union/**/all/**/select username, password from staff_person",
        "Robert'); DROP TABLE students;--",
        "1; DELETE FROM staff_person",
        "1; delete from people where 1=1",
        "1'); INSERT INTO people VALUES (1)",
        "'; UPDATE staff_person SET is_operator = true",
        "1; update people set salary = 1 where 1=1",
        "1; DROP TABLE staff_person",
        "1 AND sleep(5)",
        "'||pg_sleep(5)--",
        "(SELECT table_name FROM information_schema.tables)",
    ],
    "script": [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<svg/onload =alert(1) onload=alert(1)>",
        "javascript:alert(document.cookie)",
    ],
    "file": ["../../../../etc/passwd", "..\\..\\windows\\win.ini", "..%2f..%2fsecret", "/proc/self/environ"],
    "program": [
        "${jndi:ldap://x}",
        "{{7*7}}",
        "{{ ''.__class__ }}",
        "x; cat /etc/hosts",
        "$(whoami)",
        "a && curl http://x",
    ],
}
IN_EARNEST = [
    "O'Neil",
    "Ngozi O'Brien-Adé",
    "'Bola' or 'Bolu', whichever is spelled right",
    "Please select a shift from the union of both teams",
    "The union selected new delegates -- see the minutes",
    "select * from what we have; drop table cloths at the laundry",
    "Table 5; drop table cloths at the laundry",
    "I need sleep (8 h) and rest; update the roster and set it",
    'She said: "Either 9-5 or 10=6?" and laughed',
    "Till 1; delete from the list who has left",
    "Till 1; delete from roster",
    "Till 2; update roster and set (twice) = done",
    "Salary 120,000; bonus 10 % -- or 1 = 1 day off",
    "Price <5 & >3, a<b, 5 > 3",
    "onload the van; cat food aisle | dog food aisle",
    "Sick ... see ../notes",
    "C:\\Users\\Bola\\Desktop",
    "Hallo {{ name }}, welcome",
    "Costs $5 (five) or ${5}",
    "https://ace.example/a/b?c=d&e=f",
    "Like 'a' like 'b'",
    "adaeze.nwosu@acemall.example",
    "ﷺ Ọlá Ẹ̀bùn 😀",
    "Ọláṣubọ̀mí Adéyẹmí-O’Connor, عبد الرحمن أبو بكر, Ma'mun al-Ra'is",
    "The union select Ade, Bola and Chidi as delegates",
    "The union select 2 delegates from Bodija",
    "union select staff (cashiers) for the trip",
    "Table 5; drop table 7; move table 9",
    "Order 5; drop table linen; wash it",
    "Dog food; cat / kitten litter",
    "The sales benchmark (2025, third quarter)",
    "eat and sleep(8) hours",
    "Till 2; update stock set shelf = full",
    "Till 3; insert into drawer (new)",
    "Aisle 3; insert into box values of more than 500",
    "1 = 1",
    "https://drive.example/a/../../b?x=1",
    "..\\..\\Shared\\Rota.xlsx",
    "The till's boot.ini is missing",
]


@pytest.mark.parametrize(("family", "text"), [(family, text) for family, texts in ATTACKS.items() for text in texts])
def test_an_attack_is_told_from_words(family, text):
    assert family_of(text) == family


@pytest.mark.parametrize("text", IN_EARNEST)
def test_what_people_write_is_no_attack(text):
    assert family_of(text) == ""


@pytest.mark.parametrize(
    "part",
    ["' ", "'" + " " * 4090, '"))', "1 ; ", "union ", "{{__", "../", "<svg ", "; cat", "delete ", "a", "_", "/*", "$("],
)
def test_no_text_costs_more_than_a_few_milliseconds(part):
    text = (part * 4096)[:4096]
    begun = time.process_time()
    family_of(text)
    assert time.process_time() - begun < 0.05  # of the processor; a pattern that goes back and forth takes seconds


def noticed():
    with tenancy.organisation(ACE):
        return list(SecurityEvent.objects.values_list("kind", "person", "what", "route"))


def test_an_attack_in_an_address_is_noticed_and_answered_as_ever(cast, signed_in):
    answer = signed_in(cast.floor_manager).get("/team/", {"search": "' OR 1=1--"})
    assert answer.status_code == 200
    assert noticed() == [("injection", cast.floor_manager.pk, "database", "/team/")]


def test_an_attack_in_a_form_is_noticed(cast, signed_in):
    typed = urlencode({"theme": "<script>alert(1)</script>"})
    signed_in(cast.cashier).post("/account/preferences", typed, "application/x-www-form-urlencoded")
    assert noticed() == [("injection", cast.cashier.pk, "script", "/account/preferences")]


def test_an_attack_in_json_is_noticed_and_the_endpoint_still_reads_it(cast):
    body = {"phone": "' UNION SELECT null, null"}
    answer = Client().patch("/api/v1/profile", body, content_type="application/json", headers=bearer(cast.cashier))
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {"phone"}
    assert noticed() == [("injection", cast.cashier.pk, "database", "/api/v1/profile")]


def test_a_name_of_an_irish_person_is_searched_for_without_a_word(cast, signed_in):
    signed_in(cast.hr).get("/team/", {"search": "O'Neil"})
    assert noticed() == []


def test_many_attacks_of_one_person_within_five_minutes_are_one_event(cast, signed_in):
    client = signed_in(cast.cashier)
    for number in range(5):
        client.get("/schedule/", {"q": f"' or {number}={number} --"})
    assert len(noticed()) == 1


def test_a_password_is_not_looked_at(cast, signed_in):
    typed = urlencode({"current": "' OR 1=1--", "password": "<script>alert(1)</script>"})
    signed_in(cast.cashier).post("/account/password/", typed, "application/x-www-form-urlencoded")
    assert noticed() == []


def test_nothing_of_what_was_sent_is_kept(cast, signed_in):
    signed_in(cast.cashier).get("/team/", {"search": "<script>canary-471147</script>"})
    with tenancy.organisation(ACE):
        assert "471147" not in str(list(SecurityEvent.objects.values()))


def test_an_attack_of_somebody_unknown_stands_in_the_log_alone(cast, caplog):
    with caplog.at_level(logging.WARNING):
        Client().get("/login", {"next": "../../../etc/passwd"})
    assert noticed() == []
    record = next(record for record in caplog.records if record.name == "staff.watching")
    assert record.fields == {"family": "file", "route": "/login"}


def test_an_outage_of_the_cache_server_fails_no_request(cast, signed_in, monkeypatch):
    client = signed_in(cast.cashier)

    def away(*_args):
        raise server.Unavailable("gone")

    monkeypatch.setattr("config.bursts.server.ask", away)
    assert client.get("/schedule/", {"q": "' or 1=1 --"}).status_code == 200
    assert noticed() == []
