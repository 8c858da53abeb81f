"""Asking for documents over the API: whom it reaches, how many answered, who has not, and asking no more."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from config import tenancy
from config.testing import ACE, bearer
from notifications.models import OutboxMessage
from staff.documents.kinds import DocumentKind
from staff.models import DocumentRequest, Person
from staff.services.papers import Upload, add_document
from staff.tests.careers import make_leaving
from staff.tests.files import make_document, pdf

pytestmark = pytest.mark.django_db

DUE = (timezone.localdate() + timedelta(days=7)).isoformat()


def ask(client, by, method="get", path="", body=None):
    """(status, JSON) of an answer of the API."""
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(client, method)(f"/api/v1/document-requests{path}", **sent, headers=bearer(by))
    return answer.status_code, answer.json()


def ids(*people):
    return [str(person.pk) for person in people]


def of(cast, **more):
    return {"kind": "passport", "due_on": DUE, **more}


def test_many_are_asked_and_told_and_the_list_counts_who_answered(client, cast):
    sent = of(cast, people=ids(cast.cashier, cast.teammate, cast.stranger), message="For the bank.")
    status, answer = ask(client, cast.hr, "post", body=sent)
    assert (status, answer["asked"]) == (201, 3)
    with tenancy.organisation(ACE):
        add_document(cast.cashier, DocumentKind.PASSPORT, Upload("p.pdf", pdf()), by=cast.cashier)
        assert OutboxMessage.objects.filter(title="Please hand in: Passport").count() == 3
    [line] = ask(client, cast.hr)[1]["results"]
    assert (line["id"], line["people"], line["answered"], line["withdrawn"]) == (answer["id"], 3, 1, 0)
    assert (line["asked_by"], line["kind"], line["message"]) == ("Halima Sule", "passport", "For the bank.")
    waiting = ask(client, cast.hr, path=f"/{answer['id']}")[1]["waiting"]
    assert [each["name"] for each in waiting] == ["Kunle Ogundele", "Simi Ojo"]
    with tenancy.organisation(ACE):
        make_leaving(cast.teammate, by=cast.hr)
    waiting = ask(client, cast.hr, path=f"/{answer['id']}")[1]["waiting"]
    assert [each["name"] for each in waiting] == ["Simi Ojo"]
    # The id of any of its requests leads to the same asking.
    with tenancy.organisation(ACE):
        last = DocumentRequest.objects.order_by("-pk").first().pk
    assert ask(client, cast.hr, path=f"/{last}")[1]["id"] == answer["id"]


@pytest.mark.parametrize(
    ("where", "whom"),
    [
        ({"branch": "akobo"}, {"stranger", "stranger_manager"}),
        ({"branch": "akobo", "role": "cashier"}, {"stranger"}),
        ({"department": "supermarket", "role": "cashier"}, {"cashier", "teammate", "stranger"}),
    ],
)
def test_a_branch_a_department_and_a_role_are_asked_together(client, cast, where, whom):
    rows = {"akobo": cast.akobo.pk, "supermarket": cast.supermarket.pk, "cashier": cast.cashier.role_id}
    with tenancy.organisation(ACE):
        make_document(cast.teammate, by=cast.hr, kind=DocumentKind.CV)
    sent = of(cast, **{name: str(rows[value]) for name, value in where.items()})
    ask(client, cast.hr, "post", body=sent)
    with tenancy.organisation(ACE):
        asked = set(DocumentRequest.objects.values_list("person", flat=True))
    assert asked == {getattr(cast, name).pk for name in whom}


def test_who_has_a_valid_one_is_left_out_unless_it_is_wanted_again(client, cast):
    with tenancy.organisation(ACE):
        make_document(cast.cashier, by=cast.hr, kind=DocumentKind.PASSPORT)
    assert ask(client, cast.hr, "post", body=of(cast, people=ids(cast.cashier)))[1] == {"asked": 0, "id": None}
    sent = of(cast, people=ids(cast.cashier), only_lacking=False)
    assert ask(client, cast.hr, "post", body=sent)[1]["asked"] == 1


def test_asking_no_more_leaves_those_who_have_answered(client, cast):
    sent = of(cast, people=ids(cast.cashier, cast.teammate))
    pk = ask(client, cast.hr, "post", body=sent)[1]["id"]
    with tenancy.organisation(ACE):
        add_document(cast.cashier, DocumentKind.PASSPORT, Upload("p.pdf", pdf()), by=cast.cashier)
    assert ask(client, cast.hr, "post", f"/{pk}/cancel") == (200, {"cancelled": 1})
    assert ask(client, cast.hr, "post", f"/{pk}/cancel") == (200, {"cancelled": 0})
    [line] = ask(client, cast.hr)[1]["results"]
    assert (line["answered"], line["withdrawn"]) == (1, 1)


@pytest.mark.parametrize(
    ("who", "status"),
    [("cashier", 403), ("floor_manager", 403), ("auditor", 403), ("ceo", 403), ("coo", 403), ("hr", 200)],
)
def test_it_is_human_resources_alone(client, cast, who, status):
    pk = ask(client, cast.hr, "post", body=of(cast, people=ids(cast.cashier)))[1]["id"]
    by = getattr(cast, who)
    for method, path, body in (("get", "", None), ("get", f"/{pk}", None), ("post", f"/{pk}/cancel", {})):
        assert ask(client, by, method, path, body)[0] == status
    # A number that nobody has answers the same: the status tells nobody else which there are.
    assert ask(client, by, path="/999999999")[0] == (404 if status == 200 else 403)
    assert ask(client, by, "post", body=of(cast, people=ids(cast.teammate)))[0] == (201 if status == 200 else 403)


def test_another_organisations_asking_is_404(client, cast):
    pk = ask(client, cast.hr, "post", body=of(cast, people=ids(cast.cashier)))[1]["id"]
    assert ask(client, cast.other_hr, path=f"/{pk}")[0] == 404
    assert ask(client, cast.other_hr, "post", f"/{pk}/cancel")[0] == 404


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "non_field_errors"),
        ({"people": ["1"], "branch": "akobo"}, "non_field_errors"),
        ({"people": ["x"]}, "people"),
        ({"people": ["999999"]}, "people"),
        ({"people": [str(n) for n in range(1001)]}, "people"),
    ],
    ids=["nobody", "two ways", "no id", "unknown", "1,001"],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(client, cast, more, field):
    if "branch" in more:
        more = {**more, "branch": str(cast.akobo.pk)}
    status, answer = ask(client, cast.hr, "post", body=of(cast, **more))
    assert (status, list(answer["error"]["fields"])) == (400, [field])


def test_a_thousand_are_asked_and_a_thousand_and_one_are_too_many(client, cast):
    with tenancy.organisation(ACE):
        shared = {"role": cast.cashier.role, "branch": cast.akobo, "department": cast.eatery}
        here = Person.objects.filter(department=cast.eatery).count()
        Person.objects.bulk_create(
            Person(first_name="P", last_name=f"{n}", email=f"p{n}@x.example", employee_number=f"P{n}",
                   hired_on=cast.cashier.hired_on, **shared)
            for n in range(1001 - here)
        )  # fmt: skip
        everybody = list(Person.objects.filter(department=cast.eatery).values_list("pk", flat=True))
    assert ask(client, cast.hr, "post", body=of(cast, department=str(cast.eatery.pk)))[0] == 400
    answer = ask(client, cast.hr, "post", body=of(cast, people=[str(pk) for pk in everybody[:1000]]))
    assert (answer[0], answer[1]["asked"]) == (201, 1000)
