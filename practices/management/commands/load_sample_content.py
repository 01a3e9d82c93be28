from django.core.management.base import BaseCommand, CommandError

from commitments.loading import load_sample_pledges, load_sample_steps
from members.models import User
from practices.loading import load_sample_practices
from practices.permissions import is_moderator


class Command(BaseCommand):
    help = "Load the sample pledges with their steps, and publish the sample practices; safe to run again."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--moderator", required=True, metavar="EMAIL", help="who publishes the practices")

    def handle(self, *args, moderator: str, **options) -> None:
        user = User.objects.filter(email__iexact=moderator).first()
        if user is None or not is_moderator.test(user):
            raise CommandError(f"{moderator} is not the address of a moderator.")
        self.stdout.write(f"{load_sample_pledges()} new pledges")
        self.stdout.write(f"{load_sample_steps(author=user)} new milestones and updates")
        self.stdout.write(f"{load_sample_practices(moderator=user)} new practices")
