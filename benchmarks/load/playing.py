"""Playing the scenarios: the town, the server, and one crowd after the other."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import stage
from benchmarks.load import queries, scenarios, town
from benchmarks.load.report import Check, Row, at_least, row_of
from benchmarks.load.results import Figures, Sample
from benchmarks.load.scenarios import SCENARIOS, Scenario
from benchmarks.load.server import Server, serving, spent
from benchmarks.surroundings import ROOT

KEYS = [scenario.key for scenario in SCENARIOS]
CROWD = "P09"  # the one whose size can be chosen
ON_TRIAL = 2  # organisations
EMBEDDED_ONLY = "not measured: PostgreSQL's own count needs the embedded server"


def chosen(options: argparse.Namespace) -> list[Scenario]:
    """The scenarios that the command's options ask for."""
    found = [each for each in SCENARIOS if (each.key in options.only if options.only else not each.on_request)]
    if options.users:
        found = [scenarios.of_users(each, options.users) if each.key == CROWD else each for each in found]
    return [scenarios.on_trial(each) for each in found] if options.trial else found


def play(chosen: Sequence[Scenario], folder: Path, *, trial: bool) -> tuple[list[Row], list[Check], str]:
    """Play them in turn; returns their rows, the other promises of the run, and how large the town was."""
    with stage.database(empty=True):
        say("Building the town …")
        place = town.build(ON_TRIAL if trial else town.ORGANISATIONS)
        say(place.size)
        with serving(folder) as server, Crowd.ready(folder) as crowd:
            if queries.is_possible():
                queries.forget()
            rows = [_row(scenario, place, server, crowd) for scenario in chosen]
            return rows, [*_hit_rates(rows), _quick_queries()], place.size


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _row(scenario: Scenario, place: town.Town, server: Server, crowd: Crowd) -> Row:
    say(f"{scenario.key} {scenario.title}: warming up …")
    crowd.play(scenarios.warm_up(scenario, place.players, server.url))
    say(f"{scenario.key} {scenario.title} …")
    plan, before = scenarios.plan(scenario, place.players, server.url), server.cpu()
    found = crowd.play(plan)
    after, seconds = server.cpu(), found["seconds"]
    figures = Figures([Sample(*answer) for answer in found["samples"]], seconds)
    used = spent(before, after) | {"the crowd itself": found["cpu"]}
    return row_of(scenario, figures, {part: worked / seconds for part, worked in used.items()})


class Crowd:
    """The process that plays the plans; it knows neither the database nor any secret."""

    def __init__(self, process: subprocess.Popen[str], said: Path) -> None:
        self.process, self.said = process, said

    @classmethod
    @contextmanager
    def ready(cls, folder: Path) -> Iterator[Crowd]:
        """One that waits for plans until the block ends."""
        said = folder / "crowd.log"
        known = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        with (
            said.open("w") as output,
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.load.crowd"],
                cwd=ROOT,
                env=known,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            ) as process,
        ):
            yield cls(process, said)

    def play(self, plan: dict[str, Any]) -> dict[str, Any]:
        """What came of a plan."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()
        answers = self.process.stdout.readline()
        if not answers:
            raise RuntimeError(f"The crowd went away: {self.said.read_text()[-500:]}")
        found: dict[str, Any] = json.loads(answers)
        return found


def _hit_rates(rows: Sequence[Row]) -> list[Check]:
    """C28 is promised for the mixed load of many users."""
    return [
        at_least("C28", f"hit rate, warm, in {row.key}", 90, row.hit_rate) for row in rows if row.key in (CROWD, "P10")
    ]


def _quick_queries() -> Check:
    title = f"queries within {queries.LIMIT_MS} ms"
    if not queries.is_possible():
        return at_least("D13", title, 95, None, EMBEDDED_ONLY)
    asked = queries.counted()
    note = f"certainly so many of {asked.calls:,}, by pg_stat_statements; warm-ups included"
    return at_least("D13", title, 95, asked.quick, note)
