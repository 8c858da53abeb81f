"""The crowd: Locust plays plans, one visitor for each of a plan's parts. `python -m benchmarks.load.crowd`

A process of its own, because Locust replaces Python's blocking calls by gevent's, and because its work is to be told
from the server's. It decides nothing: who asks what stands in the plan, what the answers mean is reckoned elsewhere.
Each line of standard input is a plan, and each line of standard output its answers, until the input ends.

A plan: {"host", "users": [{"headers", "steps": [[name, method, path, body or null], …]}, …], "pause": [least, most],
"arriving": seconds, "seconds": most}. The answers: {"samples": [[name, status, ms, X-Cache, at], …], "seconds", "cpu"}.
"""

from __future__ import annotations

import json
import sys
from random import Random
from time import perf_counter, process_time
from typing import Any

from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

import gevent  # after Locust, which prepares Python for it  # isort: skip

LAST_ANSWERS = 30  # seconds that requests under way are waited for


class Visitor(FastHttpUser):
    """Somebody who takes one step after the other and pauses between them."""

    abstract = True
    network_timeout = connection_timeout = 30.0
    crowd: Crowd

    def on_start(self) -> None:
        part = self.crowd.parts.pop()
        self.headers, self.steps = part["headers"], iter(part["steps"])

    def wait_time(self) -> float:
        return self.crowd.dice.uniform(*self.crowd.pause)

    @task
    def step(self) -> None:
        """The next one; after the last the visitor goes."""
        for name, method, path, body in self.steps:
            self.client.request(method, path, headers=self.headers, json=body, name=name, allow_redirects=False)
            return
        raise StopUser

    def on_stop(self) -> None:
        self.crowd.left()


class Crowd:
    """All visitors of one plan."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.parts, self.pause, self.dice = list(reversed(plan["users"])), plan["pause"], Random(7)
        self.size, self.plan = len(self.parts), plan
        self.here, self.samples = self.size, []
        mine = type("Mine", (Visitor,), {"host": plan["host"], "crowd": self})
        self.environment = Environment(user_classes=[mine], stop_timeout=LAST_ANSWERS)
        self.environment.events.request.add_listener(self.answered)
        self.runner = self.environment.create_local_runner()

    def play(self) -> dict[str, Any]:
        """Let everybody in, and wait until the last has gone or the time is up."""
        self.began, worked = perf_counter(), process_time()
        self.runner.start(self.size, spawn_rate=self.size / max(self.plan["arriving"], 1))
        closing = gevent.spawn_later(self.plan["seconds"], self.runner.quit)
        self.runner.greenlet.join()
        closing.kill()
        seconds = max((sample[-1] for sample in self.samples), default=0.0)
        return {"samples": self.samples, "seconds": seconds, "cpu": process_time() - worked}

    def answered(self, name: str, response_time: float, response: Any, **_event: Any) -> None:
        """Note one answer, or that none came."""
        cache = (response.headers or {}).get("X-Cache", "")
        at = perf_counter() - self.began
        self.samples.append([name, response.status_code or 0, round(response_time, 2), cache, round(at, 3)])

    def left(self) -> None:
        self.here -= 1
        if not self.here:
            gevent.spawn(self.runner.quit)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(Crowd(json.loads(line)).play()), flush=True)
