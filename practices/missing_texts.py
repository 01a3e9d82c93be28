"""Missing texts of a revision: texts that a submission needs, and texts that are in one language only."""

from collections.abc import Iterable

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from practices.headings import HEADINGS
from practices.models import ModerationRules, Revision
from scn_portal.base.languages import CODES, other

# A moderator cannot judge a practice without these. A draft may lack them.
NEEDED_TO_SUBMIT = ("title", "summary", "approach")


def missing_to_submit(revision: Revision) -> list[str]:
    """The names of the texts that a submission needs and that the revision has in neither language."""
    return [name for name in NEEDED_TO_SUBMIT if not any(getattr(revision, f"{name}_{code}") for code in CODES)]


def waits_for_both_languages() -> bool:
    """Whether the rules of the desk forbid publishing in one language only."""
    return ModerationRules.current().needs_both_languages


def untranslated(revision: Revision) -> str:
    """The texts that are in one language only, in words: “Title” (in French). "" if there are none."""
    notes = {"en": _("“%(heading)s” in English"), "fr": _("“%(heading)s” in French")}
    missing = [
        notes[code] % {"heading": HEADINGS[name]}
        for name in revision.TEXTS
        for code in CODES
        if not getattr(revision, f"{name}_{code}") and getattr(revision, f"{name}_{other(code)}")
    ]
    return get_text_list(missing, _("and"))


def in_words(names: Iterable[str]) -> str:
    """The headings of the texts `names`, quoted, as the last part of a sentence."""
    return get_text_list([_("“%(heading)s”") % {"heading": HEADINGS[name]} for name in names], _("and"))
