"""The phone of Ben and its file store, as in the tests of intake."""

from tests.intake.conftest import Phone, damage, file_store, filled, key_of, phone

__all__ = ["Phone", "damage", "file_store", "filled", "key_of", "phone"]
