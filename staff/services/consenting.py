"""What people agree to, and what their organisation tells them of it: each answer and each notice is a new row."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from config.errors import Forbidden, Invalid, Refused
from staff.consents import ASKED
from staff.models import Consent, ConsentKind, Door, Person, PrivacyNotice
from staff.models.privacy import LONGEST_NOTICE
from staff.roles import may
from staff.selectors.privacy import version_of
from staff.services.pictures import remove_picture
from staff.services.turns import hold, hold_organisation


def answer(person: Person, kind: ConsentKind, *, is_given: bool, door: Door) -> Consent:
    """Write down that somebody agrees, for themselves, to the text that is in force, or takes it back.

    The same answer again writes nothing. Whoever wants no picture in the directory has none from then on. Raises
    Refused for what is read and cannot be taken back.
    """
    if ASKED[kind].is_acknowledged and not is_given:
        raise Refused("What was read cannot be unread; ask Human Resource about what you do not want.")
    if kind == ConsentKind.PICTURE:
        hold(person)
    version = version_of(kind, PrivacyNotice.objects.in_force())
    last = Consent.objects.filter(person=person, kind=kind).order_by("-id").first()
    if last and (last.is_given, last.version) == (is_given, version):
        return last
    if kind == ConsentKind.PICTURE and not is_given:
        remove_picture(person, by=person)
    return Consent.objects.create(
        person=person, kind=kind, version=version, is_given=is_given, at=timezone.now(), door=door
    )


def publish_notice(text: str, *, by: Person) -> PrivacyNotice:
    """Put an organisation's own words in the place of those that are in force; everybody is asked anew to read them.

    Raises Forbidden for anybody but Human Resource, Invalid for an empty or overlong text.
    """
    if not may(by, "edit_people"):
        raise Forbidden("Only Human Resource writes the privacy notice.")
    text = text.replace("\r\n", "\n").strip()
    sentence = "" if text else "Write what is kept about people, and why."
    if len(text) > LONGEST_NOTICE or "\x00" in text:
        sentence = f"Write {LONGEST_NOTICE:,} characters at most, all of which can be shown."
    if sentence:
        raise Invalid(sentence, fields={"text": sentence})
    with transaction.atomic():
        hold_organisation()  # so that of two of Human Resource at once each has a number of its own
        newest = PrivacyNotice.objects.aggregate(newest=Max("version"))["newest"] or 0
        return PrivacyNotice.objects.create(version=newest + 1, text=text, at=timezone.now(), by=by)
