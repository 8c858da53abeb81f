"""What the tables that belong to no app keep about people."""

from __future__ import annotations

import re
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from config.personal import TECHNICAL, About, Erasing
from staff.selectors.privacy import names_of


def _logged_about(person: Any) -> Q:
    """Django's log names rows by their words, which hold the person's name also where the row is a document."""
    # Whole names: Ade O is not Ade Okoro.
    named = reduce(or_, (Q(object_repr__regex=rf"(^|\W){re.escape(name)}($|\W)") for name in names_of(person)))
    theirs = Q(content_type__app_label="staff", content_type__model="person", object_id=str(person.pk))
    return theirs | named


ABOUT = (
    About(
        model="config.GivenAnswer",
        title="Answers of the API",
        reason="An answer is kept for a day, in case its request comes again.",
        whose="person",
        shown=("created_at", "status"),
        withheld={
            "key": TECHNICAL,
            "request_hash": TECHNICAL,
            "etag": TECHNICAL,
            "body": "it repeats what stands in the other tables",
        },
        erasing=Erasing.DELETE,
    ),
    About(
        model="admin.LogEntry",
        title="Changes in the admin",
        reason="That a manager changed something stays; the names in it do not.",
        mentions={"user": "changed something in the admin"},
        blanked={"object_repr": "(erased)", "change_message": ""},
        where=_logged_about,
    ),
)
