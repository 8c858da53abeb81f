"""Each entry × each mutation: whatever changes, through whichever door, no answer is older than the last commit.

Every cached URL of several people is asked, so that its copies are there; then something changes; then each is asked
again and compared with what is built without the cache. The changes follow one another as on a busy morning, and the
clock stands still meanwhile: "2 min ago" is not what this is about. The API is asked through the fast path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time, timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.utils import timezone

from config import epoch, limits, tenancy
from config.caching import ENTRIES, touch
from config.caching.answers import TOKEN
from config.caching.entries import Reads
from config.caching.stamps import WATCHED
from config.testing import ACE, OTHER, bearer, sign_in
from config.tests.access import make_world
from config.tests.asked import URLS
from config.tests.fast import Answered, Door
from documents.tests import changes as papers
from notifications import services as notifications
from notifications.kinds import Kind
from notifications.models import Notification
from notifications.tasks import deliver_outbox
from reviews import services as reviews
from reviews.models import Criterion, Review
from reviews.tests.make import answers, make_draft, this_monday
from roster import services as rosters
from roster.entry import read_hours
from roster.models import Roster, Shift, ShiftTemplate
from roster.services.templates import add_template, change_template, remove_template
from roster.tests.make import make_shift
from staff import services as staff
from staff.models import Branch, Department, Leaving, Person, Role, SubDepartment
from staff.services.founding import RoleRow, add_roles

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


class Stage:
    """The cast, a published roster, and every cached URL of the readers."""

    def __init__(self, cast) -> None:
        self.cast, self.world = cast, make_world(cast)
        deliver_outbox(ACE)
        self.clients = {name: sign_in(Client(), getattr(cast, name)) for name in URLS}
        self.door, self.fast = Door(), set[tuple[str, str]]()

    def answers(self) -> dict[tuple[str, str], tuple[str, bytes]]:
        """What each reader gets at each URL: what X-Cache says, and the body."""
        found = {}
        for name, client in self.clients.items():
            headers = bearer(getattr(self.cast, name))
            for path in URLS[name]:
                url = path.format(cashier=self.cast.cashier.pk)
                response = self._ask(name, url, headers) if url.startswith("/api/") else client.get(url)
                assert response.status_code == 200, (name, url, response.status_code)
                found[name, url] = response["X-Cache"], TOKEN.sub(rb"\1", response.content)
        return found

    def _ask(self, name: str, url: str, headers: dict[str, str]) -> Answered:
        response = self.door.get(url, headers)
        if response.fast:
            self.fast.add((name, url))
        return response

    def person(self, name: str) -> Person:
        return Person.objects.with_places().get(pk=getattr(self.cast, name).pk)

    @property
    def roster(self) -> Roster:
        return Roster.objects.with_team().get(pk=self.world.own["roster"])

    @property
    def shift(self) -> Shift:
        return Shift.objects.select_related("roster__branch", "branch", "role").get(pk=self.world.own["shift"])


@pytest.fixture
def stage(cast, monkeypatch) -> Iterator[Stage]:
    monkeypatch.setattr(limits, "LIMITS", {})  # nobody asks as much in a minute as this does
    monkeypatch.setattr(epoch, "QUIET", -1.0)
    monkeypatch.setattr(epoch, "LEASE", 600.0)
    with time_machine.travel(timezone.now(), tick=False):
        yield Stage(cast)


def publish(stage: Stage) -> None:
    rosters.publish([stage.roster], by=stage.person("floor_manager"))


def a_new_shift_is_published(stage: Stage) -> None:
    """Beside the cashier's, so that each stands on the other's."""
    make_shift(stage.roster, by=stage.person("floor_manager"), person=stage.person("teammate"))
    publish(stage)


def a_shift_moves_and_is_published(stage: Stage) -> None:
    new = rosters.NewShift(stage.shift.date, read_hours("10-18"), person=stage.person("cashier"))
    rosters.change_shift(stage.shift, new, by=stage.person("floor_manager"), version=stage.shift.version)
    publish(stage)


def a_shift_is_cancelled_and_published(stage: Stage) -> None:
    rosters.delete_shift(stage.shift, by=stage.person("floor_manager"), version=stage.shift.version)
    publish(stage)


def a_shift_changes_hands_and_is_published(stage: Stage) -> None:
    shift = stage.shift
    boss = stage.person("floor_manager")
    rosters.assign(shift, boss, by=boss, version=shift.version)
    publish(stage)


def an_open_shift_is_drafted(stage: Stage) -> None:
    make_shift(stage.roster, by=stage.person("floor_manager"), day=2)


def a_week_is_copied(stage: Stage) -> None:
    boss, source = stage.person("floor_manager"), stage.roster
    week = source.week_start + timedelta(days=7)
    target = rosters.open_roster(source.branch, source.department, None, week, by=boss)
    rosters.copy_week(source, target, by=boss)
    rosters.publish([target], by=boss)


def somebody_is_told(stage: Stage) -> None:
    key = "the lift"
    notifications.tell([notifications.Message(stage.cast.cashier.pk, Kind.GENERAL, key, "The lift is repaired")])
    # The worker's own transaction comes after this one.
    transaction.on_commit(lambda: deliver_outbox(ACE))


def one_notification_is_read(stage: Stage) -> None:
    note = Notification.objects.filter(person=stage.cast.cashier, read_at=None).first()
    notifications.mark_read(note, by=stage.person("cashier"))


def all_notifications_are_read(stage: Stage) -> None:
    assert notifications.mark_all_read(stage.person("cashier"))


def a_notification_is_discarded(stage: Stage) -> None:
    notifications.discard(Notification.objects.filter(person=stage.cast.cashier).first(), by=stage.person("cashier"))


def a_person_is_renamed(stage: Stage) -> None:
    staff.edit_person(stage.person("teammate"), {"first_name": "Kunmi"}, by=stage.person("hr"))


def a_person_moves_to_another_branch(stage: Stage) -> None:
    staff.edit_person(stage.person("teammate"), {"branch": stage.cast.akobo}, by=stage.person("hr"))


def a_person_is_promoted(stage: Stage) -> None:
    details = staff.ChangeDetails({"role": stage.person("floor_manager").role})
    staff.change_career(stage.person("teammate"), details, by=stage.person("hr"))


def a_person_leaves(stage: Stage) -> None:
    """Who had a shift that stood on the cashier's page."""
    leaving = staff.LeavingDetails(Leaving.RESIGNED, "Moves to Accra")
    staff.terminate(stage.person("teammate"), leaving, by=stage.person("hr"))


