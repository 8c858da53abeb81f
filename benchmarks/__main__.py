"""python -m benchmarks [--only KEY …] [--suite]: measure, print the table, keep it in .local/bench.json."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings

import django

from benchmarks import report, surroundings


def main() -> int:
    surroundings.prepare()
    django.setup()
    # The table is the output: pages are asked for much that they refuse.
    logging.disable()
    warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)  # static files of a build
    from benchmarks.measures import MEASURES

    options = _options(MEASURES)
    machine = surroundings.machine()
    print("this run:", report.described(machine), flush=True)
    if before := report.last_machine(surroundings.RESULTS):
        print("last run:", report.described(before), flush=True)
    rows: list[report.Row] = []
    try:
        for measure in MEASURES:
            rows += _rows(measure, options)
    finally:
        surroundings.clear()
    print("", report.table(rows, report.read_last(surroundings.RESULTS)), sep="\n")
    report.write(surroundings.RESULTS, rows, machine)
    return report.exit_code(rows)


def _rows(measure: report.Measure, options: argparse.Namespace) -> list[report.Row]:
    if options.only and measure.key not in options.only:
        return []
    if measure.on_request and not getattr(options, measure.key) and not options.only:
        return report.left_out(measure)
    print(f"Measuring {measure.key} …", file=sys.stderr, flush=True)
    return report.take(measure)


def _options(measures: tuple[report.Measure, ...]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench",
        description="Measures the product against its budgets. Exit code 1 only for what could not be measured.",
        epilog='Example: make bench ARGS="--only planner publish"',
    )
    keys = [measure.key for measure in measures]
    parser.add_argument("--only", nargs="+", choices=keys, help="just these")
    for measure in measures:
        if measure.on_request:
            parser.add_argument(f"--{measure.key}", action="store_true", help=f"also: {measure.budgets[0].name}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
