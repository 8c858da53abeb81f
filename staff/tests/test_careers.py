"""Product.md's rules of careers, one test each: who changes whom, to what, from when, and what it writes down."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from config.errors import Conflict, Forbidden, Invalid, Refused
from staff import services
from staff.models import EmploymentEvent, Kind, Person, State
from staff.selectors import career_of
from staff.tests.careers import everything_told, fresh, last_event, make_change, make_leaving, salary_of, states, told
from staff.tests.make import make_person, make_role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ace")]


def soon(days=30):
    return timezone.now().date() + timedelta(days=days)


def test_an_event_holds_before_and_after_of_role_place_and_salary(cast):
    make_change(cast.cashier, by=cast.hr, salary=Decimal("100000"))
    event = make_change(
        cast.cashier,
        by=cast.hr,
        role=cast.floor_manager.role,
        branch=cast.akobo,
        salary=Decimal("150000"),
        reason="Ran it",
    )
    event = EmploymentEvent.objects.get(pk=event.pk)
    assert (event.role_before, event.role_after) == (cast.cashier.role, cast.floor_manager.role)
    assert (event.branch_before, event.branch_after) == (cast.bodija, cast.akobo)
    assert (event.department_before, event.department_after) == (cast.supermarket, cast.supermarket)
    assert (event.salary_before, event.salary_after) == (Decimal("100000"), Decimal("150000"))
    assert (event.by, event.reason, event.kind) == (cast.hr, "Ran it", Kind.TRANSFER_PROMOTION)
    person = fresh(cast.cashier)
    assert (person.role, person.branch) == (cast.floor_manager.role, cast.akobo)
    assert salary_of(person) == Decimal("150000")


@pytest.mark.parametrize("who", ["coo", "ceo", "hr"])
def test_the_top_of_the_organisation_promotes_transfers_and_pays(cast, who):
    event = make_change(cast.cashier, by=getattr(cast, who), role=cast.floor_manager.role)
    assert event.state == State.APPLIED


@pytest.mark.parametrize("who", ["teammate", "floor_manager", "branch_manager", "auditor"])
def test_nobody_else_does(cast, who):
    with pytest.raises(Forbidden, match="not for your role"):
        make_change(cast.cashier, by=getattr(cast, who), salary=Decimal(1))
    assert not EmploymentEvent.objects.filter(person=cast.cashier).exists()


@pytest.mark.parametrize("who", ["hr", "ceo", "group_head"])
def test_nobody_promotes_moves_or_pays_themselves(cast, who):
    person = getattr(cast, who)
    with pytest.raises(Forbidden, match="themselves"):
        make_change(person, by=person, salary=Decimal("900000"))


def test_the_database_refuses_an_event_by_the_person_themselves(cast):
    with pytest.raises(IntegrityError, match="event_by_somebody_else"):
        EmploymentEvent.objects.create(
            person=cast.hr,
            by=cast.hr,
            kind=Kind.SALARY_CHANGE,
            state=State.PROPOSED,
            effective_on=soon(),
            at=timezone.now(),
        )


def test_nobody_grants_or_touches_a_role_above_their_own_category(cast):
    with pytest.raises(Forbidden, match="above their own category"):
        make_change(cast.cashier, by=cast.group_head, role=cast.auditor.role, reason="Trusted")
    senior = make_person("Ade", "Senior", cast.auditor.role, department=cast.supermarket)
    with pytest.raises(Forbidden, match="not for your role"):
        make_change(senior, by=cast.group_head, contract_hours=Decimal(20))


def test_no_level_is_skipped_without_a_reason(cast):
    with pytest.raises(Invalid, match="skips a level: say why") as refused:
        make_change(cast.cashier, by=cast.ceo, role=cast.auditor.role)
    assert "reason" in refused.value.fields
    assert fresh(cast.cashier).role == cast.cashier.role
    event = make_change(cast.cashier, by=cast.ceo, role=cast.auditor.role, reason="Passed the audit school")
    assert (event.kind, fresh(cast.cashier).role) == (Kind.PROMOTION, cast.auditor.role)


def test_a_step_of_one_level_needs_no_reason(cast):
    assert make_change(cast.cashier, by=cast.hr, role=cast.floor_manager.role).kind == Kind.PROMOTION


def test_a_group_head_proposes_and_the_top_decides(cast):
    event = make_change(cast.cashier, by=cast.group_head, role=cast.floor_manager.role, reason="Runs the shop already")
    assert (event.state, fresh(cast.cashier).role) == (State.PROPOSED, cast.cashier.role)
    for decider in (cast.hr, cast.ceo, cast.coo):
        assert told(decider) == [("general", "Grace Head proposes for Adaeze Nwosu: promotion")]
    assert not told(cast.auditor)
    assert not told(cast.cashier)
    with pytest.raises(Forbidden, match="decide"):
        services.approve(event, by=cast.group_head)
    approved = services.approve(event, by=cast.ceo)
    assert (approved.state, approved.by, approved.decided_by) == (State.APPLIED, cast.group_head, cast.ceo)
    assert fresh(cast.cashier).role == cast.floor_manager.role
    assert told(cast.group_head) == [("general", "Promotion of Adaeze Nwosu: approved")]
    assert told(cast.cashier) == [("promotion", "Your role is Floor Manager at Bodija")]


def test_a_declined_proposal_changes_nothing_and_says_why(cast):
    event = make_change(cast.cashier, by=cast.group_head, salary=Decimal("500000"))
    services.decline(event, by=cast.coo, reason="Not this year")
    assert (last_event(cast.cashier).state, last_event(cast.cashier).outcome) == (State.DECLINED, "Not this year")
    assert salary_of(cast.cashier) is None
    assert [title for _, title in told(cast.group_head)] == ["Salary change of Adaeze Nwosu: declined"]
    with pytest.raises(Refused, match="declined by Comfort Eze already"):
        services.approve(event, by=cast.ceo)


def test_nobody_decides_about_themselves(cast):
    head = make_person("Gani", "Head", cast.group_head.role, department=cast.supermarket)
    event = make_change(head, by=cast.group_head, contract_hours=Decimal(20))
    Person.objects.filter(pk=head.pk).update(role=cast.ceo.role)
    with pytest.raises(Forbidden, match="themselves"):
        services.approve(event, by=fresh(head))


def test_a_proposal_is_withdrawn_by_who_made_it_and_a_decided_one_is_not(cast):
    event = make_change(cast.cashier, by=cast.group_head, contract_hours=Decimal(20), on=soon())
    assert services.withdraw(event, by=cast.group_head).state == State.WITHDRAWN
    again = make_change(cast.cashier, by=cast.group_head, contract_hours=Decimal(20), on=soon())
    assert services.approve(again, by=cast.hr).state == State.PLANNED
    with pytest.raises(Forbidden, match="decided"):
        services.withdraw(again, by=cast.group_head)
    assert services.withdraw(again, by=cast.coo).state == State.WITHDRAWN


def test_a_change_from_a_later_day_waits_for_it(cast):
    event = make_change(cast.cashier, by=cast.hr, branch=cast.akobo, on=soon())
    assert (event.state, fresh(cast.cashier).branch) == (State.PLANNED, cast.bodija)
    [(kind, title)] = told(cast.cashier)
    assert (kind, title) == ("promotion", f"You work at Akobo, SuperMarket from {soon():%-d %B %Y}")


def test_one_open_change_at_a_time(cast):
    make_change(cast.cashier, by=cast.hr, branch=cast.akobo, on=soon())
    for by in (cast.hr, cast.group_head):
        with pytest.raises(Refused, match="Transfer of Adaeze Nwosu is planned already"):
            make_change(cast.cashier, by=by, contract_hours=Decimal(20))
    with pytest.raises(Refused, match="planned already"):
        services.edit_person(cast.cashier, {"branch": cast.akobo}, by=cast.hr)


def test_a_change_does_not_begin_before_the_last_one_nor_beyond_a_year(cast):
    make_change(cast.cashier, by=cast.hr, contract_hours=Decimal(20))
    for day in (soon(-1), soon(400)):
        with pytest.raises(Invalid, match="a year from today") as refused:
            make_change(cast.cashier, by=cast.hr, contract_hours=Decimal(30), on=day)
        assert "effective_on" in refused.value.fields


def test_a_change_of_nothing_is_refused(cast):
    with pytest.raises(Invalid, match="Nothing would change"):
        make_change(cast.cashier, by=cast.hr, role=cast.cashier.role, branch=cast.bodija)


@pytest.mark.parametrize("amount", ["0", "-5", "1000000000000", "10.005", "NaN", "Infinity"])
def test_an_amount_that_is_none_is_refused_and_not_repeated(cast, amount):
    with pytest.raises(Invalid) as refused:
        make_change(cast.cashier, by=cast.hr, salary=Decimal(amount))
    assert set(refused.value.fields) == {"salary"}
    assert amount not in refused.value.sentence.split()


def test_what_does_not_fit_together_is_refused(cast):
    with pytest.raises(Invalid, match="needs a department"):
        make_change(cast.cashier, by=cast.hr, department=None)
    fun = cast.cinema.department
    with pytest.raises(Invalid, match="belongs to another department"):
        make_change(cast.cashier, by=cast.hr, sub_department=cast.cinema)
    event = make_change(cast.cashier, by=cast.hr, department=fun, sub_department=cast.cinema)
    assert event.kind == Kind.TRANSFER


def test_a_new_role_ends_tokens_and_a_new_salary_does_not(cast):
    make_change(cast.cashier, by=cast.hr, salary=Decimal("80000"))
    assert fresh(cast.cashier).token_version == 1
    make_change(cast.cashier, by=cast.hr, role=make_role("Baker"))
    assert fresh(cast.cashier).token_version == 2


def test_the_person_hears_of_it_without_the_amount(cast):
    make_change(cast.cashier, by=cast.hr, salary=Decimal("81234.56"))
    [(kind, title)] = told(cast.cashier)
    assert (kind, title) == ("promotion", "Your salary has changed")
    assert "81234" not in everything_told()


def test_somebody_quicker_is_named_and_nothing_is_lost(cast):
    seen = make_change(cast.cashier, by=cast.hr, contract_hours=Decimal(20)).pk
    make_change(cast.cashier, by=cast.ceo, contract_hours=Decimal(24))
    details = services.ChangeDetails({"contract_hours": Decimal(30)}, seen=seen)
    with pytest.raises(Conflict, match="Chinedu Obi changed this career"):
        services.change_career(cast.cashier, details, by=cast.hr)
    assert fresh(cast.cashier).contract_hours == 24


def test_no_door_changes_a_career_without_history(cast):
    services.edit_person(cast.cashier, {"branch": cast.akobo, "phone": "+234 803 555 0100"}, by=cast.hr)
    event = last_event(cast.cashier)
    assert (event.kind, event.by, event.state) == (Kind.TRANSFER, cast.hr, State.APPLIED)
    services.edit_person(cast.cashier, {"phone": "+234 803 555 0101"}, by=cast.hr)
    assert states(cast.cashier) == [State.APPLIED]
    with pytest.raises(Invalid, match="skips a level"):
        services.edit_person(cast.cashier, {"role": cast.auditor.role}, by=cast.hr)


def test_an_edit_keeps_the_salary_in_the_history(cast):
    make_change(cast.cashier, by=cast.hr, salary=Decimal("80000"))
    services.edit_person(cast.cashier, {"contract_hours": Decimal(20)}, by=cast.hr)
    assert salary_of(cast.cashier) == Decimal("80000")
    assert last_event(cast.cashier).label == "Change of contract"


def test_hiring_writes_the_first_event_one_and_many(cast):
    def details(name):
        return services.HireDetails(
            "Tola", "Bright", f"{name}@acemall.example", cast.cashier.role, soon(-10), branch=cast.bodija,
            department=cast.supermarket, salary=Decimal("90000"),
        )  # fmt: skip

    people = [
        services.hire(details("one"), by=cast.hr),
        *services.hire_many([details("two"), details("three")], by=cast.hr),
    ]
    for person in people:
        event = last_event(person)
        assert (event.kind, event.effective_on, event.by, event.role_after) == (
            Kind.HIRE, person.hired_on, cast.hr, cast.cashier.role,
        )  # fmt: skip
        assert salary_of(person) == Decimal("90000")


def test_a_corrected_day_of_hiring_moves_the_first_event(cast):
    details = services.HireDetails("Tola", "Bright", "t@acemall.example", cast.auditor.role, soon(-10))
    person = services.hire(details, by=cast.hr)
    services.edit_person(person, {"hired_on": soon(-40)}, by=cast.hr)
    assert last_event(person).effective_on == soon(-40)
    assert states(person) == [State.APPLIED]


def test_nobodys_history_is_shortened(cast):
    event = make_change(cast.cashier, by=cast.hr, contract_hours=Decimal(20))
    with pytest.raises(IntegrityError, match="kept as they are"), transaction.atomic():
        connection.cursor().execute("DELETE FROM staff_employmentevent WHERE id = %s", [event.pk])


def test_who_leaves_is_restored_before_anything_else_changes(cast):
    make_leaving(cast.cashier, by=cast.hr)
    with pytest.raises(Refused, match="has left; restore them"):
        make_change(cast.cashier, by=cast.hr, contract_hours=Decimal(20))
    with pytest.raises(Refused, match="has left; restore them"):
        services.edit_person(cast.cashier, {"branch": cast.akobo}, by=cast.hr)
    assert career_of(cast.cashier).last.kind == Kind.TERMINATION
