"""Hiring: who may bring in whom, what must fit together, and one number each."""

import re
import threading
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from config import tenancy
from config.errors import Forbidden, Invalid, Refused
from config.testing import ACE, OTHER
from staff.models import Organisation, Person, SubDepartment
from staff.roles import Category, Duty, Reach
from staff.services import HireDetails, check_hires, hire, hire_many
from staff.services.signing import check_password
from staff.signin import find_login
from staff.tests.make import make_branch, make_cast, make_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer(cast, ace):
    return HireDetails(
        first_name="Ngozi",
        last_name="Balogun",
        email="Ngozi.Balogun@Acemall.Example ",
        role=make_role(),
        hired_on=date(2026, 1, 5),
        branch=cast.bodija,
        department=cast.supermarket,
    )


def test_a_newcomer_gets_a_number_of_the_organisation_and_the_branch(cast, newcomer):
    first, second = hire(newcomer, by=cast.hr), hire(replace(newcomer, email="a@acemall.example"), by=cast.hr)
    assert first.employee_number == "ACE-BOD-00001"
    assert second.employee_number == "ACE-BOD-00002"
    assert Organisation.objects.get().last_employee_number == 2


def test_somebody_without_a_branch_is_numbered_at_headquarters(cast, newcomer):
    role = make_role("Legal Officer", category=Category.ADMIN, reach=Reach.DEPARTMENT)
    assert hire(replace(newcomer, role=role, branch=None), by=cast.ceo).employee_number == "ACE-HQ-00001"


def test_the_email_is_lower_cased_and_no_password_works(cast, newcomer):
    person = hire(newcomer, by=cast.hr)
    assert person.email == "ngozi.balogun@acemall.example"
    assert not person.has_usable_password()
    assert find_login(person.email).person == person.pk
    assert check_password(person.email, "") is None


def test_an_email_of_a_colleague_is_refused_and_takes_no_number(cast, newcomer):
    with pytest.raises(Refused, match="already belongs to somebody"):
        hire(replace(newcomer, email=cast.cashier.email.upper()), by=cast.hr)
    assert Organisation.objects.get().last_employee_number == 0


def test_an_email_of_another_organisation_is_refused_in_the_same_words(cast, newcomer):
    with pytest.raises(Refused, match="already belongs to somebody"):
        hire(replace(newcomer, email=cast.other_cashier.email), by=cast.hr)


def test_a_floor_manager_hires_general_staff_of_the_own_team_only(cast, newcomer):
    assert hire(newcomer, by=cast.floor_manager).pk
    with pytest.raises(Forbidden):
        hire(replace(newcomer, branch=cast.akobo, email="a@acemall.example"), by=cast.floor_manager)
    with pytest.raises(Forbidden):
        hire(replace(newcomer, department=cast.eatery, email="a@acemall.example"), by=cast.floor_manager)


def test_a_group_head_hires_in_every_branch_of_the_department(cast, newcomer):
    assert hire(replace(newcomer, branch=cast.akobo), by=cast.group_head).pk


def test_a_branch_manager_hires_no_other_manager(cast, newcomer):
    with pytest.raises(Forbidden):
        hire(replace(newcomer, role=cast.floor_manager.role), by=cast.branch_manager)
    assert hire(replace(newcomer, role=cast.floor_manager.role), by=cast.coo).pk


@pytest.mark.parametrize("who", ["cashier", "auditor"])
def test_who_does_not_hire_is_refused(cast, newcomer, who):
    with pytest.raises(Forbidden):
        hire(newcomer, by=getattr(cast, who))
    with pytest.raises(Forbidden):
        hire_many([newcomer], by=getattr(cast, who))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", "  "),
        ("first_name", "x" * 61),
        ("last_name", "Nul\x00byte"),
        ("email", "not an address"),
        ("email", "x" * 250 + "@acemall.example"),
        ("email", "a\x00@acemall.example"),
        ("phone", "call me"),
        ("hired_on", date(1900, 1, 1)),
        ("hired_on", date(9999, 1, 1)),
        ("date_of_birth", date(2026, 1, 5)),
        ("date_of_birth", date(1800, 1, 1)),
        ("contract_hours", Decimal("169")),
        ("contract_hours", Decimal("-1")),
        ("branch", None),
        ("department", None),
    ],
)
def test_a_fault_is_one_sentence_at_its_field(cast, newcomer, field, value):
    with pytest.raises(Invalid) as refusal:
        hire(replace(newcomer, **{field: value}), by=cast.hr)
    assert list(refusal.value.fields) == [field]
    assert refusal.value.sentence == refusal.value.fields[field]
    assert refusal.value.sentence.endswith(".")


def test_several_faults_are_named_together(cast, newcomer):
    with pytest.raises(Invalid, match=r"^2 things are not right\.$") as refusal:
        hire(replace(newcomer, first_name="", phone="none"), by=cast.hr)
    assert set(refusal.value.fields) == {"first_name", "phone"}


