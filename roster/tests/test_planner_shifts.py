"""What a planner does to single shifts: add, change, move, copy, leave open, delete; and what is refused."""

import json
from datetime import date, timedelta

import pytest

from config import tenancy
from config.testing import ACE, OTHER
from roster import services
from roster.models import Assignment, Roster, Shift
from roster.selectors import unpublished
from roster.tests.make import make_roster, make_rule, make_shift, next_monday
from staff.tests.make import make_person, make_role

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/planner/"}


@pytest.fixture
def boss(cast, signed_in):
    """The floor manager's browser."""
    return signed_in(cast.floor_manager)


@pytest.fixture
def shift(cast):
    """A shift of the cashier on Monday, 9 to 17."""
    with tenancy.organisation(ACE):
        return make_shift(make_roster(cast), "9-17", by=cast.floor_manager, person=cast.cashier)


def add_url(cast, day: int = 0, **extra) -> str:
    team = f"{cast.bodija.pk}-{cast.supermarket.pk}-0"
    date_ = next_monday() + timedelta(days=day)
    return f"/planner/shifts/new?team={team}&date={date_}" + "".join(
        f"&{name}={value}" for name, value in extra.items()
    )


def typed(cast, hours: str = "9-17", **fields) -> dict:
    return {"hours": hours, "date": next_monday().isoformat(), "person": cast.cashier.pk, **fields}


def plan() -> list[tuple[str, str]]:
    """The plan as (hours with day, first name or "open")."""
    with tenancy.organisation(ACE):
        shifts = Shift.objects.standing().select_related("branch").order_by("starts_at", "pk")
        found = []
        for shift in shifts:
            held = Assignment.objects.active().filter(shift=shift).select_related("person").first()
            found.append((f"{shift.date:%a} {shift.hours_label}", held.person.first_name if held else "open"))
        return found


def toast(response) -> dict:
    return json.loads(response.headers["HX-Trigger"])["toast"]


def test_a_cell_opens_the_form_as_a_piece_and_as_a_page(cast, boss):
    piece = boss.get(add_url(cast, person=cast.cashier.pk), headers=HTMX)
    page = boss.get(add_url(cast, person=cast.cashier.pk))
    assert b"<html" not in piece.content
    assert b"<html" in page.content
    for response in (piece, page):
        assert f'name="person" value="{cast.cashier.pk}" checked' in response.content.decode()


@pytest.mark.parametrize(
    ("hours", "label"), [("9-17", "Mon 09:00–17:00"), ("9-5p 30b", "Mon 09:00–17:00"), ("22-6", "Mon 22:00–06:00 +1")]
)
def test_quick_entry_adds_a_draft_and_returns_to_its_cell(cast, boss, hours, label):
    response = boss.post(add_url(cast), typed(cast, hours))
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/planner/?")
    assert response.headers["Location"].endswith(f"-{cast.cashier.pk}-0")
    assert plan() == [(label, "Adaeze")]
    with tenancy.organisation(ACE):
        assert [change.kind for change in unpublished(list(Roster.objects.all()))] == ["added"]


def test_the_first_shift_opens_the_teams_roster(cast, boss):
    boss.post(add_url(cast), typed(cast))
    with tenancy.organisation(ACE):
        roster = Roster.objects.get()
        assert (roster.branch, roster.department, roster.week_start) == (cast.bodija, cast.supermarket, next_monday())


