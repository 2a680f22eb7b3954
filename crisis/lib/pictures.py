"""Photos are never served as they came: decoded, turned upright, shrunk and written anew, without position or remarks.

What is no picture, or unpacks to too many pixels, is said in a sentence before memory is spent on it.
"""

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from crisis.lib.errors import TooLarge, Unreadable

KINDS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 50_000_000
MOST_BYTES = 60_000_000
LONGEST_SIDE = 1_600
QUALITY = 82


def shown_picture(content: BinaryIO, *, longest_side: int = LONGEST_SIDE) -> bytes:
    """A JPEG of at most `longest_side` pixels that holds the picture and nothing else."""
    head = content.read(MOST_BYTES + 1)
    if len(head) > MOST_BYTES:
        raise TooLarge("This photo is larger than 60 MB and cannot be shown.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(head), formats=KINDS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise TooLarge("This photo has more than 50 million pixels and cannot be shown.")
                picture.draft("RGB", (longest_side, longest_side))  # JPEG only: decodes at a fraction of the size
                upright = ImageOps.exif_transpose(picture).convert("RGB")
                upright.thumbnail((longest_side, longest_side))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as bomb:
        raise TooLarge("This photo has more than 50 million pixels and cannot be shown.") from bomb
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError) as broken:
        raise Unreadable("This file is no photo that can be shown.") from broken
    written = io.BytesIO()
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)  # a new picture carries no EXIF, comments or profiles along
    bare.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()
