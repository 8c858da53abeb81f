"""Browsers' sessions, found by a digest: who reads the table, a dump or a backup holds no key that opens one."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.core.exceptions import SuspiciousOperation
from django.utils import timezone

LENGTH = 40  # of the column: 160 bits


class SessionStore(db.SessionStore):
    """Django's sessions in the database; the key itself is in the browser's cookie alone."""

    def exists(self, session_key: str) -> bool:
        return super().exists(digest_of(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = digest_of(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(digest_of(key))

    def _get_session_from_db(self) -> Any:
        try:
            return self.model.objects.get(session_key=digest_of(self.session_key or ""), expire_date__gt=timezone.now())
        except (self.model.DoesNotExist, SuspiciousOperation):
            self._session_key = None
            return None


def digest_of(key: str) -> str:
    """What stands in the table for a key; keys are random, so they need no salt."""
    return hashlib.sha256(key.encode()).hexdigest()[:LENGTH]
