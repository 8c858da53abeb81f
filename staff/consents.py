"""What people are asked to agree to, in the words that they read; and the notice where an organisation has none."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from staff.models import ConsentKind

_NOTICE = "\n\n".join(
    (
        "Your employer keeps data about you in this product, because it plans your shifts, pays you and has "
        "duties by law.",
        "What is kept: who you are, your picture and how to reach you; your role, branch, contract and pay; your "
        "education and earlier work, documents, next of kin and guarantors; your shifts, reviews and notices; where "
        "you signed in, and what was done with your data.",
        "Who sees it: you; your managers what they need for their team; Human Resource, the Chief Officers "
        "and auditors the rest. Each look at your documents, guarantors or salary by somebody else is written"
        " down.",
        "How long: while you work here. When you have left, Human Resource may erase what no law asks to be "
        "kept; after {kept} it is erased by itself.",
        "You may download a copy of all of it at any time, on this page. Ask Human Resource where something is wrong.",
    )
)
A_YEAR = 365.25
# Of texts of ours: raise it when the words of ASKED change, and everybody is asked anew.
VERSION = 1


def default_notice() -> str:
    """Our own notice, with the time that this installation keeps the data of people who left."""
    days = settings.KEEP_DAYS["leavers"]
    years = round(days / A_YEAR)
    return _NOTICE.format(kept=f"{years} years" if years > 1 else "a year" if days >= A_YEAR - 1 else f"{days} days")


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that people agree to, or do not. One that is `acknowledged` is read, and never taken back."""

    question: str
    yes: str
    no: str
    is_acknowledged: bool = False


ASKED: dict[ConsentKind, Asked] = {
    ConsentKind.NOTICE: Asked("What is kept about you, and why", "I have read it", "", is_acknowledged=True),
    ConsentKind.PICTURE: Asked(
        "Colleagues may see your picture in the directory", "Yes, show it", "No, do not show it"
    ),
    ConsentKind.MESSAGES: Asked(
        "You may be written to by WhatsApp and SMS at your work phone", "Yes, write to me", "No, do not"
    ),
}
