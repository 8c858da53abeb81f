"""python -m benchmarks.load [--only KEY …] [--users N]: play the scenarios, report, exit 1 if a target is missed."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
import warnings
from pathlib import Path

import django

from benchmarks import report as bench
from benchmarks import surroundings

REDIS_NUMBER = 14  # `make bench` has 15
MOST_USERS = 500  # ten of each organisation


def main() -> int:
    # As by Ctrl-C: the server and the crowd must not outlive us.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    surroundings.prepare(REDIS_NUMBER)
    django.setup()
    logging.disable()
    warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)  # static files of a build
    # What stands above tells Django where it is; these ask it.
    from benchmarks.load import page, playing, report

    options = _options(playing.KEYS)
    chosen = playing.chosen(options)
    machine = surroundings.machine()
    print("this run:", bench.described(machine), flush=True)
    before = report.read_last(options.to / "load.json")
    surroundings.clear()
    try:
        with tempfile.TemporaryDirectory(prefix="acemall-load-") as folder:
            rows, checks, town = playing.play(chosen, Path(folder), trial=options.trial)
    finally:
        surroundings.clear()
    print("", report.table(rows, checks, before.get("rows", {})), sep="\n")
    about = {"machine": machine, "town": town}
    report.write(options.to / "load.json", rows, checks, about)
    page.write(options.to / "load.html", rows, checks, about, before)
    print(f"Charts: {options.to / 'load.html'}")
    return report.exit_code(rows, checks)


def _options(keys: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make load",
        description="Plays crowds against a web server as in production. Exit code 1 when a target is missed.",
        epilog='Example: make load ARGS="--only P02 P09 --users 500"',
    )
    parser.add_argument("--only", nargs="+", choices=keys, metavar="KEY", help=f"just these of {', '.join(keys)}")
    parser.add_argument("--users", type=_crowd, metavar="N", help="so many in P09; above 200 it is called P10")
    parser.add_argument("--trial", action="store_true", help="a handful of requests in a small town: does it all run?")
    parser.add_argument("--to", type=Path, default=surroundings.ROOT / ".local", help="the folder for the reports")
    return parser.parse_args()


def _crowd(text: str) -> int:
    users = int(text)
    if not 1 <= users <= MOST_USERS:
        raise argparse.ArgumentTypeError(f"1 to {MOST_USERS}: so many people have a part to play")
    return users


if __name__ == "__main__":
    sys.exit(main())
