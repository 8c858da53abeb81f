"""The API's description is complete, and the page that shows it works under a strict content policy."""

import re

import pytest
import yaml
from django.contrib.staticfiles import finders
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from config.testing import bearer

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_schema_is_valid_openapi(schema):
    validate_schema(schema)


def test_every_operation_names_the_error_shape_and_ids_are_strings(schema):
    for where, methods in schema["paths"].items():
        for operation in methods.values():
            assert "default" in operation["responses"], where
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    assert parameter["schema"]["type"] == "string", where


def test_only_the_doors_are_open_without_a_token(schema):
    opened = {
        where
        for where, methods in schema["paths"].items()
        for operation in methods.values()
        if {} in operation.get("security", [{}])
    }
    doors = ("login", "refresh", "password/forgot", "password/reset", "email/confirm")
    assert opened == {f"/api/v1/auth/{door}" for door in doors}


def test_what_a_person_is_answered_with_is_what_the_schema_says(client, cast, schema):
    described = schema["components"]["schemas"]["Staff"]["properties"]
    assert set(client.get("/api/v1/profile", headers=bearer(cast.hr)).json()) == set(described)


def test_the_schema_is_served(client):
    answer = client.get("/api/schema")
    assert answer.status_code == 200
    assert "/api/v1/staff" in yaml.safe_load(answer.content)["paths"]


def test_the_page_runs_no_script_of_its_own_and_relaxes_only_styles(client):
    answer = client.get("/api/docs")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    policy = answer["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "script-src" not in policy  # so default-src 'self' holds
    assert "unsafe-inline" not in client.get("/login")["Content-Security-Policy"]


def test_all_that_the_page_loads_is_here(client):
    text = client.get("/api/docs").content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(loaded) >= 4
    for url in loaded:
        if url.startswith("/static/"):
            assert finders.find(url.removeprefix("/static/")), url
        else:
            answer = client.get(url)
            assert answer.status_code == 200, url
            assert "javascript" in answer["Content-Type"]