def a_person_is_restored(stage: Stage) -> None:
    staff.restore(stage.person("teammate"), by=stage.person("hr"))


def somebody_is_hired(stage: Stage) -> None:
    staff.hire(new_person(stage, "one"), by=stage.person("hr"))


def many_are_imported(stage: Stage) -> None:
    staff.hire_many([new_person(stage, f"many{n}") for n in range(3)], by=stage.person("hr"))


def new_person(stage: Stage, name: str) -> staff.HireDetails:
    cashier = stage.person("cashier")
    return staff.HireDetails(
        first_name="Tola", last_name="Bright", email=f"{name}@acemall.example", role=cashier.role,
        branch=cashier.branch, department=cashier.department, hired_on=timezone.now().date(),
    )  # fmt: skip


def somebody_signs_in_for_the_first_time(stage: Stage) -> None:
    staff.record_login(stage.person("teammate"), at=timezone.now())


def a_branch_is_renamed(stage: Stage) -> None:
    staff.change_branch(stage.cast.bodija, {"name": "Bodija Market"}, by=stage.person("hr"))


def a_branch_opens(stage: Stage) -> None:
    staff.add_branch({"name": "Iseyin", "code": "ISE"}, by=stage.person("hr"))


def a_department_is_renamed(stage: Stage) -> None:
    staff.change_department(stage.cast.supermarket, {"name": "Groceries"}, by=stage.person("hr"))


def a_part_is_renamed(stage: Stage) -> None:
    part = SubDepartment.objects.get(pk=stage.world.own["subdepartment"])
    staff.change_sub_department(part, {"name": "Fish counter"}, by=stage.person("hr"))


