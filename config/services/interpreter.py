"""The Python that PostgreSQL calls to archive its WAL, as the servers' user.

Run by root, the servers run as `nobody`, who often may enter neither the checkout nor the Python that made `.venv`
(below /root, say). Then a copy of what the archiving needs stands beside the data, as that of PostgreSQL itself does.
"""

from __future__ import annotations

import filecmp
import platform
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.services.checkout import Checkout, reachable
from config.services.state import Fault

HOME = Path(__file__).resolve().parents[2]
# Of the standard library, what no program of ours needs: two thirds of its size.
LEFT_OUT = ("test", "idlelib", "tkinter", "lib2to3", "ensurepip", "turtledemo", "config-*", "site-packages", "*.a")
MODULES = ("cryptography", "_cffi_backend", "isal")


@dataclass(frozen=True)
class Interpreter:
    """A Python with `config.services.archive` in reach; `copy` is where it has to be made first, if it has to."""

    copy: Path | None

    @property
    def command(self) -> list[str]:
        """The words that start it, as `env` wants them."""
        if self.copy is None:
            return ["env", f"PYTHONPATH={HOME}", sys.executable]
        paths = {"PYTHONHOME": self.copy, "PYTHONPATH": self.copy / "site", "LD_LIBRARY_PATH": self.copy / "lib"}
        return ["env", *(f"{name}={path}" for name, path in paths.items()), str(self.copy / "bin" / "python3")]

    def make(self) -> None:
        """Copy it (60 MB, about a second), in place of any earlier version's copy; nothing when it stands already."""
        if self.copy is None:
            return
        self._copy_code(self.copy / "site")
        if not (self.copy / "bin").exists():
            self._copy_python(self.copy)

    def _copy_python(self, target: Path) -> None:
        for old in target.parent.glob("python-*"):
            if old != target:
                shutil.rmtree(old)
        library = Path(sysconfig.get_path("stdlib"))
        skip = shutil.ignore_patterns(*LEFT_OUT)
        shutil.copytree(library, target / "lib" / library.name, ignore=skip, dirs_exist_ok=True)
        for shared in (Path(sys.base_prefix) / "lib").glob("libpython*.so*"):
            shutil.copy(shared, target / "lib")
        fresh = target / "bin.new"
        fresh.mkdir(exist_ok=True)
        shutil.copy(Path(sys.executable).resolve(), fresh / "python3")
        _open_to_all(target)
        fresh.rename(target / "bin")  # last: what has it is whole

    def _copy_code(self, site: Path) -> None:
        """The archiving and what it imports; ours each time, because it changes without a new version."""
        site.mkdir(parents=True, exist_ok=True)
        for name in MODULES:
            spec = find_spec(name)
            if spec is None or spec.origin is None:
                raise Fault(f"{name} is not installed in this Python; `make setup` installs it.")
            if spec.submodule_search_locations:
                shutil.copytree(Path(spec.origin).parent, site / name, dirs_exist_ok=True, copy_function=_refresh)
            else:
                _refresh(spec.origin, str(site / Path(spec.origin).name))
        (site / "config" / "services").mkdir(parents=True, exist_ok=True)
        for source in (HOME / "config" / "__init__.py", *(HOME / "config" / "services").glob("*.py")):
            _refresh(str(source), str(site / source.relative_to(HOME)))
        _open_to_all(site)


def of(checkout: Checkout) -> Interpreter:
    """The Python for the servers' user of a checkout."""
    python = Path(sys.executable)
    ours = (
        python.parent,
        python.resolve(),
        Path(sysconfig.get_path("stdlib")),
        HOME / "config",
        Path(sysconfig.get_path("purelib")),
    )
    if checkout.account is None or all(map(reachable, ours)):
        return Interpreter(None)
    return Interpreter(checkout.place / "programs" / f"python-{platform.python_version()}-{version('cryptography')}")


def _refresh(source: str, target: str) -> None:
    """Copy what has changed, as a new file: PostgreSQL may be running the old one at this moment."""
    if Path(target).exists() and filecmp.cmp(source, target):
        return
    shutil.copy2(source, f"{target}.new")
    Path(f"{target}.new").replace(target)


def _open_to_all(folder: Path) -> None:
    """A strict umask would keep the servers' user out again."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
