"""deploy/check: exit code 0 when everything is as the deployment promises, else a sentence for each fault."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from deploy.checks import data, edge, files, image, stopping, watching
from deploy.checks.servers import Failed
from deploy.checks.stage import Site, site

PROGRAMS = {"nginx": "nginx-light", "promtool": "prometheus", "amtool": "prometheus-alertmanager", "openssl": "openssl"}
ALONE: dict[str, Callable[[], Iterator[str]]] = {"files": files.checks, "data": data.checks}
# In this order: the last one ends the web servers for good.
ON_STAGE: dict[str, Callable[[Site], Iterator[str]]] = {
    "edge": edge.checks,
    "stopping": stopping.checks,
    "image": image.checks,
    "watching": watching.checks,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/check", description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"{', '.join([*ALONE, *ON_STAGE])}; by default all")
    parser.add_argument("--install", action="store_true", help="install what is missing, with Debian's apt-get")
    asked = parser.parse_args()
    groups = asked.groups or [*ALONE, *ON_STAGE]
    if unknown := set(groups) - {*ALONE, *ON_STAGE}:
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    if asked.install:
        install()
    if missing := [package for program, package in PROGRAMS.items() if not shutil.which(program)]:
        print(f"deploy/check: install {' '.join(missing)} first, or say --install.", file=sys.stderr)
        return 2
    return run(groups)


def install() -> None:
    """What is missing, of Debian's packages. RUNLEVEL=1 keeps them from starting their services at once."""
    packages = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if packages:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(
            ["apt-get", "install", "--yes", "--no-install-recommends", *packages], env=environment, check=True
        )


def run(groups: list[str]) -> int:
    """Run the groups; a group ends at its first fault, the others are run all the same."""
    faults = sum([told(name, check) for name, check in ALONE.items() if name in groups])
    on_stage = [name for name in ON_STAGE if name in groups]
    if on_stage:
        print(
            "stage: the product as docker-compose.yml sets it (migrations, demo data, web, web2, workers, beat, nginx)"
        )
        with site() as stage:
            faults += sum(told(name, partial(ON_STAGE[name], stage)) for name in on_stage)
    print("Everything is as it should be." if not faults else f"{faults} of {len(groups)} groups failed.")
    return 1 if faults else 0


def told(name: str, checks: Callable[[], Iterator[str]]) -> int:
    """Print what a group found; 1 if it failed."""
    print(f"{name}:", flush=True)
    begun = time.monotonic()
    try:
        for sentence in checks():
            print(f"  ok {time.monotonic() - begun:6.1f} s  {sentence}", flush=True)
    except Failed as fault:
        print(f"  FAILED  {fault}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as fault:
        sys.exit(f"deploy/check: {fault}")
