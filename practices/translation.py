"""Which fields of practices have a column a language, and the history that must see those columns."""

import pghistory
from modeltranslation.translator import TranslationOptions, translator

from practices.models import Practice, Revision


class RevisionTranslation(TranslationOptions):
    fields = Revision.TEXTS


translator.register(Revision, RevisionTranslation)
# After register: tracked any earlier, the history would miss the columns of each language.
pghistory.track()(Revision)
pghistory.track()(Practice)
