"""What a file really is, by its content alone: PDF, JPEG or PNG, or one sentence why it is none of them.

Pictures are decoded and written anew, so that nothing but their pixels is kept. A PDF is kept as it came, and refused
where it would act: run a script, start a program, bring another file along.
"""

from __future__ import annotations

import io
import re
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from config.errors import Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000  # a telephone's largest picture has 12 to 50 million; decoded this one takes 120 MB
UNPACKED = 20 * 1024 * 1024  # what the packed objects of a PDF may hold together

WANTED = "Only PDF, JPEG and PNG are taken"
# Django's own sentence for an empty file is the same, so that a form and the API say one thing.
EMPTY = "This file is empty; choose another one."


@dataclass(frozen=True, slots=True)
class Content:
    """A file that was judged: its bytes as they are to be kept, and what they are."""

    data: bytes
    media_type: str
    ending: str


def judged(data: bytes) -> Content:
    """The content to keep. Raises Invalid with one sentence for everything that is not to be kept."""
    if not data:
        raise _refused(EMPTY)
    if len(data) > MOST_BYTES:
        raise _refused(f"A file has at most 5 MB; this one has {len(data) / 1024 / 1024:.2f} MB.")
    for signature, judge in SIGNATURES.items():
        if data.startswith(signature):
            return judge(data)
    raise _refused(f"{WANTED}; this is {_described(data)}.")


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, code="not_a_document", fields={"file": sentence})


# ── Pictures ─────────────────────────────────────────────────────────────────
def _jpeg(data: bytes) -> Content:
    return Content(_drawn_anew(data, "JPEG", "RGB", quality=90), "image/jpeg", "jpg")


def _png(data: bytes) -> Content:
    return Content(_drawn_anew(data, "PNG", "RGBA"), "image/png", "png")


def _drawn_anew(data: bytes, name: str, mode: str, **options: int) -> bytes:
    """The picture's pixels, upright, in a file of our own: what was hidden around or behind them is gone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            # Only this decoder: Pillow knows fifty, and each is one more that could be fooled.
            with Image.open(io.BytesIO(data), formats=[name]) as picture:
                _refuse_too_large(picture)
                picture.load()
                upright = ImageOps.exif_transpose(picture)
        kept = io.BytesIO()
        plain = upright if upright.mode in (mode, "L", "RGB") else upright.convert(mode)
        plain.info.clear()  # comments, texts and profiles, which saving would carry over
        plain.save(kept, name, **options)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(_too_large()) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, zlib.error) as error:
        raise _refused(f"This {name} is damaged or cut off; take or save the picture again.") from error
    return kept.getvalue()


def _refuse_too_large(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise _refused(_too_large())


def _too_large() -> str:
    return f"This picture has more than {MOST_PIXELS // 1_000_000} million pixels; save it smaller."


# ── PDF ──────────────────────────────────────────────────────────────────────
VERSION = re.compile(rb"%PDF-[12]\.\d[\r\n \t%]")
STREAM = re.compile(rb"\bstream\r?\n")
# Names may be written with any letter as #xx.
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
# Long names only: among the bytes of pictures and fonts any three letters occur by chance.
ACTS: dict[re.Pattern[bytes], str] = {
    re.compile(rb"/JavaScript\b"): "it holds a script",
    re.compile(rb"/Launch\b"): "it would start a program",
    re.compile(rb"/(EmbeddedFiles?|RichMedia)\b"): "it holds another file",
    re.compile(rb"/(SubmitForm|ImportData)\b"): "it would send something",
    re.compile(rb"/XFA\s*[\[(<\d]"): "it holds a form with a program of its own",
}
# Behind the end of a PDF some programs leave a few blank or signed bytes; a second file is longer.
TRAILING = 1024
DESCRIPTION = 1024  # bytes before a stream in which its dictionary stands


def _pdf(data: bytes) -> Content:
    if not VERSION.match(data):
        raise _refused(f"{WANTED}; this begins like a PDF and is none.")
    ends = data.rfind(b"%%EOF")
    if ends < 0 or b"startxref" not in data:
        raise _refused("This PDF is damaged or cut off; save or scan it again.")
    if len(data) - ends > TRAILING:
        raise _refused("Behind the end of this PDF stands something else; print it as a PDF again.")
    _refuse_acting(data)
    for objects in _packed_objects(data):
        _refuse_acting(objects)
    return Content(data, "application/pdf", "pdf")


def _packed_objects(data: bytes) -> Iterator[bytes]:
    """What stands in the object streams of a PDF, unpacked; each byte of the file is looked at once."""
    room, begins = UNPACKED, STREAM.search(data)
    while begins:
        ends = data.find(b"endstream", begins.end())
        ends = len(data) if ends < 0 else ends
        described = data[max(begins.start() - DESCRIPTION, 0) : begins.start()].rpartition(b"obj")[2]
        if b"/ObjStm" in _plain(described):
            unpacked = _unpacked(data[begins.end() : ends], room)
            room -= len(unpacked)
            yield unpacked
        begins = STREAM.search(data, ends + len(b"endstream"))


def _unpacked(packed: bytes, room: int) -> bytes:
    try:
        unpacked = zlib.decompressobj().decompress(packed, max(room, 1))
    except zlib.error:
        return b""  # packed by another method, or not at all: then it was seen as it stands
    if len(unpacked) >= room:
        raise _refused("This PDF unpacks to far more than it seems; print it as a PDF again.")
    return unpacked


def _refuse_acting(part: bytes) -> None:
    plain = _plain(part)
    for pattern, why in ACTS.items():
        if pattern.search(plain):
            raise _refused(f"This PDF is more than a paper: {why}. Print it as a PDF, then upload that.")


def _plain(part: bytes) -> bytes:
    return ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), part)


SIGNATURES: dict[bytes, Callable[[bytes], Content]] = {
    b"%PDF-": _pdf,
    b"\xff\xd8\xff": _jpeg,
    b"\x89PNG\r\n\x1a\n": _png,
}
# Only for the sentence: what people choose by mistake.
OTHERS: dict[bytes, str] = {
    b"GIF8": "a GIF",
    b"PK\x03\x04": "a zip archive or an office file",
    b"\xd0\xcf\x11\xe0": "an old office file",
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"RIFF": "a sound, film or WebP picture",
    b"BM": "a bitmap",
    b"II*\x00": "a TIFF",
    b"MM\x00*": "a TIFF",
    b"<": "a web page, drawing or other text with tags",
}


def _described(data: bytes) -> str:
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "a HEIC picture; choose “most compatible” in the telephone’s camera settings"
    return next((words for sign, words in OTHERS.items() if start.startswith(sign)), "something else")
