"""The command `database_roles`: the privileges of the web server and the workers in the database."""

from django.core.management import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction

from scn_portal.base.database_roles import granting
from scn_portal.base.database_roles.decisions import ROLE


class Command(BaseCommand):
    help = (
        f"Make the role {ROLE} and give it what it may do, or check that. Run it as the owner of the tables, with the "
        f"role's password in {granting.PASSWORD_VARIABLE}. Repeat it as often as you like; "
        "`migrate` gives the rights anew."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; fail where anything differs.")

    def handle(self, *args, **options) -> None:
        if not options["check"]:
            self.make()
            granting.apply(connection)
        with connection.cursor() as cursor:
            found = granting.differences(cursor)
        if found:
            raise CommandError(
                "The database differs from what is decided:\n" + "\n".join(f"  {line}" for line in found)
            )
        self.stdout.write(f"{ROLE} may do what is decided, and nothing else.")

    def make(self) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                granting.create(cursor)
        except ProgrammingError as error:
            raise CommandError(
                f"{connection.settings_dict['USER']} may not make roles ({error}). As the administrator of the server: "
                f"CREATE ROLE {ROLE} LOGIN PASSWORD '…'; then run this again without {granting.PASSWORD_VARIABLE}."
            ) from error
