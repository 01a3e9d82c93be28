"""The trigger on cities that concerns their practices."""

from members.models import City
from practices.triggers import keeps_searched, practices_of_a_city_are_recorded


class CityWithPractices(City):
    """Carries the trigger on cities that concerns their practices, since the app `members` knows nothing of
    practices."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            practices_of_a_city_are_recorded(),
            keeps_searched("city.id = NEW.id", "hidden_at", "country", "region"),
        ]
