from django.core.management.base import BaseCommand, CommandError

from members.sign_in import seeds


class Command(BaseCommand):
    help = "Encrypt the secrets of every second step with SECOND_FACTOR_KEY: after it has changed, or the first time."

    def handle(self, *args, **options) -> None:
        try:
            count = seeds.encrypt_again()
        except seeds.UnknownKey as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        self.stdout.write(f"{count} encrypted with SECOND_FACTOR_KEY.")
