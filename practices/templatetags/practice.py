"""Tags of the pages that show a practice: the parts of its story, and how it is sorted."""

from math import ceil

from django import template
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from practices.choices import Evaluation, TargetGroup, Theme
from practices.models import Revision
from practices.story import Section, sections_of
from scn_portal.base import origin

register = template.Library()


@register.filter(name="story")
def story_sections(revision: Revision) -> list[Section]:
    return sections_of(revision)


@register.filter
def evidence_mark(revision: Revision) -> str:
    """Who evaluated it, as far as that is known."""
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
def kind_of_file(media_type: str) -> str:
    """“PDF” for `application/pdf`."""
    return media_type.rpartition("/")[2].upper()


@register.filter
def size_of_file(size: int) -> str:
    """A size in bytes, in the active language: “312 KB”, « 1,2 Mo »."""
    if size <= 999_000:
        return _("%(size)s KB") % {"size": number_format(ceil(size / 1000))}
    return _("%(size)s MB") % {"size": number_format(round(size / 1_000_000, 1), 1)}
