"""The operator's pages: every organisation is found, moved to another plan and suspended here, by nobody else."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config import origin, tenancy, testing
from config.testing import ACE, OTHER
from staff.auditing.words import lines
from staff.models import AuditEntry, Branch, Organisation, Person, Role, SecondStep
from staff.plans import Plan
from staff.selectors import organisations
from staff.services.operating import entered
from staff.services.signing import check_password
from staff.signin import find_login
from staff.tests.make import make_operator

pytestmark = pytest.mark.django_db

LIST, DETAIL = "/organisations/", f"/organisations/{OTHER}/"
NEW = {
    "name": "Corner Shops", "slug": "corner", "prefix": "CNR", "currency": "GBP", "timezone": "Europe/London",
    "plan": "trial", "hr_first_name": "Cora", "hr_last_name": "Banks", "hr_email": "hr@corner.example",
}  # fmt: skip


@pytest.fixture
def operator(cast):
    with tenancy.organisation(ACE):
        return make_operator(cast.ceo.role)


@pytest.fixture
def at_work(operator, signed_in):
    """The operator's browser."""
    return signed_in(operator)


@pytest.fixture(autouse=True)
def the_next_id_is_free(db):
    """The tests' organisations were given their ids by hand, behind the sequence's back."""
    with testing.as_owner(connection.settings_dict["NAME"]) as owner:
        owner.execute("SELECT setval(pg_get_serial_sequence('staff_organisation', 'id'), 1000000)")


def other():
    with tenancy.organisation(OTHER):
        return Organisation.objects.get(pk=OTHER)


def log_of_other(reader):
    with tenancy.organisation(OTHER):
        entries = list(AuditEntry.objects.filter(about__in=["staff.Organisation", "staff.Visit"]).order_by("id"))
        return [line.sentence for line in lines(entries, reader=reader)]


@pytest.mark.parametrize("who", ["hr", "ceo", "auditor", "branch_manager", "cashier"])
def test_nobody_else_comes_near_them(cast, signed_in, who):
    client = signed_in(getattr(cast, who))
    for path in (LIST, "/organisations/new", DETAIL):
        assert client.get(path).status_code == 403
    for verb in ("plan", "second-step", "suspend", "resume", "visit"):
        answer = client.post(DETAIL + verb, {"plan": "starter", "second_step": "everybody", "reason": "Curious"})
        assert answer.status_code == 403
    assert client.post("/organisations/new", NEW).status_code == 403
    assert (other().plan, other().suspended_at, other().second_step) == (Plan.ENTERPRISE, None, "nobody")


def test_an_organisation_that_is_not_there_is_404(at_work):
    assert at_work.get("/organisations/999999999/").status_code == 404
    assert at_work.get(f"/organisations/{10**30}/").status_code == 404
    assert at_work.post("/organisations/999999999/suspend").status_code == 404


def test_the_list_shows_all_with_their_plan_and_what_they_use(at_work):
    with CaptureQueriesContext(connection) as queries:
        page = at_work.get(LIST).content.decode()
    assert len(testing.of_the_page(queries)) <= 10
    assert "Ace Mall" in page
    assert "Other Mart" in page
    assert "12 people, 2 branches" in page
    assert "2 people, 1 branch;" in page
    assert "/organisations/" in at_work.get("/").content.decode()


def test_postgresql_shows_organisations_to_an_operator_alone_and_stays_where_it_was(cast, operator):
    def ask(person):
        with origin.of(origin.Origin(person=person)), tenancy.organisation(ACE):
            return organisations()

    rows, following = ask(operator.pk)
    assert [row.slug for row in rows] == ["acemall", "othermart"]
    assert following == ""
    for stranger in (cast.hr.pk, cast.ceo.pk, cast.other_hr.pk, None):
        with pytest.raises(ProgrammingError, match="whoever runs the installation"), transaction.atomic():
            ask(stranger)
    with origin.of(origin.Origin(person=operator.pk)), tenancy.organisation(ACE):
        organisations()
        assert set(Branch.objects.values_list("name", flat=True)) == {"Bodija", "Akobo"}
        Person.objects.filter(pk=operator.pk).update(is_active=False)
        with pytest.raises(ProgrammingError), transaction.atomic():
            organisations()


