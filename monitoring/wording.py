"""Figures as people read them."""

from __future__ import annotations

STEPS = ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s"))


def shown(value: float | None, unit: str) -> str:
    """A value with its unit: "0.4 %", "184 ms", "5 h 40 min", "14.4×", "2"; "unknown" for None."""
    if value is None:
        return "unknown"
    if unit == "s":
        return span(value)
    figure = f"{value:,.0f}" if unit == "ms" or abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{figure}{'' if unit in ('', '×') else ' '}{unit}"


def span(seconds: float) -> str:
    """A length of time in its two largest parts: "38 s", "4 min 10 s", "1 d 2 h"."""
    whole = round(seconds)
    for size, name, smaller, smaller_name in STEPS:
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"
