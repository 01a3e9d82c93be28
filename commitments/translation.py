"""The fields of commitments that have a column for each language, and the history, which must include those columns."""

import pghistory
from modeltranslation.translator import TranslationOptions, translator

from commitments.models import Commitment, Declaration, Endorsement, Milestone, Pledge, ProgressUpdate


class DeclarationTranslation(TranslationOptions):
    fields = ("title", "preamble")


class CommitmentTranslation(TranslationOptions):
    fields = ("title", "short", "wording")


class PledgeTranslation(TranslationOptions):
    fields = ("title", "description", "baseline", "target", "partners", "indicator_name", "result", "lessons")


class MilestoneTranslation(TranslationOptions):
    fields = ("title",)


class ProgressUpdateTranslation(TranslationOptions):
    fields = ("what_changed", "reason", "obstacles")


translator.register(Declaration, DeclarationTranslation)
translator.register(Commitment, CommitmentTranslation)
translator.register(Pledge, PledgeTranslation)
translator.register(Milestone, MilestoneTranslation)
translator.register(ProgressUpdate, ProgressUpdateTranslation)
# After `register`: if it were tracked earlier, the history would lack the columns of each language.
# Without the version, which counts how often the row was saved: a save that changes nothing leaves no event.
pghistory.track(exclude=["search_fr", "search_en", "also_said_fr", "also_said_en", "version"])(Pledge)
pghistory.track(exclude=["version"])(Milestone)
pghistory.track()(ProgressUpdate)
pghistory.track()(Endorsement)
pghistory.track()(Declaration)
pghistory.track(exclude=["search_fr", "search_en"])(Commitment)
