"""The pages of careers: steps that lose nothing, what it means before it is so, leavers, salaries, the access log."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from config import tenancy
from config.errors import Invalid
from config.testing import ACE
from staff.models import AccessEntry, Clearance, EmploymentEvent, Kind, Person, State
from staff.services import HireDetails, approve, hire
from staff.tests.careers import CANARY, fresh, last_event, make_change, make_leaving, salary_of, told

pytestmark = pytest.mark.django_db


def soon(days=30):
    return timezone.now().date() + timedelta(days=days)


def url(person, step):
    return f"/people/{person.pk}/change/{step}"


def text(response):
    return response.content.decode()


def walk(client, person, **typed):
    """Go through all five steps and stand before the last button."""
    for step, fields in {
        "staff": {"effective_on": ""},
        "role": {"role": person.role_id},
        "location": {"branch": person.branch_id, "department": person.department_id, "sub_department": ""},
        "salary": {"salary": "", "contract_hours": "40.0"},
    }.items():
        response = client.post(url(person, step), {name: typed.get(name, value) for name, value in fields.items()})
        assert response.status_code == 302, text(response)
    return client.get(url(person, "review"))


def test_staff_role_location_salary_review_and_it_is_so(cast, signed_in):
    client = signed_in(cast.hr)
    assert f'href="{url(cast.cashier, "staff")}"' in text(client.get(f"/people/{cast.cashier.pk}/"))
    page = walk(client, cast.cashier, role=cast.floor_manager.role_id, branch=cast.akobo.pk, salary="150000.50")
    shown = text(page)
    for sentence in (
        "Transfer and promotion", "Role: Cashier → Floor Manager", "Branch: Bodija → Akobo", "Salary: NGN 150,000.50.",
        "As Floor Manager, Adaeze Nwosu reaches one team: branch and department.", "is signed out everywhere",
    ):  # fmt: skip
        assert sentence in shown
    with tenancy.organisation(ACE):
        assert not EmploymentEvent.objects.filter(person=cast.cashier).exists()
    done = client.post(url(cast.cashier, "review"), {"reason": "Ran the tills for a year"})
    assert done["Location"] == f"/people/{cast.cashier.pk}/"
    assert "Transfer and promotion of Adaeze Nwosu is done." in text(client.get(done["Location"]))
    with tenancy.organisation(ACE):
        event = last_event(cast.cashier)
        assert (event.reason, event.salary_after, event.state) == (
            "Ran the tills for a year", Decimal("150000.50"), State.APPLIED,
        )  # fmt: skip


def test_what_was_typed_stays_back_and_forth_and_also_what_cannot_be_read(cast, signed_in):
    client = signed_in(cast.hr)
    client.post(url(cast.cashier, "salary"), {"salary": "much", "contract_hours": "24", "do": "back"})
    assert 'value="much"' in text(client.get(url(cast.cashier, "salary")))
    refused = client.post(url(cast.cashier, "salary"), {"salary": "much", "contract_hours": "24"})
    assert refused.status_code == 422
    assert "Enter a number." in text(refused)
    assert 'value="much"' in text(refused)
    review = text(client.get(url(cast.cashier, "review")))
    assert "Salary: Enter a number." in review
    assert f'href="{url(cast.cashier, "salary")}">Mend it' in review
    assert "Do it" not in review


def test_a_draft_is_still_there_when_one_comes_again_and_begun_anew_only_where_one_says_so(cast, signed_in):
    client, begin = signed_in(cast.hr), f"/people/{cast.cashier.pk}/change/"
    assert "Begin anew" not in text(client.get(url(cast.cashier, "staff")))
    client.post(url(cast.cashier, "salary"), {"salary": "150000", "contract_hours": "24"})
    assert client.get(begin).status_code == 405
    page = text(client.get(url(cast.cashier, "salary")))
    assert 'value="150000"' in page
    assert f'action="{begin}"' in page
    assert client.post(begin)["Location"] == url(cast.cashier, "staff")
    assert 'value="150000"' not in text(client.get(url(cast.cashier, "salary")))


def test_a_skipped_level_asks_for_the_reason_on_the_review(cast, signed_in):
    client = signed_in(cast.ceo)
    walk(client, cast.cashier, role=cast.auditor.role_id)
    refused = client.post(url(cast.cashier, "review"), {"reason": ""})
    assert refused.status_code == 422
    assert "skips a level: say why" in text(refused)
    assert client.post(url(cast.cashier, "review"), {"reason": "Passed the school"}).status_code == 302


def test_a_draft_is_sealed_in_the_session(cast, signed_in):
    client = signed_in(cast.hr)
    walk(client, cast.cashier, salary=str(CANARY))
    for session in Session.objects.all():
        assert str(CANARY) not in str(session.get_decoded())


def test_somebody_quicker_is_named_and_the_same_may_be_sent_again(cast, signed_in):
    client = signed_in(cast.hr)
    walk(client, cast.cashier, contract_hours="24")
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.ceo, contract_hours=Decimal(30))
    refused = client.post(url(cast.cashier, "review"), {"reason": ""})
    assert refused.status_code == 422
    assert "Chinedu Obi changed this career after you opened it" in text(refused)
    assert client.post(url(cast.cashier, "review"), {"reason": ""}).status_code == 302


def test_a_group_head_proposes_without_seeing_the_present_salary(cast, signed_in):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, salary=CANARY)
    client = signed_in(cast.group_head)
    assert "734,159.26" not in text(client.get(url(cast.cashier, "salary")))
    review = text(walk(client, cast.cashier, salary="800000"))
    assert "It is a proposal" in review
    assert "Propose it" in review
    assert "734,159.26" not in review
    client.post(url(cast.cashier, "review"), {"reason": "Earned it"})
    with tenancy.organisation(ACE):
        event = last_event(cast.cashier)
    page = text(client.get(f"/people/changes/{event.pk}/"))
    assert "It is a proposal" in page
    assert "800,000.00" not in page  # shown, it would tell that the present one is another
    assert "Salary change: Adaeze Nwosu" in text(client.get("/people/changes/"))


def test_who_guesses_the_present_salary_hears_the_same_as_for_any_other(cast, signed_in):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, salary=CANARY)
    client = signed_in(cast.group_head)
    for contract_hours in ("40.0", "24"):
        pages = []
        for amount, words in ((CANARY, "734,159.26"), ("800000", "800,000.00")):
            page = text(walk(client, cast.cashier, salary=str(amount), contract_hours=contract_hours))
            assert f"Salary: NGN {words}." in page
            pages.append(re.sub(r"\b\w{64}\b", "", page.replace(words, "")))  # but for the token of the form
        assert pages[0] == pages[1]


def test_the_present_salary_is_proposed_like_any_other_and_approved_without_a_word_to_the_person(cast, ace):
    make_change(cast.cashier, by=cast.hr, salary=CANARY)
    before = told(cast.cashier)
    event = make_change(cast.cashier, by=cast.group_head, salary=CANARY)
    assert (event.kind, event.state) == (Kind.SALARY_CHANGE, State.PROPOSED)
    approve(event, by=cast.ceo)
    assert told(cast.cashier) == before
    with pytest.raises(Invalid, match="Nothing would change"):
        make_change(cast.cashier, by=cast.hr, salary=CANARY)


@pytest.mark.parametrize(("became", "proposal"), [("branch_manager", 404), ("group_head", 200)])
def test_whoever_left_an_office_reads_no_more_what_they_wrote_in_it(cast, signed_in, became, proposal):
    with tenancy.organisation(ACE):
        hired = hire(
            HireDetails(
                "Tola", "Bright", "t@acemall.example", cast.cashier.role, soon(-10), branch=cast.akobo,
                department=cast.cinema.department, salary=CANARY,
            ),
            by=cast.hr,
        )  # fmt: skip
        paid = make_change(cast.stranger, by=cast.hr, salary=CANARY, on=soon())
        role = getattr(cast, became).role
        Person.objects.filter(pk=cast.hr.pk).update(role=role, branch=cast.bodija, department=cast.supermarket)
        client = signed_in(fresh(cast.hr))
        pages = [client.get(f"/people/changes/{event.pk}/") for event in (last_event(hired), paid)]
    assert [page.status_code for page in pages] == [404, proposal]
    assert "734,159.26" not in "".join(map(text, pages))


def test_a_proposal_is_read_with_its_salary_and_approved(cast, signed_in):
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.group_head, salary=CANARY)
    client = signed_in(cast.ceo)
    assert "NGN 734,159.26" in text(client.get(f"/people/changes/{event.pk}/"))
    client.post(f"/people/changes/{event.pk}/decide", {"do": "approve"})
    with tenancy.organisation(ACE):
        assert salary_of(cast.cashier) == CANARY
        assert AccessEntry.objects.filter(person=cast.cashier, by=cast.ceo, what="Salary").count() == 1


@pytest.mark.parametrize(("decision", "state"), [("decline", State.DECLINED), ("withdraw", State.WITHDRAWN)])
def test_a_proposal_is_declined_or_withdrawn(cast, signed_in, decision, state):
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.group_head, contract_hours=Decimal(20))
    signed_in(cast.coo).post(f"/people/changes/{event.pk}/decide", {"do": decision, "reason": "Not now"})
    with tenancy.organisation(ACE):
        assert last_event(cast.cashier).state == state


@pytest.mark.parametrize("sent", [{"reason": "Not now"}, {"do": "shrug"}])
def test_a_decision_that_does_not_say_which_is_none(cast, signed_in, sent):
    with tenancy.organisation(ACE):
        event = make_change(cast.cashier, by=cast.group_head, contract_hours=Decimal(20))
    client = signed_in(cast.coo)
    refused = client.post(f"/people/changes/{event.pk}/decide", sent)
    assert refused.status_code == 400
    assert "Say whether you approve, decline or withdraw it." in text(refused)
    with tenancy.organisation(ACE):
        assert last_event(cast.cashier).state == State.PROPOSED
    # Enter in the reason presses the only button of its form.
    [form] = re.findall(
        r"<form[^>]*>(?:(?!</form>).)*id=\"reason\".*?</form>", text(client.get(f"/people/changes/{event.pk}/")), re.S
    )
    assert re.findall(r'name="do" value="(\w+)"', form) == ["decline"]


def test_ending_employment_says_first_what_it_means(cast, signed_in):
    client = signed_in(cast.hr)
    page = f"/people/{cast.cashier.pk}/terminate"
    typed = {"leaving": "resigned", "reason": "Moves to Accra", "last_working_day": "", "clearance": "pending"}
    review = text(client.post(page, {**typed, "do": "review"}))
    assert "Adaeze Nwosu loses access at once" in review
    assert "No shift of theirs has to be filled again." in review
    with tenancy.organisation(ACE):
        assert fresh(cast.cashier).is_active
    back = text(client.post(page, {**typed, "do": "back"}))
    assert "Moves to Accra" in back
    assert client.post(page, {**typed, "do": "confirm"})["Location"] == "/people/left/"
    left = text(client.get("/people/left/"))
    assert "Adaeze Nwosu has left and has no access any more." in left
    assert "Moves to Accra" in left


def test_a_missing_reason_and_an_impossible_day_are_said_and_nothing_is_lost(cast, signed_in):
    client = signed_in(cast.hr)
    page = f"/people/{cast.cashier.pk}/terminate"
    typed = {
        "leaving": "retired",
        "reason": "",
        "last_working_day": "1999-01-01",
        "clearance": "issues",
        "do": "confirm",
    }
    refused = client.post(page, typed)
    assert refused.status_code == 422
    assert "The last working day lies between" in text(refused)
    assert 'value="retired" selected' in text(refused)
    refused = client.post(page, {**typed, "last_working_day": ""})
    assert "Say why" in text(refused)
    with tenancy.organisation(ACE):
        assert fresh(cast.cashier).left_on is None


def test_the_list_of_leavers_holds_clearance_and_the_way_back(cast, signed_in):
    with tenancy.organisation(ACE):
        event = make_leaving(cast.cashier, by=cast.hr)
        make_leaving(cast.stranger, by=cast.hr, on=soon())
    client = signed_in(cast.coo)
    assert {"Adaeze Nwosu", "Simi Ojo"} == {person.name for person in client.get("/people/left/").context["people"]}
    client.post(f"/people/left/{event.pk}/clearance", {"clearance": "issues", "note": "The till key"})
    issues = client.get("/people/left/?clearance=issues").context["people"]
    assert [(person.name, person.clearance, person.note) for person in issues] == [
        ("Adaeze Nwosu", Clearance.ISSUES, "The till key")
    ]
    client.post(f"/people/{cast.cashier.pk}/restore", {})
    assert [person.name for person in client.get("/people/left/").context["people"]] == ["Simi Ojo"]


def test_a_branch_manager_lists_the_leavers_of_the_branch_and_may_not_act(cast, signed_in):
    with tenancy.organisation(ACE):
        make_leaving(cast.cashier, by=cast.hr)
        make_leaving(cast.stranger, by=cast.hr)
    page = signed_in(cast.branch_manager).get("/people/left/")
    assert [person.name for person in page.context["people"]] == ["Adaeze Nwosu"]
    assert "Clearance and restoring" not in text(page)


def test_the_career_tab_tells_the_career_without_a_salary(cast, signed_in):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, salary=CANARY)
        make_change(cast.cashier, by=cast.hr, role=cast.floor_manager.role, reason="Ran the tills")
        make_change(cast.cashier, by=cast.group_head, contract_hours=Decimal(20))
    for viewer in (cast.cashier, cast.branch_manager, cast.hr):
        with tenancy.organisation(ACE):
            client = signed_in(fresh(viewer))
        page = client.get(f"/people/{cast.cashier.pk}/career/")
        assert [moment.kind for moment in page.context["page"].career if moment.state == "applied"] == [
            "promotion", "salary_change",
        ]  # fmt: skip
        assert "734,159" not in text(page)
        # What is only proposed is for who decides.
        assert ("Proposed" in text(page)) == (viewer == cast.hr)
    assert signed_in(cast.floor_manager).get(f"/people/{cast.cashier.pk}/career/").status_code == 403


def test_a_salary_is_opened_by_who_may_and_the_log_says_so(cast, signed_in):
    with tenancy.organisation(ACE):
        make_change(cast.cashier, by=cast.hr, salary=CANARY)
    for reader in (cast.auditor, cast.coo, cast.ceo, cast.hr):
        assert "NGN 734,159.26" in text(signed_in(reader).get(f"/people/{cast.cashier.pk}/salary"))
    assert "NGN 734,159.26" in text(signed_in(cast.cashier).get(f"/people/{cast.cashier.pk}/salary"))
    with tenancy.organisation(ACE):
        entries = AccessEntry.objects.filter(person=cast.cashier).order_by("pk")
        assert [(entry.by, entry.what) for entry in entries] == [
            (reader, "Salary") for reader in (cast.auditor, cast.coo, cast.ceo, cast.hr)
        ]
    page = signed_in(cast.auditor).get(f"/people/{cast.cashier.pk}/career/")
    assert page.context["page"].opened[0].who == "Halima Sule"
    assert "Access log" not in text(signed_in(cast.branch_manager).get(f"/people/{cast.cashier.pk}/career/"))