def a_role_is_added(stage: Stage) -> None:
    add_roles([RoleRow("Florist")])


def a_role_is_renamed(stage: Stage) -> None:
    staff.change_role(stage.person("cashier").role, {"name": "Till"}, by=stage.person("hr"))


def a_template_is_added(stage: Stage) -> None:
    add_template({"name": "Early", "starts": time(6), "ends": time(12)}, by=stage.person("hr"))


def a_template_changes(stage: Stage) -> None:
    template = ShiftTemplate.objects.get(pk=stage.world.own["shifttemplate"])
    change_template(template, {"name": "Long day"}, by=stage.person("hr"))


def a_template_is_removed(stage: Stage) -> None:
    remove_template(ShiftTemplate.objects.get(pk=stage.world.own["shifttemplate"]), by=stage.person("hr"))


def a_review_is_drafted(stage: Stage) -> None:
    """Of an earlier week: the world has one of this week."""
    week = this_monday() - timedelta(weeks=3)
    make_draft(stage.person("cashier"), by=stage.person("floor_manager"), week=week)


def the_draft(stage: Stage) -> Review:
    return Review.objects.filter(reviewer=stage.cast.floor_manager, submitted_at=None).latest("pk")


def a_draft_changes(stage: Stage) -> None:
    review = the_draft(stage)
    reviews.change_review(review, answers("5555", "Better and better."), by=stage.person("floor_manager"))


def a_review_is_submitted(stage: Stage) -> None:
    reviews.submit_review(the_draft(stage), by=stage.person("floor_manager"))


def a_review_is_acknowledged(stage: Stage) -> None:
    review = Review.objects.filter(person=stage.cast.cashier, acknowledged_at=None).first()
    reviews.acknowledge_review(review, by=stage.person("cashier"))


def a_criterion_is_renamed(stage: Stage) -> None:
    reviews.change_criterion(Criterion.objects.first(), {"name": "Being there"}, by=stage.person("hr"))


# What changes, and the entries that it must reach: {mutation: entries}. Others may go stale with them.
MUTATIONS: dict[Callable[[Stage], object], set[str]] = {
    a_new_shift_is_published: {"schedule", "dashboard"},
    a_person_is_renamed: {"schedule"},
    a_week_is_copied: {"schedule", "dashboard"},
    a_shift_moves_and_is_published: {"schedule", "dashboard"},
    a_shift_changes_hands_and_is_published: {"schedule", "dashboard"},
    a_shift_is_cancelled_and_published: {"schedule", "dashboard"},
    an_open_shift_is_drafted: {"dashboard"},
    somebody_is_told: {"notifications", "unread_count"},
    one_notification_is_read: {"notifications", "unread_count"},
    all_notifications_are_read: {"notifications", "unread_count"},
    a_notification_is_discarded: {"notifications", "unread_count"},
    a_person_moves_to_another_branch: {"dashboard"},
    a_person_is_promoted: set(),
    a_person_leaves: {"dashboard"},
    a_person_is_restored: set(),
    somebody_is_hired: {"dashboard"},
    many_are_imported: {"dashboard"},
    somebody_signs_in_for_the_first_time: {"dashboard"},
    a_review_is_drafted: {"reviews_by_manager"},
    a_draft_changes: {"reviews_by_manager"},
    a_review_is_submitted: {"my_reviews", "reviews_of_staff", "reviews_by_manager", "review_figures"},
    a_review_is_acknowledged: {"my_reviews", "reviews_of_staff", "reviews_by_manager"},
    a_criterion_is_renamed: {"reference", "my_reviews", "reviews_of_staff", "reviews_by_manager"},
    **papers.CHANGES,
    a_branch_is_renamed: {"reference", "schedule"},
    a_branch_opens: {"reference", "dashboard"},
    a_department_is_renamed: {"reference", "schedule"},
    a_part_is_renamed: {"reference"},
    a_role_is_added: {"reference"},
    a_role_is_renamed: {"reference"},
    a_template_is_added: {"reference"},
    a_template_changes: {"reference"},
    a_template_is_removed: {"reference"},
}


