"""Which fields of practices have a column a language, and the history that must see those columns."""

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
# After register: tracked any earlier, the history would miss the columns of each language.
# Not the version, which says how often the row was saved: a saving that changes nothing leaves no event.
pghistory.track(exclude=["search_fr", "search_en", "version"])(Revision)
pghistory.track()(Practice)
pghistory.track()(Attachment)
