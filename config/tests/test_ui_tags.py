"""The template words of config.templatetags.ui."""

from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from config.templatetags import ui


class Example(forms.Form):
    email = forms.EmailField(help_text="The one your branch registered.")
    remember = forms.BooleanField(required=False)


def sprite() -> str:
    return (Path(settings.BASE_DIR) / "static" / "icons.svg").read_text()


def test_an_icon_beside_words_is_silent():
    assert 'aria-hidden="true"' in ui.icon("home")
    assert "icons.svg#home" in ui.icon("home")


def test_an_icon_alone_has_a_name():
    assert 'role="img" aria-label="Covered"' in ui.icon("check", label="Covered")


@pytest.mark.parametrize("state", sorted(ui.STATES))
def test_every_state_has_a_word_and_a_known_icon(state):
    look = ui.STATES[state]
    assert look.word in ui.chip(state)
    assert not look.icon or f'id="{look.icon}"' in sprite()


def test_an_unknown_state_still_shows_its_word():
    assert ui.chip("on_hold") == '<span class="chip">On hold</span>'


def test_a_states_word_is_escaped():
    assert "<b>" not in ui.chip("draft", word="<b>")


def test_a_control_wears_its_class_and_names_its_hint_and_error():
    html = ui.control(Example({"email": "nobody"})["email"])
    assert 'class="input"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html


def test_a_tick_box_keeps_its_own_looks():
    form = Example()
    assert "class" not in ui.control(form["remember"])
    assert ui.is_check(form["remember"])
    assert not ui.is_check(form["email"])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(Decimal("8.00"), "8 h"), (Decimal("31.50"), "31.5 h"), (Decimal("0"), "0 h"), (40, "40 h"), (100.0, "100 h")],
)
def test_hours_have_no_idle_zeros(value, shown):
    assert ui.hours(value) == shown


def test_unknown_hours_show_nothing():
    assert ui.hours(None) == ""


@pytest.mark.parametrize(("value", "shown"), [(27.777, "27.78%"), (-3, "0.00%"), (120, "100.00%")])
def test_geometry_stays_in_the_bar(value, shown):
    assert ui.percent(value) == shown


def test_geometry_has_a_point_in_every_language():
    with translation.override("de"):
        assert Template("{% load ui %}{{ x|percent }}").render(Context({"x": 27.5})) == "27.50%"


@pytest.mark.parametrize(
    ("people", "shown"),
    [
        ([], ""),
        (None, ""),
        (["Kunle"], "Kunle"),
        (["Kunle", "Sade"], "Kunle and Sade"),
        (["Kunle", "Sade", "Musa"], "Kunle, Sade and 1 more"),
    ],
)
def test_colleagues_are_named_and_counted(people, shown):
    assert ui.names(people) == shown
