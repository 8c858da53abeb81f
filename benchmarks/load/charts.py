"""Charts as SVG, drawn here: nothing on the page has to be fetched or run. Only numbers and our own words go in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, LINE, NAMES, FIGURES = 380, 26, 62, 78
HEIGHT, LEFT, TOP, BOTTOM = 160, 30, 22, 22


def bars(values: Mapping[str, float], unit: str, limit: tuple[str, float] | None = None) -> SafeString:
    """A bar for each value, and where a target is about one of them, a mark where it ends."""
    most = max([*values.values(), limit[1] if limit else 0.0, 0.001])
    span, height = WIDTH - NAMES - FIGURES, LINE * len(values)
    drawn = []
    for place, (name, value) in enumerate(values.items()):
        top, wide = place * LINE, value / most * span
        drawn.append(f'<text x="0" y="{top + 17}">{escape(name)}</text>')
        drawn.append(f'<rect class="bar" x="{NAMES}" y="{top + 4}" width="{wide:.1f}" height="{LINE - 8}" rx="3"/>')
        drawn.append(f'<text x="{NAMES + wide + 6:.1f}" y="{top + 17}">{value:,.0f} {escape(unit)}</text>')
        if limit and limit[0] == name:
            x = NAMES + limit[1] / most * span
            drawn.append(f'<path class="limit" d="M{x:.1f} {top}V{top + LINE}"/>')
    return _svg(height, drawn)


def line(values: Sequence[tuple[float, float | None]], unit: str, limit: float | None = None) -> SafeString:
    """A line over the seconds of a run; where a second has no value it is broken."""
    most = max([value for _, value in values if value is not None] + [limit or 0.0, 0.001])
    last = max([x for x, _ in values] + [1])

    def place(x: float, y: float) -> str:
        return f"{LEFT + x / last * (WIDTH - LEFT - 8):.1f} {TOP + (1 - y / most) * (HEIGHT - BOTTOM - TOP):.1f}"

    path, pen = [], "M"
    for x, y in values:
        if y is None:
            pen = "M"
            continue
        path.append(f"{pen}{place(x, y)}h0")  # a second alone is a dot
        pen = "L"
    drawn = [
        f'<path class="axis" d="M{place(0, most)}L{place(0, 0)}L{place(last, 0)}"/>',
        f'<text x="0" y="12">{most:,.0f} {escape(unit)}</text><text x="0" y="{HEIGHT - BOTTOM}">0</text>',
        f'<text x="{LEFT}" y="{HEIGHT - 4}">0 s</text>',
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 4}" text-anchor="end">{last:.0f} s</text>',
    ]
    if limit:
        drawn.append(f'<path class="limit" d="M{place(0, limit)}L{place(last, limit)}"/>')
    drawn.append(f'<path class="line" d="{"".join(path)}"/>')
    return _svg(HEIGHT, drawn)


def _svg(height: int, drawn: Sequence[str]) -> SafeString:
    inner = "".join(drawn)
    return mark_safe(f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-hidden="true">{inner}</svg>')
