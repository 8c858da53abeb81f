"""The demo's papers: what each category requires is there for nearly everybody, some of it expires, some is missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from config.blind import digest
from config.demo import bulk
from config.secrets import encrypt
from staff.documents.kinds import GUARANTORS, REQUIRED, DocumentKind
from staff.documents.storage import stored
from staff.models import Document, DocumentRequest, Guarantor, NextOfKin, Person
from staff.roles import Category
from staff.services.requests import add_required_defaults

DOCUMENT = "person_id kind expires_on key name media_type size added_by_id added_at"
KIN = "person_id name relationship phone phone_index address added_by_id added_at"
GUARANTOR = (
    "person_id name relationship occupation phone phone_index address identity_number identity_index added_by_id "
    "added_at"
)
# How many in a hundred lack a required document; and days until a national id expires, for those whose does.
MISSING = 2
SOON = (5, 12, 24, 40, 55)
RELATIONS, WORK = ("Mother", "Father", "Sister", "Brother", "Wife", "Husband"), ("Teacher", "Trader", "Tailor", "Nurse")


def fill(hr: Person, now: datetime) -> None:
    """Write the papers of everybody in the entered organisation; `hr` has added them."""
    add_required_defaults()
    people = list(Person.objects.select_related("role").order_by("pk"))
    documents = [row for person in people for row in _documents(person, hr, now)]
    bulk.insert(Document, DOCUMENT.split(), documents)
    bulk.insert(NextOfKin, KIN.split(), [_kin(person, hr, now) for person in people])
    guarantors = [_guarantor(person, number, hr, now) for person in people for number in range(_vouched(person))]
    bulk.insert(Guarantor, GUARANTOR.split(), guarantors)


def ask(hr: Person, logins: list[Person], now: datetime) -> None:
    """A request that waits on the home of each of these people."""
    due = now.date() + timedelta(days=10)
    DocumentRequest.objects.bulk_create(
        DocumentRequest(
            person=person, kind=DocumentKind.PASSPORT, due_on=due, asked_by=hr, asked_at=now - timedelta(days=1),
            message="For the new staff cards.",
        )
        for person in logins
    )  # fmt: skip


def _documents(person: Person, hr: Person, now: datetime) -> list[tuple[object, ...]]:
    dice = Random(f"papers {person.employee_number}")
    rows: list[tuple[object, ...]] = []
    for kind in REQUIRED[Category(person.role.category)]:
        if dice.randrange(100) < MISSING:
            continue
        data = sample(f"{kind.label} of {person.full_name}")
        with stored(data, durable=False) as key:
            name = f"{kind.label}.pdf"
            day = _expires(kind, dice, now.date())
            rows.append((person.pk, kind, day, key, name, "application/pdf", len(data), hr.pk, now))
    return rows


def _expires(kind: DocumentKind, dice: Random, today: date) -> date | None:
    if kind != DocumentKind.NATIONAL_ID:
        return None
    soon = dice.randrange(100) < MISSING
    return today + timedelta(days=dice.choice(SOON) if soon else dice.randrange(200, 3000))


def _vouched(person: Person) -> int:
    return GUARANTORS[Category(person.role.category)]


def _kin(person: Person, hr: Person, now: datetime) -> tuple[object, ...]:
    dice = Random(f"kin {person.employee_number}")
    phone = f"+234 700 1{dice.randrange(10**6):06}"
    sealed = (encrypt(phone), digest("phone", phone))
    return (person.pk, f"Bisi {person.last_name}", dice.choice(RELATIONS), *sealed, "", hr.pk, now)


def _guarantor(person: Person, number: int, hr: Person, now: datetime) -> tuple[object, ...]:
    dice = Random(f"guarantor {person.employee_number} {number}")
    phone, identity = f"+234 700 2{dice.randrange(10**6):06}", f"7{dice.randrange(10**10):010}"
    sealed_phone, sealed_identity = (
        (encrypt(phone), digest("phone", phone)),
        (encrypt(identity), digest("identity", identity)),
    )
    name = f"{('Tayo', 'Ronke')[number]} {dice.choice(('Adisa', 'Bakare', 'Coker', 'Danjuma'))}"
    return (person.pk, name, "", dice.choice(WORK), *sealed_phone, "", *sealed_identity, hr.pk, now)


def sample(words: str) -> bytes:
    """A PDF of one page with a line of text on it."""
    line = words.encode("latin-1", "replace").replace(b"\\", b"").replace(b"(", b"").replace(b")", b"")
    text = b"BT /F1 24 Tf 72 720 Td (%b) Tj ET" % line
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 6\n0000000000 65535 f \n" + rows + b"trailer<</Size 6/Root 1 0 R>>\n"
    return body + table + b"startxref\n%d\n%%%%EOF\n" % len(body)
