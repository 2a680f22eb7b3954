"""One spelling for searching: without accents, case and the variants of Arabic letters people type for one another."""

import unicodedata

# Letters written for one another in names: forms of alif, final ya and alif maqsura, ta marbuta and ha, hamza seats.
ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None})
SQL_FROM, SQL_TO = "أإآٱىةؤئـ", "اااايهوي"


def folded(text: str) -> str:
    """`École Omar` and `ecole omar` are the same; so are `مدرسة` and `مدرسه`."""
    # Letters first: decomposition would take the hamza off by itself, and the seat must stay.
    plain = unicodedata.normalize("NFKC", text).translate(ARABIC)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def folded_sql(column: str) -> str:
    """The same in SQL, for columns of one municipality (extension unaccent)."""
    return f"unaccent(lower(translate({column}, '{SQL_FROM}', '{SQL_TO}')))"