def test_an_organisation_is_founded_with_all_that_it_begins_with(at_work):
    answer = at_work.post("/organisations/new", NEW)
    assert answer.status_code == 302, answer.content
    pk = int(answer["Location"].split("/")[2])
    with tenancy.organisation(pk):
        founded = Organisation.objects.get()
        assert (founded.name, founded.plan, founded.last_employee_number) == ("Corner Shops", Plan.TRIAL, 1)
        assert founded.plan_until > timezone.localdate()
        assert Person.objects.get().employee_number == "CNR-HQ-00001"
        assert Role.objects.count() == 12
        names = set(AuditEntry.objects.values_list("actor_id", "actor_name"))
        assert names == {(None, "operator Olu Platform")}
    assert find_login("hr@corner.example").organisation == pk
    assert check_password("hr@corner.example", "") is None
    assert "Corner Shops" in at_work.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"slug": "othermart"}, "There is already an organisation othermart."),
        ({"prefix": "OTM"}, "The prefix OTM belongs to another organisation."),
        ({"timezone": "Lagos"}, "is not a time zone"),
        ({"currency": "abc"}, "is not a currency"),
        ({"hr_email": "nobody"}, "Enter a valid email address"),
        ({"plan": "gold"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_what_was_typed_and_founds_nothing(at_work, wrong, sentence):
    answer = at_work.post("/organisations/new", NEW | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Corner Shops" in page
    assert find_login("hr@corner.example") is None


def test_an_address_of_somebody_elsewhere_is_refused(at_work, cast):
    answer = at_work.post("/organisations/new", NEW | {"hr_email": cast.other_hr.email})
    assert "already belongs to somebody" in answer.content.decode()


def test_what_an_operator_does_to_an_organisation_stands_in_its_own_log(at_work, cast):
    at_work.post(DETAIL + "plan", {"plan": "business"})
    at_work.post(DETAIL + "second-step", {"second_step": "everybody"})
    assert (other().plan, other().second_step) == (Plan.BUSINESS, SecondStep.EVERYBODY)
    assert log_of_other(cast.other_hr) == [
        "The operator Olu Platform changed “plan” of the organisation Other Mart from Enterprise to Business.",
        "The operator Olu Platform changed “two-step sign-in” of the organisation Other Mart from Nobody has to to "
        "Everybody.",
    ]
    with tenancy.organisation(ACE):
        assert not AuditEntry.objects.filter(about="staff.Organisation").exists()


def test_a_plan_that_makes_no_sense_changes_nothing_and_says_so(at_work):
    answer = at_work.post(DETAIL + "plan", {"plan": "starter", "until": str(timezone.localdate())})
    assert answer.status_code == 422
    assert "has no last day: it is what a plan falls to." in answer.content.decode()
    assert other().plan == Plan.ENTERPRISE


def test_a_suspended_organisation_is_out_until_it_is_let_in_again(at_work, cast):
    at_work.post(DETAIL + "suspend")
    assert find_login(cast.other_hr.email) is None
    assert "Suspended" in at_work.get(LIST).content.decode()
    at_work.post(DETAIL + "resume")
    assert find_login(cast.other_hr.email) is not None


def test_nobody_suspends_the_organisation_that_they_are_in(at_work):
    answer = at_work.post(f"/organisations/{ACE}/suspend")
    assert answer.status_code == 422
    assert "You would lock yourself out" in answer.content.decode()
    assert at_work.get(LIST).status_code == 200


def test_having_entered_another_organisation_one_is_back_as_oneself(operator):
    with origin.of(origin.Origin(person=operator.pk)), tenancy.organisation(ACE):
        with entered(OTHER, by=operator) as row:
            assert row.slug == "othermart"
        assert tenancy.current() == ACE
        Branch.objects.create(name="Oyo", code="OYO")
        assert AuditEntry.objects.get(about="staff.Branch", after__name="Oyo").actor_id == operator.pk