def test_a_role_of_one_department_is_not_given_in_another(cast, newcomer):
    role = make_role("Cook", department=cast.eatery)
    with pytest.raises(Invalid) as refusal:
        hire(replace(newcomer, role=role), by=cast.hr)
    assert refusal.value.fields == {"department": "The role Cook belongs to Eatery."}


def test_a_sub_department_belongs_to_the_department(cast, newcomer):
    with pytest.raises(Invalid) as refusal:
        hire(replace(newcomer, sub_department=cast.cinema), by=cast.hr)
    assert refusal.value.fields == {"sub_department": "Cinema belongs to another department."}


def test_a_role_of_a_sub_department_needs_it(cast, newcomer):
    fun = cast.cinema.department
    role = make_role("Cinema Staff", department=fun, sub_department=cast.cinema)
    arcade = SubDepartment.objects.create(department=fun, name="Arcade")
    for part in (None, arcade):
        with pytest.raises(Invalid) as refusal:
            hire(replace(newcomer, role=role, department=fun, sub_department=part), by=cast.hr)
        assert refusal.value.fields == {"sub_department": "The role Cinema Staff belongs to Cinema."}
    assert hire(replace(newcomer, role=role, department=fun, sub_department=cast.cinema), by=cast.hr).pk


def test_nobody_is_hired_at_a_closed_branch(cast, newcomer):
    closed = make_branch("Iseyin", is_active=False)
    with pytest.raises(Invalid, match="Iseyin is closed"):
        hire(replace(newcomer, branch=closed), by=cast.hr)


def test_many_are_hired_with_one_run_of_numbers(cast, newcomer):
    people = hire_many([replace(newcomer, email=f"p{n}@acemall.example") for n in range(5)], by=cast.hr)
    assert [person.employee_number for person in people] == [f"ACE-BOD-{n:05}" for n in range(1, 6)]
    assert Person.objects.get(email="p3@acemall.example").organisation_id == ACE
    assert find_login("p4@acemall.example").person == people[4].pk
    assert hire_many([], by=cast.hr) == []


def test_of_many_with_one_bad_row_none_is_hired(cast, newcomer):
    rows = [newcomer, replace(newcomer, email="b@acemall.example", first_name="")]
    with pytest.raises(Invalid) as refusal:
        hire_many(rows, by=cast.hr)
    assert refusal.value.fields == {"1.first_name": "Write the first name."}
    assert not Person.objects.filter(first_name="Ngozi").exists()
    assert Organisation.objects.get().last_employee_number == 0


def test_each_row_is_checked_by_itself(cast, newcomer):
    rows = [
        newcomer,
        replace(newcomer, email=cast.other_cashier.email),
        replace(newcomer, email="twice@acemall.example"),
        replace(newcomer, email="TWICE@acemall.example"),
        replace(newcomer, email="m@acemall.example", role=cast.branch_manager.role),
    ]
    faults = check_hires(rows, by=cast.floor_manager)
    assert faults[0] == {}
    assert "already belongs" in faults[1]["email"]
    assert "more than one row" in faults[2]["email"]
    assert "more than one row" in faults[3]["email"]
    assert "does not hire" in faults[4]["role"]


def test_thousands_are_hired_in_few_queries(cast, newcomer, django_assert_max_num_queries):
    rows = [replace(newcomer, email=f"p{n}@acemall.example") for n in range(2_000)]
    with django_assert_max_num_queries(12):
        hire_many(rows, by=cast.hr)
    assert Person.objects.filter(employee_number="ACE-BOD-02000").exists()


@pytest.mark.django_db(transaction=True)
def test_hirings_at_the_same_time_never_share_a_number():
    cast = make_cast()
    numbers, trouble = [], []

    def bring_in(place):
        try:
            with tenancy.organisation(ACE):
                for turn in range(5):
                    details = HireDetails(
                        "Tola", "Ade", f"t{place}.{turn}@acemall.example", cast.cashier.role, date(2026, 1, 5),
                        branch=cast.bodija, department=cast.supermarket,
                    )  # fmt: skip
                    numbers.append(hire(details, by=cast.hr).employee_number)
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring_in, args=[place]) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not trouble
    assert len(set(numbers)) == 20
    assert all(re.fullmatch(r"ACE-BOD-\d{5}", number) for number in numbers)


def test_numbers_of_two_organisations_do_not_mix(cast, newcomer):
    hire(newcomer, by=cast.hr)
    with tenancy.organisation(OTHER):
        role = make_role("Human Resource", category=Category.SENIOR_ADMIN, reach=Reach.ORGANISATION, duty=Duty.PEOPLE)
        details = HireDetails("Ivy", "Stone", "ivy@othermart.example", role, date(2026, 1, 5))
        assert hire(details, by=cast.other_hr).employee_number == "OTM-HQ-00001"
