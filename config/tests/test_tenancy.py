"""No row crosses an organisation."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from config import tenancy
from config.testing import ACE, OTHER
from staff.models import Branch, Organisation, Person
from staff.signin import find_login
from staff.tests.make import make_branch, make_person, make_role

pytestmark = pytest.mark.django_db


def test_the_application_role_is_neither_owner_nor_superuser():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relkind = 'r'")
        assert cursor.fetchone() == (0,)


def test_outside_an_organisation_there_are_no_rows(cast):
    assert not Person.objects.exists()
    assert not Branch.objects.exists()
    assert not Organisation.objects.exists()


def test_outside_an_organisation_nothing_can_be_written():
    with pytest.raises(DatabaseError), transaction.atomic():
        Branch.objects.create(name="Nowhere", code="NOW")


def test_inside_one_the_others_do_not_exist(cast):
    with tenancy.organisation(OTHER):
        assert not Person.objects.filter(pk=cast.cashier.pk).exists()
        assert Person.objects.filter(pk=cast.other_cashier.pk).exists()
        assert list(Organisation.objects.values_list("pk", flat=True)) == [OTHER]


def test_a_foreign_key_cannot_reach_into_another_organisation(cast):
    with pytest.raises(IntegrityError), transaction.atomic(), tenancy.organisation(OTHER):
        make_person("Eve", "Cross", make_role(), branch_id=cast.bodija.pk)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_leaving_restores_what_was_entered_before(cast):
    with tenancy.organisation(ACE):
        with tenancy.organisation(OTHER):
            assert not Branch.objects.filter(name="Bodija").exists()
        assert Branch.objects.filter(name="Bodija").exists()
        with pytest.raises(RuntimeError), tenancy.organisation(OTHER):
            raise RuntimeError
        assert Branch.objects.filter(name="Bodija").exists()
        assert tenancy.current() == ACE
    assert not Branch.objects.exists()


def test_an_email_is_found_without_an_organisation_and_nothing_else_is(cast):
    login = find_login(cast.cashier.email.upper())
    assert (login.organisation, login.person) == (ACE, cast.cashier.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM staff_signin")
        assert cursor.fetchone() == (0,)


def test_an_email_is_unique_in_the_whole_installation(cast):
    with tenancy.organisation(OTHER), pytest.raises(IntegrityError, match="staff_signin_pkey"), transaction.atomic():
        make_person("Owen", "Twice", make_role(), email=cast.cashier.email)


def test_the_organisation_is_filled_by_the_database(ace):
    assert make_branch("Oyo").organisation_id == ACE


def test_a_swallowed_database_error_never_passes_for_success(ace):
    with pytest.raises(transaction.TransactionManagementError, match="swallowed"), tenancy.organisation(ACE):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        except DatabaseError:
            pass
