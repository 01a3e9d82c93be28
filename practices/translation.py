"""The fields of practices that have a column for each language, and the history, which must include those columns."""

import pghistory
from modeltranslation.translator import TranslationOptions, translator

from practices.models import Attachment, Practice, ReasonTemplate, Revision


class RevisionTranslation(TranslationOptions):
    fields = (*Revision.TEXTS, "picture_alt")


class AttachmentTranslation(TranslationOptions):
    fields = ("title",)


class ReasonTemplateTranslation(TranslationOptions):
    fields = ("title", "words")


translator.register(Revision, RevisionTranslation)
translator.register(Attachment, AttachmentTranslation)
translator.register(ReasonTemplate, ReasonTemplateTranslation)
# After `register`: if it were tracked earlier, the history would lack the columns of each language.
# Without the version, which counts how often the row was saved: a save that changes nothing leaves no event.
pghistory.track(exclude=["search_fr", "search_en", "version"])(Revision)
pghistory.track()(Practice)
pghistory.track()(Attachment)
