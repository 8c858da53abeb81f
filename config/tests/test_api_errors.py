"""Whatever goes wrong, the API says so in one shape, and half a write never stays."""

import json

import pytest
from django.conf import settings
from django.test import Client
from django.urls import path

from config import urls
from config.testing import bearer
from staff.models import Department

pytestmark = pytest.mark.django_db


def crash(request):
    raise RuntimeError("SELECT secret FROM somewhere")


urlpatterns = [path("api/v1/crash", crash), path("crash", crash), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


def error_of(answer, status):
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["request_id"] == answer["X-Request-ID"]
    assert error["message"].endswith(".")
    return error


def post(client, person, body, content_type="application/json", path="/api/v1/departments", **more):
    return client.post(path, body, content_type=content_type, headers=bearer(person), **more)


@pytest.mark.parametrize(
    "where", ["/api/v1/nothing", "/api/v1/", "/api/", "/api/v1/staff/", "/api/v2/staff", "/api/%00"]
)
def test_an_unknown_path_is_404(client, cast, where):
    error_of(client.get(where), 404)
    error_of(client.get(where, headers=bearer(cast.hr)), 404)


@pytest.mark.parametrize("method", ["put", "delete", "post"])
def test_a_wrong_method_is_405_and_names_the_right_ones(client, cast, method):
    answer = getattr(client, method)(f"/api/v1/staff/{cast.hr.pk}", headers=bearer(cast.hr))
    assert error_of(answer, 405)["code"] == "method_not_allowed"
    assert "GET" in answer["Allow"]


@pytest.mark.parametrize(
    "body", ["{", "", "[", '{"name": }', "\xff\xfe", "NaN", '{"a": 1e400}garbage', "[" * 100_000, "9" * 10_000]
)
def test_a_body_that_is_no_json_object_is_400(client, cast, body):
    error_of(post(client, cast.hr, body.encode("latin-1")), 400)


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"])
def test_another_content_type_is_415(client, cast, kind):
    error_of(post(client, cast.hr, "name=Lounge", content_type=kind), 415)


@pytest.mark.parametrize("path", ["roles", "branches"])
def test_half_a_character_is_400_and_a_whole_one_is_text(client, cast, path):
    def post(text):
        body = f'{{"name": "x", "category": "{text}", "code": "{text}", "reach": "self"}}'
        return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=bearer(cast.hr))

    assert post("\\ud800").json()["error"]["code"] == "parse_error"
    assert post("\\ud83d\\ude00").json()["error"]["code"] == "invalid"


def test_a_body_that_is_too_large_is_413(client, cast):
    body = json.dumps({"name": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})
    assert error_of(post(client, cast.hr, body), 413)["code"] == "too_large"


def test_an_accept_header_that_nothing_satisfies_is_406(client, cast):
    answer = client.get("/api/v1/staff", headers={**bearer(cast.hr), "Accept": "application/xml"})
    error_of(answer, 406)


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Bearer a.b.c", "Basic aHI6eA==", "Bearer \x7f", "x" * 9000])
def test_a_header_that_opens_nothing_is_401(client, cast, header):
    answer = client.get("/api/v1/staff", headers={"Authorization": header})
    error_of(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_host_that_is_not_ours_is_400(client):
    error_of(client.get("/api/v1/staff", headers={"Host": "evil.example"}), 400)


@pytest.mark.urls("config.tests.test_api_errors")
def test_a_crash_is_500_without_a_word_of_what_crashed(cast):
    client = Client(raise_request_exception=False)
    answer = client.get("/api/v1/crash", headers=bearer(cast.hr))
    assert error_of(answer, 500)["code"] == "server_error"
    assert "SELECT" not in answer.content.decode()
    page = client.get("/crash")
    assert page.status_code == 500
    assert page["Content-Type"].startswith("text/html")
    assert "SELECT" not in page.content.decode()


def test_a_page_that_does_not_exist_stays_a_page(client):
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_what_was_written_before_a_refusal_is_rolled_back(client, cast, monkeypatch):
    from config import tenancy
    from config.errors import Refused
    from staff.api.places import Departments

    def write_then_refuse(details, *, by):
        Department.objects.create(name="Half written")
        raise Refused("No.")

    monkeypatch.setattr(Departments, "add", staticmethod(write_then_refuse))
    error_of(post(client, cast.hr, json.dumps({"name": "Lounge"})), 409)
    with tenancy.organisation(cast.hr.organisation_id):
        assert not Department.objects.filter(name="Half written").exists()


def test_the_caller_s_request_id_comes_back(client, cast):
    answer = client.get("/api/v1/nothing", headers={"X-Request-ID": "trace-0123456789"})
    assert error_of(answer, 404)["request_id"] == "trace-0123456789"
