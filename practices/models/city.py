"""What the practices of a city have to do with the city itself."""

from members.models import City
from practices.triggers import keeps_searched, practices_of_a_city_are_recorded


class CityWithPractices(City):
    """A city, to put the trigger on that concerns its practices: members know nothing of them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            practices_of_a_city_are_recorded(),
            keeps_searched("city.id = NEW.id", "hidden_at", "country", "region"),
        ]
