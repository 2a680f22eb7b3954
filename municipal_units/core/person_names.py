"""Names of persons in Arabic, French and Latin spellings: how they are folded, blocked and compared.

Nothing here stores anything. A blocking text is a short form under which spellings of one name meet; it leaves the core
only as a keyed token (`crisis/lib/sealing.py`).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

# Arabic letters as they are usually written in Latin letters in the Sahel, the Maghreb and the Levant.
ARABIC = str.maketrans(
    {
        "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ٱ": "a", "ء": "", "ؤ": "u", "ئ": "i", "ى": "a", "ب": "b", "پ": "p",
        "ت": "t", "ة": "a", "ث": "th", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r",
        "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f",
        "ڤ": "v", "ق": "q", "ك": "k", "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n", "ه": "h", "و": "w", "ي": "y",
        "ی": "y", "ـ": "",
    }
)  # fmt: skip
# Spellings of one sound, French and English first; applied in this order.
SOUNDS = (
    ("tch", "c"), ("sch", "s"), ("ch", "s"), ("sh", "s"), ("ph", "f"), ("kh", "k"), ("gh", "g"), ("dh", "d"),
    ("th", "t"), ("dj", "j"), ("gn", "n"), ("qu", "k"), ("ck", "k"), ("x", "ks"),
)  # fmt: skip
# Words that join names or say family relations; they say nothing about who it is.
FILLERS = frozenset(
    {"al", "el", "ul", "abu", "bin", "ben", "ibn", "bint", "de", "du", "la", "le", "ould", "mint", "ag"}
)
MOST_PARTS = 5
AGE_BAND = 5
WHOLE_COUNTS = 0.95  # two names as whole texts, against their parts one by one
ALSO_ALIKE = 0.85  # likeness from which a further pair of persons of two households counts
MORE_FOR_EACH = 0.02


@dataclass(frozen=True)
class Person:
    """What is compared: a name as written, sex (f, m or ""), year of birth, phone digits, place of origin."""

    name: str
    sex: str = ""
    birth_year: int | None = None
    phone: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Weights:
    """How much agreement counts, adding up to 1; what is missing on either side counts for neither."""

    name: float = 0.70
    age: float = 0.15
    origin: float = 0.10
    sex: float = 0.05
    years_apart: int = 10
    least_name: float = 0.75  # below it two names are different, whatever else agrees


@dataclass(frozen=True)
class Likeness:
    """0-1, and what agreed, in codes."""

    score: float
    reasons: tuple[str, ...]


def latin(text: str) -> str:
    """A name in plain lower-case Latin letters and single spaces, whatever script and accents it came in."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
        plain = plain.translate(ARABIC)
    plain = re.sub(r"['`’ʿʾʼ]", "", plain)
    return " ".join(re.sub(r"[^\w]+|[\d_]+", " ", plain).split())


def parts_of(text: str) -> list[str]:
    """The parts of a name that tell persons apart, at most five; glued articles come off ("elhadj", "عبدالله")."""
    words = [re.sub(r"^(?:al|el)(?=[a-z]{4})", "", word) for word in latin(text).split()]
    told = [word for word in words if word not in FILLERS]
    return (told or words)[:MOST_PARTS]


def skeleton(part: str) -> str:
    """Consonants only, doubled letters once: Mohamed, Mouhammad and محمد are all `mhmd`."""
    for spelling, sound in SOUNDS:
        part = part.replace(spelling, sound)
    bones = re.sub(r"[aeiouwy]", "", part)
    return re.sub(r"(.)\1+", r"\1", bones) or part[:2]


def phonetic(part: str) -> str:
    """The skeleton with like sounds as one: Mahamat meets Mohamed, Cissé meets Sissé, Zongo meets Songo."""
    bones = skeleton(part).replace("h", "")
    sounds = "".join(PHONETIC.get(letter, letter) for letter in bones)
    return re.sub(r"(.)\1+", r"\1", sounds) or skeleton(part)


PHONETIC = {
    "p": "b", "v": "f", "g": "k", "q": "k", "c": "s", "z": "s", "j": "s", "t": "d", "n": "m",
}  # fmt: skip


def digits(phone: str) -> str:
    """The last eight digits of a phone number: the same with and without country code, in any digits."""
    only = "".join(str(unicodedata.digit(c)) for c in phone if c.isdigit())
    return only[-8:] if len(only) >= 6 else ""


def search_texts(name: str) -> list[list[str]]:
    """For each part of a name the texts under which it may be found: skeleton, first three letters, phonetic."""
    return [[f"s:{skeleton(part)}", f"f:{part[:3]}", f"p:{phonetic(part)}"] for part in parts_of(name)]


