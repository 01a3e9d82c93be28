"""The fields of members that have a column for each language, and the history that must include those columns."""

import pghistory
from modeltranslation.translator import TranslationOptions, translator

from members.models import City, Region


class RegionTranslation(TranslationOptions):
    fields = ("name",)


class CityTranslation(TranslationOptions):
    fields = ("name",)


translator.register(Region, RegionTranslation)
translator.register(City, CityTranslation)
# After register: otherwise, the history would miss name_fr and name_en.
pghistory.track(exclude=["search"])(City)
pghistory.track()(Region)
