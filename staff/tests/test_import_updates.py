"""A file changes people who are here by the rules of an edit, says beforehand what, and twice is the same as once."""

from datetime import date

import pytest

from config import tenancy
from config.errors import Conflict, Forbidden, Invalid
from config.testing import ACE, session_of
from staff.auditing import words
from staff.importing import Outcome, import_content
from staff.models import AuditEntry, AuditKind, Door, EmploymentEvent, Kind, Letter, LetterKind, Person, State
from staff.roles import Category, Duty, Reach
from staff.services import ChangeDetails, change_career, edit_person
from staff.services.erasing import erase
from staff.tests.careers import fresh, make_leaving
from staff.tests.make import make_person, make_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(cast):
    with tenancy.organisation(ACE):
        yield cast


def bring(here, *lines, by=None, **options):
    return import_content("\n".join(lines).encode(), "people.csv", by=by or here.hr, **options)


def again(person):
    return Person.objects.with_places().get(pk=person.pk)


def events_of(person):
    return list(EmploymentEvent.objects.filter(person=person).order_by("pk"))


def faults(report):
    return [str(fault) for fault in report.faults]


def test_a_rehearsal_says_of_each_row_what_would_become_of_it_and_writes_nothing(here):
    report = bring(
        here,
        "employee_number,first_name,last_name,email,role,hired_on,branch,department,phone",
        f"{here.cashier.employee_number},,,,,,Akobo,,0805 555 0100",
        f"{here.teammate.employee_number},Kunle,,,,,bodija,,",
        ",Ada,Okoro,ada@x.example,Cashier,2026-01-05,Bodija,SuperMarket,",
        "ACE-NON-00001,Nobody,,,,,,,",
    )
    assert [row.outcome for row in report.rows] == [Outcome.CHANGES, Outcome.UNCHANGED, Outcome.NEW, Outcome.BAD]
    who = f"Adaeze Nwosu ({here.cashier.employee_number})"
    assert str(report.rows[0]) == f"line 2, {who}: branch Bodija → Akobo, phone nothing → 0805 555 0100"
    number = "line 5, employee_number “ACE-NON-00001”: Nobody here has this number; leave it out for somebody new."
    assert faults(report) == [number]
    assert (again(here.cashier).branch, again(here.cashier).phone) == (here.bodija, "")


def test_a_known_address_finds_the_person_too_and_the_same_file_again_changes_nothing(here):
    lines = ("e-mail,work phone,sex", f"{here.cashier.email.upper()},0805 555 0100,Female")
    assert bring(here, *lines, commit=True).changed == 1
    assert (again(here.cashier).phone, again(here.cashier).gender) == ("0805 555 0100", "female")
    before = AuditEntry.objects.count()
    report = bring(here, *lines, commit=True)
    assert (report.changed, report.unchanged) == (0, 1)
    assert AuditEntry.objects.count() == before


def test_an_empty_cell_leaves_a_value_and_the_word_takes_it_away(here):
    Person.objects.filter(pk=here.cashier.pk).update(phone="0805 555 0100", date_of_birth=date(1999, 5, 1))
    bring(here, "email,phone,date_of_birth", f"{here.cashier.email},,(empty)", commit=True)
    assert (again(here.cashier).phone, again(here.cashier).date_of_birth) == ("0805 555 0100", None)
    report = bring(here, "email,first_name,branch", f"{here.cashier.email},(empty),(empty)", commit=True)
    assert faults(report) == ["line 2, first_name “(empty)”: This cannot be empty."]
    report = bring(here, "email,branch", f"{here.cashier.email},(empty)", commit=True)
    assert faults(report) == ["line 2, branch “(empty)”: The role Cashier needs a branch."]


def test_an_own_phone_and_an_address_come_in_and_are_taken_away_like_the_rest(here):
    lines = ("email,private phone,home address", f'{here.cashier.email},+234 805 555 0100,"4 Ring Road\nIbadan"')
    report = bring(here, *lines, commit=True)
    said = "personal phone nothing → +234 805 555 0100, address nothing → 4 Ring Road Ibadan"
    assert (faults(report), report.rows[0].changes_said) == ([], said)
    told = again(here.cashier)
    assert (told.personal_phone, told.address) == ("+234 805 555 0100", "4 Ring Road\nIbadan")
    bring(here, "email,personal_phone,address", f"{here.cashier.email},(empty),(empty)", commit=True)
    assert (again(here.cashier).personal_phone, again(here.cashier).address) == ("", "")


