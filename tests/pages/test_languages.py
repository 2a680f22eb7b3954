"""Every sentence of the pages is there in French and Arabic, with the same marks to be filled in."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings

MARKS = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
LOCALES = Path(settings.LOCALE_PATHS[0])


def messages(language: str) -> dict[str, str]:
    with (LOCALES / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {str(key): text for key, text in catalogue.items() if key and isinstance(key, str)}


def marks(text: str) -> set[str]:
    return {first or second for first, second in MARKS.findall(text)}


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_translations_fill_in_what_the_original_does(language: str) -> None:
    wrong = [source for source, text in messages(language).items() if marks(source) != marks(text)]
    assert wrong == []


def test_both_languages_hold_the_same_sentences() -> None:
    assert set(messages("fr")) == set(messages("ar"))


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_compiled_and_written_translations_agree(language: str) -> None:
    written = (LOCALES / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    sources = {match.replace('\\"', '"') for match in re.findall(r'^msgid "(.+)"$', written, re.MULTILINE)}
    plural = {source.partition("\x00")[0].rpartition("\x04")[2] for source in messages(language)}
    assert sources - plural <= set(re.findall(r'^msgid "(.+)"\nmsgid_plural', written, re.MULTILINE))
