"""The staff report counts those in reach who were employed on a day, and lists them; what goes out is written down."""

import csv
import io
from datetime import date

import pytest
from django.test import Client
from openpyxl import load_workbook

from config import tenancy
from config.testing import ACE, bearer
from staff.models import AuditEntry, AuditKind, Gender, Person
from staff.selectors.reports import Asked, band_label, full_years, staff_report
from staff.tests.make import make_person

pytestmark = pytest.mark.django_db

REPORT, PAGE, FILE = "/api/v1/staff/report", "/reports/staff/", "/reports/staff/file"
DAY = date(2026, 11, 26)
MAY = ("hr", "ceo", "coo", "auditor", "branch_manager")
MAY_NOT = ("group_head", "floor_manager", "cashier")


def ask(person, **query):
    return Client().get(REPORT, query, headers=bearer(person))


def figures(person, **query):
    answer = ask(person, on=str(DAY), **query).json()
    return {group["name"]: group["people"] for group in answer["groups"]}


def change(person, **fields):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=person.pk).update(**fields)


def test_each_grouping_counts_everybody_once(cast):
    change(cast.cashier, gender=Gender.FEMALE, date_of_birth=date(2000, 1, 1), hired_on=date(2026, 1, 1))
    with tenancy.organisation(ACE):
        every = Person.objects.count()
    for by in ("branch", "department", "role", "gender", "seniority", "age"):
        assert sum(figures(cast.hr, by=by).values()) == every
    assert figures(cast.hr, by="branch") == {"Akobo": 2, "Bodija": 4, "No branch": every - 6}
    assert figures(cast.hr, by="gender") == {"Female": 1, "Not said": every - 1}
    assert figures(cast.hr, by="seniority") == {"Under 1 year": 1, "1–2 years": every - 1}
    assert figures(cast.hr, by="age") == {"25–34 years": 1, "Not known": every - 1}
    assert list(figures(cast.hr, by="department")) == ["SuperMarket", "No department"]


def test_averages_and_shares_are_of_the_group_and_of_all(cast):
    change(cast.cashier, date_of_birth=date(2000, 11, 26), hired_on=date(2024, 11, 26))
    change(cast.teammate, date_of_birth=date(2004, 11, 26), hired_on=date(2022, 11, 26))
    answer = ask(cast.branch_manager, by="role", on=str(DAY)).json()
    (cashiers,) = [group for group in answer["groups"] if group["name"] == "Cashier"]
    assert cashiers == {
        "key": str(cast.cashier.role_id), "name": "Cashier", "people": 2, "share": "50.0", "service": "3.0",
        "age": "24.0",
    }  # fmt: skip
    assert answer["total"]["people"] == 4


def test_only_who_was_employed_on_the_day_is_counted(cast):
    change(cast.teammate, left_on=date(2025, 6, 30))
    change(cast.cashier, hired_on=date(2025, 7, 1))

    def there(day):
        return ask(cast.branch_manager, by="role", on=day, category="general").json()["total"]["people"]

    assert [there(day) for day in ("2025-06-30", "2025-07-01")] == [1, 1]
    names = [line["name"] for line in ask(cast.branch_manager, on="2025-06-30", category="general").json()["results"]]
    assert names == ["Kunle Ogundele"]


@pytest.mark.parametrize("who", MAY_NOT)
def test_who_may_not_see_profiles_gets_no_report(cast, who, signed_in):
    person = getattr(cast, who)
    assert ask(person).status_code == 403
    for address in ("/reports/", PAGE, FILE):
        assert signed_in(person).get(address).status_code == 403
    assert "/reports/" not in signed_in(person).get("/").content.decode()


@pytest.mark.parametrize("who", MAY)
def test_who_sees_profiles_sees_those_of_their_reach_and_nobody_else(cast, who, signed_in):
    person = getattr(cast, who)
    found = {line["name"] for line in ask(person).json()["results"]}
    with tenancy.organisation(ACE):
        assert found == {each.full_name for each in Person.objects.visible_to(person)}
    page = signed_in(person).get(PAGE)
    assert {line.name for line in page.context["lines"]} == found
    assert signed_in(person).get("/reports/").status_code == 200


def test_a_filter_never_widens_the_reach(cast, signed_in):
    assert figures(cast.branch_manager, branch=cast.akobo.pk) == {}
    page = signed_in(cast.branch_manager).get(f"{PAGE}?branch={cast.akobo.pk}").content.decode()
    assert "Nobody whom you reach was employed on that day" in page
    assert cast.stranger.full_name not in page


