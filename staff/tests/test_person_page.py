"""A person's page: who opens it, and how much of it."""

import pytest

from config import tenancy
from config.testing import ACE
from staff import services
from staff.models import Person

pytestmark = pytest.mark.django_db


def page(client, person):
    return client.get(f"/people/{person.pk}/")


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [
        ("cashier", "cashier", 200),
        ("cashier", "teammate", 404),
        ("floor_manager", "cashier", 200),
        ("floor_manager", "stranger", 404),
        ("branch_manager", "stranger", 404),
        ("group_head", "stranger", 200),
        ("auditor", "stranger", 200),
        ("hr", "stranger", 200),
        ("hr", "other_cashier", 404),
        ("other_hr", "cashier", 404),
    ],
)
def test_an_outsider_gets_404(cast, signed_in, who, whom, status):
    assert page(signed_in(getattr(cast, who)), getattr(cast, whom)).status_code == status


@pytest.mark.parametrize("path", ["/people/0/", "/people/x/", "/people/99999999999999999999999/", "/people/-1/"])
def test_an_id_that_is_nobodys_is_404(cast, signed_in, path):
    assert signed_in(cast.hr).get(path).status_code == 404


def test_nobody_looks_without_signing_in(client, cast):
    assert page(client, cast.cashier)["Location"] == f"/login?next=/people/{cast.cashier.pk}/"


@pytest.mark.parametrize(
    ("who", "sees_profile"),
    [("floor_manager", False), ("group_head", False), ("branch_manager", True), ("auditor", True), ("cashier", True)],
)
def test_the_profile_is_only_for_those_whom_the_table_names(cast, signed_in, who, sees_profile):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(date_of_birth="2001-03-04", phone="+234 803 555 0100")
    text = page(signed_in(getattr(cast, who)), cast.cashier).content.decode()
    for piece in ("Adaeze Nwosu", "Cashier", "Bodija", cast.cashier.employee_number, "+234 803 555 0100"):
        assert piece in text
    for piece in (cast.cashier.email, "4 March 2001", "1 January 2024", "40 h a week"):
        assert (piece in text) is sees_profile


def test_the_page_says_that_somebody_cannot_sign_in(cast, signed_in):
    with tenancy.organisation(ACE):
        services.deactivate(cast.cashier, by=cast.hr)
    assert "cannot sign in" in page(signed_in(cast.hr), cast.cashier).content.decode()


def test_the_page_is_cheap(cast, signed_in, django_assert_max_num_queries):
    client = signed_in(cast.hr)
    # Nine of the page, the career and the access log among them, and the test's own savepoint.
    with django_assert_max_num_queries(11):
        page(client, cast.cashier)
