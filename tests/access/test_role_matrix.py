"""The table of rights in the code says what the role matrix says, letter by letter."""

from municipal_units.permissions import MARKS, RIGHTS, Matter, Permission, Role
from tests.access.matrix_text import cells


def marks_of(matter: str, role: str) -> tuple[set[str], set[str]]:
    """The letters a role holds on an object: those claimed to stand in the matrix, and those that follow."""
    claimed: set[str] = set()
    implied: set[str] = set()
    for right in Permission:
        for mark in right.holders.split():
            if right.matter == matter and mark != "-" and MARKS[mark.upper()] == role:
                (claimed if mark.isupper() else implied).add(right.letter)
    return claimed, implied


def test_every_cell_of_the_matrix_is_in_the_table_and_nothing_else() -> None:
    wrong = {}
    for (matter, role), letters in cells().items():
        claimed, implied = marks_of(matter, role)
        follows = ({"V", "C"} if "E" in letters else set()) | ({"V"} if "C" in letters else set())
        if claimed != letters or not implied <= follows:
            wrong[matter, role] = (sorted(letters), sorted(claimed), sorted(implied))
    assert not wrong


def test_the_objects_and_roles_are_those_of_the_matrix() -> None:
    assert {matter for matter, _ in cells()} == {matter.value for matter in Matter if matter is not Matter.BEYOND}
    assert [role for _, role in cells()][:7] == [role.value for role in Role]


def test_every_line_has_seven_columns_in_order() -> None:
    for right in Permission:
        columns = right.holders.split()
        assert len(columns) == 7, right
        assert all(mark in (letter, letter.lower(), "-") for mark, letter in zip(columns, MARKS, strict=True)), right
        assert (right.letter == "") == (right.matter is Matter.BEYOND), right


def test_the_public_holds_nothing_beyond_the_matrix_and_writes_nothing() -> None:
    held = {right for right, roles in RIGHTS.items() if Role.PUBLIC in roles}
    assert held
    assert {right.letter for right in held} == {"V"}


def test_partners_never_reach_households_needs_tension_or_single_evictions() -> None:
    kept = (Matter.HOUSEHOLDS, Matter.NEEDS, Matter.TENSION, Matter.USERS)
    assert not [right for right, roles in RIGHTS.items() if right.matter in kept and Role.PARTNER in roles]
    assert Role.PARTNER not in RIGHTS[Permission.VIEW_EVICTIONS]
