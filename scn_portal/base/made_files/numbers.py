"""Numbers about all that is public: counted while the reader waits where that is quick, else kept as a worker has
counted them."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from scn_portal.base import generation
from scn_portal.base.made_files import asking
from scn_portal.base.made_files.keeping import content_of
from scn_portal.base.made_files.wanted import Wanted

# Up to so many rows they are counted at each look.
MANY = 10_000
# Counted anew no more often than this, however much changes.
AT_MOST_EVERY = dt.timedelta(minutes=1)


def counted(of: str, language: str, count: Callable[[], Any], *, rows: Callable[[Any], int]) -> Any:
    """What `count` gives, which is JSON: now, or as it was lately where it is of more than MANY `rows`."""
    wanted = Wanted("numbers", "json", {"of": of, "language": language})
    file, now = asking.find(wanted), timezone.now()
    content = content_of(file) if file and file.made_at and file.made_at > now - asking.OLDEST else None
    if file and file.made_at and content is not None:
        if file.made_at < now - AT_MOST_EVERY and not asking.is_current(file, generation.current()):
            asking.ask(wanted)
        return json.loads(content)
    numbers = count()
    if rows(numbers) > MANY:
        asking.ask(wanted)
    return numbers
