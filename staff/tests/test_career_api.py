"""Careers at the API: change, terminate, restore, history, access log, and the decisions."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from config import tenancy
from config.idempotency import GivenAnswer
from config.testing import ACE, bearer
from staff.models import AccessEntry, State
from staff.tests.careers import CANARY, fresh, last_event, make_change, make_leaving, salary_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client):
    def send(person, method, path, data=None, **headers):
        call = getattr(client, method)
        extra = {"data": data or {}, "content_type": "application/json"} if method != "get" else {}
        return call(f"/api/v1/{path}", headers={**bearer(person), **headers}, **extra)

    return send


def test_a_career_is_changed_and_the_answer_holds_no_salary(cast, ask):
    body = {"role": str(cast.floor_manager.role_id), "salary": str(CANARY), "reason": "Ran the tills"}
    answer = ask(cast.hr, "post", f"staff/{cast.cashier.pk}/change", body)
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["kind"], shown["state"], shown["before"]["role"], shown["after"]["role"], shown["by"]) == (
        "promotion", "applied", "Cashier", "Floor Manager", "Halima Sule",
    )  # fmt: skip
    assert str(CANARY) not in answer.content.decode()
    with tenancy.organisation(ACE):
        assert salary_of(cast.cashier) == CANARY
        assert not GivenAnswer.objects.exists()
    again = ask(cast.hr, "post", f"staff/{cast.cashier.pk}/change", body)
    assert (again.status_code, again.json()["error"]["code"]) == (400, "unchanged")


def test_a_group_heads_is_a_proposal_that_another_decides(cast, ask):
    body = {"branch": str(cast.akobo.pk)}
    shown = ask(cast.group_head, "post", f"staff/{cast.cashier.pk}/change", body).json()
    assert shown["state"] == "proposed"
    assert [each["id"] for each in ask(cast.ceo, "get", "staff/changes").json()["results"]] == [shown["id"]]
    assert ask(cast.group_head, "post", f"staff/changes/{shown['id']}/approve").status_code == 403
    assert ask(cast.ceo, "post", f"staff/changes/{shown['id']}/approve").json()["state"] == "applied"
    late = ask(cast.coo, "post", f"staff/changes/{shown['id']}/decline", {"reason": "No"})
    assert (late.status_code, late.json()["error"]["message"]) == (409, "This is applied by Chinedu Obi already.")


def test_a_later_day_is_planned_and_withdrawn(cast, ask):
    day = (timezone.now() + timedelta(days=40)).date().isoformat()
    shown = ask(
        cast.hr, "post", f"staff/{cast.cashier.pk}/change", {"contract_hours": "24", "effective_on": day}
    ).json()
    assert (shown["state"], shown["effective_on"]) == ("planned", day)
    assert ask(cast.coo, "post", f"staff/changes/{shown['id']}/withdraw").json()["state"] == "withdrawn"


def test_if_match_names_the_person_that_was_read(cast, ask):
    seen = ask(cast.hr, "get", f"staff/{cast.cashier.pk}")["ETag"]
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.ceo, contract_hours=Decimal(30))
    answer = ask(cast.hr, "post", f"staff/{cast.cashier.pk}/change", {"contract_hours": "24"}, **{"If-Match": seen})
    assert answer.status_code == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"salary": "-1"}, "salary"), ({"salary": "much"}, "salary"), ({"effective_on": "soon"}, "effective_on"),
        ({"role": "99999999"}, "role"), ({"contract_hours": "200"}, "contract_hours"),
    ],
)  # fmt: skip
def test_bad_input_is_named_by_its_field(cast, ask, body, field):
    answer = ask(cast.hr, "post", f"staff/{cast.cashier.pk}/change", body)
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {field}


def test_terminate_and_restore(cast, ask):
    path = f"staff/{cast.cashier.pk}"
    no_reason = ask(cast.hr, "post", f"{path}/terminate", {"leaving": "resigned"})
    assert set(no_reason.json()["error"]["fields"]) == {"reason"}
    body = {"leaving": "contract_ended", "reason": "The season is over"}
    shown = ask(cast.coo, "post", f"{path}/terminate", body).json()
    assert (shown["kind"], shown["leaving"], shown["clearance"]) == ("termination", "contract_ended", "pending")
    [leaver] = ask(cast.auditor, "get", "staff/left").json()["results"]
    assert leaver["id"] == shown["id"]
    cleared = ask(cast.hr, "post", f"staff/left/{shown['id']}/clearance", {"clearance": "cleared", "note": "All back"})
    assert (cleared.json()["clearance"], cleared.json()["clearance_note"]) == ("cleared", "All back")
    assert ask(cast.ceo, "post", f"{path}/restore").json()["kind"] == "restore"
    assert ask(cast.ceo, "post", f"{path}/restore").status_code == 409
    assert ask(cast.auditor, "get", "staff/left").json()["results"] == []


def test_the_history_shows_salaries_to_readers_and_logs_it(cast, ask):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, salary=CANARY)
        make_leaving(cast.cashier, by=cast.hr)
        make_change(cast.teammate, by=cast.hr, contract_hours=Decimal(20))
    path = f"staff/{cast.cashier.pk}/history"
    kinds = [each["kind"] for each in ask(cast.branch_manager, "get", path).json()["results"]]
    assert kinds == ["termination", "salary_change"]
    assert "salary" not in ask(cast.branch_manager, "get", path).json()["results"][1]["after"]
    with tenancy.organisation(ACE):
        assert not AccessEntry.objects.exists()
    page = ask(cast.auditor, "get", path + "?limit=1").json()
    assert page["results"][0]["after"]["salary"] == str(CANARY)
    assert ask(cast.auditor, "get", f"{path}?limit=1&cursor={page['next']}").json()["next"] is None
    log = ask(cast.hr, "get", f"staff/{cast.cashier.pk}/access-log").json()["results"]
    assert [(entry["what"], entry["by"]) for entry in log] == [("Salary", "Audu Bello")] * 2
    own = ask(cast.teammate, "get", f"staff/{cast.teammate.pk}/history").json()["results"]
    assert own[0]["after"]["salary"] is None


def test_a_refused_change_leaves_nothing(cast, ask):
    body = {"role": str(cast.auditor.role_id)}
    answer = ask(cast.hr, "post", f"staff/{cast.cashier.pk}/change", body)
    assert set(answer.json()["error"]["fields"]) == {"reason"}
    with tenancy.organisation(ACE):
        assert fresh(cast.cashier).role == cast.cashier.role
    body["reason"] = "Passed the school"
    assert ask(cast.hr, "post", f"staff/{cast.cashier.pk}/change", body).status_code == 201
    with tenancy.organisation(ACE):
        assert last_event(cast.cashier).state == State.APPLIED
