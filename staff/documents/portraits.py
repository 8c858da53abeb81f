"""A person's picture: a square of our own making, so that a browser may show it where it stands."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from config.errors import Invalid
from staff.documents.contents import judged

SIDE = 512  # pixels
QUALITY = 85
MEDIA_TYPE = "image/jpeg"


def portrait(data: bytes) -> bytes:
    """A JPEG of at most 512 pixels square, of the middle of a JPEG or PNG. Raises Invalid for everything else."""
    content = judged(data)  # the size, the kind by content, bombs, and all that hides around the pixels
    if not content.media_type.startswith("image/"):
        sentence = "A picture is a JPEG or PNG; this is a PDF."
        raise Invalid(sentence, code="not_a_picture", fields={"file": sentence})
    with Image.open(io.BytesIO(content.data), formats=["JPEG", "PNG"]) as drawn:
        side = min(SIDE, *drawn.size)
        # Made small before anything is made of it: a copy of 40 million pixels with transparency takes 160 MB.
        drawn.draft("RGB", (2 * SIDE, 2 * SIDE))
        small = drawn.reduce(max(min(drawn.size) // (2 * SIDE), 1))
        square = ImageOps.fit(small.convert("RGBA"), (side, side), Image.Resampling.LANCZOS)
    # A JPEG knows no transparency: what was see-through becomes white, not black.
    ground = Image.new("RGB", square.size, "white")
    ground.paste(square, mask=square.getchannel("A"))
    kept = io.BytesIO()
    ground.save(kept, "JPEG", quality=QUALITY, optimize=True)
    return kept.getvalue()
