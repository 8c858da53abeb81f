"""The image's tree without Docker: what .dockerignore lets in, built by the Dockerfile's own command, and served.

Served by `web` alone: `web2` goes on with the checkout's files, as in a roll, when only one server has the new ones.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.checks.servers import ROOT, Server, eventually, output_of, require
from deploy.checks.stage import Site

HASHED = re.compile(rb"/static/[\w./-]+\.[0-9a-f]{12}\.(?:css|js|svg)")
SECRETS = re.compile(r"(^|/)(\.env|\.git|\.local|secrets|tests)(/|$)")


def checks(site: Site) -> Iterator[str]:
    """Build, look what is inside, serve."""
    tree = site.folder / "image"
    files = _copy(tree)
    leaked = [name for name in files if SECRETS.search(name)]
    require(not leaked, f"the image would hold {leaked}")
    yield f"the image would hold {len(files)} files of the repository: no tests, no .env, no history"
    _collect(tree)
    packed = len(list((tree / "staticfiles").rglob("*.br")))
    require(packed, "nothing was compressed")
    yield f"collectstatic, as in the Dockerfile: names hashed, {packed} files compressed with brotli"
    yield _serves(site, tree)


def _copy(tree: Path) -> list[str]:
    """The files of the repository that .dockerignore names; as in the image the packages are installed beside them."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    named = tuple(line.removeprefix("!") for line in lines if line.startswith("!"))
    files = [
        name
        for name in output_of("git", "ls-files").splitlines()
        if any(name == one or name.startswith(f"{one}/") for one in named) and "/tests/" not in name
    ]
    for name in files:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    (tree / ".venv").symlink_to(Path(sys.prefix))
    return files


def _collect(tree: Path) -> None:
    """The Dockerfile's own RUN command, in the image's tree and without any setting of this machine."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    (command,) = [line.removeprefix("RUN ") for line in text.splitlines() if line.startswith("RUN mkdir staticfiles")]
    output_of("sh", "-c", f"cd '{tree}' && {command}", environment={"PATH": os.environ["PATH"]}, within=1200)


def _serves(site: Site, tree: Path) -> str:
    site.web["web"].end()
    old = site.web["web"]
    new = Server("web-of-the-image", ["sh", "deploy/start", "web"], site.folder, old.environment, cwd=tree)
    site.servers.append(new)
    site.web["web"] = new
    eventually(lambda: site.answers("web"), within=120, what="the image's web server answers")
    names = sorted(set(HASHED.findall(site.past("web", "/login").body)))
    require(names, "the image's pages name no hashed files")
    for name in names:
        require(site.past("web2", name.decode()).status == 404, "web2 has the new files too: this proves nothing")
        for _ in range(4):
            answer = site.through("tls", name.decode(), {"Accept-Encoding": "br"})
            require(answer.status == 200, f"{name.decode()} is answered {answer.status} while one server is old")
            require("immutable" in (answer.headers["Cache-Control"] or ""), f"{name.decode()} is not immutable")
    packed = {
        site.through("tls", name.decode(), {"Accept-Encoding": "br"}).headers["Content-Encoding"] for name in names
    }
    require("br" in packed, f"hashed files come {packed}, not as brotli")
    return f"{len(names)} hashed files come immutable and as brotli, also while only one of two servers has them"
