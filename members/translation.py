"""Which fields of members have a column a language, and the history that must see those columns."""

import pghistory
from modeltranslation.translator import TranslationOptions, translator

from members.models import City, Region


class RegionTranslation(TranslationOptions):
    fields = ("name",)


class CityTranslation(TranslationOptions):
    fields = ("name",)


translator.register(Region, RegionTranslation)
translator.register(City, CityTranslation)
# After register: tracked any earlier, the history would miss name_fr and name_en.
pghistory.track(exclude=["search"])(City)
pghistory.track()(Region)
