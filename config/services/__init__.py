"""The embedded PostgreSQL and Valkey of a checkout: started by `make run` and `make test`, data below `.local/`.

Runs before the settings exist, so nothing here imports Django; the standard library is enough.
    state.py      what is remembered between commands: ports, passwords, the secret key
    checkout.py   where the data lives, and as whom the servers run
    programs.py   the servers' own files, out of the wheels
    processes.py  which processes are ours, ports, stopping
    server.py     starting any server, and saying why it did not; postgres.py and valkey.py say how each is started
    commands.py   up, down, status, destroy; `python -m config.services --help`
    run.py        `make run`
"""

from config.services.state import Fault, environment

__all__ = ["Fault", "environment"]
