"""python -m config.services up | down | status | environment | destroy"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from config.services import commands
from config.services.state import environment, in_one_sentence

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    return in_one_sentence(lambda: act(options))


def act(options: argparse.Namespace) -> int:
    root: Path = options.root.resolve()
    match options.command:
        case "up":
            commands.up(root)
        case "down":
            commands.down(root)
        case "status":
            return commands.status(root)
        case "environment":
            for name, value in environment(root).items():
                print(f"{name}={shlex.quote(value)}")
        case "destroy":
            return commands.destroy(root, agreed=options.yes)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m config.services",
        description="The embedded PostgreSQL and Valkey of this checkout.",
        epilog="Example: eval \"$(python -m config.services environment | sed 's/^/export /')\"",
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (default: the one of this file)")
    commands_ = parser.add_subparsers(dest="command", required=True)
    commands_.add_parser("up", help="start what does not run; DATABASE_URL, REDIS_URL, BROKER_URL replace a server")
    commands_.add_parser("down", help="stop; the data stays")
    commands_.add_parser("status", help="what runs, where; exit code 3 when something does not")
    commands_.add_parser("environment", help="print the variables that the settings take from here")
    removing = commands_.add_parser("destroy", help="stop and remove the data, after asking")
    removing.add_argument("--yes", action="store_true", help="do not ask")
    return parser


if __name__ == "__main__":
    sys.exit(main())
