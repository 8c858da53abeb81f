"""`make run`: what it refuses before anything starts, and that its end is everybody's end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from config.services import Fault, run
from config.services.processes import free_port, marked

HOME = Path(__file__).resolve().parents[2]
SERVE = """
import sys
from pathlib import Path
from config.services import run
root, port = Path(sys.argv[1]), int(sys.argv[2])
sys.exit(run.serve(root, run.settings_for("127.0.0.1", port), "127.0.0.1", port))
"""


def start(root: Path, procfile: str, port: int) -> subprocess.Popen[str]:
    (root / "Procfile").write_text(procfile)
    command = [sys.executable, "-c", SERVE, str(root), str(port)]
    return subprocess.Popen(command, cwd=HOME, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_a_signal_ends_every_process_after_the_welcome(tmp_path: Path) -> None:
    port = free_port(set())
    family = start(tmp_path, f'web: exec python -m http.server "$PORT"\njob: exec sleep 61.{port}\n', port)
    assert family.stdout
    lines = []
    for line in family.stdout:
        lines.append(line.strip())
        if "operator@platform.example" in line:
            break
    assert f"Ace Mall Staff is at http://127.0.0.1:{port}/" in lines
    assert "Sign in with the password Ace-demo-2026 as one of" in lines
    assert marked(f"sleep 61.{port}")
    os.kill(family.pid, signal.SIGTERM)
    family.stdout.read()
    assert family.wait(20) == 0
    assert not marked(f"sleep 61.{port}")


def test_a_process_that_dies_ends_the_others_and_fails(tmp_path: Path) -> None:
    port = free_port(set())
    family = start(tmp_path, f"web: exec sleep 62.{port}\nworker: exit 7\n", port)
    said, _ = family.communicate(timeout=20)
    assert family.returncode == 7
    assert "Sign in" not in said
    assert not marked(f"sleep 62.{port}")


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(Fault, match=f"Port {port} is taken"):
            run.run(tmp_path)
    assert not (tmp_path / ".local" / "services.json").exists()


def test_a_second_run_in_the_same_checkout_is_refused(tmp_path: Path) -> None:
    with run.only_one(tmp_path), pytest.raises(Fault, match="already at work"), run.only_one(tmp_path):
        pass


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(Fault, match="from 1 to 65535"):
        run.address()


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    with pytest.raises(Fault, match=r"cannot listen on 192\.0\.2\.1"):
        run.refuse_if_taken("192.0.2.1", 8000)
    with pytest.raises(Fault, match="no address of this machine"):
        run.refuse_if_taken("not a host", 8000)


def test_the_welcome_names_an_address_that_a_browser_can_open() -> None:
    assert "http://127.0.0.1:8000/" in run.welcome("0.0.0.0", 8000)
    assert "http://[::1]:8000/" in run.welcome("::", 8000)


def test_https_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS", raising=False)
    assert run.settings_for("127.0.0.1", 8000)["HTTPS"] == "false"
    monkeypatch.setenv("HTTPS", "true")
    assert run.settings_for("127.0.0.1", 8000)["HTTPS"] == "true"


def test_the_log_is_json_unless_a_person_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    assert run.settings_for("127.0.0.1", 8000)["LOG_FORMAT"] == "JSON"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run.settings_for("127.0.0.1", 8000)["LOG_FORMAT"] == "TEXT"