def test_nothing_is_stale_whatever_changes(stage, settings):
    kept, stale, unseen = bodies(stage), {}, []
    for mutation, entries in MUTATIONS.items():
        with tenancy.organisation(ACE):
            mutation(stage)
        after = bodies(stage)
        settings.CACHE_ENABLED = False
        true = bodies(stage)
        settings.CACHE_ENABLED = True
        stale[mutation.__name__] = [key for key in true if after[key] != true[key]]
        if entries and true == kept:
            unseen.append(mutation.__name__)
        kept = true
    assert not {name: keys for name, keys in stale.items() if keys}
    assert not unseen, "these change nothing that is shown, so they prove nothing"


def bodies(stage: Stage) -> dict[tuple[str, str], bytes]:
    return {key: body for key, (_, body) in stage.answers().items()}


def test_what_is_asked_again_comes_from_copies(stage):
    stage.answers()
    assert {outcome for outcome, _ in stage.answers().values()} == {"HIT"}
    # Whether somebody's reviews may be seen is asked of the database each time.
    of_the_api = {key for key in stage.answers() if key[1].startswith("/api/") and "/reviews/staff/" not in key[1]}
    assert stage.fast == of_the_api


def test_every_entry_has_a_mutation():
    assert set().union(*MUTATIONS.values()) == set(ENTRIES)


def test_every_watched_model_exists_and_is_read_by_a_column_of_its_own():
    for label, columns in WATCHED.items():
        model = apps.get_model(label)
        for column in columns - {"", "pk"}:
            model._meta.get_field(column)


def test_a_rolled_back_change_keeps_every_copy(stage):
    stage.answers()
    with tenancy.organisation(ACE):
        a_new_shift_is_published(stage)
        a_branch_is_renamed(stage)
        transaction.set_rollback(True)
    assert {outcome for outcome, _ in stage.answers().values()} == {"HIT"}


def test_another_organisations_change_keeps_every_copy(stage):
    stage.answers()
    with tenancy.organisation(OTHER):
        Branch.objects.all()[0].save()
        Person.objects.all()[0].save()
        Department.objects.all()[0].save()
        Role.objects.all()[0].save()
    assert {outcome for outcome, _ in stage.answers().values()} == {"HIT"}


def test_a_notification_of_one_person_keeps_the_others_copies(stage):
    stage.answers()
    with tenancy.organisation(ACE):
        all_notifications_are_read(stage)
    outcomes = {key: outcome for key, (outcome, _) in stage.answers().items()}
    assert outcomes["cashier", "/api/v1/notifications"] == "MISS"
    assert outcomes["floor_manager", "/api/v1/notifications"] == "HIT"


def test_the_organisation_wide_stamp_of_a_scoped_reader_is_read_too(stage):
    """touch() without a column means everybody's."""
    assert Reads("notifications.Notification", "person_id") in ENTRIES["notifications"].reads
    stage.answers()
    with tenancy.organisation(ACE):
        Notification.objects.update(title="Rewritten")
        touch("notifications.Notification")
    assert b"Rewritten" in bodies(stage)["cashier", "/api/v1/notifications"]


@pytest.mark.parametrize("door", ["api", "admin"])
def test_a_change_through_another_door_reaches_the_copies(door, stage):
    hr, bodija, headers = stage.clients["hr"], stage.cast.bodija, bearer(stage.cast.hr)
    url = "/api/v1/branches"
    hr.get(url, headers=headers)
    if door == "api":
        change = {"name": "Renamed"}
        response = hr.patch(f"{url}/{bodija.pk}", change, content_type="application/json", headers=headers)
    else:
        form = {"name": "Renamed", "code": bodija.code, "timezone": bodija.timezone, "week_start": "0"}
        form |= {"opens": "08:00", "closes": "20:00", "is_active": "on"}
        response = hr.post(f"/admin/staff/branch/{bodija.pk}/change/", form)
    assert response.status_code in (200, 302), response.content
    assert "Renamed" in [row["name"] for row in hr.get(url, headers=headers).json()["results"]]
