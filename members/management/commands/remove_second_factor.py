import pghistory
from django.core.management.base import BaseCommand, CommandError

from members import people
from members.models import Notice, User
from members.sign_in import lost_factors, second_factor


class Command(BaseCommand):
    help = "Take the second step of somebody away, where no two of the staff can. They are told by mail."

    def add_arguments(self, parser) -> None:
        parser.add_argument("address")
        parser.add_argument("--reason", required=True, help="how you know that it is they who ask")

    def handle(self, *args, address: str, reason: str, **options) -> None:
        person = User.objects.filter(email__iexact=address).first()
        if person is None or not second_factor.has_one(person):
            raise CommandError(f"No account with the address {address} has a second step.")
        with pghistory.context(command="remove_second_factor", reason=reason):
            lost_factors.take_away(person)
            people.notify(Notice.Kind.FACTOR_REMOVED, to=person)
        self.stdout.write(f"{address} signs in with the password, then sets up a new second step.")