def test_htmx_gets_the_pieces_that_moved_and_a_sentence_for_the_ear(cast, boss):
    response = boss.post(add_url(cast), typed(cast), headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 200
    for piece in ("planner-actions", "planner-head", "planner-open", "planner-foot", "planner-day"):
        assert f'id="{piece}" hx-swap-oob="true"' in page
    assert "Publish 1 shift, " in page
    assert toast(response)["text"].startswith("Adaeze Nwosu, Mon ")
    cell = json.loads(response.headers["HX-Trigger-After-Settle"])["planner:done"]["cell"]
    assert f'id="{cell}"' in page


@pytest.mark.parametrize(
    "hours",
    ["", "soon", "25-26", "9-9", "9", "9-17 999b", "9-17; DROP TABLE", "<script>alert(1)</script>", "\x00", "8-7"],
)
def test_hours_that_are_none_get_one_sentence_and_keep_what_was_typed(cast, boss, hours):
    response = boss.post(add_url(cast), typed(cast, hours, note="Door B"), headers=HTMX)
    page = response.content.decode()
    assert response.status_code in (400, 422)
    assert page.count('id="id_hours_error"') == 1
    assert 'aria-invalid="true"' in page
    assert 'value="Door B"' in page
    assert "<script>alert" not in page
    assert plan() == []


def test_hours_that_a_clock_change_skips_are_refused(cast, signed_in):
    with tenancy.organisation(ACE):
        cast.bodija.timezone = "Europe/London"
        cast.bodija.save()
    team = f"{cast.bodija.pk}-{cast.supermarket.pk}-0"
    fields = {"hours": "1:30-9", "date": "2027-03-28", "person": ""}
    response = signed_in(cast.floor_manager).post(f"/planner/shifts/new?team={team}&date=2027-03-28", fields)
    assert response.status_code == 400
    assert "does not exist on Sunday 28 March" in response.content.decode()
    with tenancy.organisation(ACE):
        assert not Roster.objects.exists()


@pytest.mark.parametrize("day", ["2026-01-01", "soon", ""])
def test_a_day_of_another_week_is_refused(cast, boss, day):
    response = boss.post(add_url(cast), typed(cast, date=day))
    assert response.status_code == 422
    assert plan() == []


@pytest.mark.parametrize("whose", ["stranger", "other_cashier", "nobody", "word"])
def test_a_person_beyond_the_reach_gets_one_sentence(cast, boss, whose):
    ids = {"nobody": "99999999", "word": "x"}
    person = ids.get(whose) or getattr(cast, whose).pk
    response = boss.post(add_url(cast), typed(cast, person=person))
    assert response.status_code == 422
    assert "There is nobody like that among the people you plan for." in response.content.decode()
    assert plan() == []


def test_a_block_is_refused_with_the_rules_own_sentence(cast, boss, shift):
    response = boss.post(add_url(cast), typed(cast, "12-20"), headers=HTMX)
    assert response.status_code == 409
    assert "Adaeze Nwosu already works" in response.content.decode()
    assert len(plan()) == 1


def test_a_warning_is_saved_with_its_reason_and_said(cast, boss, shift):
    with tenancy.organisation(ACE):
        make_rule("rest", 11)
    tuesday = (next_monday() + timedelta(days=1)).isoformat()
    fields = typed(cast, "1-8", date=tuesday, reason="She asked for it")
    response = boss.post(add_url(cast), fields, headers=HTMX)
    assert "of rest" in toast(response)["text"]
    with tenancy.organisation(ACE):
        assert Assignment.objects.get(shift__date=tuesday).override_reason == "She asked for it"


def test_the_list_of_people_ranks_them_and_says_who_is_blocked(cast, boss, shift):
    with tenancy.organisation(ACE):
        make_person("Ada", "Free", make_role(), branch=cast.bodija, department=cast.supermarket, contract_hours=20)
    query = {"team": f"{cast.bodija.pk}-{cast.supermarket.pk}-0", "date": next_monday(), "hours": "10-18 30b"}
    query["role"] = cast.cashier.role_id
    page = boss.get("/planner/who", query, headers=HTMX).content.decode()
    assert "10:00–18:00, 30 min break, 7.5 h" in page
    assert page.index("Kunle Ogundele") < page.index("Ada Free") < page.index("Adaeze Nwosu")
    assert f'value="{cast.cashier.pk}" disabled' in page
    assert "already works" in page
    assert page.count("Best") == 1
    assert "Simi Ojo" not in page


def test_half_typed_hours_are_no_error_but_a_hint(cast, boss):
    query = {"team": f"{cast.bodija.pk}-{cast.supermarket.pk}-0", "date": next_monday(), "hours": "9-"}
    response = boss.get("/planner/who", query, headers=HTMX)
    assert response.status_code == 200
    assert "is not hours" in response.content.decode()


def test_a_shift_is_changed_in_its_form(cast, boss, shift):
    fields = typed(cast, "10-18", person=cast.teammate.pk, version=shift.version)
    assert boss.post(f"/planner/shifts/{shift.pk}", fields).status_code == 302
    assert plan() == [("Mon 10:00–18:00", "Kunle")]


def test_the_form_of_a_shift_shows_it_as_it_stands(cast, boss, shift):
    page = boss.get(f"/planner/shifts/{shift.pk}", headers=HTMX).content.decode()
    assert 'value="09:00-17:00"' in page
    assert f'name="person" value="{cast.cashier.pk}" checked' in page
    assert f'name="version" value="{shift.version}"' in page


def test_the_second_browser_is_told_who_changed_what_and_keeps_its_words(cast, boss, shift, client, signed_in):
    with tenancy.organisation(ACE):
        services.unassign(shift, by=cast.branch_manager, version=shift.version)
    fields = typed(cast, "11-19", note="Till 3", version=shift.version)
    response = boss.post(f"/planner/shifts/{shift.pk}", fields, headers=HTMX)
    page = response.content.decode()
    assert response.status_code == 412
    assert "Bola Manager changed it to" in page
    assert 'value="11-19"' in page
    assert 'value="Till 3"' in page
    assert plan() == [("Mon 09:00–17:00", "open")]
    # Now that they know, saving again is a decision.
    fields["version"] = shift.version + 1
    assert f'name="version" value="{fields["version"]}"' in page
    assert boss.post(f"/planner/shifts/{shift.pk}", fields, headers=HTMX).status_code == 200


@pytest.mark.parametrize("version", ["", "0", "x", "-1", "99"])
def test_a_version_that_was_never_shown_changes_nothing(cast, boss, shift, version):
    assert boss.post(f"/planner/shifts/{shift.pk}", typed(cast, "11-19", version=version)).status_code in (412, 422)
    assert plan() == [("Mon 09:00–17:00", "Adaeze")]


def test_a_shift_is_moved_to_another_cell(cast, boss, shift):
    target = {"date": next_monday() + timedelta(days=3), "person": cast.teammate.pk, "version": shift.version}
    response = boss.post(f"/planner/shifts/{shift.pk}/move", target, headers=HTMX)
    assert response.status_code == 200
    assert plan() == [("Thu 09:00–17:00", "Kunle")]


def test_a_shift_is_moved_to_the_open_row(cast, boss, shift):
    target = {"date": next_monday(), "person": "", "version": shift.version}
    boss.post(f"/planner/shifts/{shift.pk}/move", target, headers=HTMX)
    assert plan() == [("Mon 09:00–17:00", "open")]


def test_a_shift_is_copied_to_another_cell(cast, boss, shift):
    target = {"date": next_monday() + timedelta(days=1), "person": cast.teammate.pk}
    assert boss.post(f"/planner/shifts/{shift.pk}/copy", target).status_code == 302
    assert plan() == [("Mon 09:00–17:00", "Adaeze"), ("Tue 09:00–17:00", "Kunle")]


def test_a_move_that_the_rules_refuse_shows_the_shift_with_the_sentence(cast, boss, shift):
    with tenancy.organisation(ACE):
        make_shift(shift.roster, "8-12", by=cast.floor_manager, person=cast.teammate)
    target = {"date": next_monday(), "person": cast.teammate.pk, "version": shift.version}
    response = boss.post(f"/planner/shifts/{shift.pk}/move", target, headers=HTMX)
    assert response.status_code == 409
    assert "Kunle Ogundele already works" in response.content.decode()
    assert ("Mon 09:00–17:00", "Adaeze") in plan()


@pytest.mark.parametrize("target", [{"date": "2020-01-01"}, {"date": "x"}, {}, {"person": "99999999"}])
def test_a_move_to_nowhere_changes_nothing(cast, boss, shift, target):
    fields = {"date": next_monday(), "version": shift.version, **target}
    if not target:
        del fields["date"]
    assert boss.post(f"/planner/shifts/{shift.pk}/move", fields, headers=HTMX).status_code == 422
    assert plan() == [("Mon 09:00–17:00", "Adaeze")]


def test_a_stale_move_is_refused(cast, boss, shift):
    target = {"date": next_monday() + timedelta(days=1), "person": "", "version": 99}
    assert boss.post(f"/planner/shifts/{shift.pk}/move", target, headers=HTMX).status_code == 412


def test_a_shift_is_left_open(cast, boss, shift):
    assert boss.post(f"/planner/shifts/{shift.pk}/open", {"version": shift.version}).status_code == 302
    assert plan() == [("Mon 09:00–17:00", "open")]


def test_a_draft_is_deleted_and_a_published_shift_is_cancelled(cast, boss, shift):
    with tenancy.organisation(ACE):
        kept = make_shift(shift.roster, "9-17", by=cast.floor_manager, person=cast.teammate)
        services.publish([shift.roster], by=cast.floor_manager)
        draft = make_shift(shift.roster, "9-17", by=cast.floor_manager, day=1)
    said = [
        toast(boss.post(f"/planner/shifts/{each.pk}/delete", {"version": each.version}, headers=HTMX))["text"]
        for each in (draft, kept)
    ]
    assert said[0].endswith("deleted.")
    assert said[1].endswith("cancelled; publish the week to tell them.")
    with tenancy.organisation(ACE):
        assert not Shift.objects.filter(pk=draft.pk).exists()
        assert Shift.objects.get(pk=kept.pk).cancelled_at
    assert plan() == [("Mon 09:00–17:00", "Adaeze")]


def test_a_stale_delete_is_refused_with_the_shift_as_it_stands(cast, boss, shift):
    response = boss.post(f"/planner/shifts/{shift.pk}/delete", {"version": 9}, headers=HTMX)
    assert response.status_code == 412
    assert plan() == [("Mon 09:00–17:00", "Adaeze")]


ACTIONS = ("", "/move", "/copy", "/open", "/delete")


@pytest.mark.parametrize("action", ACTIONS)
def test_another_teams_shift_is_not_there(cast, signed_in, shift, action):
    client = signed_in(cast.stranger_manager)
    assert client.post(f"/planner/shifts/{shift.pk}{action}", {"version": shift.version}).status_code == 404
    assert client.get(f"/planner/shifts/{shift.pk}").status_code == 404
    assert client.get("/planner/who", {"shift": shift.pk}).status_code == 404
    assert plan() == [("Mon 09:00–17:00", "Adaeze")]


@pytest.mark.parametrize("action", ACTIONS)
def test_another_organisations_shift_is_not_there(cast, signed_in, shift, action):
    client = signed_in(cast.other_hr)
    assert client.post(f"/planner/shifts/{shift.pk}{action}", {"version": shift.version}).status_code == 404
    assert plan() == [("Mon 09:00–17:00", "Adaeze")]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_auditor_may_not_change_what_they_see(cast, signed_in, shift, action):
    response = signed_in(cast.auditor).post(f"/planner/shifts/{shift.pk}{action}", {"version": shift.version})
    assert response.status_code == 403
    assert "reads rosters but does not plan them" in response.content.decode()
    assert plan() == [("Mon 09:00–17:00", "Adaeze")]


@pytest.mark.parametrize("team", ["akobo", "other", "x", "", "1-2", "999-999-0"])
def test_a_team_beyond_the_reach_is_not_there(cast, boss, team):
    with tenancy.organisation(OTHER):
        theirs = f"{cast.other_cashier.branch_id}-{cast.other_cashier.department_id}-0"
    key = {"akobo": f"{cast.akobo.pk}-{cast.supermarket.pk}-0", "other": theirs}.get(team, team)
    url = f"/planner/shifts/new?team={key}&date={next_monday()}"
    assert boss.get(url).status_code == 404
    assert boss.post(url, typed(cast)).status_code == 404
    assert boss.get("/planner/who", {"team": key, "date": next_monday()}).status_code == 404
    assert plan() == []


@pytest.mark.parametrize("day", ["", "tomorrow", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_not_there(cast, boss, day):
    team = f"{cast.bodija.pk}-{cast.supermarket.pk}-0"
    assert boss.get(f"/planner/shifts/new?team={team}&date={day}").status_code == 404


def test_a_strangers_name_does_not_leak_through_the_address(cast, boss):
    page = boss.get(add_url(cast, person=cast.stranger.pk)).content.decode()
    assert "Simi Ojo" not in page
    who = {"team": f"{cast.bodija.pk}-{cast.supermarket.pk}-0", "date": next_monday(), "person": cast.stranger.pk}
    assert "Simi Ojo" not in boss.get("/planner/who", who).content.decode()


def test_an_open_shift_on_a_page_of_many_teams_asks_for_the_team(cast, signed_in):
    with tenancy.organisation(ACE):
        make_person("Cook", "Eats", make_role("Cook"), branch=cast.bodija, department=cast.eatery)
    client, url = signed_in(cast.branch_manager), add_url(cast, pick=1)
    eatery = f"{cast.bodija.pk}-{cast.eatery.pk}-0"
    assert f'<option value="{eatery}"' in client.get(url, headers=HTMX).content.decode()
    client.post(url, typed(cast, person="", team=eatery))
    with tenancy.organisation(ACE):
        assert Shift.objects.get().department == cast.eatery


def test_the_chosen_department_stays_chosen_after_saving(cast, signed_in):
    client = signed_in(cast.branch_manager)
    response = client.post(add_url(cast, department=cast.supermarket.pk), typed(cast))
    assert f"department={cast.supermarket.pk}" in response.headers["Location"]


def test_a_shift_in_the_past_can_still_be_entered(cast, boss):
    team = f"{cast.bodija.pk}-{cast.supermarket.pk}-0"
    fields = {"hours": "9-17", "date": "2026-02-03", "person": cast.cashier.pk}
    assert boss.post(f"/planner/shifts/new?team={team}&date=2026-02-03", fields).status_code == 302
    with tenancy.organisation(ACE):
        assert Roster.objects.get().week_start == date(2026, 2, 2)


def test_an_address_that_is_none_still_gets_the_pieces(cast, signed_in):
    headers = {**HTMX, "HX-Current-URL": "http://[?day=x"}
    response = signed_in(cast.floor_manager).post(add_url(cast), typed(cast), headers=headers)
    assert (response.status_code, plan()) == (200, [("Mon 09:00–17:00", "Adaeze")])
