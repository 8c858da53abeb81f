"""What `make load` makes of its answers: percentiles, verdicts, grades, the exit code, the comparison, the page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from benchmarks.load import page, report
from benchmarks.load.queries import Queries, Statement
from benchmarks.load.results import Figures, Sample, Target, grade_of, judged, overall
from benchmarks.load.scenarios import SCENARIOS
from benchmarks.report import Verdict

AVERAGE = Target("average < 200 ms", "average", 200)
SUCCESS = Target("success > 95 %", "failed", 5, least_success=0.0)
MACHINE = {"cores": 2, "load": 0.5}


def answers(*times: float, status: int = 200, cache: str = "") -> list[Sample]:
    return [Sample("GET /", status, ms, cache, place / 10) for place, ms in enumerate(times)]


def figures(*times: float, **failures: int) -> Figures:
    """So many good answers, and so many failures: figures(10, 20, s429=3)."""
    failed = [sample for name, count in failures.items() for sample in answers(*[1.0] * count, status=int(name[1:]))]
    return Figures([*answers(*times), *failed], seconds=2.0)


def row(key: str = "P02", **changes: object) -> report.Row:
    scenario = next(scenario for scenario in SCENARIOS if scenario.key == key)
    made = report.row_of(scenario, figures(100, 120), {"web": 1.2, "the crowd itself": 0.3})
    return replace(made, **changes)


def test_a_percentile_is_a_time_that_really_was_by_the_nearest_rank():
    found = figures(*range(1, 101))
    assert [found.percentile(percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert figures(7).percentile(99) == 7
    assert figures(3, 1, 2).percentile(50) == 2
    assert figures().percentile(95) is None


def test_times_are_those_of_answers_that_succeeded_and_the_rest_is_counted_by_its_status():
    found = figures(100, 300, s429=2, s500=1, s0=1)
    assert (found.requests, found.average, found.per_second) == (6, 200, 3)
    assert found.success == pytest.approx(100 * 2 / 6)
    assert dict(found.statuses) == {429: 2, 500: 1, 0: 1}


def test_an_answer_that_is_not_modified_has_succeeded_and_one_that_leads_to_the_login_has_not():
    found = Figures([*answers(5, status=304), *answers(5, status=302)], 1)
    assert found.success == 50


def test_the_hit_rate_is_of_what_the_cache_was_asked():
    asked = [*answers(1, 1, 1, cache="HIT"), *answers(1, cache="MISS"), *answers(1, 1, cache="BYPASS"), *answers(1)]
    assert Figures(asked, 1).hit_rate == 75
    assert Figures(answers(1), 1).hit_rate is None


@pytest.mark.parametrize(
    ("average", "verdict", "grade"),
    [
        (100, "met", "A"),
        (150, "met", "B"),
        (199.9, "met", "C"),
        (200, "MISSED", "D"),
        (400, "MISSED", "E"),
        (401, "MISSED", "F"),
    ],
)
def test_the_grade_says_how_much_of_the_target_was_used_and_the_target_itself_is_missed(average, verdict, grade):
    found = judged(AVERAGE, figures(average))
    assert (found.verdict, found.grade) == (verdict, grade)


@pytest.mark.parametrize("failure", ["s429", "s500", "s503", "s0"])
def test_one_refusal_for_haste_one_broken_or_one_lost_request_fails_the_quickest_scenario(failure):
    found = judged(AVERAGE, figures(*[1.0] * 10_000, **{failure: 1}))
    assert (found.verdict, found.grade) == (Verdict.MISSED, "F")
    assert found.why.startswith("1 × ")


def test_other_failures_count_once_they_are_more_than_the_allowance():
    assert judged(AVERAGE, figures(*[1.0] * 99, s404=1)).verdict is Verdict.MET
    missed = judged(AVERAGE, figures(*[1.0] * 98, s404=2))
    assert (missed.grade, missed.why) == ("F", "98.0 % succeeded, not 99 %")


def test_a_scenario_about_success_is_met_above_its_share_and_missed_at_it():
    assert judged(SUCCESS, figures(*[1.0] * 96, s404=4)).verdict is Verdict.MET
    assert judged(SUCCESS, figures(*[1.0] * 95, s404=5)).verdict is Verdict.MISSED
    assert judged(SUCCESS, figures(*[1.0] * 100)).grade == "A"


def test_a_scenario_in_which_nothing_succeeded_is_missed():
    found = judged(AVERAGE, figures(s0=3))
    assert (found.verdict, found.grade) == (Verdict.MISSED, "F")
    assert found.why == "3 × no answer; 0.0 % succeeded, not 99 %; nothing succeeded"
    assert judged(AVERAGE, figures()).verdict is Verdict.MISSED


def test_the_whole_is_as_good_as_its_worst():
    assert overall(["A", "C", "B"]) == "C"
    assert overall([]) == "F"
    assert grade_of(50) == "A"


def test_the_exit_code_is_1_for_one_missed_target_of_a_scenario_or_of_the_run():
    met, left_out = report.at_least("C28", "hit rate", 90, 90.0), report.at_least("D13", "queries", 95, None)
    missed = report.at_least("C28", "hit rate", 90, 89.9)
    assert report.exit_code([row()], [met, left_out]) == 0
    assert report.exit_code([row()], [missed]) == 1
    assert report.exit_code([row(verdict=Verdict.MISSED)], [met]) == 1


def test_the_next_run_is_compared_and_a_scenario_that_was_left_out_keeps_its_figures(tmp_path):
    path, about = tmp_path / ".local" / "load.json", {"machine": MACHINE, "town": "2 organisations"}
    assert report.read_last(path) == {}
    report.write(path, [row(), row("P03")], [], about)
    report.write(path, [row(average=55.0)], [], about | {"machine": {"cores": 4}})
    kept = report.read_last(path)
    assert (kept["played"], kept["grade"], kept["machine"]) == (["P02"], "B", {"cores": 4})
    assert {key: kept["rows"][key]["machine"]["cores"] for key in kept["rows"]} == {"P02": 4, "P03": 2}
    assert "avg 55 ms (+100%)" in report.table([row()], [], kept["rows"])
    path.write_text("{")
    assert report.read_last(path) == {}


def test_no_share_is_rounded_up_to_a_hundred():
    assert [report.percent(value) for value in (100.0, 99.999, 99.5, 91.23)] == [
        "100 %",
        "99.99 %",
        "99.50 %",
        "91.2 %",
    ]


def test_queries_are_called_quick_only_where_they_certainly_were():
    never, once = Statement(1000, 9000.0, 49.9), Statement(10, 120.0, 80.0)
    always = Statement(4, 400.0, 100.0)
    # Ten runs of 120 ms together: two of them at most can have taken 50 ms.
    assert [statement.slow_at_most for statement in (never, once, always)] == [0, 2, 4]
    assert Queries((once,)).quick == 80
    assert Queries(()).quick is None


def test_the_page_needs_nothing_from_elsewhere_and_shows_the_numbers_behind_every_chart(tmp_path):
    rows, path = [row(), row("P06", why="<3 × 429>", verdict=Verdict.MISSED)], tmp_path / "load.html"
    checks = [report.at_least("C28", "hit rate", 90, 93.4)]
    page.write(path, rows, checks, {"machine": MACHINE, "town": "2 organisations"}, {})
    text = path.read_text()
    assert not re.search(r"(?:src|href)=|url\(|@import|<script|<link", text)
    assert text.count("<svg") == 3 * len(rows)
    assert text.count("<details>") == len(rows)
    assert "93.4 %" in text
    assert "&lt;3 × 429&gt;" in text
