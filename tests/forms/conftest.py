"""The phone of Ben, its key and its file store, as in the tests of intake."""

from tests.intake.conftest import file_store, key_of, phone

__all__ = ["file_store", "key_of", "phone"]
