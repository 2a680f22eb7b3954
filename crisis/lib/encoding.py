"""Guesses how a file's letters are written, and offers the other readings so that a person can choose."""

import codecs
import re
import unicodedata
from collections.abc import Iterable

from charset_normalizer import from_bytes

from crisis.lib.errors import Unreadable
from crisis.lib.inspection import EncodingChoice

# Choices offered on screen, in the order they are tried when the text decides nothing.
CHOICES: dict[str, str] = {
    "utf-8": "Unicode (UTF-8)",
    "cp1252": "Western European (Windows-1252)",
    "cp1256": "Arabic (Windows-1256)",
    "cp1254": "Turkish (Windows-1254)",
    "cp1250": "Central European (Windows-1250)",
    "cp1251": "Cyrillic (Windows-1251)",
    "iso8859-6": "Arabic (ISO 8859-6)",
    "cp850": "Western European (DOS 850)",
    "cp437": "DOS 437",
    "utf-16": "Unicode (UTF-16)",
}
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Common signs of text read with the wrong table: capitals and symbols where a language has small letters.
LATIN_FREQUENT = frozenset("éèêëàâäçîïôöùûüñáíóúãõßåæøğışİŞĞœÉÈÀÇ")
SAMPLE_BYTES = 65_536


def known_encoding(code: str) -> str:
    """The normal name of an encoding; Unreadable when Python does not have it."""
    try:
        return codecs.lookup(code.strip()).name
    except LookupError as unknown:
        raise Unreadable(f"The encoding '{code[:30]}' is not known. Choose one from the list.") from unknown


def guess_encoding(pieces: Iterable[bytes], *, declared: str | None = None) -> tuple[str, tuple[EncodingChoice, ...]]:
    """Best encoding and the offered ones for some texts (cells or lines of the file).

    A declared one is believed if the bytes fit it; then UTF-8 if they fit; else the one that gives the best words.
    """
    texts = [piece for piece in pieces if any(byte > 127 for byte in piece)][:5000]
    raw = b"\n".join(texts)[:SAMPLE_BYTES]
    if not raw:
        return declared or "utf-8", ()
    ranked = sorted((code for code in CHOICES if decodes(raw, code)), key=lambda code: -plausibility(raw.decode(code)))
    if declared and decodes(raw, declared):
        best = declared
    elif decodes(raw, "utf-8"):
        best = "utf-8"
    else:
        best = settle(raw, ranked)
    ordered = [best, *(code for code in ranked if code != best)]
    return best, tuple(EncodingChoice(code, CHOICES.get(code, code), preview(raw, code)) for code in ordered)


def settle(raw: bytes, ranked: list[str]) -> str:
    """The most plausible; on a tie the second opinion of charset-normalizer decides."""
    if not ranked:
        return "cp1252"
    top = plausibility(raw.decode(ranked[0]))
    tied = [code for code in ranked if plausibility(raw.decode(code)) > top - 0.02]
    if len(tied) > 1:
        opinion = from_bytes(raw, cp_isolation=tied).best()
        if opinion is not None and known_encoding(opinion.encoding) in {known_encoding(code) for code in tied}:
            return next(code for code in tied if known_encoding(code) == known_encoding(opinion.encoding))
    return ranked[0]


def decodes(raw: bytes, code: str) -> bool:
    if code == "utf-16" and not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        raw.decode(code)
    except UnicodeError:
        # A sample may end in the middle of a letter.
        return code == "utf-8" and len(raw) == SAMPLE_BYTES and decodes(raw[:-4], code)
    return True


def plausibility(text: str) -> float:
    """Mean score of the words with unusual letters, about -1 to 1: one script per word, letters that languages use."""
    words = [word for word in re.findall(r"\S+", text) if not word.isascii()]
    return sum(map(word_score, words)) / len(words) if words else 0.0


def word_score(word: str) -> float:
    letters = [letter for letter in word if letter.isalpha()]
    strange = [
        letter
        for letter in word
        if not letter.isascii() and not letter.isalpha() and letter not in "\u00a0’‘“”«»–—…²³°€·،؟ـ"
    ]
    unusual = [letter for letter in letters if not letter.isascii()]
    if not unusual:
        return -0.5 if strange else 0.2
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in letters}
    # `1á426` is `1 426` with a no-break space, read with the wrong table.
    if strange or len(scripts) > 1 or re.search(r"\d[^\W\d_a-zA-Z]|[^\W\d_a-zA-Z]\d", word):
        return -1.0
    if scripts == {"LATIN"}:
        share = sum(letter in LATIN_FREQUENT for letter in unusual) / len(unusual)
        # Few languages put foreign letters side by side or change case inside a word.
        crowded = len(unusual) > 0.5 * len(letters) and len(letters) > 2
        broken_case = any(a.islower() and b.isupper() for a, b in zip(word, word[1:], strict=False))
        return share - crowded - broken_case
    return 0.9


def preview(raw: bytes, code: str) -> str:
    return raw.decode(code, "replace").replace("\n", " · ")[:80]


def bom_encoding(head: bytes) -> str | None:
    return next((code for mark, code in BOMS if head.startswith(mark)), None)
