"""What an uploaded file is called: words of its own name that every screen and system can show, and our own ending."""

from __future__ import annotations

import unicodedata

LONGEST = 80
SHOWN = set(" -_.()")


def clean_name(given: str, *, ending: str, otherwise: str) -> str:
    """A harmless name that ends as its content does: "../a\\u202egpj.exe" becomes "agpj.jpg" for a picture.

    `otherwise` is the name of a file of which nothing is left.
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in last if _is_shown(sign)).rstrip(". ")
    stem = shown.rpartition(".")[0] if "." in shown else shown
    words = " ".join(stem.replace(".", " ").split())[:LONGEST].strip(" -_")
    return f"{words or otherwise}.{ending}"


def _is_shown(sign: str) -> bool:
    """Letters, digits and marks of any script, and what stands between words; all else is a sign to some system."""
    return sign in SHOWN or unicodedata.category(sign)[0] in "LNM"
