"""Forms of the newsletter."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from digests import topics
from digests.models import Frequency, NextIssue
from members.editing.given_back import gives_back
from scn_portal.base.one_line import one_line


@dataclass(frozen=True)
class TopicBox:
    """A topic as a checkbox."""

    id: str
    value: str
    label: str
    ticked: bool


class ChoicesForm(forms.Form):
    """The language, frequency and topics of a subscription; `choices` are arguments for `digests.subscriptions`.

    The topics `following` are offered in addition to those offered to everybody, and are checked at first.
    """

    EVERYTHING, CHOSEN = "everything", "chosen"

    language = forms.ChoiceField(
        label=_("Language of the newsletter"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language.")},
    )
    frequency = forms.ChoiceField(
        label=_("How often"),
        choices=Frequency,
        initial=Frequency.WEEKLY,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how often you want to receive the newsletter.")},
    )
    scope = forms.ChoiceField(
        label=_("Topics"),
        choices=[(EVERYTHING, _("All updates")), (CHOSEN, _("Only topics I choose"))],
        initial=EVERYTHING,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose all updates, or only some topics.")},
    )
    topics = forms.MultipleChoiceField(label=_("Topics I choose"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data=None, *, language: str, following: Iterable[str] = (), **kwargs):
        super().__init__(data, **kwargs)
        following = topics.known_topics(following)
        self.fields["language"].initial = language
        self.fields["topics"].choices = _choices(following, language)
        if following:
            self.fields["scope"].initial = self.CHOSEN
            self.fields["topics"].initial = following

    def clean(self) -> dict:
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("scope") == self.CHOSEN and not cleaned.get("topics") and "topics" not in self.errors:
            self.add_error("topics", _("Choose at least one topic, or all updates."))
        return cleaned

    @property
    def boxes(self) -> list[tuple[str, list[TopicBox]]]:
        """The topics as checkboxes, by kind: (label, boxes)."""
        checked, groups, number = set(self["topics"].value() or ()), [], 0
        for label, choices in self.fields["topics"].choices:
            boxes = []
            for value, name in choices:
                boxes.append(TopicBox(f"id_topics_{number}", value, name, value in checked))
                number += 1
            groups.append((label, boxes))
        return groups

    @property
    def choices(self) -> dict:
        """The choices, once the form is valid: `language`, `frequency`, `topics`, and other fields of a subclass."""
        choices = {name: value for name, value in self.cleaned_data.items() if name != "scope"}
        if self.cleaned_data["scope"] == self.EVERYTHING:
            choices["topics"] = []
        return choices


@gives_back
class IntroductionForm(forms.ModelForm):
    """The introduction of the next issue, in one language or in both."""

    MAX_LENGTH = 2000

    introduction_fr = forms.CharField(
        label=_("In French"),
        required=False,
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"lang": "fr", "rows": 4}),
    )
    introduction_en = forms.CharField(
        label=_("In English"),
        required=False,
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"lang": "en", "rows": 4}),
    )

    class Meta:
        model = NextIssue
        fields = ["introduction_fr", "introduction_en"]


class SubscribeForm(ChoicesForm):
    field_order = ["email"]

    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_("We use it only for the newsletter and never publish it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter your email address.")},
        validators=[one_line],
    )


def _choices(following: list[str], language: str) -> list:
    """The topics by kind: first those of the reader, then those offered to everybody. Cities and searches are followed
    from their own pages."""
    offered = topics.offered_topics(language)
    own = [topic for topic in topics.name_topics(following, language) if topic.kind in ("city", "search")]
    groups = [
        (_("Already followed"), [(topic.key, topic.label) for topic in own]),
        (_("Commitments"), offered["commitment"]),
        (_("Themes of practices"), offered["theme"]),
        (_("Regions"), offered["region"]),
    ]
    return [(label, choices) for label, choices in groups if choices]
