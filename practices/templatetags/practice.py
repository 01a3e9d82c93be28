"""Tags of the pages that show a practice: the parts of its story, and how it is sorted."""

from math import ceil
from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from practices import pictures
from practices.choices import Evaluation, TargetGroup, Theme
from practices.models import Revision
from practices.patterns import pattern
from practices.story import Section, sections_of
from scn_portal.base import origin
from scn_portal.base.typography import typographic

register = template.Library()


@register.filter(name="story")
def story_sections(revision: Revision) -> list[Section]:
    return sections_of(revision)


@register.filter
def evidence_mark(revision: Revision) -> str:
    """Who evaluated the practice, as far as that is known."""
    if revision.evaluation in (Evaluation.EXTERNAL, Evaluation.INTERNAL):
        return revision.get_evaluation_display()
    return _("Not evaluated or not known")


@register.filter
def byline(revision: Revision) -> str:
    """Who wrote a revision, read with its practice and city."""
    return origin.byline(revision.origin, revision.practice.city.text("name", get_language()).value)


@register.filter
def themes_named(revision: Revision) -> list[tuple[str, str]]:
    """The themes of a revision: value and label."""
    return [(value, str(Theme(value).label)) for value in revision.themes if value in Theme.values]


@register.filter
def groups_named(revision: Revision) -> list[tuple[str, str]]:
    """The target groups of a revision: value and label."""
    return [(value, str(TargetGroup(value).label)) for value in revision.target_groups if value in TargetGroup.values]


@register.filter
def people_reached(revision: Revision) -> str:
    """“1,200 people reached (2023)”; "" if that is not known."""
    if revision.people_reached is None:
        return ""
    words = ngettext("%(count)s person reached", "%(count)s people reached", revision.people_reached)
    words %= {"count": number_format(revision.people_reached, force_grouping=True)}
    if revision.people_reached_year is None:
        return words
    return _("%(number)s (%(year)s)") % {"number": words, "year": revision.people_reached_year}


@register.inclusion_tag("practices/_lead_picture.html")
def lead_picture(revision: Revision, *, preview: bool = False, closed: bool = False) -> dict[str, Any]:
    """The picture of a revision, which is read with its practice, with its credit; or a pattern of its commitments in
    its place.

    With `preview`, for readers who may see it before it is public, and without a pattern. With `closed`, as the public
    will see it, but from the address of the preview.
    """
    if not (revision.picture if preview else revision.shows_picture):
        return {"address": ""} if preview else {"address": "", **_pattern(revision, 800, 128)}
    address = reverse("lead_picture_preview", args=[revision.pk]) if preview or closed else pictures.path_of(revision)
    credit = typographic(revision.picture_credit, get_language())
    alt = revision.text("picture_alt", get_language())
    return {"revision": revision, "alt": alt, "credit": credit, "address": address}


@register.inclusion_tag("practices/_card_picture.html")
def card_picture(revision: Revision) -> dict[str, Any]:
    """The small picture of a live revision, or a pattern, in 320 by 120 pixels.

    The revision is read with its practice, and with its commitments as `served`.
    """
    if not revision.shows_picture:
        return {"address": "", **_pattern(revision, 320, 120)}
    address = pictures.path_of(revision, small=True)
    return {"alt": revision.text("picture_alt", get_language()), "address": address}


def _pattern(revision: Revision, width: int, height: int) -> dict[str, Any]:
    served = {commitment.number for commitment in revision.served}
    lines = pattern(revision.practice.slug, served, width, height)
    return {"lines": lines, "radius": height // 20, "width": width, "height": height}


@register.filter
def kind_of_file(media_type: str) -> str:
    """“PDF” for `application/pdf`."""
    return media_type.rpartition("/")[2].upper()


@register.filter
def size_of_file(size: int) -> str:
    """A size in bytes, in the active language: “312 KB”, « 1,2 Mo »."""
    if size <= 999_000:
        return _("%(size)s KB") % {"size": number_format(ceil(size / 1000))}
    return _("%(size)s MB") % {"size": number_format(round(size / 1_000_000, 1), 1)}
