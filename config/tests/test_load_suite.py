"""`make load` itself, with a handful of requests: its town, its server and its crowd are the real ones."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.timeout(180)  # 12 s of processor time, and other tests run beside it
def test_every_scenario_runs_against_a_real_server_and_nothing_fails(tmp_path):
    command = [
        sys.executable,
        "-m",
        "benchmarks.load",
        "--trial",
        "--only",
        "P01",
        "P02",
        "P03",
        "P04",
        "P05",
        "P06",
        "P09",
        "P10",
    ]
    done = subprocess.run(
        [*command, "--to", tmp_path], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    # 1 is a target that this machine, busy with tests, did not reach; what has to hold stands below.
    assert done.returncode in (0, 1), done.stderr
    written = json.loads((tmp_path / "load.json").read_text())
    assert written["played"] == ["P01", "P02", "P03", "P04", "P05", "P06", "P09", "P10"]
    for key, row in written["rows"].items():
        assert (row["success"], row["errors"]) == (100, ""), (key, row["errors"])
        assert row["requests"] >= 6, key
    assert all(written["rows"][key]["hit_rate"] == 100 for key in ("P03", "P04"))
    assert written["town"].startswith("2 organisations, 62 people")
    assert "Load report" in (tmp_path / "load.html").read_text()


@pytest.mark.parametrize("arguments", [["--help"], ["--only", "P99"], ["--users", "501"]])
def test_the_command_says_what_it_takes(arguments):
    command = [sys.executable, "-m", "benchmarks.load", *arguments]
    said = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert said.returncode == (0 if arguments == ["--help"] else 2)
    assert "P09" in said.stdout + said.stderr or "500" in said.stderr