@pytest.mark.parametrize("sort", ["name", "joined", "-joined", "age", "-age"])
def test_every_order_goes_on_where_the_page_before_ended_and_unknown_ages_come_last(cast, sort):
    for place, person in enumerate((cast.cashier, cast.teammate, cast.stranger)):
        change(person, date_of_birth=date(1990 + place, 1, 1), hired_on=date(2020 + place, 1, 1))
    found, cursor = [], ""
    while cursor is not None:
        answer = ask(cast.hr, sort=sort, limit=2, on=str(DAY), **({"cursor": cursor} if cursor else {})).json()
        found, cursor = [*found, *answer["results"]], answer["next"]
    with tenancy.organisation(ACE):
        assert len({line["id"] for line in found}) == len(found) == Person.objects.count()
    names = [line["name"] for line in found]
    known = ["Adaeze Nwosu", "Kunle Ogundele", "Simi Ojo"]
    if sort in ("-age", "joined"):
        assert names[:3] == known
    if sort == "age":
        assert names[:3] == known[::-1]
    if sort == "-joined":
        assert names[-3:] == known[::-1]
    if sort == "name":
        assert names == sorted(names, key=lambda name: name.split()[::-1])


def test_what_cannot_be_read_is_named_and_the_page_reports_all_the_same(cast, signed_in):
    for query in ({"by": "shoe"}, {"on": "soon"}, {"on": "1066-10-14"}, {"format": "pdf"}, {"cursor": "x"}):
        assert ask(cast.hr, **query).status_code == 400
    page = signed_in(cast.hr).get(f"{PAGE}?on=soon&by=shoe")
    assert page.status_code == 200
    assert "Enter a valid date" in page.content.decode()
    assert page.context["asked"].by == "branch"
    assert signed_in(cast.hr).get(f"{FILE}?on=soon").status_code == 400


def test_files_hold_the_same_figures_and_each_is_written_down(cast, signed_in):
    change(cast.cashier, first_name="=1+1")
    client = signed_in(cast.hr)
    groups = b"".join(client.get(f"{FILE}?by=branch&format=csv").streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(groups)))[1][:2] == ["Akobo", "2"]
    people = b"".join(client.get(f"{FILE}?format=csv&part=people").streaming_content).decode("utf-8-sig")
    assert "'=1+1 Nwosu" in people
    book = load_workbook(io.BytesIO(b"".join(ask(cast.auditor, by="branch", format="xlsx").streaming_content)))
    assert book.sheetnames == ["Groups", "People"]
    with tenancy.organisation(ACE):
        entries = AuditEntry.objects.filter(kind=AuditKind.EXPORT).order_by("id")
        assert [entry.actor_id for entry in entries] == [cast.hr.pk, cast.hr.pk, cast.auditor.pk]
        assert entries[0].after["asked"]["by"] == "branch"
        every = Person.objects.count()
        assert [entry.after["rows"] for entry in entries] == [4, every, 4 + every]


def test_the_page_shows_bars_and_figures_and_its_ways_out_keep_the_filters(cast, signed_in):
    page = signed_in(cast.hr).get(f"{PAGE}?by=role&category=general").content.decode()
    assert '<rect class="d-shift" y="3" width="100.00%"' in page
    assert "category=general" in page
    assert "/reports/staff/file?by=role" in page


def test_years_are_full_ones_also_around_29_february():
    assert full_years(date(2020, 2, 29), date(2021, 2, 28)) == 0
    assert full_years(date(2020, 2, 29), date(2021, 3, 1)) == 1
    assert [band_label((1, 3, 5, 10), band) for band in range(5)] == [
        "Under 1 year", "1–2 years", "3–4 years", "5–9 years", "10 years and more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on", "born"), [(date(2024, 2, 29), date(2006, 3, 1)), (date(2026, 2, 28), date(2008, 2, 29))]
)
def test_a_band_and_the_full_years_say_the_same_of_a_birthday(cast, on, born):
    with tenancy.organisation(ACE):
        make_person(
            "Leap", "Year", cast.cashier.role, date_of_birth=born, branch=cast.bodija, hired_on=date(2023, 1, 1)
        )
        groups = staff_report(cast.hr, Asked(on=on, by="age", branch=cast.bodija.pk)).groups
    assert full_years(born, on) == 17
    assert groups[0].name == "Under 18 years"
