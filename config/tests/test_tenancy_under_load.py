"""10,000 requests alternating two organisations on one pooled connection, with faults in the middle: nothing mixes.

1,000 of them are full requests: Django's WSGI handler, all of the product's middleware, a bearer token, a real
endpoint. The other 9,000 leave out what has nothing to do with the connection: handler, tenancy middleware and token
are the real ones, the view only counts. (All 10,000 in full passed as well, in 54 s of processor time: too long here.)
"""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from config import tenancy
from config.testing import ACE, OTHER, bearer
from notifications.models import Notification
from notifications.tests.make import notify

REQUESTS, FULL = 10_000, 1_000


@pytest.mark.timeout(300)  # 22 s of processor time, and other tests run beside it
@pytest.mark.django_db(transaction=True)
def test_nothing_mixes_on_one_pooled_connection(cast):
    for _ in range(3):
        notify(cast.cashier)
    for _ in range(5):
        notify(cast.other_cashier)
    asked = {
        "tokens": [bearer(person)["Authorization"].split()[1] for person in (cast.cashier, cast.other_cashier)],
        "unread": [3, 5],
        "requests": REQUESTS,
        "full": FULL,
    }
    done = subprocess.run(
        [sys.executable, "-m", "config.tests.under_load"],
        input=json.dumps(asked),
        env={**os.environ, "DATABASE_POOL": "1", "HTTPS": "false", "SECRET_KEY": settings.SECRET_KEY},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    print(found)
    assert found["wrong"] == []
    assert found["seen"] == {
        "right": REQUESTS * 18 // 20,
        "outside": REQUESTS // 20,
        "raises 500": REQUESTS // 100,
        "write-then-raises 500": REQUESTS // 100,
        "database-error 500": REQUESTS // 100,
        "swallowed-error 500": REQUESTS // 100,
        "write-then-refused 409": REQUESTS // 100,
    }
    assert found["left"] == ""
    # One connection served them all, and the pool never had to replace it.
    assert found["pids"] == 1
    assert found["pool"]["pool_max"] == 1
    for organisation, kept in ((ACE, 3), (OTHER, 5)):
        with tenancy.organisation(organisation):
            assert Notification.objects.count() == kept
