"""Taking something down, with a reason for its city, and showing it again, for all kinds in one table.

Take-downs are for people's safety. Staff cannot take down what belongs to a city they act for; as its officials they
can do so in its workspace.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments import pledges, restoring
from commitments.models import Milestone, Pledge, ProgressUpdate
from members import hiding
from members.models import City, User
from practices import moderation, taking_down
from practices.choices import Status
from practices.models import Attachment, Practice, Revision, Transition
from scn_portal.base.background import run_after_commit
from scn_portal.base.languages import Text
from scn_portal.site.models import Takedown, TakedownKind


@dataclass(frozen=True)
class Kind:
    """A row of the table: how to find what is taken down, the words that ask first, and the functions.

    `rows` returns everything that was or may be public, `public` what is public. For one row: `city`, `title` (in a
    language), `author`, `since` (when it was taken down, by anybody; None if it was not), `desk` (the path of its page
    on the desk). `hide` takes the row, `reason` and `by`; `show` takes the row and `by`.
    """

    name: TakedownKind
    question: str | Promise
    button: str | Promise
    rows: Callable[[], QuerySet]
    public: Callable[[], QuerySet]
    city: Callable[[Any], City]
    title: Callable[[Any, str], Text]
    author: Callable[[Any], User | None]
    since: Callable[[Any], dt.datetime | None]
    desk: Callable[[Any], str]
    hide: Callable[..., Any]
    show: Callable[..., Any]


class NotPublic(ValidationError):
    """The row is not public, or not taken down: somebody was faster, or it never was."""


# --- What each kind does ---------------------------------------------------------------------------------------------


def _hide_practice(practice: Practice, *, reason: str, by: User) -> None:
    live = practice.revisions.live().first()
    if live is None:
        raise NotPublic(_("It is not public."))
    _moderated("archive", live, by, reason)


def _show_practice(practice: Practice, *, by: User) -> None:
    archived = practice.revisions.filter(status=Status.ARCHIVED).order_by("-number").first()
    if archived is None:
        raise NotPublic(_("It is not taken down."))
    _moderated("restore", archived, by)


def _moderated(verb: str, revision: Revision, by: User, reason: str = "") -> None:
    try:
        moderation.perform(verb, revision=revision, by=by, reason=reason)
    except moderation.Refused as refusal:
        raise ValidationError(str(refusal)) from refusal
    # Our own mail says it, with the reason. It also goes to the focal points if nobody of the city wrote the text.
    Transition.objects.filter(revision=revision, verb=verb, mailed_at=None).update(mailed_at=timezone.now())


def _restore(row: Pledge | ProgressUpdate | Milestone, *, by: User) -> None:
    restoring.restore(row)


def _hide_city(city: City, *, reason: str, by: User) -> None:
    hiding.hide(city, reason=reason, by=by)
    run_after_commit("practices.tasks.refresh_vocabulary")


def _show_city(city: City, *, by: User) -> None:
    hiding.show(city)
    run_after_commit("practices.tasks.refresh_vocabulary")


def _update_title(update: ProgressUpdate, language: str) -> Text:
    title = update.pledge.text("title", language)
    return Text(f"{title.value} · {date_format(update.reported_on)}", title.language, title.is_fallback)


def _revision_title(revision: Revision, language: str) -> Text:
    return revision.text("title", language)


def _practice_title(practice: Practice, language: str) -> Text:
    once_public = practice.revisions.filter(published_at__isnull=False).order_by("-number").first()
    return once_public.text("title", language) if once_public else Text("", language)


def _practice_since(practice: Practice) -> dt.datetime | None:
    """When the last public revision of `practice` was archived; None if it is public."""
    archived = practice.revisions.filter(published_at__isnull=False).order_by("-number").first()
    if archived is None or archived.status != Status.ARCHIVED:
        return None
    step = archived.transitions.filter(to_status=Status.ARCHIVED).order_by("-pk").first()
    return step.at if step else archived.published_at


def _taken_down_at(row: Attachment | Pledge | Milestone | ProgressUpdate) -> dt.datetime | None:
    return row.taken_down_at


def _desk_of_practice(practice: Practice) -> str:
    return reverse("desk_revision", args=[practice.revisions.filter(published_at__isnull=False).latest("number").pk])


def _desk_of_pledge(pledge: Pledge) -> str:
    return reverse("desk_pledge", args=[pledge.pk])


# --- The table -------------------------------------------------------------------------------------------------------

TABLE = (
    Kind(
        TakedownKind.PRACTICE, _("Take this practice down?"), _("Take the practice down"),
        rows=lambda: Practice.objects.filter(revisions__published_at__isnull=False).distinct(),
        public=lambda: Practice.objects.filter(pk__in=Revision.objects.live().values("practice")),
        city=lambda practice: practice.city, title=_practice_title,
        author=lambda practice: practice.revisions.filter(published_at__isnull=False).latest("number").author,
        since=_practice_since, desk=_desk_of_practice, hide=_hide_practice, show=_show_practice,
    ),
    Kind(
        TakedownKind.DOCUMENT, _("Take this document down?"), _("Take the document down"),
        rows=lambda: Attachment.objects.select_related("revision__practice__city", "revision__author"),
        public=lambda: Attachment.objects.public(),
        city=lambda document: document.revision.practice.city,
        title=lambda document, language: document.text("title", language),
        author=lambda document: document.revision.author, since=_taken_down_at,
        desk=lambda document: _desk_of_practice(document.revision.practice),
        hide=lambda document, *, reason, by: taking_down.take_document_down(document),
        show=lambda document, *, by: taking_down.show_document(document),
    ),
    Kind(
        TakedownKind.PICTURE, _("Take this picture down?"), _("Take the picture down"),
        rows=lambda: Revision.objects.exclude(picture="").select_related("practice__city", "author"),
        public=lambda: Revision.objects.live().filter(picture_taken_down_at=None).exclude(picture=""),
        city=lambda revision: revision.practice.city, title=_revision_title,
        author=lambda revision: revision.author, since=lambda revision: revision.picture_taken_down_at,
        desk=lambda revision: _desk_of_practice(revision.practice),
        hide=lambda revision, *, reason, by: taking_down.take_picture_down(revision),
        show=lambda revision, *, by: taking_down.show_picture(revision),
    ),
    Kind(
        TakedownKind.PLEDGE, _("Take this pledge down?"), _("Take the pledge down"),
        rows=lambda: Pledge.objects.filter(published_at__isnull=False).select_related("city", "created_by"),
        public=lambda: Pledge.objects.public(),
        city=lambda pledge: pledge.city, title=lambda pledge, language: pledge.text("title", language),
        author=lambda pledge: pledge.created_by, since=_taken_down_at, desk=_desk_of_pledge,
        hide=pledges.take_down, show=_restore,
    ),
    Kind(
        TakedownKind.MILESTONE, _("Take this milestone down?"), _("Take the milestone down"),
        rows=lambda: Milestone.objects.filter(pledge__published_at__isnull=False).select_related(
            "pledge__city", "pledge__created_by"),
        public=lambda: Milestone.objects.public(),
        city=lambda milestone: milestone.pledge.city,
        title=lambda milestone, language: milestone.text("title", language),
        author=lambda milestone: milestone.pledge.created_by, desk=lambda milestone: _desk_of_pledge(milestone.pledge),
        since=_taken_down_at, hide=pledges.take_down, show=_restore,
    ),
    Kind(
        TakedownKind.UPDATE, _("Take this progress update down?"), _("Take the update down"),
        rows=lambda: ProgressUpdate.objects.select_related("pledge__city", "author"),
        public=lambda: ProgressUpdate.objects.public(),
        city=lambda update: update.pledge.city, title=_update_title,
        author=lambda update: update.author, desk=lambda update: _desk_of_pledge(update.pledge),
        since=_taken_down_at, hide=pledges.take_down, show=_restore,
    ),
    Kind(
        TakedownKind.CITY, _("Hide this city with all that it published?"), _("Hide the city"),
        rows=lambda: City.objects.all(), public=lambda: City.objects.shown(),
        city=lambda city: city, title=lambda city, language: city.text("name", language),
        author=lambda city: None, since=lambda city: city.hidden_at,
        desk=lambda city: reverse("desk_city", args=[city.slug]),
        hide=_hide_city, show=_show_city,
    ),
)  # fmt: skip
KINDS = {str(kind.name): kind for kind in TABLE}


# --- Taking down and restoring ---------------------------------------------------------------------------------------


def may(user: User, city: City) -> bool:
    """Whether `user` may take down and restore rows of `city`: a moderator who does not act for it."""
    return user.has_perm("practices.moderate_revision") and not city.memberships.filter(user=user).exists()


def in_force(kind: Kind, row: Any) -> Takedown | None:
    """The take-down by staff that hides `row` now; None if it is public, or its city took it down."""
    since = kind.since(row)
    if since is None:
        return None
    # Earlier take-downs do not count: the row has been public again since.
    found = Takedown.objects.filter(kind=kind.name, key__in=_keys(kind, row), restored_at=None, at__gte=since)
    return found.select_related("by").first()


def _keys(kind: Kind, row: Any) -> list[int]:
    """The keys of the rows that are taken down together with `row`: for a document or a picture, those with the same
    file."""
    if kind.name == TakedownKind.DOCUMENT:
        return list(Attachment.objects.filter(file=row.file.name).values_list("pk", flat=True))
    if kind.name == TakedownKind.PICTURE:
        same = Revision.objects.filter(practice=row.practice, picture=row.picture.name)
        return list(same.values_list("pk", flat=True))
    return [row.pk]


@transaction.atomic
def take_down(kind: Kind, row: Any, *, by: User, reason: str, sentence_fr: str = "", sentence_en: str = "") -> Takedown:
    """Take `row` down, and schedule a mail with `reason` to its city. The sentences are for the public.

    Raises ValidationError if it is not public. The caller must check `may`.
    """
    kind.hide(row, reason=reason, by=by)
    taken = Takedown(kind=kind.name, key=row.pk, city=kind.city(row), by=by, reason=reason,
                     sentence_fr=sentence_fr, sentence_en=sentence_en)  # fmt: skip
    taken.full_clean()
    taken.save()
    run_after_commit("scn_portal.site.tasks.send_takedowns")
    return taken


@transaction.atomic
def restore(kind: Kind, row: Any, *, by: User) -> None:
    """Show `row` to the public again, and tell its city.

    Raises ValidationError if the staff have not taken it down, or if something newer has come since.
    """
    taken = in_force(kind, row)
    if taken is None:
        raise NotPublic(_("It is not taken down."))
    kind.show(row, by=by)
    now = timezone.now()
    Takedown.objects.filter(pk=taken.pk).update(
        restored_at=now, restored_by=by, mailed_at=None, mail_attempts=0, mail_after=now
    )
    run_after_commit("scn_portal.site.tasks.send_takedowns")
