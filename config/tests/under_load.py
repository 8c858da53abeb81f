"""A web process that asks itself 10,000 times on one pooled connection; run by test_tenancy_under_load.py.

Requests go through Django's real WSGI handler, so that every request takes the connection out of the pool and gives
it back: `full` of them through the product's whole middleware and API, the rest through the tenancy middleware and a
view that only counts. Standard input: {"tokens": [of one organisation, of the other], "unread": [count, count],
"requests": number, "full": number}. Standard output: what was seen, as JSON.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import time
from collections import Counter
from typing import Any

import django

FAULTS = ("raises", "write-then-raises", "database-error", "swallowed-error", "write-then-refused")


def write() -> None:
    """A row that must never be seen: whoever calls this fails afterwards."""
    from django.utils import timezone

    from notifications.models import Notification
    from staff.models import Person

    Notification.objects.create(
        person=Person.objects.order_by("id").first(), kind="general", title="Half", created_at=timezone.now()
    )


def faulty(fault: str) -> Any:
    """A view of the product's own kind that goes wrong in this way."""
    from django.db import DatabaseError, connection
    from rest_framework.decorators import api_view

    from config.errors import Refused

    def view(request: Any) -> Any:
        if fault.startswith("write"):
            write()
        if fault.endswith("refused"):
            raise Refused("The rules say no.")
        if fault.endswith("raises"):
            raise RuntimeError(fault)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        except DatabaseError:
            if fault == "database-error":
                raise
        from rest_framework.response import Response

        return Response({})

    return api_view(["GET"])(view)


def count(request: Any) -> Any:
    """The cheapest view that reads an organisation's rows."""
    from django.http import JsonResponse

    from notifications.models import Notification

    return JsonResponse({"unread": Notification.objects.unread().count()})


def outside(request: Any) -> Any:
    """What a visitor without a token finds on the connection."""
    from django.db import connection
    from django.http import JsonResponse

    from notifications.models import Notification
    from staff.models import Person

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.organisation', true), ''), pg_backend_pid()")
        setting, pid = cursor.fetchone()
    return JsonResponse({"setting": setting, "pid": pid, "rows": Notification.objects.count() + Person.objects.count()})


def url_patterns() -> list[Any]:
    from django.urls import path

    import config.urls

    faults = [path(f"api/v1/{fault}", faulty(fault)) for fault in FAULTS]
    return [*faults, path("api/v1/outside", outside), path("api/v1/count", count), *config.urls.urlpatterns]


def ask(application: Any, path: str, token: str = "") -> tuple[int, Any]:
    """One request through the WSGI handler, to the end: closing the response gives the connection back."""
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "https",
    }
    if token:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    response = application(environ, lambda line, headers: status.append(line))
    body = b"".join(response)
    response.close()
    return int(status[0].split()[0]), json.loads(body) if body.startswith(b"{") else None


def run(asked: dict[str, Any], whole: Any, lean: Any) -> dict[str, Any]:
    """Alternate between the organisations, with a fault at every twentieth request and a look from outside after it."""
    seen: Counter[str] = Counter()
    wrong, pids = [], set()
    for number in range(asked["requests"]):
        side = number % 2
        token, expected = asked["tokens"][side], asked["unread"][side]
        full = number < asked["full"]
        application = whole if full else lean
        if number % 20 == 7:
            fault = FAULTS[number // 20 % len(FAULTS)]
            # Faults meet both organisations: a hundred at a time.
            status, _ = ask(application, f"/api/v1/{fault}", asked["tokens"][number // 100 % 2])
            seen[f"{fault} {status}"] += 1
        elif number % 20 == 8:
            status, found = ask(application, "/api/v1/outside")
            pids.add(found["pid"])
            seen["outside"] += 1
            if (status, found["setting"], found["rows"]) != (200, "", 0):
                wrong.append((number, status, found))
        else:
            status, found = ask(application, "/api/v1/notifications/unread-count" if full else "/api/v1/count", token)
            seen["right" if (status, found) == (200, {"unread": expected}) else "wrong"] += 1
            if (status, found) != (200, {"unread": expected}):
                wrong.append((number, status, found))
    return {"seen": seen, "wrong": wrong[:5], "pids": len(pids)}


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.db import connection

    from config.limits import LIMITS

    # Two people ask ten thousand times within a minute; who may ask how often has tests of its own.
    LIMITS.clear()
    logging.disable(logging.CRITICAL)
    settings.ROOT_URLCONF = __name__
    globals()["urlpatterns"] = url_patterns()
    begun = time.monotonic()
    whole = get_wsgi_application()
    settings.MIDDLEWARE = ["config.tenancy.OrganisationMiddleware", "config.refusals.RefusalPages"]
    found = run(json.load(sys.stdin), whole, get_wsgi_application())
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.organisation', true), ''), pg_backend_pid()")
        setting, _ = cursor.fetchone()
    pool = connection.pool.get_stats()
    print(json.dumps({**found, "left": setting, "pool": pool, "seconds": round(time.monotonic() - begun, 1)}))


if __name__ == "__main__":
    main()
