"""`manage.py organisation`: founded with all it needs, refused by name of the fault, locked out and let in again."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password

from config import testing

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("organisation")]

CORNER = ("create", "Corner Shops", "--slug", "corner", "--prefix", "CNR", "--hr-email", "hr@corner.example")


@pytest.fixture(scope="module")
def database(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock():
        name = testing.database_for(f"founding_{worker_id}")
        with testing.as_owner(name) as owner:
            # The tests' organisations were given their ids by hand, behind the sequence's back.
            owner.execute("SELECT setval(pg_get_serial_sequence('staff_organisation', 'id'), 100)")
        yield name
        testing.drop_database(name)


@pytest.fixture
def run(database):
    def run(*options, typed=""):
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "organisation", *options]
        environment = {**os.environ, **testing.urls_of(database)}
        done = subprocess.run(command, env=environment, input=typed, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def test_an_organisation_is_founded_locked_out_and_let_in_again(run, database):
    code, said = run(*CORNER)
    assert (code, said) == (0, "Corner Shops is founded. hr@corner.example begins, by the link that they are sent.\n")
    with testing.as_owner(database) as owner:
        owner.execute(
            "SELECT set_config('app.organisation', id::text, false) FROM staff_organisation WHERE slug='corner'"
        )
        question = (
            "SELECT employee_number, r.duty, p.password FROM staff_person p JOIN staff_role r ON r.id = p.role_id"
        )
        ((number, duty, password),) = owner.execute(question).fetchall()
        counted = owner.execute(
            "SELECT (SELECT count(*) FROM roster_shifttemplate), (SELECT count(*) FROM roster_workrule), "
            "(SELECT array_agg(name || ' ' || weight ORDER BY position) FROM reviews_criterion)"
        ).fetchone()
    assert (number, duty, password[0]) == ("CNR-HQ-00001", "people", "!")
    assert counted == (4, 7, ["Attendance 1.00", "Punctuality 1.00", "Performance 1.00", "Attitude 1.00"])
    for fault, sentence in (
        ({"CNR": "CN2"}, "There is already an organisation corner."),
        ({"corner": "corner2"}, "The prefix CNR belongs to another organisation."),
        ({"corner": "corner2", "CNR": "CN2"}, "hr@corner.example already belongs to somebody."),
    ):
        assert run(*(fault.get(word, word) for word in CORNER)) == (1, f"CommandError: {sentence}\n")
    assert run("second-step", "corner", "everybody") == (0, "Corner Shops: two-step sign-in for everybody.\n")
    assert run("suspend", "corner")[0] == 0
    assert "suspended since" in run("list")[1]
    assert run("resume", "corner") == (0, "Corner Shops may sign in again.\n")
    assert "suspended" not in run("list")[1]


def test_an_organisation_moves_to_another_plan_now_or_from_a_day_on(run):
    command = [{"corner": "plans", "CNR": "PLN", "hr@corner.example": "hr@plans.example"}.get(w, w) for w in CORNER]
    assert run(*command, "--plan", "trial")[0] == 0
    assert "Trial until" in run("list")[1]
    assert run("plan", "plans", "business", "--until", "2035-12-31")[1] == "Corner Shops: Business until 31 Dec 2035.\n"
    said = run("plan", "plans", "starter", "--from", "2035-06-01")
    assert said == (0, "Corner Shops: Business until 31 Dec 2035, Starter from 1 Jun 2035.\n")
    assert "until: Starter has no last day" in run("plan", "plans", "starter", "--until", "2035-06-01")[1]
    assert "begins-on: This day is over" in run("plan", "plans", "starter", "--from", "2020-06-01")[1]
    assert "There is no organisation nowhere" in run("plan", "nowhere", "starter")[1]
    assert run("plan", "plans", "enterprise") == (0, "Corner Shops: Enterprise.\n")


def test_every_fault_has_a_line_of_its_own(run):
    code, said = run(*CORNER[:4], "--prefix", "c", "--currency", "naira", "--timezone", "Lagos", *CORNER[-2:])
    assert code == 1
    assert "prefix: Two to five capital letters" in said
    assert "currency: " in said
    assert "timezone: “Lagos” is not a time zone" in said


def test_an_unknown_organisation_is_named(run):
    assert "There is no organisation nowhere" in run("suspend", "nowhere")[1]


def test_help_has_an_example(run):
    code, said = run("--help")
    assert code == 0
    assert "manage.py organisation create" in said


def test_the_first_password_is_asked_for_and_a_weak_one_founds_nothing(run, database):
    command = [{"corner": "kiosk", "CNR": "KSK", "hr@corner.example": "hr@kiosk.example"}.get(w, w) for w in CORNER]
    assert "too short" in run(*command, "--ask-password", typed="short\n")[1]
    code, said = run(*command, "--ask-password", typed="plain-sailing-42\n")
    assert (code, said) == (0, "Corner Shops is founded. hr@kiosk.example may sign in.\n")
    with testing.as_owner(database) as owner:
        owner.execute(
            "SELECT set_config('app.organisation', id::text, false) FROM staff_organisation WHERE slug='kiosk'"
        )
        ((password,),) = owner.execute("SELECT password FROM staff_person").fetchall()
    assert check_password("plain-sailing-42", password)


def test_founding_one_organisation_leaves_the_numbers_of_the_others(run, database):
    with testing.as_owner(database) as owner:
        owner.execute("UPDATE staff_organisation SET last_employee_number = 41 WHERE slug = 'acemall'")
    assert run("create", "Stalls", "--slug", "stalls", "--prefix", "STL", "--hr-email", "hr@stalls.example")[0] == 0
    with testing.as_owner(database) as owner:
        asked = "SELECT slug, last_employee_number FROM staff_organisation WHERE slug IN ('acemall', 'stalls')"
        assert dict(owner.execute(asked).fetchall()) == {"acemall": 41, "stalls": 1}
