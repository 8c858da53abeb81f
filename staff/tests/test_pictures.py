"""A person's picture: judged by content, made anew, shown to whoever sees the person, changed by whom it belongs to."""

from __future__ import annotations

import io
from math import dist

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from config import tenancy
from config.testing import ACE, bearer
from staff.documents.portraits import portrait
from staff.documents.storage import path_of
from staff.models import Person
from staff.tests.files import pdf, picture, pixel_bomb

pytestmark = pytest.mark.django_db


def upload(data=None, name="me.jpg"):
    return SimpleUploadedFile(name, picture(size=(900, 700)) if data is None else data)


def put_up(client, person, data=None, *, whose=None):
    path = f"staff/{whose.pk}/picture" if whose else "profile/picture"
    return client.post(f"/api/v1/{path}", {"file": upload(data)}, headers=bearer(person))


def key_of(person):
    with tenancy.organisation(ACE):
        return Person.objects.get(pk=person.pk).picture


def exists(key):
    with tenancy.organisation(ACE):
        return path_of(key).exists()


def test_what_is_kept_is_a_square_of_our_own_making(client, cast, signed_in):
    hidden = picture("PNG", size=(900, 700)) + b"<script>alert(1)</script>"
    shown = put_up(client, cast.cashier, hidden).json()
    assert shown["picture"].startswith(f"/api/v1/staff/{cast.cashier.pk}/picture?v=")
    answer = signed_in(cast.cashier).get(f"/people/{cast.cashier.pk}/picture")
    assert answer["Content-Type"] == "image/jpeg"
    drawn = Image.open(io.BytesIO(answer.content))
    assert (drawn.format, drawn.size) == ("JPEG", (512, 512))
    assert b"script" not in answer.content
    for header, said in (
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Disposition", "inline"),
        ("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'"),
    ):
        assert answer[header] == said
    assert "private" in answer["Cache-Control"]
    assert key_of(cast.cashier) not in shown["picture"]


def test_what_is_see_through_becomes_white_and_what_is_small_stays_small(client, cast, signed_in):
    file = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(file, "PNG")
    assert put_up(client, cast.cashier, file.getvalue()).status_code == 200
    drawn = Image.open(io.BytesIO(signed_in(cast.cashier).get(f"/people/{cast.cashier.pk}/picture").content))
    assert drawn.size == (30, 30)
    assert drawn.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_of_a_large_one_the_middle_is_kept(form):
    wide = Image.new("RGB", (5200, 2600), "red")
    wide.paste("blue", (1300, 0, 3900, 2600))  # the square in the middle
    wide.paste("white", (1300, 0, 2600, 1300))  # and of it the upper left quarter
    file = io.BytesIO()
    wide.save(file, form)
    drawn = Image.open(io.BytesIO(portrait(file.getvalue())))
    assert drawn.size == (512, 512)
    seen = [drawn.getpixel(place) for place in ((20, 20), (490, 20), (20, 490))]
    assert [min(((255, 255, 255), (0, 0, 255), (255, 0, 0)), key=lambda c: dist(c, each)) for each in seen] == [
        (255, 255, 255), (0, 0, 255), (0, 0, 255),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data", [b"", pdf(), pixel_bomb(), b"<svg onload='x'/>", picture()[:200], b"\xff\xd8\xff" + b"0" * 6_000_000],
    ids=["empty", "a PDF", "a bomb", "an SVG", "cut off", "too large"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_in_one_sentence(client, cast, data):
    answer = put_up(client, cast.cashier, data)
    assert answer.status_code in {400, 413}
    assert key_of(cast.cashier) == ""


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("cashier", 200), ("teammate", 404), ("floor_manager", 200), ("stranger_manager", 404), ("hr", 200),
        ("other_hr", 404),
    ],
)  # fmt: skip
def test_who_sees_the_person_sees_the_picture(client, cast, signed_in, who, status):
    put_up(client, cast.cashier)
    assert (
        client.get(f"/api/v1/staff/{cast.cashier.pk}/picture", headers=bearer(getattr(cast, who))).status_code == status
    )
    assert signed_in(getattr(cast, who)).get(f"/people/{cast.cashier.pk}/picture").status_code == status


def test_it_is_changed_by_the_person_and_by_human_resource(client, cast, signed_in):
    for who, status in ((cast.floor_manager, 403), (cast.ceo, 403), (cast.teammate, 404), (cast.hr, 200)):
        assert put_up(client, who, whose=cast.cashier).status_code == status
    for who, status in ((cast.floor_manager, 403), (cast.hr, 204)):
        here = f"/api/v1/staff/{cast.cashier.pk}/picture"
        assert client.delete(here, headers=bearer(who)).status_code == status
    assert key_of(cast.cashier) == ""
    signed_in(cast.hr).post(f"/people/{cast.cashier.pk}/edit/", {"file": upload(), "do": "picture"})
    assert key_of(cast.cashier)


def test_the_pages_show_it_and_initials_where_there_is_none(cast, signed_in):
    me = signed_in(cast.cashier)
    assert me.post("/account/profile/", {"file": upload(), "do": "picture"})["Location"] == "/account/"
    with tenancy.organisation(ACE):
        address = f"/people/{cast.cashier.pk}/picture?v={Person.objects.get(pk=cast.cashier.pk).picture_version}"
    assert f'src="{address}"' in me.get("/account/").content.decode()
    for path in ("/team/", "/planner/", f"/people/{cast.cashier.pk}/"):
        page = signed_in(cast.floor_manager).get(path).content.decode()
        assert f'src="{address}"' in page
    assert ">KO<" in signed_in(cast.floor_manager).get("/team/").content.decode()


def test_a_browser_that_has_it_is_told_so_until_it_is_another(client, cast, signed_in):
    put_up(client, cast.cashier)
    me, here = signed_in(cast.cashier), f"/people/{cast.cashier.pk}/picture"
    etag = me.get(here)["ETag"]
    assert me.get(here, headers={"If-None-Match": etag}).status_code == 304
    put_up(client, cast.cashier)
    assert signed_in(cast.cashier).get(here, headers={"If-None-Match": etag}).status_code == 200


def test_the_file_of_the_one_before_goes(client, cast, django_capture_on_commit_callbacks):
    put_up(client, cast.cashier)
    first = key_of(cast.cashier)
    with django_capture_on_commit_callbacks(execute=True):
        put_up(client, cast.cashier)
    second = key_of(cast.cashier)
    assert (exists(first), exists(second)) == (False, True)
    with django_capture_on_commit_callbacks(execute=True):
        client.delete("/api/v1/profile/picture", headers=bearer(cast.cashier))
    assert not exists(second)
    assert client.get("/api/v1/profile/picture", headers=bearer(cast.cashier)).status_code == 404
