"""The ground of the monitoring tests: rules as they come, and a Valkey that has counted nothing."""

import pytest
import redis
from django.conf import settings

from monitoring.tests.make import fresh_rules
from monitoring.traffic import counting


@pytest.fixture
def rules(db):
    """The alert rules of the migration, unchanged; nothing was measured and no request counted."""
    fresh_rules()
    with redis.Redis.from_url(settings.BROKER_URL) as server:
        server.flushdb()
    counting.counter().frames.clear()
