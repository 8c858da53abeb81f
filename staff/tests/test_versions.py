"""Two who edit the same row: the second is told, and nothing is lost."""

import json

import pytest

from config.testing import bearer

pytestmark = pytest.mark.django_db


def paths(cast):
    return {
        "staff": (f"staff/{cast.cashier.pk}", {"last_name": "Okafor"}, {"last_name": "Balogun"}),
        "branch": (f"branches/{cast.bodija.pk}", {"name": "New Bodija"}, {"name": "Old Bodija"}),
        "profile": ("profile", {"phone": "+234 803 555 0100"}, {"phone": "+234 803 555 0199"}),
    }


def get(client, cast, path):
    return client.get(f"/api/v1/{path}", headers=bearer(cast.hr))


def patch(client, cast, path, body, **headers):
    return client.patch(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers={**bearer(cast.hr), **headers}
    )


@pytest.mark.parametrize("what", ["staff", "branch", "profile"])
def test_the_second_of_two_edits_is_told_and_changes_nothing(client, cast, what):
    path, first, second = paths(cast)[what]
    seen = get(client, cast, path)["ETag"]
    done = patch(client, cast, path, first, **{"If-Match": seen})
    assert done.status_code == 200
    late = patch(client, cast, path, second, **{"If-Match": seen})
    assert (late.status_code, late.json()["error"]["code"]) == (412, "conflict")
    assert get(client, cast, path).json() == done.json()
    assert patch(client, cast, path, second, **{"If-Match": done["ETag"]}).status_code == 200


@pytest.mark.parametrize("what", ["staff", "branch", "profile"])
def test_who_names_no_version_or_any_is_let_through(client, cast, what):
    path, first, second = paths(cast)[what]
    assert patch(client, cast, path, first).status_code == 200
    assert patch(client, cast, path, second, **{"If-Match": "*"}).status_code == 200


def test_a_version_that_is_none_is_a_stale_one(client, cast):
    for version in ("garbage", '"', "\x7f", "W/"):
        assert patch(client, cast, "profile", {"phone": ""}, **{"If-Match": version}).status_code == 412
