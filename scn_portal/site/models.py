"""The only rows of the site itself: what the search of everything may find beside the rows of the apps."""

from django.db import models
from django.urls import reverse

from scn_portal.base.languages import Text, text_of
from scn_portal.base.search.full_text import CONFIGURATIONS, searchable


class TextPage(models.Model):
    """The words of a page of the portal, under the name of its URL. A copy, for the search alone, of what the code and
    the settings say: only `scn_portal.site.search.text_pages` writes it.

    Readers find a page by `keywords` that it does not show.
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

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse(self.name)

    def text(self, field: str, language: str) -> Text:
        return text_of(self, field, language)
