"""The work rules, each just inside and just outside its limit, over days, weeks and branches."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roster.rules import BLOCK, WARN, Policy, PolicyRow, Stint, Worker, added_by, judge
from roster.times import span
from staff.selectors.papers import Lapsed

MONDAY = date(2026, 11, 23)
LAGOS, LONDON = ZoneInfo("Africa/Lagos"), ZoneInfo("Europe/London")
BODIJA, AKOBO, CAMDEN = (1, "Bodija", LAGOS), (2, "Akobo", LAGOS), (3, "Camden", LONDON)

ADAEZE = Worker(7, "Adaeze Nwosu", date(2024, 1, 1), None, date(1998, 5, 4))
TEEN = replace(ADAEZE, name="Tobi Young", date_of_birth=date(2010, 1, 1))


def rule(kind, limit, level=WARN, branch=None, starts_on=date(2000, 1, 1), ends_on=None):
    return PolicyRow(kind, level, Decimal(str(limit)), branch, starts_on, ends_on)


def at(day, hours, pause=0, branch=BODIJA, shift_id=None):
    """A stint on the `day`-th day from Monday: at(0, "22:00-06:00")."""
    starts, ends = (time.fromisoformat(part) for part in hours.split("-"))
    on = MONDAY + timedelta(days=day)
    first, last = span(on, starts, ends, branch[2])
    return Stint(first, last, pause, on, branch[0], branch[1], branch[2], shift_id)


def broken(stints, *rules, worker=ADAEZE, week=MONDAY):
    return judge(worker, stints, Policy(rules), week)


def kinds(stints, *rules, worker=ADAEZE, week=MONDAY):
    return [breach.kind for breach in broken(stints, *rules, worker=worker, week=week)]


# ── Overlap ──────────────────────────────────────────────────────────────────
def test_two_shifts_may_touch_but_not_overlap():
    assert kinds([at(0, "08:00-12:00"), at(0, "12:00-16:00")]) == []
    assert kinds([at(0, "08:00-12:01"), at(0, "12:00-16:00")]) == ["overlap"]


def test_an_overlap_always_blocks_and_names_the_other_shift_and_branch():
    breach = broken([at(0, "08:00-13:00", branch=AKOBO), at(0, "12:00-16:00", shift_id=9)])[0]
    assert (breach.level, breach.shift_id, breach.person_id) == (BLOCK, 9, ADAEZE.pk)
    assert breach.sentence == "Adaeze Nwosu already works Mon 23 08:00–13:00 in Akobo."


def test_a_short_shift_inside_a_long_one_does_not_hide_the_next_overlap():
    found = broken(
        [at(0, "08:00-20:00", shift_id=1), at(0, "09:00-10:00", shift_id=2), at(0, "11:00-12:00", shift_id=3)]
    )
    assert [breach.shift_id for breach in found] == [2, 3]


def test_an_overlap_with_the_next_week_is_said_of_the_shift_that_can_be_changed():
    sunday, monday = at(6, "20:00-04:00", shift_id=1), at(7, "01:00-05:00", branch=AKOBO, shift_id=2)
    breach = broken([sunday, monday])[0]
    assert (breach.shift_id, breach.sentence) == (1, "Adaeze Nwosu already works Mon 30 01:00–05:00 in Akobo.")


# ── Employment ───────────────────────────────────────────────────────────────
def test_nobody_works_before_the_first_or_after_the_last_day():
    hired = replace(ADAEZE, hired_on=MONDAY, left_on=MONDAY + timedelta(days=2))
    inside = [at(0, "09:00-17:00"), at(2, "22:00-06:00")]
    assert kinds(inside, worker=hired) == []
    assert kinds([at(0, "09:00-17:00")], worker=replace(hired, hired_on=MONDAY + timedelta(days=1))) == ["not_employed"]
    assert kinds([at(3, "09:00-17:00")], worker=hired) == ["not_employed"]


# ── Required documents ───────────────────────────────────────────────────────
def test_a_required_document_holds_through_its_last_day_and_blocks_after_it():
    holder = replace(ADAEZE, lapsing=(Lapsed(ADAEZE.pk, "National ID", MONDAY + timedelta(days=1)),))
    assert kinds([at(1, "08:00-16:00")], worker=holder) == []
    [breach] = broken([at(1, "08:00-16:00"), at(2, "08:00-16:00", shift_id=9)], worker=holder)
    assert (breach.kind, breach.level, breach.shift_id) == ("document", BLOCK, 9)
    assert breach.sentence == (
        "Adaeze Nwosu needs a new document on Wed 25: National ID, which expires on 24 November 2026."
    )


def test_two_expired_documents_are_one_breach_of_a_shift():
    ended = MONDAY - timedelta(days=9)
    holder = replace(ADAEZE, lapsing=(Lapsed(ADAEZE.pk, "National ID", ended), Lapsed(ADAEZE.pk, "Passport", ended)))
    assert kinds([at(0, "08:00-16:00"), at(1, "08:00-16:00")], worker=holder) == ["document", "document"]


# ── Rest ─────────────────────────────────────────────────────────────────────
def test_eleven_hours_of_rest_are_enough_and_a_minute_less_is_not():
    assert kinds([at(0, "12:00-20:00"), at(1, "07:00-12:00")], rule("rest", 11)) == []
    assert kinds([at(0, "12:00-20:01"), at(1, "07:00-12:00")], rule("rest", 11)) == ["rest"]


def test_rest_is_counted_across_branches_and_says_where():
    found = broken([at(0, "12:00-22:00", branch=AKOBO), at(1, "06:00-12:00")], rule("rest", 11))
    assert found[0].sentence == (
        "Adaeze Nwosu has only 8 h of rest between Mon 23 12:00–22:00 in Akobo and Tue 24 06:00–12:00; "
        "the rule is 11 h."
    )


def test_rest_between_zones_is_the_time_that_really_passes():
    lagos, camden = at(0, "12:00-20:00"), at(1, "06:00-12:00", branch=CAMDEN)
    assert kinds([lagos, camden], rule("rest", 11)) == []
    assert kinds([at(0, "12:00-20:00", branch=CAMDEN), at(1, "07:00-12:00")], rule("rest", 11)) == ["rest"]


def test_rest_is_seen_over_the_edges_of_the_week():
    late, early = at(-1, "14:00-23:00", shift_id=1), at(0, "06:00-12:00", shift_id=2)
    assert [breach.shift_id for breach in broken([late, early], rule("rest", 11))] == [2]
    assert [b.shift_id for b in broken([late, early], rule("rest", 11), week=MONDAY - timedelta(days=7))] == [1]


# ── Hours a week ─────────────────────────────────────────────────────────────
def test_forty_eight_hours_are_allowed_and_a_minute_more_is_not():
    week = [at(day, "08:00-16:00") for day in range(6)]
    assert kinds(week, rule("weekly_hours", 48)) == []
    assert kinds([*week[:5], at(5, "08:00-16:01")], rule("weekly_hours", 48)) == ["weekly_hours"]
    assert kinds([*week[:5], at(5, "08:00-16:01", pause=1)], rule("weekly_hours", 48)) == []


def test_hours_are_added_before_they_are_rounded():
    # 3 × 9 h 40 and 2 × 9 h 30 are 48 h; rounded one by one they would come to 48.01.
    week = [
        at(0, "08:00-17:40"),
        at(1, "08:00-17:40"),
        at(2, "08:00-17:40"),
        at(3, "08:00-17:30"),
        at(4, "08:00-17:30"),
    ]
    assert kinds(week, rule("weekly_hours", 48)) == []


def test_too_many_hours_are_said_once_at_the_shift_that_goes_over():
    week = [at(day, "08:00-18:00", shift_id=day + 1) for day in range(6)]
    found = broken(week, rule("weekly_hours", 48))
    assert [(breach.shift_id, breach.sentence) for breach in found] == [
        (5, "Adaeze Nwosu has 60 h this week; the rule is 48 h.")
    ]


def test_the_stricter_branch_is_asked_too():
    rules = [rule("weekly_hours", 48), rule("weekly_hours", 40, branch=AKOBO[0])]
    week = [*[at(day, "08:00-17:00") for day in range(5)], at(5, "08:00-09:00", branch=AKOBO)]
    assert kinds(week[:5], *rules) == []
    assert kinds(week, *rules) == ["weekly_hours"]


def test_a_clock_change_counts_the_hours_that_really_pass():
    week, night = date(2026, 10, 19), Policy([rule("weekly_hours", 8)])
    first, last = span(date(2026, 10, 24), time(22), time(6), LONDON)
    stint = Stint(first, last, 0, date(2026, 10, 24), 3, "Camden", LONDON)
    assert [breach.kind for breach in judge(ADAEZE, [stint], night, week)] == ["weekly_hours"]


# ── Days in a row and weekly rest ────────────────────────────────────────────
def test_six_days_in_a_row_are_allowed_and_the_seventh_is_not():
    days = [at(day, "09:00-12:00", shift_id=day + 1) for day in range(7)]
    assert kinds(days[:6], rule("days_in_row", 6)) == []
    assert [breach.shift_id for breach in broken(days, rule("days_in_row", 6))] == [7]


def test_days_in_a_row_are_counted_from_the_week_before():
    days = [at(day, "09:00-12:00", shift_id=day + 10) for day in range(-4, 3)]
    found = broken(days, rule("days_in_row", 6))
    assert [(breach.shift_id, breach.sentence) for breach in found] == [
        (12, "Wed 25 is Adaeze Nwosu’s day 7 in a row; the rule is 6.")
    ]


def test_a_week_needs_a_day_of_rest_in_one_piece():
    days = [at(day, "12:00-18:00") for day in (0, 1, 2, 3, 4, 5)]
    assert kinds([*days, at(6, "18:00-23:00")], rule("weekly_rest", 24)) == []
    assert kinds([*days, at(6, "17:59-23:00")], rule("weekly_rest", 24)) == ["weekly_rest"]
    assert kinds([], rule("weekly_rest", 24)) == []


# ── Under 18 ─────────────────────────────────────────────────────────────────
MINORS = [rule("minor_day", 8, BLOCK), rule("minor_week", 40, BLOCK), rule("minor_night", 22, BLOCK)]


def test_a_minor_works_eight_hours_a_day_and_not_a_minute_more():
    assert kinds([at(0, "08:00-16:00")], *MINORS, worker=TEEN) == []
    assert kinds([at(0, "08:00-16:01")], *MINORS, worker=TEEN) == ["minor_day"]
    assert kinds([at(0, "08:00-16:01")], *MINORS) == []


def test_two_short_shifts_of_a_minor_are_one_day():
    both = [at(0, "08:00-12:00", shift_id=1), at(0, "16:00-20:01", shift_id=2)]
    found = broken(both, *MINORS, worker=TEEN)
    assert [(breach.kind, breach.shift_id) for breach in found] == [("minor_day", 2)]
    assert found[0].sentence == "Tobi Young is under 18 and has 8.02 h on Mon 23; the rule is 8 h a day."


def test_a_minor_works_forty_hours_a_week():
    week = [at(day, "08:00-16:00") for day in range(5)]
    assert kinds(week, *MINORS, worker=TEEN) == []
    assert kinds([*week, at(5, "08:00-08:01")], *MINORS, worker=TEEN) == ["minor_week"]


@pytest.mark.parametrize(
    ("hours", "limit", "forbidden"),
    [
        ("14:00-22:00", 22, False),
        ("14:01-22:01", 22, True),
        ("06:00-14:00", 22, False),
        ("05:59-13:00", 22, True),
        ("14:30-22:15", 22.5, False),
        ("14:45-22:31", 22.5, True),
        ("16:00-00:00", 24, False),
        ("16:30-00:01", 24, True),
    ],
)
def test_a_minor_does_not_work_at_night(hours, limit, forbidden):
    found = kinds([at(0, hours)], rule("minor_night", limit, BLOCK), worker=TEEN)
    assert found == (["minor_night"] if forbidden else [])


def test_on_the_eighteenth_birthday_the_limits_end():
    birthday = replace(TEEN, date_of_birth=date(2008, 11, 24))
    assert kinds([at(0, "08:00-17:00"), at(1, "08:00-17:00", shift_id=2)], *MINORS, worker=birthday) == ["minor_day"]


# ── Policy ───────────────────────────────────────────────────────────────────
def test_a_later_row_replaces_an_earlier_and_a_branch_its_organisation():
    policy = Policy(
        [
            rule("rest", 11),
            rule("rest", 12, starts_on=MONDAY),
            rule("rest", 9, branch=1, ends_on=MONDAY),
        ]
    )
    day = timedelta(days=1)
    assert policy.limit("rest", 2, MONDAY - day).value == 11
    assert policy.limit("rest", 2, MONDAY).value == 12
    assert policy.limit("rest", 1, MONDAY).value == 9
    assert policy.limit("rest", 1, MONDAY + day).value == 12
    assert policy.limit("weekly_hours", 1, MONDAY) is None


def test_only_what_a_new_shift_adds_is_said():
    worked = [at(day, "08:00-18:00", shift_id=day + 1) for day in range(5)]
    policy = Policy([rule("weekly_hours", 48), rule("rest", 11)])
    assert [breach.kind for breach in added_by(at(5, "03:00-04:00"), ADAEZE, worked, policy, MONDAY)] == [
        "rest",
        "weekly_hours",
    ]
    assert added_by(at(6, "08:00-09:00"), ADAEZE, [], policy, MONDAY) == []


# ── Whatever the shifts are ──────────────────────────────────────────────────
ALL = Policy(
    [
        rule("rest", 11),
        rule("weekly_hours", 48),
        rule("days_in_row", 6),
        rule("weekly_rest", 24),
        *MINORS,
        rule("weekly_hours", 30, branch=2),
    ]
)


@st.composite
def stints(draw):
    branch = draw(st.sampled_from([BODIJA, AKOBO, CAMDEN]))
    day, quarter = draw(st.integers(-7, 13)), draw(st.integers(0, 95))
    starts = datetime.combine(MONDAY, time(), tzinfo=branch[2]) + timedelta(days=day, minutes=15 * quarter)
    first = starts.astimezone(UTC)
    length = timedelta(minutes=15 * draw(st.integers(1, 64)))
    number = draw(st.integers(1, 10**6))
    return Stint(first, first + length, 0, starts.date(), branch[0], branch[1], branch[2], number)


some = st.lists(stints(), max_size=14, unique_by=lambda stint: stint.shift_id)


@given(some, st.randoms())
def test_the_order_in_which_shifts_are_given_does_not_matter(week, shuffle):
    other = list(week)
    shuffle.shuffle(other)
    assert judge(TEEN, week, ALL, MONDAY) == judge(TEEN, other, ALL, MONDAY)


@given(some, stints())
def test_one_more_shift_never_takes_an_overlap_away(week, extra):
    extra = replace(extra, shift_id=None)
    before = {b.shift_id for b in judge(ADAEZE, week, ALL, MONDAY) if b.kind == "overlap"}
    after = {b.shift_id for b in judge(ADAEZE, [*week, extra], ALL, MONDAY) if b.kind == "overlap"}
    assert before <= after


@given(some)
def test_every_pair_that_overlaps_in_the_week_is_found(week):
    inside = [stint for stint in week if MONDAY <= stint.date < MONDAY + timedelta(days=7)]
    clash = any(
        one.starts_at < two.ends_at and two.starts_at < one.ends_at for one in inside for two in inside if one != two
    )
    assert clash <= any(breach.kind == "overlap" for breach in judge(ADAEZE, week, ALL, MONDAY))


@given(some)
def test_every_breach_lies_in_the_week_and_names_one_of_its_shifts(week):
    for breach in judge(TEEN, week, ALL, MONDAY):
        assert MONDAY <= breach.date < MONDAY + timedelta(days=7)
        assert breach.shift_id in {stint.shift_id for stint in week if stint.date == breach.date}
        assert breach.sentence.endswith(".")
