"""The querysets of practices and of their revisions: which are public, which a user may edit, and what is read with
them."""

import datetime as dt

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, Prefetch, Subquery, Value
from django.db.models.functions import Coalesce

from commitments.models import Commitment
from members.models import City, is_shown
from practices.choices import Status


def _revisions() -> "RevisionQuerySet":
    """All revisions. Their model imports this module, so it cannot be imported here."""
    return apps.get_model("practices.Revision").objects.all()


class PracticeQuerySet(models.QuerySet):
    def published(self) -> "PracticeQuerySet":
        """The practices with a live revision, of cities that are not hidden, newest first, with city and
        `practice.live`."""
        published = self.filter(is_shown("city__"), revisions__status=Status.PUBLISHED)
        return published.order_by("-revisions__published_at").with_live()

    def with_live(self) -> "PracticeQuerySet":
        """Add the city, `practice.live` and its commitments as `live.served`, in two more queries."""
        live = _revisions().live().with_first_publication().with_served()
        return self.select_related("city").prefetch_related(Prefetch("revisions", live, to_attr="live_revisions"))

    def with_newest(self) -> "PracticeQuerySet":
        """Add `practice.newest` for a list, without its longer texts, in one more query; the latest practice first."""
        long = [*(name for name in _revisions().model.TEXTS if name != "title"), "search_fr", "search_en"]
        newest = _revisions().order_by("practice", "-number").distinct("practice").defer(*long)
        return self.order_by("-pk").prefetch_related(Prefetch("revisions", newest, to_attr="newest_revisions"))

    def serving(self, commitment: Commitment) -> "PracticeQuerySet":
        """The practices whose live revision serves `commitment`."""
        return self.filter(revisions__in=_revisions().live().filter(commitments=commitment))

    def editable_by(self, user) -> "PracticeQuerySet":
        """The practices of the cities that `user` may write for."""
        return self.filter(city__in=City.objects.editable_by(user))

    def visible_in_workspace_to(self, user) -> "PracticeQuerySet":
        """The practices, drafts included, of the cities whose workspace `user` may open."""
        return self.filter(city__in=City.objects.visible_in_workspace_to(user))


# What lists on pages and in the API show of a revision, its practice and its city: no long text except the summary.
IN_BRIEF = (
    "practice", "number", "status", "published_at", "author", "source_language", "source_changed_at",
    "translation_changed_at", "outdated", "title", "original_name", "claim", "summary", "themes", "themes_other",
    "target_groups", "target_groups_other", "scope", "evaluation", "started_on", "continuation", "ended_on",
    "cost_band", "people_reached", "people_reached_year", "picture", "picture_width", "picture_height", "picture_alt",
    "picture_credit", "picture_taken_down_at", "practice__slug", "practice__city__slug", "practice__city__name_fr",
    "practice__city__name_en", "practice__city__country", "practice__city__status",
)  # fmt: skip
# What no list shows, not even on the desk, and the columns of the search.
LONG = (
    "challenge", "approach", "lead", "partners", "resources", "results", "evidence", "lessons", "transfer",
    "safeguards", "search_fr", "search_en",
)  # fmt: skip


class RevisionQuerySet(models.QuerySet):
    def in_brief(self) -> "RevisionQuerySet":
        """Read only what lists show of the revisions, and of their practices and cities if these are selected too."""
        return self.only(*IN_BRIEF)

    def without_long_texts(self) -> "RevisionQuerySet":
        """Leave out what no list shows. For the desk, whose lists show more of a revision than the public ones."""
        return self.defer(*LONG)

    def live(self) -> "RevisionQuerySet":
        """The published revisions of cities that are not hidden."""
        return self.filter(is_shown("practice__city__"), status=Status.PUBLISHED)

    def with_first_publication(self) -> "RevisionQuerySet":
        """Add `first_published_at`, without a query for each revision."""
        public = self.model.objects.filter(practice=OuterRef("practice"), published_at__isnull=False)
        first = public.order_by("published_at").values("published_at")[:1]
        return self.annotate(first_published_at=Subquery(first))

    def with_served(self) -> "RevisionQuerySet":
        """Add the commitments that each revision serves, as `served`, in one more query."""
        return self.prefetch_related(Prefetch("commitments", to_attr="served"))

    def with_history(self) -> "RevisionQuerySet":
        """Add the transitions of each revision, the oldest first, and who made them, as `history`, in two more
        queries."""
        return self.prefetch_related(Prefetch("transitions", to_attr="history"), "history__by")

    def of_other_cities(self, user) -> "RevisionQuerySet":
        """Leave out revisions of cities that `user` acts for: nobody decides about their own city."""
        theirs = City.objects.keys_acted_for(user)
        return self.exclude(practice__city__in=theirs) if theirs else self

    def at_the_desk_of(self, user) -> "RevisionQuerySet":
        """The revisions of other cities that were ever submitted."""
        return self.exclude(status=Status.DRAFT).of_other_cities(user)

    def waiting(self) -> "RevisionQuerySet":
        """The revisions that wait for a moderator, the longest wait first."""
        return self.filter(status=Status.SUBMITTED).order_by("submitted_at")

    def scheduled_until(self, moment) -> "RevisionQuerySet":
        """The revisions that are scheduled to appear at or before `moment`."""
        return self.filter(status=Status.SCHEDULED, publish_at__lte=moment)

    def new_between(self, start, end) -> "RevisionQuerySet":
        """The live revisions of practices that became public in [start, end): for the first time, or again after they
        were archived. Newer revisions of practices that stayed public are left out."""
        always = dt.datetime.min.replace(tzinfo=dt.UTC)
        of_the_practice = self.model.objects.filter(practice=OuterRef("practice"), published_at__isnull=False)
        taken_down = of_the_practice.filter(status=Status.ARCHIVED).order_by("-published_at")
        since = of_the_practice.filter(published_at__gt=Coalesce(OuterRef("taken_down"), Value(always)))
        # What became public since `start` was also published since then. This condition uses an index, and limits the
        # rows for which the subqueries run.
        news = (
            self.live()
            .filter(published_at__gte=start)
            .annotate(taken_down=Subquery(taken_down.values("published_at")[:1]))
        )
        news = news.annotate(public_since=Subquery(since.order_by("published_at").values("published_at")[:1]))
        return news.filter(public_since__gte=start, public_since__lt=end).order_by("-public_since", "-pk")
