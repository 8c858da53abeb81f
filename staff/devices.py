"""Where a request comes from, in words that its own person recognises in a list."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from django.http import HttpRequest

from config.limits import address_of

# The first that matches; browsers name those before them that they want to be taken for.
PROGRAMS = {
    r"Edg(e|A|iOS)?/": "Edge",
    r"OPR/|Opera": "Opera",
    r"SamsungBrowser/": "Samsung Internet",
    r"Firefox/|FxiOS/": "Firefox",
    r"HeadlessChrome/|Chrome/|CriOS/|Chromium/": "Chrome",
    r"Version/.*Safari/": "Safari",
    r"^curl/": "curl",
    r"^(python|okhttp|Dart|Go-http|Java|PostmanRuntime)": "A program",
}
SYSTEMS = {
    r"Android": "Android",
    r"iPhone|iPod": "iPhone",
    r"iPad": "iPad",
    r"Windows": "Windows",
    r"CrOS": "ChromeOS",
    r"Mac OS X|Macintosh": "Mac",
    r"Linux|X11": "Linux",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """A device as the sessions name it, and its address as the limits count it."""

    device: str
    address: str


def visitor_of(request: HttpRequest) -> Visitor:
    """The device and address of a request."""
    return Visitor(device_of(request.META.get("HTTP_USER_AGENT", "")), address_of(request.META))


def device_of(agent: str) -> str:
    """“Chrome on Android”, as far as a User-Agent can be believed."""
    program, system = _first(PROGRAMS, agent), _first(SYSTEMS, agent)
    if program and system:
        return f"{program} on {system}"
    return program or system or "An unknown device"


def network_of(address: str) -> str:
    """About whose network an address is: the first half of an IPv4 address, the first 48 bits of an IPv6 one."""
    try:
        first = ipaddress.ip_network(address, strict=False).network_address
    except ValueError:
        return ""
    return str(ipaddress.ip_network((first, 16 if first.version == 4 else 48), strict=False))


def _first(table: dict[str, str], agent: str) -> str:
    return next((name for pattern, name in table.items() if re.search(pattern, agent[:500])), "")
