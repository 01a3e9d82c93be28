"""Forms of digests."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from digests import topics
from digests.models import Frequency


@dataclass(frozen=True)
class Box:
    """A topic to tick."""

    id: str
    value: str
    label: str
    ticked: bool


class ChoicesForm(forms.Form):
    """What a reader gets: in which language, how often, about what. `wanted` is what `digests.subscriptions` takes.

    `following` are topics to offer beside those that everybody is offered, chosen from the start.
    """

    EVERYTHING, CHOSEN = "everything", "chosen"

    language = forms.ChoiceField(
        label=_("Language of the newsletter"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )
    frequency = forms.ChoiceField(
        label=_("How often"), choices=Frequency, initial=Frequency.WEEKLY, widget=forms.RadioSelect
    )
    scope = forms.ChoiceField(
        label=_("About what"),
        choices=[(EVERYTHING, _("Everything that is new")), (CHOSEN, _("Only what I choose"))],
        initial=EVERYTHING,
        widget=forms.RadioSelect,
    )
    topics = forms.MultipleChoiceField(label=_("What I choose"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data=None, *, language: str, following: Iterable[str] = (), **kwargs):
        super().__init__(data, **kwargs)
        following = topics.known(following)
        self.fields["language"].initial = language
        self.fields["topics"].choices = _choices(following, language)
        if following:
            self.fields["scope"].initial = self.CHOSEN
            self.fields["topics"].initial = following

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("scope") == self.CHOSEN and not cleaned.get("topics") and "topics" not in self.errors:
            self.add_error("topics", _("Choose at least one, or everything."))
        return cleaned

    @property
    def boxes(self) -> list[tuple[str, list[Box]]]:
        """The topics to tick, by their kind, as they were sent or are from the start."""
        ticked, groups, number = set(self["topics"].value() or ()), [], 0
        for label, choices in self.fields["topics"].choices:
            boxes = []
            for value, name in choices:
                boxes.append(Box(f"id_topics_{number}", value, name, value in ticked))
                number += 1
            groups.append((label, boxes))
        return groups

    @property
    def wanted(self) -> dict:
        """What was asked for, once the form is valid."""
        wanted = {name: value for name, value in self.cleaned_data.items() if name != "scope"}
        if self.cleaned_data["scope"] == self.EVERYTHING:
            wanted["topics"] = []
        return wanted


class IntroductionForm(forms.Form):
    """What staff say at the head of the next issue, in one language or in both."""

    LONGEST = 2000

    introduction_fr = forms.CharField(
        label=_("In French"), required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"lang": "fr", "rows": 4})
    )
    introduction_en = forms.CharField(
        label=_("In English"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"lang": "en", "rows": 4}),
    )


class SubscribeForm(ChoicesForm):
    """Ask for the newsletter."""

    field_order = ["email"]

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("We write to this address only, and show it to nobody."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def _choices(following: list[str], language: str) -> list:
    """The topics by their kind: first those of the reader, then what everybody is offered. A city or a search is
    followed from its own page."""
    offered = topics.offered(language)
    own = [topic for topic in topics.named(following, language) if topic.kind in ("city", "search")]
    groups = [
        (_("Followed"), [(topic.key, topic.label) for topic in own]),
        (_("Commitments"), offered["commitment"]),
        (_("Themes of practices"), offered["theme"]),
        (_("Regions"), offered["region"]),
    ]
    return [(label, choices) for label, choices in groups if choices]