def stored_texts(person: Person) -> list[str]:
    """Everything a person is indexed under: for search, and pairs, phone and age band for finding duplicates."""
    texts = {text for part in search_texts(person.name) for text in part}
    return sorted(texts | set(block_texts(person, spread=0)))


def block_texts(person: Person, *, spread: int = 1) -> list[str]:
    """Texts that only people who may be the same share: two parts of the name, the phone, or one part and about the
    same year of birth. `spread`: how many bands of five years on each side are looked at."""
    sounds = sorted(phonetic(part) for part in parts_of(person.name))
    texts = [f"2:{first}:{second}" for first, second in combinations(sounds, 2)]
    if phone := digits(person.phone):
        texts.append(f"t:{phone}")
    if person.birth_year is not None:
        band = person.birth_year // AGE_BAND
        texts += [f"y:{sound}:{band + step}" for sound in sounds for step in range(-spread, spread + 1)]
    elif len(sounds) == 1:
        texts.append(f"1:{sounds[0]}")
    return sorted(set(texts))


def name_likeness(one: str, other: str) -> float:
    """0-1: each part against its best counterpart, in letters and in sounds; order does not matter."""
    mine, theirs = parts_of(one), parts_of(other)
    if not mine or not theirs:
        return 0.0
    if len(mine) > len(theirs):
        mine, theirs = theirs, mine
    left, scores = list(theirs), []
    for part in mine:
        best = max(left, key=lambda candidate: part_likeness(part, candidate))
        scores.append(part_likeness(part, best))
        left.remove(best)
    # A family name shared makes a family, not a person: the part that agrees least counts as much as all together.
    agreed = (sum(scores) / len(scores) + min(scores)) / 2
    whole = fuzz.token_sort_ratio(" ".join(parts_of(one)), " ".join(parts_of(other))) / 100
    # A part the other side does not write is doubt, not difference: third names are often left out.
    missing = len(left) / (len(mine) + len(left))
    return max(whole * WHOLE_COUNTS, agreed * (1 - (0.25 if len(mine) > 1 else 0.4) * missing))


def part_likeness(one: str, other: str) -> float:
    """0-1 between two parts of names, in letters and in sounds."""
    return sounded_likeness((one, skeleton(one), phonetic(one)), other)


def likeness(one: Person, other: Person, weights: Weights) -> Likeness:
    """How likely two entries are one person. The same phone and a like name are as good as certain."""
    name = name_likeness(one.name, other.name)
    if name < weights.least_name:
        return Likeness(0.0, ())
    agreed, counted, total = ["name"], weights.name, weights.name * name
    if one.birth_year is not None and other.birth_year is not None:
        apart = abs(one.birth_year - other.birth_year)
        counted += weights.age
        total += weights.age * max(0.0, 1 - apart / weights.years_apart)
        agreed += ["age"] if apart <= 2 else []
    if one.origin and other.origin:
        same = fuzz.ratio(latin(one.origin), latin(other.origin)) / 100
        counted += weights.origin
        total += weights.origin * same
        agreed += ["origin"] if same >= 0.85 else []
    if one.sex and other.sex:
        counted += weights.sex
        total += weights.sex * (one.sex == other.sex)
        agreed += ["sex"] if one.sex == other.sex else []
    score = total / counted
    if digits(one.phone) and digits(one.phone) == digits(other.phone):
        return Likeness(max(score, 0.97), ("phone", *agreed))
    return Likeness(score, tuple(agreed))


def together(likenesses: Sequence[Likeness]) -> Likeness:
    """Two households: as alike as their most alike persons, a little more for each further pair that agrees."""
    ordered = sorted(likenesses, key=lambda found: -found.score)
    more = sum(found.score >= ALSO_ALIKE for found in ordered[1:])
    reasons = (*ordered[0].reasons, "members") if more else ordered[0].reasons
    return Likeness(min(1.0, ordered[0].score + MORE_FOR_EACH * more), reasons)


def matcher(query: str) -> Callable[[str], float]:
    """How well a name fits a search text, 0-1: every part looked for must be there. The text is taken apart once."""
    wanted = [(part, skeleton(part), phonetic(part)) for part in parts_of(query)]

    def fits(name: str) -> float:
        there = parts_of(name)
        if not there or not wanted:
            return 0.0
        return sum(max(sounded_likeness(part, one) for one in there) for part in wanted) / len(wanted)

    return fits


def sounded_likeness(wanted: tuple[str, str, str], part: str) -> float:
    """`part_likeness` with one side already taken apart."""
    spelt, bones, sounds = wanted
    if spelt == part:
        return 1.0
    letters = float(JaroWinkler.similarity(spelt, part))
    if len(bones) > 1 and bones == skeleton(part):
        return max(letters, 0.95)
    if (len(bones) > 1 or letters > 0.6) and sounds == phonetic(part):
        return max(letters, 0.88)
    return letters * 0.9
