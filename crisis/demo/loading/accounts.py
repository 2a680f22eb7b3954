"""The demo accounts: one per role, with random passwords kept in a file only its owner can read."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from municipal_units.actions.accounts import assign, create_account
from municipal_units.models import Municipality, Neighbourhood, User
from municipal_units.permissions import Actor, Role, actor_for, scope

PASSWORDS = "demo-accounts.txt"  # under var/
# Letters and digits that nobody mixes up when reading them aloud.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Player:
    """A made-up person: where the role holds, and to which services or place (P-code) it is narrowed."""

    username: str
    name: str
    role: Role
    town: str
    organisation: str
    services: tuple[str, ...] = ()
    pcode: str = ""


PLAYERS = (
    Player("coordinator", "Awa Sawadogo", Role.COORDINATOR, "TK", "Municipal unit of Tenkoro"),
    Player("unit_lead", "Lassané Kaboré", Role.UNIT_LEAD, "TK", "Town hall of Tenkoro"),
    Player(
        "service_rep", "Moussa Ouédraogo", Role.SERVICE_REP, "TK", "Water service", services=("water", "sanitation")
    ),
    Player("enumerator", "Fatou Diallo", Role.ENUMERATOR, "TK", "Team 3"),
    Player("community_rep", "Aminata Barry", Role.COMMUNITY_REP, "TK", "Displaced people of Wendou", pcode="TK0119"),
    Player("partner", "Paul Martin", Role.PARTNER, "TK", "Humanitarian partner"),
    Player("barsalo", "Cleo Zongo", Role.COORDINATOR, "BS", "Municipal unit of Barsalo"),
)


@dataclass(frozen=True)
class Cast:
    """The accounts by username, as those who act in the story."""

    users: Mapping[str, User]
    today: date

    def actor(self, username: str) -> Actor:
        return actor_for(self.users[username], today=self.today)

    def knows(self, code: str) -> bool:
        """Whether the coordinator has a role in the town of this code: then it is loaded."""
        with scope(self.actor("coordinator")):
            return Municipality.objects.filter(code=code).exists()


def make_accounts(*, kept_in: Path, today: date) -> Cast:
    """Accounts that are missing are made; passwords come from the file, or are drawn and written there.

    The file decides: an account whose password it does not know gets a new one, so that it can be used again.
    """
    known = read_passwords(kept_in)
    users = {}
    for player in PLAYERS:
        password = known.setdefault(player.username, random_password())
        user = User.objects.filter(username=player.username).first()
        if user is None:
            user = create_account(
                username=player.username,
                password=password,
                name=player.name,
                organisation=player.organisation,
                is_demo=True,
            )
        elif user.is_demo and not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        elif not user.is_demo:
            raise RuntimeError(f"An account named {player.username} exists and is not a demo account.")
        users[player.username] = user
    write_passwords(kept_in, known)
    return Cast(users, today)


def assign_roles(cast: Cast, town: Municipality, places: Mapping[str, Neighbourhood]) -> None:
    """Everyone of the town gets the role; the service and place it is narrowed to may come later in the story."""
    for player in PLAYERS:
        if player.town == town.code:
            assign(
                user=cast.users[player.username],
                role=player.role,
                municipality=town,
                neighbourhoods=[places[player.pcode]] if player.pcode else None,
                services=list(player.services),
            )


def random_password() -> str:
    """Four groups of four: about 79 bits, easy to type from a printed page."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def read_passwords(path: Path) -> dict[str, str]:
    """Passwords by username, from lines as `write_passwords` makes them."""
    if not path.exists():
        return {}
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {words[0]: words[1] for words in lines if len(words) > 1 and not words[0].startswith("#")}


def write_passwords(path: Path, passwords: Mapping[str, str]) -> None:
    """One line per account: name, password, role and town. Written aside first, so never half a file."""
    lines = [f"{'# account':<16} {'password':<20} role"]
    for player in PLAYERS:
        town = "Tenkoro" if player.town == "TK" else "Barsalo"
        role = player.role.replace("_", " ")
        lines.append(f"{player.username:<16} {passwords[player.username]:<20} {role} in {town}: {player.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    aside.replace(path)