def test_a_new_role_or_place_becomes_an_event_of_the_career_and_a_new_role_ends_sessions(here):
    version, session = here.cashier.token_version, session_of(here.cashier, Door.PAGE)
    bring(
        here,
        "email,role,branch",
        f"{here.cashier.email},Floor Manager,Akobo",
        f"{here.teammate.email},,Akobo",
        commit=True,
    )
    (event,) = events_of(here.cashier)
    assert (event.kind, event.state, event.by) == (Kind.TRANSFER_PROMOTION, State.APPLIED, here.hr)
    assert (event.branch_before, event.branch_after) == (here.bodija, here.akobo)
    assert events_of(here.teammate)[0].kind == Kind.TRANSFER
    assert again(here.cashier).token_version == version + 1
    assert again(here.teammate).token_version == here.teammate.token_version
    assert session.token_version != again(here.cashier).token_version


def test_a_career_that_may_not_change_now_is_a_fault_of_the_row(here):
    change_career(here.cashier, ChangeDetails({"branch": here.akobo}, date(2027, 1, 1)), by=here.coo)
    change_career(here.teammate, ChangeDetails({"branch": here.akobo}), by=here.coo)
    report = bring(
        here,
        "email,branch,role",
        f"{here.cashier.email},Akobo,",
        f"{here.teammate.email},,Auditor",
        commit=True,
    )
    assert faults(report)[0].startswith("line 2, branch “Akobo”: Transfer of Adaeze Nwosu is planned already")
    assert faults(report)[1].startswith("line 3, role “Auditor”: From Cashier to Auditor skips a level")
    assert report.changed == 0


def test_nobody_moves_themselves_and_nobody_is_raised_above_the_importer(here):
    manager = make_role("Personnel Manager", category=Category.ADMIN, reach=Reach.ORGANISATION, duty=Duty.PEOPLE)
    importer = make_person("Ibe", "Small", manager)
    header = "email,role,phone"
    itself = bring(here, header, f"{importer.email},Auditor,0805 555 0100", by=importer, commit=True)
    assert faults(itself) == ["line 2, role “Auditor”: Nobody changes their own role, place or contract."]
    raised = bring(here, header, f"{here.cashier.email},Auditor,", by=importer, commit=True)
    assert faults(raised) == ["line 2, role “Auditor”: Nobody grants a role above their own category."]
    above = bring(here, header, f"{here.ceo.email},,0805 555 0100", by=importer, commit=True)
    assert faults(above) == ["line 2, phone “0805 555 0100”: Nobody changes somebody above their own category."]
    assert bring(here, header, f"{importer.email},,0805 555 0100", by=importer, commit=True).changed == 1
    # Else a new address at an edit and a letter for a forgotten password would make them whoever they like.
    with pytest.raises(Forbidden, match="Nobody changes somebody above their own category"):
        edit_person(here.ceo, {"email": "mine@x.example"}, by=importer)
    assert edit_person(here.cashier, {"phone": "0805 555 0101"}, by=importer).phone == "0805 555 0101"


def test_whom_somebody_else_has_changed_since_the_rehearsal_is_named_and_nothing_is_written(here):
    lines = ("email,phone", f"{here.cashier.email},0805 555 0100", f"{here.teammate.email},0805 555 0101")
    seen = bring(here, *lines).seen
    Person.objects.filter(pk=here.teammate.pk).update(phone="0805 555 0999")
    with pytest.raises(Conflict, match="Somebody has changed Kunle Ogundele since the report"):
        bring(here, *lines, commit=True, seen=seen)
    assert again(here.cashier).phone == ""
    assert bring(here, *lines, commit=True, seen=bring(here, *lines).seen).changed == 2
    with pytest.raises(Invalid, match="of no report"):
        bring(here, *lines, commit=True, seen=seen[:-3] + "xyz")


