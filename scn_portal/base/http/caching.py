"""How long caches between us and a reader may keep what is public."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

# In seconds. Calendars, badges, site maps: nobody needs them to the minute.
CACHE_SECONDS = 60 * 60
# Documents, feeds and pictures with words that can be taken down: after this they are gone from caches too.
SHORT_CACHE_SECONDS = 5 * 60
# The API and downloads: spares the requests of a busy client, and corrections still arrive soon.
DATA_CACHE_SECONDS = 60


def public_file(*, max_age: int = CACHE_SECONDS) -> Callable[[Callable], Callable]:
    """A view of something public that is the same for every reader, and that caches may keep for `max_age` seconds.

    GET and HEAD only, without login; with an ETag, and 304 to a reader who already has it.
    """

    def decorator(view: Callable) -> Callable:
        cached = cache_control(public=True, max_age=max_age)(conditional_page(view))
        return require_safe(login_not_required(cached))

    return decorator
