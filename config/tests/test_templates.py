"""What every template promises: nothing inline, no icon that is not drawn, and error pages that need no context."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = sorted((Path(settings.BASE_DIR) / "templates").rglob("*.html"))
FORBIDDEN = re.compile(r"""<style|\sstyle=|\son[a-z]+=["']|<script(?![^>]*\ssrc=)|hx-on|hx-vals=["']js:|javascript:""")
ICON = re.compile(r"""\{% icon '([a-z]+)'|icon='([a-z]+)'""")
ERRORS = ["403.html", "403_csrf.html", "404.html", "500.html", "errors/429.html", "errors/503.html", "errors/409.html"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_template_has_nothing_inline_that_the_content_policy_blocks(path):
    assert not FORBIDDEN.findall(path.read_text())


def test_every_icon_that_a_template_names_is_drawn():
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (Path(settings.BASE_DIR) / "static" / "icons.svg").read_text()))
    named = {a or b for path in TEMPLATES for a, b in ICON.findall(path.read_text())}
    assert named <= drawn


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_renders_without_any_context(name):
    html = get_template(name).render()
    assert html.count("<h1>") == 1
    assert "css/tokens.css" in html
