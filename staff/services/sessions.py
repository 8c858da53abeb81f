"""Sessions: opened by a sign-in, kept by being used, ended by their person, by time, or by a token that comes twice."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework_simplejwt.tokens import RefreshToken

from config import tenancy
from config.caching import touch_own
from staff.devices import Visitor
from staff.models import AuditKind, AuditOutcome, Door, LetterKind, Person, SecurityKind, Session
from staff.plans import Feature, require_feature
from staff.services import audit
from staff.services.alarms import sound
from staff.services.letters import write_letter
from staff.signin import Tokens, refreshing_of, tokens_for

STAFF_PAGES, ADMIN_PAGES = timedelta(days=30), timedelta(hours=12)
IDLE = timedelta(minutes=30)  # for who enters the admin, at pages
SEEN_EVERY = timedelta(minutes=1)  # a session that is used is written down once in this time
# Two tabs, or a client whose connection broke, may show a spent refresh token again for so long.
GRACE = timedelta(seconds=10)


def open_session(person: Person, *, door: Door, visitor: Visitor, needs_second_factor: bool, now: datetime) -> Session:
    """Remember a sign-in."""
    ends_at = now + _lasts(person, door)
    return Session.objects.create(
        person=person,
        door=door,
        device=visitor.device,
        address=visitor.address,
        token_version=person.token_version,
        needs_second_factor=needs_second_factor,
        created_at=now,
        seen_at=now,
        ends_at=ends_at,
        good_until=min(ends_at, now + IDLE) if _ends_idle(person, door) else ends_at,
    )


def first_tokens(session: Session, *, now: datetime) -> Tokens:
    """The tokens of an API's session that was opened just now, or that changed its version; earlier ones end."""
    jti = secrets.token_urlsafe(24)
    Session.objects.filter(pk=session.pk).update(digest=_digest(jti), previous_digest="", rotated_at=None)
    return tokens_for(session, jti, at=now)


def refreshed(raw: str, *, now: datetime) -> Tokens | None:
    """New tokens for a refresh token, which is spent by it; None where it opens nothing any more.

    Asked of the database each time: the session, the person, the version, the organisation (simplejwt alone would
    accept a disabled person, CVE-2024-22513). A spent token that comes again was copied: its session ends.

    Raises PlanRequired where the organisation's plan does not include the API any more; the token is not spent by that.
    """
    claims = refreshing_of(raw)
    if claims is None:
        return None
    with tenancy.organisation(claims.organisation):
        may_sign_in = {"person__is_active": True, "person__organisation__suspended_at": None}
        # One's own token of before a new password was not copied: it is refused, and nothing ends.
        known = {"pk": claims.session, "person": claims.person, "token_version": claims.version}
        found = Session.objects.live(now).filter(**known, **may_sign_in)
        session = found.select_related("person__organisation", "person__role").select_for_update(of=("self",)).first()
        if session:
            require_feature(session.person.organisation, Feature.API)
        tokens = _rotated(session, claims.jti, now) if session else None
        if tokens is None:
            details = {"reused": True} if session else None
            audit.record(AuditKind.REFRESH, person=claims.person, outcome=AuditOutcome.REFUSED, details=details)
        return tokens


def note_seen(person: Person, *, now: datetime) -> None:
    """The reader's browser session was used: it is good for longer, as far as it may be."""
    session = person.session
    if now - session.seen_at < SEEN_EVERY:
        return
    good_until = min(session.ends_at, now + IDLE) if _ends_idle(person, Door.PAGE) else session.ends_at
    Session.objects.filter(pk=session.pk).update(seen_at=now, good_until=good_until)


def end_session(session: Session, *, now: datetime) -> None:
    """End one session: its page and its tokens are out with the next request. Without effect the second time."""
    if Session.objects.filter(pk=session.pk, ended_at=None).update(ended_at=now):
        audit.record_sign_out(session.person_id)
    # The person's door: what answers before Django looks there.
    touch_own("staff.Person", pk=[session.person_id])


def end_other_sessions(person: Person, *, keep: Session, now: datetime) -> int:
    """End all of somebody's sessions but one; returns how many were open."""
    ended = Session.objects.live(now).filter(person=person).exclude(pk=keep.pk).update(ended_at=now)
    touch_own("staff.Person", pk=[person.pk])
    if ended:
        audit.record_sign_out(person.pk)
    return ended


def end_waiting(person: Person, *, passed: Session, now: datetime) -> None:
    """The session by which the second step was set up is let on; the others that wait for it end.

    They would wait for ever: what is set up already cannot be set up there. Whoever has one signs in again, by a code.
    """
    Session.objects.filter(pk=passed.pk).update(needs_second_factor=False)
    if Session.objects.live(now).filter(person=person, needs_second_factor=True).update(ended_at=now):
        audit.record_sign_out(person.pk)
    touch_own("staff.Person", pk=[person.pk])


def carry_over(session: Session, person: Person) -> None:
    """Let one session live on under the person's new token version, which has ended all others."""
    Session.objects.filter(pk=session.pk).update(token_version=person.token_version)
    session.token_version = person.token_version


def _lasts(person: Person, door: Door) -> timedelta:
    if door == Door.API:
        return RefreshToken.lifetime
    return ADMIN_PAGES if person.is_staff else STAFF_PAGES


def _ends_idle(person: Person, door: Door) -> bool:
    return door == Door.PAGE and person.is_staff


def _rotated(session: Session, jti: str, now: datetime) -> Tokens | None:
    shown = _digest(jti)
    if constant_time_compare(shown, session.digest):
        session.previous_digest, session.digest = shown, _digest(_successor(jti))
        session.rotated_at = session.seen_at = now
        session.save(update_fields=["previous_digest", "digest", "rotated_at", "seen_at"])
        return tokens_for(session, _successor(jti), at=now)
    again = session.rotated_at and now - session.rotated_at <= GRACE
    if again and session.rotated_at and constant_time_compare(shown, session.previous_digest):
        return tokens_for(session, _successor(jti), at=session.rotated_at)
    end_session(session, now=now)
    write_letter(session.person, LetterKind.TOKEN_REUSED, detail=session.device)
    sound(SecurityKind.TOKEN_REUSED, session.person, now=now)
    return None


def _successor(jti: str) -> str:
    """The id of the token that follows: the same however often it is asked for, so that two tabs get one."""
    return salted_hmac("staff.sessions.successor", jti, algorithm="sha256").hexdigest()[:32]


def _digest(jti: str) -> str:
    return hashlib.sha256(jti.encode()).hexdigest()
