"""The account a drill signs in with: made in the restored database only, and gone with it."""

import os

import django


def main() -> None:
    """Run as a program of its own, with the restored database in the environment."""
    django.setup()
    from municipal_units.actions.accounts import assign, create_account  # noqa: PLC0415 - only after django.setup
    from municipal_units.models import Municipality  # noqa: PLC0415
    from municipal_units.permissions import Role, scope, system_actor  # noqa: PLC0415

    municipality_id = int(os.environ["DRILL_MUNICIPALITY"])
    with scope(system_actor(municipality_id)):
        town = Municipality.objects.get(pk=municipality_id)
        user = create_account(username="restore-drill", name="Restore drill", password=os.environ["DRILL_PASSWORD"])
        assign(user=user, role=Role.COORDINATOR, municipality=town)


if __name__ == "__main__":
    main()
