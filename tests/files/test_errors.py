"""Refusals are one table: each has a code, a status and a sentence."""

import pytest

from crisis.lib.errors import (
    ERRORS,
    Busy,
    Conflict,
    FieldError,
    Invalid,
    NotAllowed,
    Refusal,
    from_database,
    problem,
    problem_headers,
)


def test_codes_are_unique_and_every_default_tells_what_to_do():
    assert len({error.code for error in ERRORS}) == len(ERRORS)
    for error in ERRORS:
        assert 400 <= error.status < 600
        assert error().message.endswith(".")
        assert error.title


def test_a_problem_names_the_fields():
    refusal = Invalid("Two values are wrong.", fields=[FieldError("grade", "Choose a grade.", "required")])
    assert problem(refusal, instance="/api/damage") == {
        "type": "urn:reprise:problem:invalid",
        "title": "Some values are not right",
        "status": 422,
        "detail": "Two values are wrong.",
        "code": "invalid",
        "instance": "/api/damage",
        "fields": [{"field": "grade", "message": "Choose a grade.", "code": "required"}],
    }
    assert problem_headers(Busy(retry_after_s=5)) == {"Retry-After": "5"}


class Diagnosis:
    constraint_name = "damage_product_once"


class Failure(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate
        self.diag = Diagnosis()
        super().__init__("SQL that nobody should see")


@pytest.mark.parametrize(
    ("sqlstate", "error"), [("23505", Conflict), ("23514", Invalid), ("42501", NotAllowed), ("57014", Busy)]
)
def test_the_databases_refusal_is_translated_once(sqlstate, error):
    wrapped = RuntimeError()
    wrapped.__cause__ = Failure(sqlstate)
    for failure in (Failure(sqlstate), wrapped):
        translated = from_database(failure)
        assert type(translated) is error
        assert "SQL" not in str(translated)


def test_a_named_constraint_has_its_own_sentence_and_a_fault_is_no_refusal():
    refusals = {"damage_product_once": Refusal("This product is already there.", fields=("product",))}
    translated = from_database(Failure("23505"), refusals)
    assert translated is not None
    assert translated.message == "This product is already there."
    assert translated.fields[0].field == "product"
    assert from_database(ValueError("a bug")) is None
