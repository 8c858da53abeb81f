"""Keyset pages: every row once, in order, whatever the order is, and only by cursors that we made."""

from datetime import date

import pytest
from django.db.models import Value
from django.db.models.functions import Coalesce

from config import keyset
from config.errors import Invalid
from staff.models import Branch, Department, Person
from staff.models.people import PersonQuerySet
from staff.tests.make import make_department, make_person, make_role

pytestmark = pytest.mark.django_db


def walk(rows, order, size):
    found, after = [], ""
    while after is not None:
        page = keyset.page(rows, order=order, after=after, size=size)
        found += page.rows
        after = page.next
    return found


@pytest.mark.parametrize(
    "order",
    [
        ("id",),
        ("-id",),
        ("-hired_on", "id"),
        ("hired_on", "-id"),
        ("department__position", "department__name", "id"),
        ("-department__position", "last_name", "-id"),
    ],
)
def test_every_row_comes_once_and_in_order(ace, order):
    for n in range(23):
        department = make_department(f"Line {n % 4}", position=n % 3)
        make_person("Ada", f"Obi{n % 2}", make_role(), department=department, hired_on=date(2024, 1, 1 + n % 5))
    people = Person.objects.select_related("department")
    assert walk(people, order, 4) == list(people.order_by(*order))


def test_an_order_may_be_by_what_is_computed_and_a_page_may_be_joined_late(ace):
    for n in range(9):
        born = date(1990, 1, 1 + n % 3) if n % 2 else None
        make_person("Ada", f"Obi{n}", make_role(), date_of_birth=born)
    people = Person.objects.annotate(born=Coalesce("date_of_birth", Value(date(2100, 1, 1))))
    assert walk(people, ("born", "id"), 2) == list(people.order_by("born", "id"))
    late = keyset.page(Person.objects.filter(last_name="Obi3"), order=("id",), joined=PersonQuerySet.with_places)
    assert [person.last_name for person in late.rows] == ["Obi3"]
    assert "role" in late.rows[0]._state.fields_cache


def test_a_page_that_ends_with_the_last_row_has_no_next(ace):
    for n in range(4):
        make_department(f"Line {n}")
    assert keyset.page(Department.objects.all(), order=("id",), size=4).next is None
    assert keyset.page(Department.objects.all(), order=("id",), size=3).next is not None
    assert keyset.page(Branch.objects.all(), order=("id",)).rows == []


def test_a_row_that_came_between_neither_repeats_nor_hides_another(ace):
    for name in ("B", "D", "F"):
        make_department(name)
    first = keyset.page(Department.objects.all(), order=("name", "id"), size=2)
    make_department("A")
    make_department("E")
    rest = keyset.page(Department.objects.all(), order=("name", "id"), after=first.next, size=9)
    assert [row.name for row in first.rows + rest.rows] == ["B", "D", "E", "F"]


def test_a_page_is_one_query(ace, django_assert_num_queries):
    for n in range(6):
        make_department(f"Line {n}")
    after = keyset.page(Department.objects.all(), order=("name", "id"), size=2).next
    with django_assert_num_queries(1):
        keyset.page(Department.objects.all(), order=("name", "id"), after=after, size=2)


def test_a_cursor_is_good_only_for_its_own_list_and_order(ace):
    for n in range(3):
        make_department(f"Line {n}")
    cursor = keyset.page(Department.objects.all(), order=("name", "id"), size=1).next
    for rows, order in ((Department.objects.all(), ("-name", "id")), (Branch.objects.all(), ("name", "id"))):
        with pytest.raises(Invalid, match="start again"):
            keyset.page(rows, order=order, after=cursor)
    with pytest.raises(Invalid):
        keyset.page(
            Department.objects.all(), order=("name", "id"), after=cursor[:-1] + ("a" if cursor[-1] != "a" else "b")
        )
