"""What `make bench` says of a figure: kept, missed, or not measured at all. Nothing is measured here."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.conf import settings

from benchmarks import report
from benchmarks.report import Budget, Figure, Measure, Verdict

SECONDS, QUERIES = Budget("the page", "s", 1), Budget("its queries", "queries", 12)


def measure(*figures: Figure, budgets: tuple[Budget, ...] = (SECONDS,)) -> Measure:
    return Measure("page", lambda: figures, budgets)


def broken() -> tuple[Figure]:
    raise LookupError("no such\n  page")


def test_a_figure_within_its_budget_is_met_up_to_the_limit_itself():
    rows = report.take(measure(Figure(1.0), Figure(12), budgets=(SECONDS, QUERIES)))
    assert [row.verdict for row in rows] == [Verdict.MET, Verdict.MET]
    assert report.exit_code(rows) == 0


def test_a_missed_budget_is_marked_and_does_not_fail_the_command():
    rows = report.take(measure(Figure(1.01), Figure(12), budgets=(SECONDS, QUERIES)))
    assert [row.verdict for row in rows] == [Verdict.MISSED, Verdict.MET]
    assert "the page     ≤ 1 s         1.01 s      MISSED" in report.table(rows, {})
    assert report.exit_code(rows) == 0


def test_a_ratio_that_has_to_be_large_is_met_from_its_limit_on():
    worth = Budget("kept ÷ not kept", "×", least=15)
    rows = report.take(measure(Figure(15), Figure(14.9), budgets=(worth, worth)))
    assert [row.verdict for row in rows] == [Verdict.MET, Verdict.MISSED]
    assert "≥ 15 ×" in report.table(rows, {})


def test_a_measure_that_breaks_fails_all_its_rows_says_why_and_fails_the_command():
    rows = report.take(Measure("page", broken, (SECONDS, QUERIES)))
    assert [(row.verdict, row.value) for row in rows] == [(Verdict.FAILED, None)] * 2
    text = report.table(rows, {})
    assert "FAILED" in text
    assert "the page: LookupError: no such page" in text
    assert report.exit_code(rows) == 1


def test_a_measure_with_a_figure_too_few_has_failed():
    rows = report.take(measure(Figure(1), budgets=(SECONDS, QUERIES)))
    assert {row.verdict for row in rows} == {Verdict.FAILED}


def test_a_figure_without_a_budget_is_watched_and_one_not_asked_for_is_left_out():
    rows = [*report.take(measure(Figure(40), budgets=(Budget("ratio", "×"),))), *report.left_out(measure())]
    assert [row.verdict for row in rows] == [Verdict.WATCHED, Verdict.LEFT_OUT]
    assert report.exit_code(rows) == 0


def test_several_runs_come_to_their_median_and_show_their_span():
    assert report.in_the_middle([0.3, 9.0, 0.2]) == Figure(0.3, "median of 3, 0.2 s to 9 s")


def test_the_next_run_is_compared_with_the_last_that_measured_the_row(tmp_path):
    path = tmp_path / ".local" / "bench.json"
    assert report.read_last(path) == {}
    report.write(path, report.take(measure(Figure(0.5))), {"cores": 2})
    report.write(path, report.take(Measure("page", broken, (SECONDS, QUERIES))), {"cores": 4})
    assert report.read_last(path) == {"the page": 0.5}
    kept = json.loads(path.read_text())
    assert kept["rows"]["the page"]["machine"] == {"cores": 2}
    assert [row["verdict"] for row in kept["run"]] == ["FAILED", "FAILED"]
    assert "0.5 s (-50%)" in report.table(report.take(measure(Figure(0.25))), report.read_last(path))


def test_a_damaged_file_of_the_last_run_is_no_obstacle(tmp_path):
    path = tmp_path / "bench.json"
    path.write_text("{")
    assert report.read_last(path) == {}


@pytest.mark.parametrize("arguments", [["--help"], ["--only", "nothing"]])
def test_the_command_starts_and_names_its_measures(arguments):
    command = [sys.executable, "-m", "benchmarks", *arguments]
    said = subprocess.run(command, cwd=settings.BASE_DIR, check=False, capture_output=True, text=True)
    assert said.returncode == (0 if arguments == ["--help"] else 2)
    assert "planner" in said.stdout + said.stderr
