"""Other work of the staff: concerns, corrections, invitations, and who looks after which submission."""

import datetime as dt
import random
from collections.abc import Iterator

from members.models import City, Correction, Invitation, Role
from practices.choices import Status
from practices.comparison import values_of
from practices.models import Hold, Practice, Revision, SubmittedWords, Transition
from scn_portal.demo.scale import records
from scn_portal.demo.scale.cities import Network
from scn_portal.demo.scale.moments import Moments
from scn_portal.demo.scale.rows import Keys, Row, copy
from scn_portal.site.models import Concern

CONCERNS, CORRECTIONS, INVITATIONS = 300, 300, 500
HELD = 0.05
BATCH = 500


def write(*, seed: int, network: Network, moments: Moments) -> None:
    """Write some of each, most of which are closed, and the texts of the submissions that wait."""
    source = random.Random(f"waiting:{seed}")
    copy(Concern, _concerns(network, source, moments))
    copy(Correction, _corrections(network, source, moments))
    copy(Invitation, _invitations(network, source, moments))
    copy(Hold, _holds(network, source, moments))
    _keep_submitted_words()
    records.answer_harm_checks()


def _mailed(at: dt.datetime) -> Row:
    return {"mailed_at": at, "mail_attempts": 0, "mail_after": at}


def _concerns(network: Network, source: random.Random, moments: Moments) -> Iterator[Row]:
    keys = Keys(Concern)
    slugs = list(Practice.objects.published().order_by("pk").values_list("slug", flat=True)[:CONCERNS])
    for slug in slugs:
        at, is_closed = moments.lately(days=500), source.random() < 0.9
        yield {"id": keys(), "page": f"/en/practices/{slug}/", "version": "", "words": "Is this still so?", "email": "",
               "language": "en", "network": "", "reported_at": at, "closed_at": at if is_closed else None,
               "closed_by_id": network.moderator if is_closed else None, **_mailed(at)}  # fmt: skip


def _corrections(network: Network, source: random.Random, moments: Moments) -> Iterator[Row]:
    keys = Keys(Correction)
    for city, people in source.sample(sorted(network.people.items()), min(CORRECTIONS, len(network.people))):
        at, is_decided = moments.lately(days=500), source.random() < 0.9
        yield {"id": keys(), "fact": "population", "value": str(source.randint(10_000, 900_000)),
               "source": "https://scale.example/census", "created_at": at, "by_id": people[0], "city_id": city,
               "decided_at": at if is_decided else None, "is_accepted": source.random() < 0.8 if is_decided else None,
               "decided_by_id": network.moderator if is_decided else None, **_mailed(at)}  # fmt: skip


def _invitations(network: Network, source: random.Random, moments: Moments) -> Iterator[Row]:
    keys, cities = Keys(Invitation), list(City.objects.order_by("pk").values_list("pk", flat=True))
    for number, city in enumerate(source.sample(cities, min(INVITATIONS, len(cities))), start=1):
        at = moments.lately(days=30)
        yield {"id": keys(), "email": f"invited{number}@scale.example", "role": Role.EDITOR.value, "language": "en",
               "created_at": at, "expires_at": at + dt.timedelta(days=14), "city_id": city,
               "invited_by_id": network.moderator, **_mailed(at)}  # fmt: skip


def _holds(network: Network, source: random.Random, moments: Moments) -> Iterator[Row]:
    keys = Keys(Hold)
    for revision in Revision.objects.waiting().order_by("pk").values_list("pk", flat=True):
        if source.random() < HELD:
            at = moments.lately(days=5)
            yield {"id": keys(), "revision_id": revision, "holder_id": network.moderator, "taken_at": at,
                   "ends_at": at + dt.timedelta(days=7), "word": "", **_mailed(at)}  # fmt: skip


def _keep_submitted_words() -> None:
    """Write the texts of each submission that waits, as `practices.moderation.submit` keeps them."""
    unkept = Transition.objects.filter(verb="submit", revision__status=Status.SUBMITTED, submitted_words=None)
    belongings = (f"revision__{name}" for name in ("commitments", "partner_cities", "adapted_from", "attachments"))
    submissions = unkept.select_related("revision").prefetch_related(*belongings).order_by("pk")
    kept = (SubmittedWords(submission=each, values=values_of(each.revision)) for each in submissions.iterator(BATCH))
    SubmittedWords.objects.bulk_create(kept, BATCH)
