"""The pages of text in the form that the search reads."""

from django.db import models
from django.urls import reverse

from scn_portal.base.languages import Text, text_of
from scn_portal.base.search.full_text import CONFIGURATIONS, searchable
from scn_portal.base.triggers import RaisesGeneration


class TextPage(models.Model):
    """The words of a page of the portal, under the name of its URL. It is a copy of texts in the code and the settings,
    only for the search; only `scn_portal.site.search.text_pages` writes it.

    `keywords` are not shown on the page, but readers find it by them.
    """

    name = models.CharField(max_length=40, unique=True)
    title_en = models.CharField(max_length=200)
    title_fr = models.CharField(max_length=200)
    keywords_en = models.TextField()
    keywords_fr = models.TextField()
    text_en = models.TextField()
    text_fr = models.TextField()
    search_fr = searchable(CONFIGURATIONS["fr"], A=("title_fr",), B=("keywords_fr",), D=("text_fr",))
    search_en = searchable(CONFIGURATIONS["en"], A=("title_en",), B=("keywords_en",), D=("text_en",))

    class Meta:
        triggers = [RaisesGeneration()]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse(self.name)

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)
