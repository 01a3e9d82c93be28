"""The public page of a practice: the sections of its story, and what goes with them."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from practices.addresses import retired
from practices.choices import ONCE_PUBLIC
from practices.headings import HEADINGS
from practices.models import Practice, Revision
from practices.related import adaptations_of, originals_of, related_to, with_kept
from scn_portal.base import generation
from scn_portal.base.fragments import ReadWhenShown, kept
from scn_portal.base.slugs import free_slug

# Longer stories, in characters, get a table of contents.
MAX_LENGTH_WITHOUT_CONTENTS = 3000


@dataclass(frozen=True)
class Section:
    """A section of the story: a field of the revision, or `note` if the field is empty."""

    field: str
    heading: str | Promise
    note: str | Promise = ""


# Sections with a note are shown even if they are empty.
NOTES = {"evidence": _("No evaluation available."), "lessons": _("The city has not shared what did not work.")}
SECTIONS = tuple(
    Section(name, HEADINGS[name], NOTES.get(name, ""))
    for name in ("challenge", "approach", "resources", "results", "evidence", "lessons", "transfer", "safeguards")
)


def detail_context(practice: Practice) -> dict:
    """The template context of the page of `practice`, read by `with_live`. Raises LookupError if it is not public."""
    revision = practice.live
    if revision is None:
        raise LookupError(f"{practice} is not public")
    context = context_of(revision) | {"adaptations": list(adaptations_of(practice))}
    return context | {"related": related_to(revision, besides=[*context["originals"], *context["adaptations"]])}


class PracticePage(ReadWhenShown):
    """The page of the public practice `slug`, which is read only if something of it is used. Raises Http404 if there is
    none."""

    def __init__(self, slug: str):
        self.key = slug

    @property
    def context(self) -> dict:
        """The template context. `key` and `version`, the generation, are for fragments: the page shows other practices
        and cities too. The values that have to be read are functions, which are called when the template uses them."""
        names = ("practice", *CONTEXT, "adaptations", "related")
        read = {name: partial(self.read, name) for name in names}
        return read | {"key": self.key, "version": generation.current().number, "number_shown": self.number_shown}

    def number_shown(self) -> str:
        """The number of its live revision, which is kept."""
        about = (self.key, generation.current().number)
        return kept("practice-number", *about, build=lambda: str(self._all["revision"].number))

    def read(self, name: str) -> Any:
        """The value with this name. All values are read together, once."""
        return self._all[name]

    @cached_property
    def _all(self) -> dict:
        practice = get_object_or_404(with_kept(Practice.objects.published()), slug=self.key)
        return detail_context(practice) | {"practice": practice}


# What `context_of` returns.
CONTEXT = ("revision", "commitments", "title", "is_long", "documents", "originals", "partner_cities")


def context_of(revision: Revision) -> dict:
    """What the page shows of `revision`, public or not, read with its practice, its city and its commitments."""
    return {
        "revision": revision,
        "commitments": revision.served,
        "title": revision.text("title", get_language()),
        "is_long": is_long(revision),
        "documents": revision.attachments.standing().select_related("revision__practice"),
        "originals": list(originals_of(revision)),
        "partner_cities": revision.partner_cities.listed(),
    }


def as_public(revision: Revision) -> dict:
    """The context of the public page of `revision`, read with its practice and city, as it will be once it is public.

    This changes the revision and its practice in memory, as publishing would: do not save them.
    """
    practice = revision.practice
    first = revision.first_published_at
    revision.published_at = revision.published_at or revision.publish_at or timezone.now()
    revision.first_published_at = first or revision.published_at
    practice.slug = address_once_public(revision)
    revision.served = list(revision.commitments.all())
    context = context_of(revision) | {"practice": practice, "adaptations": list(adaptations_of(practice))}
    return context | {"related": related_to(revision, besides=[*context["originals"], *context["adaptations"]])}


def address_once_public(revision: Revision) -> str:
    """The slug of the practice; if it was never public, the slug that publishing `revision` will give it."""
    practice = revision.practice
    # Until then the slug is random, so that it does not reveal the title of a draft.
    if practice.revisions.filter(status__in=ONCE_PUBLIC).exists():
        return practice.slug
    titles = (revision.title_en, revision.title_fr)
    return free_slug(Practice, titles, default="practice", is_taken=lambda slug: retired(slug) is not None)


def sections_of(revision: Revision) -> list[Section]:
    """The sections with text, and those with a note."""
    return [section for section in SECTIONS if section.note or revision.text(section.field, get_language())]


def is_long(revision: Revision) -> bool:
    """Whether the story in the active language gets a table of contents."""
    texts = (revision.text(section.field, get_language()).value for section in SECTIONS)
    return sum(map(len, texts)) > MAX_LENGTH_WITHOUT_CONTENTS
