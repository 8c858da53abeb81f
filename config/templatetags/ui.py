"""Small words of the templates: an icon, a state, a form control, hours, and geometry that survives every locale."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.errors import request_id

register = template.Library()


class State(NamedTuple):
    """How a state looks: the chip's kind, its icon (or none) and its word."""

    kind: str
    icon: str
    word: str


# Every state that a chip may show. A state that is not here is shown as a plain chip with its own word.
STATES: dict[str, State] = {
    "draft": State("draft", "", "Draft"),
    "published": State("ok", "check", "Published"),
    "changed": State("info", "refresh", "Changed"),
    "cancelled": State("", "x", "Cancelled"),
    "missing": State("attn", "warn", "Not started"),
    "open": State("attn", "plus", "Open"),
    "unconfirmed": State("", "clock", "Unconfirmed"),
    "confirmed": State("ok", "check", "Confirmed"),
    "pending": State("attn", "clock", "Waiting"),
    "proposed": State("attn", "clock", "Proposed"),
    "planned": State("info", "calendar", "Planned"),
    "approved": State("ok", "check", "Approved"),
    "declined": State("danger", "block", "Declined"),
    "withdrawn": State("", "undo", "Withdrawn"),
    "exception": State("attn", "warn", "To resolve"),
    "late": State("attn", "clock", "Late"),
    "unscored": State("draft", "", "Not started"),
    "unfinished": State("draft", "", "Unfinished"),
    "reason": State("attn", "warn", "Say why"),
    "ready": State("ok", "check", "Ready"),
    "submitted": State("info", "check", "Submitted"),
    "shared": State("info", "eye", "Shared"),
    "acknowledged": State("ok", "check", "Acknowledged"),
    "disputed": State("attn", "warn", "Disputed"),
    "expired": State("danger", "warn", "Expired"),
    "expiring": State("attn", "clock", "Expiring"),
    "terminated": State("danger", "block", "Left"),
    "ok": State("ok", "check", "OK"),
    "info": State("info", "info", "To know"),
    "warning": State("attn", "warn", "Warning"),
    "critical": State("danger", "warn", "Critical"),
    "quiet": State("", "clock", "Too little to judge"),
    "unknown": State("draft", "help", "Unknown"),
    "off": State("", "x", "Switched off"),
    "failed": State("danger", "warn", "Failed"),
    "running": State("info", "refresh", "Running"),
    "silent": State("attn", "warn", "Silent"),
    "never": State("draft", "clock", "Never"),
}


@register.simple_tag
def icon(name: str, small: bool = False, label: str = "") -> SafeString:
    """One icon of static/icons.svg; silent beside words, or named by `label` where it stands alone."""
    size = " icon--sm" if small else ""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon{}" role="img" aria-label="{}"><use href="{}"/></svg>', size, label, href)
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="{}"/></svg>', size, href)


@register.simple_tag
def chip(state: str, word: str = "") -> SafeString:
    """A state as a chip: colour, icon and always a word; `word` replaces the usual one."""
    look = STATES.get(str(state)) or State("", "", str(state).replace("_", " ").capitalize())
    kind = f" chip--{look.kind}" if look.kind else ""
    picture = icon(look.icon, small=True) if look.icon else ""
    return format_html('<span class="chip{}">{}{}</span>', kind, picture, word or look.word)


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget with the class of its kind; Django ties the hint and the errors to it."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        return field.as_widget()
    classes = f"input {widget.attrs.get('class', '')}".strip()
    return field.as_widget(attrs={"class": classes})


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether the field is one box to tick, whose label stands behind it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def hours(value: Decimal | float | None) -> str:
    """Hours without idle zeros: "8 h", "31.5 h"; nothing for None."""
    if value is None:
        return ""
    # No digits after the point are lost and no exponent is shown, whatever the locale.
    figure = f"{Decimal(str(value)):f}"
    return f"{figure.rstrip('0').rstrip('.') if '.' in figure else figure} h"


@register.filter
def percent(value: Decimal | float) -> str:
    """A share of the whole, 0 to 100, as an SVG length: always a point, never a comma."""
    return f"{min(max(float(value), 0.0), 100.0):.2f}%"


@register.filter
def names(people: list[str] | None, shown: int = 2) -> str:
    """Whom one works with: "Kunle", "Kunle and Sade", "Kunle, Sade and 4 more"."""
    known = list(people or [])
    rest = len(known) - shown
    if rest > 0:
        return f"{', '.join(known[:shown])} and {rest} more"
    return " and ".join(filter(None, [", ".join(known[:-1]), *known[-1:]]))


@register.simple_tag
def reference() -> str:
    """The request's id, for an error page: what a person reads out and an operator searches the log for."""
    return request_id()
