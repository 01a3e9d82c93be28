"""Automatic hints for moderators about a text: things to look at, never a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from practices.dead_links import dead_among
from practices.likeness import very_like
from practices.models import Revision
from practices.writing import checks
from scn_portal.base.languages import CODES


@dataclass(frozen=True)
class Noticed:
    """A hint: a sentence, with `details` in words, or with revisions that are `like` it."""

    words: str | Promise
    details: Sequence[str | Promise] = ()
    like: Sequence[Revision] = field(default_factory=list)


def noticed(revision: Revision) -> list[Noticed]:
    """The hints about `revision`, in four queries."""
    found = [] if any(_summaries(revision).values()) else [Noticed(_("There is no summary."))]
    found += [Noticed(asked.words) for asked in checks.asked_about(revision)]
    if dead := dead_among([*revision.sources, *([revision.website] if revision.website else [])]):
        found.append(Noticed(_("Nothing is there any more at these addresses:"), dead))
    if hits := checks.hits(revision):
        details = [
            _("“%(found)s”, %(kind)s, under “%(heading)s”")
            % {"found": hit.risk.found, "kind": hit.risk.kind.label, "heading": hit.heading}
            for hit in hits
        ]
        found.append(Noticed(_("Something in the text could lead to a person:"), details))
    if like := very_like(revision):
        found.append(Noticed(_("Its summary is very like that of another practice:"), like=like))
    return found


def _summaries(revision: Revision) -> dict[str, str]:
    return {code: getattr(revision, f"summary_{code}") or "" for code in CODES}
