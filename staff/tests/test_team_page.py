"""The directory page: the reach, search and filters, pages of it, and what it costs."""

import re
from datetime import date
from urllib.parse import quote

import pytest

from config import tenancy
from config.testing import ACE
from staff.models import Person
from staff.tests.make import make_department, make_person, make_role

pytestmark = pytest.mark.django_db


def shown(answer):
    return {person.name for person in answer.context["page"]["people"]}


def names(*people):
    return {person.full_name for person in people}


def test_each_role_finds_its_reach(cast, signed_in):
    team = (cast.floor_manager, cast.cashier, cast.teammate)
    for person, found in (
        (cast.cashier, names(cast.cashier)),
        (cast.floor_manager, names(*team)),
        (cast.branch_manager, names(*team, cast.branch_manager)),
        (cast.other_hr, names(cast.other_hr, cast.other_cashier)),
    ):
        assert shown(signed_in(person).get("/team/")) == found


def test_nobody_looks_without_signing_in(client):
    assert client.get("/team/")["Location"] == "/login?next=/team/"


def test_a_row_shows_name_role_place_and_phone_and_leads_to_the_person(cast, signed_in):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.cashier.pk).update(phone="+234 803 555 0100")
    text = signed_in(cast.floor_manager).get("/team/?search=adaeze").content.decode()
    for piece in ("Adaeze Nwosu", "Cashier", "Bodija", "SuperMarket", "+234 803 555 0100", ">AN<"):
        assert piece in text
    assert f'href="/people/{cast.cashier.pk}/"' in text
    assert cast.cashier.email not in text


def test_filters_narrow_it_without_javascript(cast, signed_in):
    client = signed_in(cast.hr)
    assert shown(client.get("/team/?search=nwosu adaeze")) == names(cast.cashier)
    assert shown(client.get(f"/team/?branch={cast.akobo.pk}")) == names(cast.stranger, cast.stranger_manager)
    assert shown(client.get(f"/team/?branch={cast.akobo.pk}&category=general")) == names(cast.stranger)
    assert shown(client.get(f"/team/?role={cast.branch_manager.role_id}")) == names(cast.branch_manager)
    assert shown(client.get(f"/team/?department={cast.eatery.pk}")) == set()
    page = client.get(f"/team/?branch={cast.akobo.pk}&search=ojo")
    assert f'<option value="{cast.akobo.pk}" selected>' in page.content.decode()
    assert 'value="ojo"' in page.content.decode()
    assert page.context["page"]["count_label"] == "1 person"


def test_a_filter_never_widens_the_reach(cast, signed_in):
    page = signed_in(cast.floor_manager).get(f"/team/?branch={cast.akobo.pk}")
    assert shown(page) == set()
    assert page.context["page"]["count_label"] == "0 people"


def test_the_lists_to_choose_from_are_the_own_organisations(cast, signed_in):
    choices = signed_in(cast.other_hr).get("/team/").context["page"]["form"].fields["branch"].choices
    assert [name for _, name in choices] == ["Any branch", "Camden"]


def test_departments_stand_in_the_order_of_the_screens(cast, signed_in):
    with tenancy.organisation(ACE):
        make_department("Zoo", position=0)
    choices = signed_in(cast.hr).get("/team/").context["page"]["form"].fields["department"].choices
    assert [name for _, name in choices] == ["Any department", "SuperMarket", "Zoo", "Eatery", "Fun & Arcade"]


def test_who_has_left_is_no_longer_listed(cast, signed_in):
    with tenancy.organisation(ACE):
        Person.objects.filter(pk=cast.teammate.pk).update(left_on=date(2025, 1, 1))
    assert cast.teammate.full_name not in shown(signed_in(cast.hr).get("/team/"))


@pytest.mark.parametrize("search", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_is_typed_comes_back_harmless(cast, signed_in, search):
    text = signed_in(cast.hr).get("/team/", {"search": search}).content.decode()
    assert search not in text


def test_a_name_with_markup_is_shown_as_letters(cast, signed_in):
    with tenancy.organisation(ACE):
        make_person("<b>Bold</b>", "Name", make_role(), branch=cast.bodija)
    text = signed_in(cast.hr).get("/team/").content.decode()
    assert "<b>Bold</b>" not in text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in text


@pytest.mark.parametrize("query", ["branch=x", "role=999999999999999999999", "category=god", f"search={'x' * 3000}"])
def test_a_filter_that_cannot_be_read_says_so_and_filters_nothing(cast, signed_in, query):
    page = signed_in(cast.cashier).get(f"/team/?{query}")
    assert page.status_code == 200
    assert shown(page) == names(cast.cashier)
    assert "field__error" in page.content.decode()


def test_a_search_with_a_nul_byte_is_no_server_error(cast, signed_in):
    assert signed_in(cast.hr).get("/team/?search=%00&branch=%00").status_code == 200


@pytest.mark.parametrize("cursor", ["garbage", "WyJhIl0:x:y", quote("';--"), "%00"])
def test_a_cursor_of_nobodys_is_refused_on_a_page_of_its_own(cast, signed_in, cursor):
    client = signed_in(cast.hr)
    answer = client.get(f"/team/?cursor={cursor}")
    assert answer.status_code == 400
    assert "start again from the first page" in answer.content.decode()
    plain = client.get(f"/team/?cursor={cursor}", headers={"HX-Request": "true"})
    assert plain["Content-Type"].startswith("text/plain")
    assert plain.content.decode().endswith(".")


def test_the_pages_keep_the_filters_and_show_everybody_once(cast, signed_in):
    with tenancy.organisation(ACE):
        for n in range(120):
            make_person("Ada", f"Obi{n % 7}", make_role(), branch=cast.akobo, department=cast.eatery)
    client = signed_in(cast.hr)
    url, found = f"/team/?search=ada&department={cast.eatery.pk}", []
    while url:
        page = client.get(url).context["page"]
        assert page["count_label"] == "120 people"
        found += [person.id for person in page["people"]]
        url = page["next_url"]
    assert len(found) == len(set(found)) == 120


def test_the_next_page_is_a_link_that_works_without_javascript(cast, signed_in):
    with tenancy.organisation(ACE):
        for _ in range(60):
            make_person("Ada", "Obi", make_role(), branch=cast.akobo)
    client = signed_in(cast.hr)
    link = re.search(r'id="more" href="([^"]+)"', client.get("/team/").content.decode())
    assert client.get(link[1].replace("&amp;", "&")).status_code == 200


def test_the_page_costs_the_same_for_2_people_and_200(cast, signed_in, django_assert_max_num_queries):
    client = signed_in(cast.hr)

    def cost():
        with django_assert_max_num_queries(10) as captured:
            assert client.get(f"/team/?search=a&branch={cast.bodija.pk}").status_code == 200
        return len(captured)

    few = cost()
    with tenancy.organisation(ACE):
        for n in range(200):
            make_person("Ada", "Obi", make_role(f"Role {n}"), branch=cast.bodija, department=cast.supermarket)
    assert cost() == few
