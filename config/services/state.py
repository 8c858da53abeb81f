"""What a checkout remembers of its embedded servers, in `.local/services.json` (mode 0600: it holds passwords)."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

OWNER, APP, DATABASE = "acemall_owner", "acemall_app", "acemall"

# Which variable in the environment says that a real server takes the place of the embedded one.
# With REDIS_URL alone, the broker is that same server.
REPLACED_BY = {"postgres": ("DATABASE_URL",), "cache": ("REDIS_URL",), "broker": ("BROKER_URL", "REDIS_URL")}


class Fault(Exception):
    """What went wrong and what to do about it, in one sentence for the person at the keyboard."""


def in_one_sentence(command: Callable[[], int]) -> int:
    """Run a command to its exit code; what goes wrong on this machine is one line on stderr and code 1."""
    try:
        return command()
    except Fault as fault:
        print(fault, file=sys.stderr)
    except OSError as error:
        # A full disk, a folder that cannot be written: the system's own words and the path say it all.
        print(f"{error.filename or 'The embedded services'}: {error.strerror or error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 1


@dataclass
class State:
    """The memory of one checkout."""

    root: str
    # On the command line of every server, so that a process can be told from one that merely got its old number.
    identity: str = field(default_factory=lambda: f"acemall-{secrets.token_hex(8)}")
    # Where the data is when the servers' user cannot enter the checkout; empty means `.local`, so a checkout can move.
    place: str = ""
    # A server has a port from its first start on.
    ports: dict[str, int] = field(default_factory=dict)
    passwords: dict[str, str] = field(
        default_factory=lambda: {
            name: secrets.token_urlsafe(24) for name in ("postgres", OWNER, APP, "cache", "broker")
        }
    )
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def database_url(self, role: str) -> str:
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.ports['postgres']}/{DATABASE}"

    def redis_url(self, name: str) -> str:
        return f"redis://:{self.passwords[name]}@127.0.0.1:{self.ports[name]}/0"


def environment(root: Path, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings that the embedded servers answer for; empty when they were never started here.

    A variable that `given` holds is left out, and so is the owner's URL of a database that `given` replaces:
    migrations must never reach another database than the application.
    """
    state = read(root)
    if state is None:
        return {}
    values = {"SECRET_KEY": state.secret_key}
    if "postgres" in state.ports and not replaced("postgres", given):
        values["DATABASE_URL"] = state.database_url(APP)
        values["DATABASE_OWNER_URL"] = state.database_url(OWNER)
    for name, variable in (("cache", "REDIS_URL"), ("broker", "BROKER_URL")):
        if name in state.ports and not replaced(name, given):
            values[variable] = state.redis_url(name)
    if "REDIS_URL" in given:
        values["BROKER_URL"] = given["REDIS_URL"]
    return {name: value for name, value in values.items() if name not in given}


def replaced(name: str, given: Mapping[str, str] = os.environ) -> str | None:
    """The variable that puts a real server in the place of this embedded one, if there is one."""
    return next((variable for variable in REPLACED_BY[name] if variable in given), None)


def path_of(root: Path) -> Path:
    return root / ".local" / "services.json"


def read(root: Path) -> State | None:
    """The memory of this checkout, or None before the first start.

    Raises Fault for a file that cannot be used: unreadable, damaged, or copied along with another checkout.
    """
    path = path_of(root)
    try:
        state = State(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise Fault(f"{path} belongs to another user; run this as the user who started the services.") from error
    except (ValueError, TypeError) as error:
        raise Fault(
            f"{path} is damaged, and with it the passwords of the database are lost; remove {path.parent}, and the "
            "next start makes a new database."
        ) from error
    if _is_a_copy(state, root):
        # Sharing identity, ports and passwords, each checkout would stop and delete the other's servers.
        raise Fault(f"{root / '.local'} was copied from {state.root}; remove it, and this checkout makes its own.")
    return state


def write(root: Path, state: State) -> None:
    """Replace the file as a whole, so that a reader never sees half of it."""
    path = path_of(root)
    fresh = path.with_name("services.json.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(state), file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _is_a_copy(state: State, root: Path) -> bool:
    """Whether the checkout that wrote this still stands elsewhere; if it does not, it moved here."""
    original = Path(state.root)
    if original == root:
        return False
    theirs = path_of(original)
    try:
        if theirs.samefile(path_of(root)):
            return False  # the same folder under two names, such as a container's mount
        return bool(json.loads(theirs.read_text())["identity"] == state.identity)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, KeyError):
        return True
