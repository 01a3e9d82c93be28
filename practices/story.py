"""The story of a practice as its public page tells it: the order of its sections, and what stands beside them."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from practices.models import Practice, Revision
from practices.related import adaptations_of, originals_of, related_to

# A story of more characters than this is worth a table of contents.
LONG = 3000


@dataclass(frozen=True)
class Section:
    """One part of the story: `field` of the revision, or `note` where the field is empty."""

    field: str
    heading: str | Promise
    note: str | Promise = ""


SECTIONS = (
    Section("challenge", _("Why")),
    Section("approach", _("What the city does")),
    Section("resources", _("What it takes")),
    Section("results", _("Results")),
    # Silence about these says something too.
    Section("evidence", _("Evidence"), _("No evaluation is recorded.")),
    Section(
        "lessons",
        _("What did not work"),
        _("The city has not told what did not work. It is often what helps another city most."),
    ),
    Section("transfer", _("What another city would need")),
    Section("safeguards", _("Safeguards for human rights")),
)


def detail_context(practice: Practice) -> dict:
    """What the public page of `practice` is made of. LookupError where it is not public."""
    revision = practice.live
    if revision is None:
        raise LookupError(f"{practice} is not public")
    originals, adaptations = list(originals_of(revision)), list(adaptations_of(practice))
    return {
        "revision": revision,
        "title": revision.text("title", get_language()),
        "is_long": is_long(revision),
        "documents": revision.attachments.select_related("revision__practice"),
        "originals": originals,
        "adaptations": adaptations,
        "related": related_to(revision, besides=[*originals, *adaptations]),
    }


def sections_of(revision: Revision) -> list[Section]:
    """The parts of the story that there are, and those whose absence is said, in order."""
    return [section for section in SECTIONS if section.note or revision.text(section.field, get_language())]


def is_long(revision: Revision) -> bool:
    """Whether the story, in the active language, is worth a table of contents."""
    texts = (revision.text(section.field, get_language()).value for section in SECTIONS)
    return sum(map(len, texts)) > LONG