def test_a_row_whose_person_it_no_longer_finds_hires_nobody_in_their_place(here):
    header = "email,first_name,last_name,role,hired_on,branch,department"
    line = f"{here.cashier.email},Adaeze,Nwosu,Cashier,2024-01-01,Bodija,SuperMarket"
    seen, there = bring(here, header, line).seen, Person.objects.count()
    Person.objects.filter(pk=here.cashier.pk).update(email="nwosu@x.example")
    with pytest.raises(Conflict, match="Somebody has changed Adaeze Nwosu since the report"):
        bring(here, header, line, commit=True, seen=seen)
    assert Person.objects.count() == there


def test_who_was_erased_gets_no_name_back_by_a_file(here):
    make_leaving(here.cashier, by=here.hr)
    number = here.cashier.employee_number
    erase(fresh(here.cashier), reason="A request of theirs", typed=number, by=here.hr)
    report = bring(here, "employee_number,first_name,phone", f"{number},Adaeze,0805 555 0100", commit=True)
    sentence = "They were erased, which nothing undoes; hire them anew."
    assert {fault.reason for fault in report.faults} == {sentence}
    assert (again(here.cashier).first_name, again(here.cashier).phone) == ("Former staff member", "")


def test_one_person_in_two_rows_and_an_address_for_two_people_are_faults(here):
    report = bring(
        here,
        "employee_number,email,phone",
        f"{here.cashier.employee_number},new@x.example,",
        f",{here.cashier.email},0805 555 0100",
        f"{here.teammate.employee_number},new@x.example,",
        f"{here.stranger.employee_number},{here.other_cashier.email},",
        commit=True,
    )
    assert [(fault.line, fault.column) for fault in report.faults] == [
        (2, "email"), (3, "email"), (4, "email"), (5, "email"),
    ]  # fmt: skip
    assert "stands in line 2 already" in faults(report)[1]
    assert "stands in more than one row" in faults(report)[2]
    assert "already belongs to somebody" in faults(report)[3]


def test_a_new_address_is_told_at_the_old_one_and_another_day_of_hiring_moves_the_history(here):
    bring(here, "email,first_name,last_name,role,branch,department,hired_on", "ada@x.example,Ada,Okoro,Cashier,Bodija,SuperMarket,2026-01-05", commit=True)  # fmt: skip  # noqa: E501
    ada = Person.objects.get(email="ada@x.example")
    bring(here, "employee_number,email,hired_on", f"{ada.employee_number},okoro@x.example,2026-01-12", commit=True)
    letter = Letter.objects.get(kind=LetterKind.ADDRESS_CHANGED)
    assert (letter.to, letter.person_id) == ("ada@x.example", ada.pk)
    assert events_of(ada)[0].effective_on == date(2026, 1, 12)


def test_the_log_says_how_many_came_in_and_how_many_changed(here):
    bring(here, "email,phone", f"{here.cashier.email},0805 555 0100", commit=True)
    entry = AuditEntry.objects.get(kind=AuditKind.IMPORT)
    assert entry.after == {"file": "people.csv", "people": 0, "changed": 1}
    (line,) = words.lines([entry], reader=here.auditor)
    assert line.sentence == "Halima Sule imported 0 people and changed 1 from people.csv."


def test_200_people_who_move_need_no_more_questions_than_2(here, django_assert_max_num_queries):
    for count in (2, 200):
        people = Person.objects.bulk_create(
            Person(
                first_name="N", last_name=f"{n}", email=f"{count}.{n}@x.example", employee_number=f"{count}-{n}",
                role=here.cashier.role, branch=here.bodija, department=here.supermarket, hired_on=date(2024, 1, 1),
            )
            for n in range(count)
        )  # fmt: skip
        lines = [f"{person.employee_number},Floor Manager,Akobo,{person.email}.new,2025-01-01" for person in people]
        with django_assert_max_num_queries(20):
            report = bring(here, "employee_number,role,branch,email,hired_on", *lines, commit=True)
        assert report.changed == count
