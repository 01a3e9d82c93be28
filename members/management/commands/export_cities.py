from django.core.management.base import BaseCommand

from members.city_csv import export_cities
from members.models import City


class Command(BaseCommand):
    help = "Write every city to standard output, as the CSV that import_cities reads."

    def handle(self, *args, **options) -> None:
        export_cities(City.objects.all(), self.stdout)
