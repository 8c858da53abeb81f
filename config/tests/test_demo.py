"""The demo is what the documents promise: people, logins, eleven weeks of rosters, and one draft to play with."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.hashers import check_password

from config import testing

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo"), pytest.mark.timeout(300)]

TODAY = "2026-01-14"  # a Wednesday; the week begins on the 12th
LOGINS = ("hr", "ceo", "coo", "auditor", "group.head", "branch.manager", "floor.manager", "cashier")


class Demo:
    """A database of its own with the demo in it, asked as the owner within an organisation."""

    def __init__(self, database):
        self.database = database
        with testing.as_owner(database) as owner:
            # The organisations of the tests bear the demo's names.
            testing.remove_organisations(owner)

    def run(self, *options):
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", *options]
        environment = {**os.environ, **testing.urls_of(self.database)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def ask(self, question, *values, slug="acemall"):
        with testing.as_owner(self.database) as owner:
            enter = "SELECT set_config('app.organisation', id::text, false) FROM staff_organisation WHERE slug = %s"
            owner.execute(enter, [slug])
            return owner.execute(question, values).fetchall()

    def one(self, question, *values, slug="acemall"):
        return self.ask(question, *values, slug=slug)[0][0]


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock():
        database = testing.database_for(f"demo_{worker_id}")
        try:
            made = Demo(database)
            code, said = made.run("--today", TODAY)
            assert code == 0, said
            yield made
        finally:
            testing.drop_database(database)


def test_the_chain_has_its_places_and_about_1400_people(demo):
    assert demo.one("SELECT count(*) FROM staff_branch") == 14
    assert demo.one("SELECT count(*) FROM staff_department") == 9
    assert demo.one("SELECT count(*) FROM staff_subdepartment") == 5
    assert 1300 <= demo.one("SELECT count(*) FROM staff_person") <= 1500
    assert demo.one("SELECT count(*) FROM staff_role WHERE name LIKE 'Group Head%%'") == 9
    assert demo.one("SELECT count(*) FROM staff_role WHERE name LIKE 'Supervisor%%'") == 5
    duties = dict(demo.ask("SELECT name, duty FROM staff_role WHERE category = 'senior_admin'"))
    assert duties["Auditor"] == duties["Hospitality Unit Auditor"] == "audit"
    assert duties["Chief Executive Officer"] == duties["Chief Operating Officer"] == "executive"
    assert duties["Human Resource"] == "people"


@pytest.mark.parametrize(("slug", "prefix"), [("acemall", "ACE"), ("othermart", "OTM"), ("platform", "PLT")])
def test_every_organisation_counts_its_own_people(demo, slug, prefix):
    numbers = [number for (number,) in demo.ask("SELECT employee_number FROM staff_person", slug=slug)]
    assert {number.split("-")[0] for number in numbers} == {prefix}
    last = demo.one("SELECT last_employee_number FROM staff_organisation WHERE slug = %s", slug, slug=slug)
    assert last == len(numbers) == max(int(number.rsplit("-", 1)[1]) for number in numbers)


def test_every_login_has_the_password_and_nobody_else_has_any(demo):
    found = dict(demo.ask("SELECT email, password FROM staff_person WHERE password NOT LIKE '!%%'"))
    assert set(found) == {f"{login}@acemall.example" for login in LOGINS}
    assert all(check_password("Ace-demo-2026", password) for password in set(found.values()))
    for slug, emails in {
        "othermart": {"hr@othermart.example", "cashier@othermart.example"},
        "platform": {"operator@platform.example"},
    }.items():
        assert {
            email for (email,) in demo.ask("SELECT email FROM staff_person WHERE password NOT LIKE '!%%'", slug=slug)
        } == emails
    assert demo.one("SELECT is_operator FROM staff_person", slug="platform")


def test_floor_manager_and_cashier_share_a_team_of_18_that_the_branch_manager_reaches(demo):
    teams = demo.ask(
        "SELECT branch_id, department_id FROM staff_person WHERE email IN (%s, %s)",
        "floor.manager@acemall.example",
        "cashier@acemall.example",
    )
    assert len(set(teams)) == 1
    branch, department = teams[0]
    count = "SELECT count(*) FROM staff_person WHERE branch_id = %s AND department_id = %s"
    assert demo.one(count, branch, department) == 18
    assert demo.one("SELECT branch_id FROM staff_person WHERE email = 'branch.manager@acemall.example'") == branch


def test_every_team_has_eleven_published_weeks_but_the_stage(demo):
    weeks = demo.ask("SELECT week_start::text, count(*), sum(revision) FROM roster_roster GROUP BY 1 ORDER BY 1")
    assert (weeks[0][0], weeks[-1][0], len(weeks)) == ("2025-11-17", "2026-01-26", 11)
    assert {count for _, count, _ in weeks[:-1]} == {182}
    assert {published for _, _, published in weeks[:9]} == {182}
    assert [published for _, _, published in weeks[9:]] == [181, 181]
    assert weeks[-1][1] == 181


def test_the_stage_has_a_draft_with_half_the_shifts_and_four_open(demo):
    drafts = demo.ask(
        "SELECT r.id, r.week_start::text FROM roster_roster r JOIN staff_branch b ON b.id = r.branch_id "
        "WHERE revision = 0 AND b.name = 'Bodija' AND published_at IS NULL"
    )
    assert [week for _, week in drafts] == ["2026-01-19"]
    given = demo.one(
        "SELECT count(*) FROM roster_assignment a JOIN roster_shift s ON s.id = a.shift_id "
        "WHERE s.roster_id = %s AND a.published_at IS NULL",
        drafts[0][0],
    )
    assert demo.one("SELECT count(*) FROM roster_shift WHERE roster_id = %s", drafts[0][0]) == given + 4
    assert 30 <= given <= 60


def test_what_is_published_is_what_was_planned(demo):
    wrong = (
        "SELECT count(*) FROM roster_assignment a JOIN roster_shift s ON s.id = a.shift_id "
        "JOIN roster_roster r ON r.id = s.roster_id JOIN staff_role o ON o.id = s.role_id "
        "WHERE (r.revision = 1) <> coalesce((a.published_starts_at, a.published_ends_at, a.published_break_minutes, "
        "a.published_role, a.published_note) = (s.starts_at, s.ends_at, s.break_minutes, o.name, s.note), false)"
    )
    assert demo.one(wrong) == 0
    counts = (
        "SELECT count(*) FROM roster_publication p WHERE p.added <> (SELECT count(*) FROM roster_assignment a "
        "JOIN roster_shift s ON s.id = a.shift_id WHERE s.roster_id = p.roster_id)"
    )
    assert demo.one(counts) == 0
    assert demo.one("SELECT count(*) FROM roster_assignment") > 65_000


def test_nobody_of_the_plan_breaks_a_rule_that_blocks_or_warns(demo):
    rest = (
        "SELECT count(*) FROM (SELECT lower(during) - lag(upper(during)) OVER (PARTITION BY person_id ORDER BY during) "
        "AS rest FROM roster_assignment) AS pauses WHERE rest < interval '11 hours'"
    )
    assert demo.one(rest) == 0
    hours = (
        "SELECT max(hours) FROM (SELECT sum(extract(epoch FROM s.ends_at - s.starts_at) / 3600 - break_minutes / 60.0) "
        "AS hours FROM roster_assignment a JOIN roster_shift s ON s.id = shift_id GROUP BY person_id, roster_id) weeks"
    )
    assert demo.one(hours) <= 48
    nights = "SELECT count(*) FROM roster_shift WHERE (starts_at AT TIME ZONE 'Africa/Lagos')::time = '22:00'"
    assert demo.one(nights) > 0


def test_the_staff_of_every_team_were_reviewed_for_eight_weeks(demo):
    weeks = demo.ask(
        "SELECT week_start::text, count(*), count(acknowledged_at) FROM reviews_review WHERE submitted_at IS NOT NULL "
        "GROUP BY 1 ORDER BY 1"
    )
    assert (weeks[0][0], weeks[-1][0], len(weeks)) == ("2025-11-17", "2026-01-05", 8)
    staff = (
        "SELECT count(*) FROM staff_person p JOIN staff_role r ON r.id = p.role_id "
        "WHERE r.category = 'general' AND p.left_on IS NULL"
    )
    assert {count for _, count, _ in weeks} == {demo.one(staff)}
    # The latest waits to be read; what came before was.
    assert [read for *_, read in weeks] == [weeks[0][1]] * 7 + [0]
    assert demo.one("SELECT count(*) FROM reviews_review WHERE submitted_at IS NULL") == 4
    assert demo.one("SELECT count(*) FROM reviews_review", slug="othermart") == 8 * 28


def test_every_demo_review_is_one_that_the_product_would_have_taken(demo):
    scored = (
        "SELECT review_id, count(*) AS n, round(avg(value), 2) AS mean, min(value) AS low FROM reviews_score GROUP BY 1"
    )
    wrong = (
        f"SELECT count(*) FROM reviews_review r LEFT JOIN ({scored}) s ON s.review_id = r.id "
        "WHERE s.n IS DISTINCT FROM 4 OR s.mean <> r.overall OR (s.low < 3 AND r.comment = '') "
        "OR extract(isodow FROM r.week_start) <> 1"
    )
    assert demo.one(wrong) == 0
    average, low = demo.ask("SELECT avg(overall), count(*) FILTER (WHERE overall < 2.5) FROM reviews_review")[0]
    assert 3.5 < average < 4.2
    assert low > 0
    reach = (
        "SELECT count(*) FROM reviews_review v JOIN staff_person p ON p.id = v.person_id "
        "JOIN staff_person m ON m.id = v.reviewer_id WHERE p.branch_id <> m.branch_id OR p.id = m.id"
    )
    assert demo.one(reach) == 0


def test_some_left_one_moves_and_two_proposals_wait(demo):
    kinds = "SELECT kind, count(*) FROM staff_employmentevent WHERE state <> 'proposed' GROUP BY 1"
    found = dict(demo.ask(kinds))
    assert found["hire"] == demo.one("SELECT count(*) FROM staff_person")
    assert (found["termination"], found["transfer"], found["promotion"]) == (4, 1, 1)
    assert demo.one("SELECT count(*) FROM staff_employmentevent WHERE state = 'proposed'") == 2
    assert demo.one("SELECT count(*) FROM staff_employmentevent WHERE kind = 'hire' AND salary_after IS NULL") == 1


def test_demo_people_have_messages_read_and_unread(demo):
    counts = "SELECT count(*) FILTER (WHERE read_at IS NULL), count(*) FROM notifications_notification n "
    unread, all_of_them = demo.ask(
        counts + "JOIN staff_person p ON p.id = n.person_id WHERE p.email = 'cashier@acemall.example'"
    )[0]
    assert 0 < unread < all_of_them


def test_once_does_nothing_and_at_once(demo):
    before = demo.one("SELECT count(*) FROM roster_roster")
    code, said = demo.run("--once")
    assert (code, said) == (0, "The demo is loaded.\n")
    assert demo.one("SELECT count(*) FROM roster_roster") == before


def test_a_later_day_adds_the_weeks_that_are_missing_and_leaves_the_others(demo):
    people = demo.one("SELECT count(*) FROM staff_person")
    before = demo.one("SELECT count(*) FROM roster_roster")
    reviews = demo.one("SELECT count(*) FROM reviews_review WHERE submitted_at IS NOT NULL")
    code, said = demo.run("--today", "2026-01-21")
    assert code == 0, said
    assert demo.one("SELECT count(*) FROM staff_person") == people
    # The week that was begun on the stage stays as it is; nobody else's was.
    added = demo.one("SELECT count(*) FROM reviews_review WHERE submitted_at IS NOT NULL") - reviews
    assert reviews / 8 - 20 < added < reviews / 8
    # A week more for everybody; the stage's new draft is the week that it had not begun yet.
    assert demo.one("SELECT count(*) FROM roster_roster") == before + 182
    assert demo.one("SELECT max(week_start)::text FROM roster_roster WHERE revision = 0") == "2026-01-26"


def test_an_organisation_of_somebody_else_is_left_alone(django_db_setup, django_db_blocker, worker_id):
    with django_db_blocker.unblock():
        database = testing.database_for(f"taken_{worker_id}")
        try:
            taken = Demo(database)
            with testing.as_owner(database) as owner:
                owner.execute(
                    "INSERT INTO staff_organisation (name, slug, prefix, currency, timezone, last_employee_number, "
                    "created_at) VALUES ('Theirs', 'acemall', 'ACE', 'NGN', 'Africa/Lagos', 0, now())"
                )
            code, said = taken.run()
            assert code == 1
            assert "There is already an organisation acemall, and it is not the demo's: nothing was loaded." in said
        finally:
            testing.drop_database(database)


def test_two_hirings_wait_to_be_gone_on_with_and_everybody_went_to_school(demo):
    assert demo.one("SELECT count(*) FROM staff_hiringdraft") == 2
    assert demo.one("SELECT count(DISTINCT person_id) = (SELECT count(*) FROM staff_person) FROM staff_education")
