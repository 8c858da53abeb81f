"""Every request says where it comes from, before it enters an organisation: the audit log asks for it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from config import limits, origin
from config.errors import request_id


class Origins:
    """Remembers who asks, by the verified token or session, from which address, and with what."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.caller_of: Callable[[HttpRequest], limits.Caller | None] = import_string(settings.CALLER_OF_REQUEST)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        caller = self.caller_of(request)
        person = caller.person if caller else None
        agent = request.META.get("HTTP_USER_AGENT", "")
        here = origin.Origin(person, "", _address(limits.client_of(request.META)), agent, request_id())
        with origin.of(here):
            return self.get_response(request)


def _address(text: str) -> str:
    """The address, or nothing for what is none: a proxy passes on whatever a client calls itself."""
    try:
        # Without its zone: fe80::1%eth0 names an interface of that machine, and may be as long as it likes.
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return ""
