"""A name in the languages we speak."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """One name in the three languages the product starts with."""

    en: str
    fr: str
    ar: str
