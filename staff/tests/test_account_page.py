"""One's own account: the card, how this device looks, and the way out."""

import pytest

pytestmark = pytest.mark.django_db


def test_everybody_sees_their_own_card(cast, signed_in):
    for person in (cast.cashier, cast.floor_manager, cast.hr, cast.other_cashier):
        text = signed_in(person).get("/account/").content.decode()
        assert person.email in text
        assert person.employee_number in text


def test_nobody_looks_without_signing_in(client):
    assert client.get("/account/")["Location"] == "/login?next=/account/"
    assert client.post("/account/preferences")["Location"].startswith("/login")


def test_only_managers_are_led_to_the_admin(cast, signed_in):
    def links(person):
        return [link.url for link in signed_in(person).get("/account/").context["account"].links]

    own = ["/account/profile/", "/account/documents/", "/account/contacts/", "/account/privacy/", "/account/security/"]
    assert links(cast.cashier) == own
    assert links(cast.floor_manager) == [*own, "/admin/"]


def test_the_sign_out_button_works(cast, signed_in):
    client = signed_in(cast.cashier)
    assert client.post(client.get("/account/").context["account"].sign_out_url).status_code == 302
    assert client.get("/account/").status_code == 302


def test_theme_and_density_are_kept_in_cookies(cast, signed_in):
    client = signed_in(cast.cashier)
    answer = client.post("/account/preferences", {"theme": "dark", "density": "compact"})
    assert answer["Location"] == "/account/"
    assert (client.cookies["theme"].value, client.cookies["density"].value) == ("dark", "compact")
    assert client.cookies["theme"]["max-age"] > 30 * 24 * 3600
    text = client.get("/account/").content.decode()
    assert 'data-theme="dark"' in text
    assert 'data-density="compact"' in text


def test_choosing_nothing_forgets_the_choice(cast, signed_in):
    client = signed_in(cast.cashier)
    client.post("/account/preferences", {"theme": "dark"})
    client.post("/account/preferences", {"theme": ""})
    assert client.cookies["theme"].value == ""


@pytest.mark.parametrize("theme", ['dark"><script>', "x" * 5000, "nul\x00", "dark; Path=/evil"])
def test_a_look_that_does_not_exist_is_not_kept(cast, signed_in, theme):
    client = signed_in(cast.cashier)
    client.post("/account/preferences", {"theme": theme})
    assert client.cookies["theme"].value == ""


def test_changing_the_look_needs_a_post(cast, signed_in):
    assert signed_in(cast.cashier).get("/account/preferences").status_code == 405
