"""Shifts, assignments and templates by the API."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config import tenancy
from config.testing import ACE, bearer
from roster import services
from roster.entry import read_hours
from roster.models import Assignment, Shift, ShiftTemplate
from roster.services import NewShift
from roster.tests.make import make_roster, make_rule, make_shift, next_monday
from staff.tests.make import make_branch, make_department, make_person, make_role

pytestmark = pytest.mark.django_db

SHIFTS, ASSIGNMENTS, TEMPLATES = "/api/v1/shifts", "/api/v1/assignments", "/api/v1/shift-templates"


@pytest.fixture
def roster(cast):
    with tenancy.organisation(ACE):
        return make_roster(cast)


@pytest.fixture
def call(client):
    """Ask as a person; returns (status, body)."""

    def ask(person, method, url, body=None, **headers):
        sent = {"data": body, "content_type": "application/json"} if body is not None else {}
        response = getattr(client, method)(url, headers={**bearer(person), **headers}, **sent)
        return response.status_code, response.json() if response.content else None

    return ask


@pytest.fixture
def shift(cast, roster):
    with tenancy.organisation(ACE):
        return make_shift(roster, "9-17 30b", by=cast.floor_manager, person=cast.cashier)


def body_for(week, **fields):
    return {"roster": str(week.pk), "date": f"{week.week_start}", "hours": "9-17 30b", **fields}


def stored(shift):
    with tenancy.organisation(ACE):
        return Shift.objects.select_related("branch").get(pk=shift.pk)


# ── Adding ───────────────────────────────────────────────────────────────────
def test_a_shift_is_written_as_people_write_it(cast, roster, call):
    status, body = call(cast.floor_manager, "post", SHIFTS, body_for(roster, person=str(cast.cashier.pk), note="Till"))
    assert (status, body["state"], body["version"], body["warnings"]) == (201, "draft", 1, [])
    assert (body["hours"], body["note"], body["person"]["id"]) == ("7.50", "Till", str(cast.cashier.pk))
    assert body["starts_at"].endswith("T09:00:00+01:00")


def test_a_shift_is_written_with_start_and_end_by_the_branchs_clock(cast, roster, call):
    asked = body_for(roster, starts="22:00", ends="06:00", break_minutes=45, role=str(cast.cashier.role_id))
    del asked["hours"]
    status, body = call(cast.floor_manager, "post", SHIFTS, asked)
    assert (status, body["hours_label"], body["hours"]) == (201, "22:00–06:00 +1", "7.25")
    assert (body["state"], body["role"]["name"]) == ("open", "Cashier")


def test_a_warning_comes_back_with_the_shift(cast, roster, call):
    with tenancy.organisation(ACE):
        make_rule("weekly_hours", 5)
    status, body = call(cast.floor_manager, "post", SHIFTS, body_for(roster, person=str(cast.cashier.pk)))
    assert status == 201
    assert [(each["kind"], each["level"]) for each in body["warnings"]] == [("weekly_hours", "warn")]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"hours": "nine to five"}, "hours"),
        ({"hours": None}, "hours"),
        ({"hours": "9-5"}, "hours"),
        ({"hours": "9-9"}, "hours"),
        ({"hours": "9-17", "starts": "09:00"}, "hours"),
        ({"hours": "9-9:30 30b"}, "hours"),
        ({"date": "2001-01-01"}, "date"),
        ({"date": "9999-12-31"}, "date"),
        ({"date": "soon"}, "date"),
        ({"break_minutes": -1}, "break_minutes"),
        ({"break_minutes": 10**30}, "break_minutes"),
        ({"role": "999999"}, "role"),
        ({"person": "x"}, "person"),
        ({"person": True}, "person"),
        ({"person": 10**30}, "person"),
        ({"roster": "0"}, "roster"),
        ({"note": "x" * 201}, "note"),
        ({"note": "\x00"}, "note"),
    ],
)
def test_what_makes_no_shift_names_the_field(cast, roster, call, fields, wrong):
    status, body = call(cast.floor_manager, "post", SHIFTS, body_for(roster, **fields))
    assert (status, list(body["error"]["fields"])) == (400, [wrong])
    with tenancy.organisation(ACE):
        assert not Shift.objects.exists()


@pytest.mark.parametrize("left_out", [("hours",), ("hours", "date"), ("roster",)])
def test_what_is_missing_is_named(cast, roster, call, left_out):
    asked = {name: value for name, value in body_for(roster).items() if name not in left_out}
    assert call(cast.floor_manager, "post", SHIFTS, asked)[0] == 400


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_object_is_refused(cast, roster, client, body):
    response = client.post(SHIFTS, body, content_type="application/json", headers=bearer(cast.floor_manager))
    assert response.status_code == 400


def test_a_person_beyond_the_reach_is_no_person(cast, roster, call):
    with tenancy.organisation(ACE):
        cook = make_person("Cook", "Test", make_role(), branch=cast.bodija, department=cast.eatery)
    for outsider in (cast.stranger, cast.other_cashier, cook):
        status, body = call(cast.floor_manager, "post", SHIFTS, body_for(roster, person=str(outsider.pk)))
        assert (status, list(body["error"]["fields"])) == (400, ["person"])


def test_only_who_plans_a_team_adds_to_its_roster(cast, roster, call):
    for person, expected in (
        (cast.cashier, 403),
        (cast.auditor, 403),
        (cast.stranger_manager, 400),
        (cast.other_hr, 400),
    ):
        assert call(person, "post", SHIFTS, body_for(roster))[0] == expected
    for person in (cast.branch_manager, cast.group_head, cast.coo):
        assert call(person, "post", SHIFTS, body_for(roster))[0] == 201


def test_a_blocking_rule_refuses(cast, roster, shift, call):
    status, body = call(cast.floor_manager, "post", SHIFTS, body_for(roster, person=str(cast.cashier.pk)))
    assert (status, body["error"]["code"]) == (409, "overlap")
    with tenancy.organisation(ACE):
        assert Shift.objects.count() == 1


def test_a_time_that_the_clocks_skip_is_refused(cast, call):
    with tenancy.organisation(ACE):
        london = make_branch("London", code="LON", timezone="Europe/London")
        roster = services.open_roster(london, cast.supermarket, None, date(2027, 3, 22), by=cast.hr)
    status, body = call(cast.hr, "post", SHIFTS, body_for(roster, date="2027-03-28", hours="1:30-9"))
    assert status == 400
    assert "does not exist" in body["error"]["message"]


# ── Changing ─────────────────────────────────────────────────────────────────
def test_what_is_not_said_stays(cast, shift, call):
    status, body = call(cast.floor_manager, "patch", f"{SHIFTS}/{shift.pk}", {"note": "Till 2", "version": 1})
    assert (status, body["version"], body["note"]) == (200, 2, "Till 2")
    assert (body["hours_label"], body["break_minutes"]) == ("09:00–17:00", 30)
    assert body["person"]["id"] == str(cast.cashier.pk)


def test_one_end_of_the_shift_can_be_moved_alone(cast, shift, call):
    _, body = call(cast.floor_manager, "patch", f"{SHIFTS}/{shift.pk}", {"ends": "18:30"}, **{"If-Match": '"1"'})
    assert (body["hours_label"], body["break_minutes"]) == ("09:00–18:30", 30)


def test_a_shift_is_given_to_somebody_else_and_opened(cast, shift, call):
    url = f"{SHIFTS}/{shift.pk}"
    _, body = call(cast.floor_manager, "patch", url, {"person": str(cast.teammate.pk), "version": 1})
    assert body["person"]["name"] == "Kunle Ogundele"
    _, body = call(cast.floor_manager, "patch", url, {"person": None, "version": 2})
    assert (body["person"], body["state"]) == (None, "open")


def test_the_second_of_two_is_told_who_changed_what(cast, shift, call):
    url = f"{SHIFTS}/{shift.pk}"
    assert call(cast.branch_manager, "patch", url, {"hours": "10-18", "version": 1})[0] == 200
    status, body = call(cast.floor_manager, "patch", url, {"hours": "8-16"}, **{"If-Match": "1"})
    assert status == 412
    assert "Bola Manager changed it to" in body["error"]["message"]
    assert "10:00–18:00" in body["error"]["message"]
    assert stored(shift).hours_label == "10:00–18:00"
    assert call(cast.floor_manager, "delete", url, **{"If-Match": "1"})[0] == 412


def test_a_change_says_which_version_it_was_made_from(cast, shift, call):
    url = f"{SHIFTS}/{shift.pk}"
    for method, body in (("patch", {"note": "x"}), ("delete", None)):
        status, refusal = call(cast.floor_manager, method, url, body)
        assert (status, refusal["error"]["code"]) == (428, "version_needed")
    for version in ("x", "*", "-1", '"1', "9" * 40):
        assert call(cast.floor_manager, "patch", url, {"note": "x"}, **{"If-Match": version})[0] in (400, 412)
    assert call(cast.floor_manager, "patch", url, {"note": "x", "version": [1]})[0] == 400
    assert stored(shift).version == 1


def test_the_version_is_the_etag(cast, shift, client):
    response = client.get(f"{SHIFTS}/{shift.pk}", headers=bearer(cast.floor_manager))
    assert response["ETag"] == '"1"'
    changed = client.patch(
        f"{SHIFTS}/{shift.pk}",
        {"note": "x"},
        content_type="application/json",
        headers={**bearer(cast.floor_manager), "If-Match": response["ETag"]},
    )
    assert changed["ETag"] == '"2"'


def test_a_draft_is_gone_and_a_promise_is_cancelled(cast, roster, shift, call):
    url = f"{SHIFTS}/{shift.pk}"
    assert call(cast.floor_manager, "delete", f"{url}?version=1") == (204, None)
    assert call(cast.floor_manager, "get", url)[0] == 404
    with tenancy.organisation(ACE):
        told = make_shift(roster, by=cast.floor_manager, person=cast.cashier)
        services.publish([roster], by=cast.floor_manager)
    assert call(cast.floor_manager, "delete", f"{SHIFTS}/{told.pk}", **{"If-Match": "1"})[0] == 204
    assert call(cast.floor_manager, "get", f"{SHIFTS}/{told.pk}")[1]["state"] == "cancelled"
    assert call(cast.floor_manager, "get", SHIFTS)[1]["results"] == []


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_shift_of_another_team_or_organisation_is_not_there(cast, shift, call, method):
    body = {"note": "x", "version": 1} if method == "patch" else None
    for outsider in (cast.stranger_manager, cast.other_hr, cast.cashier):
        assert call(outsider, method, f"{SHIFTS}/{shift.pk}", body)[0] == 404


def test_a_reader_sees_and_does_not_change(cast, shift, call):
    url = f"{SHIFTS}/{shift.pk}"
    assert call(cast.auditor, "get", url)[0] == 200
    assert call(cast.auditor, "patch", url, {"note": "x", "version": 1})[0] == 403
    assert call(cast.auditor, "delete", url, **{"If-Match": "1"})[0] == 403


# ── Listing ──────────────────────────────────────────────────────────────────
def test_shifts_are_listed_within_reach_and_narrowed(cast, roster, shift, call):
    with tenancy.organisation(ACE):
        make_shift(roster, by=cast.floor_manager, day=3)

    def found(person=cast.floor_manager, **query):
        url = SHIFTS + "?" + "&".join(f"{name}={value}" for name, value in query.items())
        return len(call(person, "get", url)[1]["results"])

    assert found() == found(roster=roster.pk) == found(cast.hr, branch=cast.bodija.pk) == 2
    assert found(open="true") == found(open="false") == found(date_from=next_monday() + timedelta(days=1)) == 1
    assert found(date_to=next_monday() + timedelta(days=3)) == 2
    assert found(cast.hr, branch=cast.akobo.pk) == found(roster=10**15) == 0
    assert found(cast.stranger_manager) == found(cast.other_hr) == 0
    assert call(cast.cashier, "get", SHIFTS)[0] == 403


def test_a_published_shift_that_was_changed_says_so(cast, roster, shift, call):
    with tenancy.organisation(ACE):
        services.publish([roster], by=cast.floor_manager)
    url = f"{SHIFTS}/{shift.pk}"
    assert call(cast.floor_manager, "get", url)[1]["state"] == "published"
    assert call(cast.floor_manager, "patch", url, {"hours": "8-16", "version": 1})[1]["state"] == "changed"


def test_two_hundred_shifts_need_the_queries_of_two(cast, roster, call):
    def queries(url):
        with CaptureQueriesContext(connection) as found:
            assert call(cast.floor_manager, "get", f"{url}?limit=200")[0] == 200
        return sum("SAVEPOINT" not in query["sql"] for query in found)

    with tenancy.organisation(ACE):
        for day in range(2):
            make_shift(roster, by=cast.floor_manager, person=cast.cashier, day=day)
    few = [queries(SHIFTS), queries(ASSIGNMENTS)]
    with tenancy.organisation(ACE):
        services.publish([roster], by=cast.floor_manager)
        for day in range(7):
            make_shift(roster, by=cast.floor_manager, day=day)
            make_shift(roster, by=cast.floor_manager, person=cast.teammate, day=day)
    assert [queries(SHIFTS), queries(ASSIGNMENTS)] == few
    assert max(few) <= 10


# ── Assignments ──────────────────────────────────────────────────────────────
def test_a_planner_sees_the_plan_and_the_promise_and_the_person_only_the_promise(cast, roster, shift, call):
    assert call(cast.cashier, "get", ASSIGNMENTS)[1]["results"] == []
    with tenancy.organisation(ACE):
        services.publish([roster], by=cast.floor_manager)
        moved = NewShift(shift.date, read_hours("7-15"), person=cast.cashier)
        services.change_shift(shift, moved, by=cast.floor_manager, version=1)
    [seen] = call(cast.floor_manager, "get", ASSIGNMENTS)[1]["results"]
    assert seen["planned"]["starts_at"].endswith("T07:00:00+01:00")
    assert seen["promised"]["starts_at"].endswith("T09:00:00+01:00")
    [own] = call(cast.cashier, "get", ASSIGNMENTS)[1]["results"]
    assert (own["planned"], own["promised"]) == (None, seen["promised"])
    for other in (cast.teammate, cast.stranger_manager, cast.other_hr):
        assert call(other, "get", ASSIGNMENTS)[1]["results"] == []


def test_a_manager_who_works_elsewhere_sees_only_what_was_promised_there(cast, call):
    with tenancy.organisation(ACE):
        away = services.open_roster(cast.akobo, make_department("Lounge"), None, next_monday(), by=cast.hr)
        make_shift(away, by=cast.hr, person=cast.floor_manager)
        services.publish([away], by=cast.hr)
    [own] = call(cast.floor_manager, "get", ASSIGNMENTS)[1]["results"]
    assert own["planned"] is None
    assert own["promised"]


def test_an_assignment_taken_back_is_planned_no_more(cast, roster, shift, call):
    with tenancy.organisation(ACE):
        services.publish([roster], by=cast.floor_manager)
        services.unassign(shift, by=cast.floor_manager, version=1)
        assert Assignment.objects.get().removed_at
    [seen] = call(cast.floor_manager, "get", f"{ASSIGNMENTS}?shift={shift.pk}")[1]["results"]
    assert seen["planned"] is None
    assert seen["promised"]


# ── Templates ────────────────────────────────────────────────────────────────
LATE = {"name": "Late", "starts": "14:00", "ends": "22:00", "break_minutes": 30}


def test_everybody_reads_templates_and_few_set_them(cast, call):
    status, made = call(cast.hr, "post", TEMPLATES, LATE)
    assert (status, made["ends"], made["is_active"]) == (201, "22:00", True)
    for reader in (cast.cashier, cast.floor_manager, cast.auditor):
        assert [each["name"] for each in call(reader, "get", TEMPLATES)[1]["results"]] == ["Late"]
        assert call(reader, "post", TEMPLATES, {**LATE, "name": "Mine"})[0] == 403
        assert call(reader, "patch", f"{TEMPLATES}/{made['id']}", {"name": "Mine"})[0] == 403
        assert call(reader, "delete", f"{TEMPLATES}/{made['id']}")[0] == 403
    assert call(cast.other_hr, "get", TEMPLATES)[1]["results"] == []
    assert call(cast.other_hr, "delete", f"{TEMPLATES}/{made['id']}")[0] == 404


def test_a_template_is_changed_and_taken_away(cast, call):
    _, made = call(cast.coo, "post", TEMPLATES, LATE)
    url = f"{TEMPLATES}/{made['id']}"
    status, changed = call(cast.coo, "patch", url, {"ends": "02:00", "is_active": False})
    assert (status, changed["ends"], changed["starts"], changed["is_active"]) == (200, "02:00", "14:00", False)
    assert call(cast.coo, "delete", url) == (204, None)
    assert call(cast.coo, "get", url)[0] == 404


@pytest.mark.parametrize(
    ("fields", "status", "wrong"),
    [
        ({"ends": "14:00"}, 400, "ends"),
        ({"ends": "06:01"}, 400, "ends"),
        ({"starts": "14"}, 400, "starts"),
        ({"break_minutes": 181}, 400, "break_minutes"),
        ({"ends": "14:30"}, 400, "break_minutes"),
        ({"name": ""}, 400, "name"),
        ({"name": "x" * 41}, 400, "name"),
    ],
)
def test_hours_that_make_no_shift_make_no_template(cast, call, fields, status, wrong):
    found, body = call(cast.hr, "post", TEMPLATES, {**LATE, **fields})
    assert (found, list(body["error"]["fields"])) == (status, [wrong])


def test_two_templates_of_one_name_are_refused_in_a_sentence(cast, call):
    call(cast.hr, "post", TEMPLATES, LATE)
    status, body = call(cast.hr, "post", TEMPLATES, LATE)
    assert (status, body["error"]["message"]) == (409, "There is already a template of this name.")
    with tenancy.organisation(ACE):
        assert ShiftTemplate.objects.count() == 1
