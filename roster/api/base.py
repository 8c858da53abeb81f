"""What the endpoints of this app share: who asks, which version they saw, times by the branch's clock."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from config.api import Id
from config.errors import Invalid, Refused

IF_MATCH = re.compile(r'^(?:(?:W/)?"([0-9]{1,9})"|([0-9]{1,9}))$')


class VersionNeeded(Refused):
    """An update that does not say which version it was made from could undo somebody else's."""

    status = 428


def version_of(request: Request) -> int:
    """The version that the client saw: If-Match, else `version` in the body or the query.

    Raises VersionNeeded (428) where there is none, Invalid where it is no number.
    """
    body = request.data if isinstance(request.data, dict) else {}
    given = request.headers.get("If-Match") or body.get("version") or request.query_params.get("version")
    if given is None:
        raise VersionNeeded("Send the version that you saw, in If-Match or as version.", code="version_needed")
    found = IF_MATCH.match(str(given).strip())
    if not found:
        sentence = "A version is a whole number, as it came with the shift."
        raise Invalid(sentence, fields={"version": sentence})
    return int(found[1] or found[2])


class BranchTime(serializers.DateTimeField):
    """An instant with the offset of the row's own branch: 2026-11-23T09:00:00+01:00."""

    def get_attribute(self, instance: Any) -> datetime | None:
        value = super().get_attribute(instance)
        return value.astimezone(instance.branch.zone) if value else None

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class LocalTime(serializers.DateTimeField):
    """An instant that is in its branch's zone already."""

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


class InShort(serializers.Serializer[Any]):
    """A place or a role in short."""

    id = Id()
    name = serializers.CharField(read_only=True)


class PersonInShort(serializers.Serializer[Any]):
    """A person in short."""

    id = Id()
    name = serializers.CharField(source="full_name", read_only=True)
