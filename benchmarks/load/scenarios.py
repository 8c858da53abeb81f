"""SCENARIOS: who asks for what, how often, and what the product promises for it (production.md, section 9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from random import Random
from typing import Any

from django.conf import settings
from django.test import Client

from benchmarks.load.results import Target
from benchmarks.load.town import Player
from config import tenancy, testing
from notifications.models import Notification
from staff.tests.make import PASSWORD

SEED = 2026
MOST_STEPS = 200  # of a visitor in a timed scenario; the time is up long before


@dataclass(frozen=True, slots=True)
class Step:
    """One request, under the name that the report gives it. `once`: it changes something and is not for warming up."""

    name: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """One line of the report. A visitor takes `requests` steps, or as many as fit into `seconds`; `pause` is how long
    they look at an answer, none where the question is what happens when all ask at once and never stop."""

    key: str
    name: str
    users: int
    target: Target
    script: Callable[[Player, Random], list[Step]]
    requests: int | None = None
    seconds: float = 300.0
    pause: tuple[float, float] = (0.0, 0.0)
    arriving: float = 0.0
    on_request: bool = False

    @property
    def title(self) -> str:
        """ "login, 50 × 10" """
        return f"{self.name}, {self.users} × {self.requests or f'{self.seconds:g} s'}"


def plan(scenario: Scenario, players: Sequence[Player], host: str) -> dict[str, Any]:
    """What the crowd is to play."""
    dice = Random(SEED)
    users = [
        _part(player, islice(cycle(scenario.script(player, dice)), scenario.requests or MOST_STEPS))
        for player in islice(cycle(players), scenario.users)
    ]
    times = {"pause": scenario.pause, "arriving": scenario.arriving, "seconds": scenario.seconds}
    return {"host": host, "users": users, **times}


def warm_up(scenario: Scenario, players: Sequence[Player], host: str) -> dict[str, Any]:
    """Every visitor's requests once, so that copies, connections and code are where they are on any other day."""
    dice = Random(SEED)
    users = [
        _part(player, {step.name: step for step in scenario.script(player, dice) if not step.once}.values())
        for player in players[: scenario.users]
    ]
    return {"host": host, "users": users, "pause": (0.0, 0.0), "arriving": scenario.arriving, "seconds": 120.0}


def of_users(scenario: Scenario, users: int) -> Scenario:
    """The same with another crowd."""
    return replace(scenario, key="P10" if users > 200 else scenario.key, users=users)


def on_trial(scenario: Scenario) -> Scenario:
    """The same with a handful of requests, to see that it runs at all."""
    quick = replace(scenario, users=6, pause=(0.0, 0.0), arriving=0.0)
    return replace(quick, requests=2) if scenario.requests else replace(quick, seconds=1.0)


def _part(player: Player, steps: Iterable[Step]) -> dict[str, Any]:
    steps = list(steps)
    headers = {"X-Forwarded-For": player.address, **testing.bearer(player.person)}
    if any(not step.path.startswith("/api/") for step in steps):
        session = testing.sign_in(Client(), player.person).cookies[settings.SESSION_COOKIE_NAME].value
        headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={session}"
    return {"headers": headers, "steps": [(step.name, step.method, step.path, step.body) for step in steps]}


def _get(path: str) -> Step:
    return Step(f"GET {path}", "GET", path)


DASHBOARD, UPCOMING = _get("/api/v1/dashboard/stats"), _get("/api/v1/schedule/upcoming")
NOTIFICATIONS, UNREAD = _get("/api/v1/notifications"), _get("/api/v1/notifications/unread-count")
MY_REVIEWS, WRITTEN = _get("/api/v1/reviews/my-reviews"), _get("/api/v1/reviews/manager")
# A day of everybody's, by how many in a hundred requests; what is left over marks a notification as read.
MIX = {
    UNREAD: 20, UPCOMING: 20, DASHBOARD: 13, NOTIFICATIONS: 10, MY_REVIEWS: 7, _get("/api/v1/branches"): 3,
    _get("/"): 10, _get("/schedule/"): 10, _get("/notifications/"): 5,
}  # fmt: skip
READING = 2


def _login(player: Player, dice: Random) -> list[Step]:
    who = {"email": player.person.email, "password": PASSWORD}
    return [Step("POST /api/v1/auth/login", "POST", "/api/v1/auth/login", who)]


def _dashboard(player: Player, dice: Random) -> list[Step]:
    return [DASHBOARD]


def _notifications(player: Player, dice: Random) -> list[Step]:
    return [NOTIFICATIONS, UNREAD]


def _reviews(player: Player, dice: Random) -> list[Step]:
    return [MY_REVIEWS, WRITTEN] if player.manages else [MY_REVIEWS]


def _schedule(player: Player, dice: Random) -> list[Step]:
    return [UPCOMING]


def _mixed(player: Player, dice: Random) -> list[Step]:
    """A long way through MIX, drawn once."""
    with tenancy.organisation(player.person.organisation_id):
        unread = list(Notification.objects.unread().filter(person=player.person).values_list("pk", flat=True))
    drawn: list[Step | None] = dice.choices([*MIX, None], [*MIX.values(), READING], k=MOST_STEPS)
    return [step or _mark_read(unread) for step in drawn if step or unread]


def _mark_read(unread: list[int]) -> Step:
    return Step("POST /api/v1/notifications/{id}/read", "POST", f"/api/v1/notifications/{unread.pop()}/read", once=True)


AS_PEOPLE_DO = (1.0, 3.0)  # seconds between a person's requests

SCENARIOS = (
    # The burst when a shop opens, and then somebody every 60 ms: a password costs the server 30 ms of computing.
    Scenario("P01", "login", 50, Target("average < 500 ms", "average", 500), _login, 10, pause=(2.0, 4.0)),
    Scenario("P02", "dashboard", 100, Target("average < 200 ms", "average", 200), _dashboard, 20),
    Scenario("P03", "notifications", 75, Target("average < 300 ms", "average", 300), _notifications, 15),
    Scenario("P04", "reviews", 60, Target("average < 400 ms", "average", 400), _reviews, 12),
    Scenario("P05", "schedule", 80, Target("average < 350 ms", "average", 350), _schedule, 10),
    Scenario(
        "P06", "mixed", 50, Target("success > 95 %", "failed", 5, least_success=0.0), _mixed,
        seconds=30.0, pause=AS_PEOPLE_DO, arriving=3.0,
    ),
    Scenario(
        "P09", "mixed", 200, Target("p95 < 300 ms", "p95", 300), _mixed,
        seconds=40.0, pause=AS_PEOPLE_DO, arriving=5.0,
    ),
    Scenario(
        "P10", "mixed", 500, Target("p95 < 300 ms", "p95", 300), _mixed,
        seconds=40.0, pause=AS_PEOPLE_DO, arriving=10.0, on_request=True,
    ),
)  # fmt: skip
