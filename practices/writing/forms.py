"""The forms of a practice: one for each task, one for the other language."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.models import Commitment
from members.editing.given_back import gives_back
from members.models import City
from practices.choices import Continuation, TargetGroup, Theme
from practices.fields import ChosenBoxes, OriginalsField
from practices.headings import HEADINGS
from practices.models import Revision
from practices.writing.table import LONG_TEXTS, TASKS, WritingTask
from scn_portal.base.forms import QUESTION, AddressesField, BilingualForm
from scn_portal.base.languages import CODES, Text, alphabetical, other
from scn_portal.base.links import absolute_url
from scn_portal.base.markdown import lists_from_pasted
from scn_portal.base.which_language import language_of

# Hints for texts whose labels are not clear enough.
HINTS = {
    "title": _("Needed to submit it."),
    "summary": _("Needed to submit it: a few sentences, for readers who choose what to read."),
    "claim": _("What it does and for whom, in one sentence of at most 200 characters. It stands under the title."),
    "challenge": _("What was wrong, and how the city noticed."),
    "approach": _("Needed to submit it: what is done, by whom, with whom, how often."),
    "partners": _("One partner a line."),
    "resources": _("Money, people and time, and who pays."),
    "evidence": _("How you know: figures, surveys, an evaluation, and who made it."),
    "lessons": _("What you would not do again. This often helps other cities most."),
    "transfer": _("What another city needs for this to work there: powers, partners, money, time."),
    "safeguards": _("How you protect privacy, equality and the freedoms of those it concerns."),
    "inspired_by": _("Where the idea came from, if that practice is not on this portal."),
    "original_name": _("The name that it goes by in the city, in whatever language."),
    "evaluation": _("Who evaluated what the practice changed. Give their findings under “Evidence”."),
    "started_on": _("A year, a month or a day, such as 2024, 2024-05 or 2024-05-16."),
    "ended_on": _("Only if it has ended: a year, a month or a day."),
    "cost_band": _("In an ordinary year, whoever pays."),
    "people_reached": _("How many people took part or were served. Leave it empty if nobody has counted."),
    "people_reached_year": _("The year that the number is of, such as 2024; empty if it is of all years."),
    "website": _("A public page about the practice. Give no personal address or telephone number."),
}
DECLARED = ("commitments", "themes", "target_groups", "adapted_from", "sources", "partner_cities")
REACHED = "people_reached"


class PartnerCitiesField(forms.ModelMultipleChoiceField):
    """Cities of the network, by name."""

    def __init__(self, **options):
        super().__init__(City.objects.none(), required=False, widget=ChosenBoxes, **options)


class RevisionForm(BilingualForm):
    """Write a practice. A draft may be saved in any state, even empty.

    With `language`, the form has only the texts in that language. If words are in another language than their field,
    the form asks about them once; `words_stay` names the fields whose words the writer has confirmed.
    """

    title_required = False
    commitments = forms.ModelMultipleChoiceField(
        Commitment.objects.of_melbourne(),
        required=False,
        help_text=_("One to three of the seven."),
        widget=forms.CheckboxSelectMultiple,
    )
    themes = forms.MultipleChoiceField(choices=Theme, required=False, widget=forms.CheckboxSelectMultiple)
    target_groups = forms.MultipleChoiceField(choices=TargetGroup, required=False, widget=forms.CheckboxSelectMultiple)
    adapted_from = OriginalsField()
    partner_cities = PartnerCitiesField(
        help_text=_("Cities of the network that take part. Search below and choose; untick to remove.")
    )
    sources = AddressesField(required=False, help_text=_("Public pages about it, one address per line."))
    small_correction = forms.BooleanField(
        required=False,
        label=_("Only small corrections"),
        help_text=_("The meaning is the same, so the translation stays right."),
    )

    class Meta:
        model = Revision
        translated: tuple[str, ...] = Revision.TEXTS
        fields = [
            *(f"{name}_{code}" for name in Revision.TEXTS for code in CODES),
            "commitments", "themes", "target_groups", "original_name", "partner_cities", "scope", "started_on",
            "continuation", "ended_on", "cost_band", "evaluation", "people_reached", "people_reached_year",
            "adapted_from", "website", "sources",
        ]  # fmt: skip
        widgets = dict.fromkeys(("evaluation", "scope", "continuation", "cost_band"), forms.RadioSelect)

    def __init__(self, data=None, *args, language: str = "", **kwargs):
        super().__init__(_with_chosen(data), *args, **kwargs)
        self.source_before = self.instance.source_language
        self._say(language)
        if language:
            for name in self.Meta.translated:
                del self.fields[f"{name}_{other(language)}"]
        if not self._may_be_small(language):
            del self.fields["small_correction"]
        if "partner_cities" in self.fields:
            cities = City.objects.listed().order_by(alphabetical("name_en"), F("pk"))
            city = self.instance.practice.city_id if self.instance.practice_id else None
            self.fields["partner_cities"].queryset = cities.exclude(pk=city)
        if "adapted_from" in self.fields:
            self.fields["adapted_from"].practice = self.instance.practice if self.instance.practice_id else None
        for name in self._texts() & set(self._confirmed()):
            self.fields[name].stays = "confirmed"

    def _say(self, language: str) -> None:
        """Set labels, hints and sizes."""
        for name, field in self.fields.items():
            bare = name[:-3] if name[:-3] in self.Meta.translated else name
            field.label = HEADINGS.get(bare, field.label)  # type: ignore[assignment]  # lazy texts are labels too
            field.help_text = HINTS.get(bare) or field.help_text
            # Nothing is required of a draft, so no label says “optional”.
            field.one_language_is_enough = True
            if bare in LONG_TEXTS:
                field.widget.attrs |= {"rows": 3 if bare in ("summary", "partners") else 6, "data-markdown": True}
            if type(field.widget) is forms.RadioSelect:  # not its subclass, checkboxes, which need no empty choice
                none = pgettext_lazy("a cost", "Not stated") if name == "cost_band" else _("Not stated")
                field.choices = [("", none), *[pair for pair in field.choices if pair[0]]]

    def _may_be_small(self, language: str) -> bool:
        """Whether a text of this form has a translation that would be outdated if the text changes."""
        source = self.instance.source_language
        if not language or language != source:
            return False
        pairs = ((getattr(self.instance, f"{name}_{code}") for code in CODES) for name in self.Meta.translated)
        return any(all(pair) for pair in pairs)

    @classmethod
    def name_fields(cls, fields: dict[str, forms.Field]) -> None:
        super().name_fields(fields)
        for name in HEADINGS.keys() & fields.keys():
            fields[name].label = HEADINGS[name]  # type: ignore[assignment]  # lazy texts are labels too

    # --- Cleaning ----------------------------------------------------------------------------------------------------

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # the stubs know the public methods only
        for name in self._texts():
            bare, text = name[:-3], self.cleaned_data.get(name)
            if text and bare in LONG_TEXTS:
                self.cleaned_data[name] = lists_from_pasted(text, each_line=bare == "partners")

    def clean(self) -> dict:
        if self.instance.pk and not self.instance.is_writable:
            raise forms.ValidationError(_("This text can no longer be changed. Open a new draft to continue writing."))
        cleaned = super().clean()
        if cleaned.get("people_reached_year") and not cleaned.get("people_reached") and not self.errors.get(REACHED):
            self.add_error(REACHED, _("Enter how many people were reached that year, or remove the year."))
        if cleaned.get("ended_on") and cleaned.get("continuation") != Continuation.ENDED:
            self.add_error("continuation", _("Choose “Ended”, or remove the date of its end."))
        self._ask_about_language(cleaned)
        return cleaned

    def clean_commitments(self):
        served = self.cleaned_data["commitments"]
        if len(served) > 3:
            raise forms.ValidationError(_("Choose at most three: those it contributes to most."))
        return served

    def _ask_about_language(self, cleaned: dict) -> None:
        confirmed = self._confirmed()
        questions = {
            "fr": _("These words look French, and this is the English text. Move them, or confirm them below."),
            "en": _("These words look English, and this is the French text. Move them, or confirm them below."),
        }
        for name in self._texts() & set(self.changed_data) - set(confirmed):
            found = language_of(cleaned.get(name) or "")
            if found and found != name[-2:]:
                self.fields[name].stays = "asked"
                self.add_error(name, forms.ValidationError(questions[found], code=QUESTION))

    def _confirmed(self) -> list[str]:
        return self.data.getlist("words_stay") if hasattr(self.data, "getlist") else []

    def _texts(self) -> set[str]:
        return {name for name in self.fields if name[-3:] in ("_en", "_fr") and name[:-3] in self.Meta.translated}

    def _source_among(self, given: set[str]) -> str:
        """The first language stays the source language, until its title is deleted and there is one in the other
        language."""
        current = self.instance.source_language or super()._source_among(given)
        titles = {code: self._text("title", code) for code in CODES}
        return other(current) if titles[other(current)] and not titles[current] else current

    def _text(self, name: str, code: str) -> str:
        key = f"{name}_{code}"
        return (self.cleaned_data.get(key) if key in self.fields else getattr(self.instance, key)) or ""

    # --- Saving ------------------------------------------------------------------------------------------------------

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.source_before and self.source_before != self.instance.source_language:
            self.instance.outdated = {}
            return
        source = self.instance.source_language
        changed = {name for name in self.changed_data if name in self._texts()}
        sources = {name[:-3]: self.initial.get(name) or "" for name in changed if name[-2:] == source}
        translated = {name[:-3] for name in changed if name[-2:] != source} | self._still_right()
        self.instance.note_fields(sources, translated, is_small=self.cleaned_data.get("small_correction", False))

    def _still_right(self) -> set[str]:
        return set()


def _with_chosen(data: QueryDict | None) -> QueryDict | None:
    """`data`, in which an original or a partner city that was chosen from the results of a search is added to the
    others."""
    if not data or not hasattr(data, "setlist"):
        return data
    chosen = data.copy()
    if "choose" in data:
        (slug,) = chosen.pop("choose")[-1:]
        named = chosen.get("adapted_from", "").strip()
        chosen["adapted_from"] = f"{named}\n{absolute_url(reverse('practice_detail', args=[slug]))}".strip()
    if "choose_city" in data:
        chosen.setlist("partner_cities", [*data.getlist("partner_cities"), *chosen.pop("choose_city")])
    return chosen


def _form_of(name: str, texts: Iterable[str], facts: Iterable[str], base=RevisionForm) -> type[RevisionForm]:
    """The form for some of the fields: a subclass, which is registered under its name so that typed words can be given
    back."""
    kept = set(facts)
    fields = [f"{text}_{code}" for text in texts for code in CODES] + [one for one in base.Meta.fields if one in kept]
    attributes: dict[str, Any] = {one: None for one in DECLARED if one not in kept}
    attributes["Meta"] = type("Meta", (base.Meta,), {"translated": tuple(texts), "fields": fields})
    made: type[RevisionForm] = type(base)(name, (base,), attributes)
    gives_back(made)
    return made


def _form_for(task: WritingTask) -> type[RevisionForm]:
    return _form_of(f"Practice{task.slug.capitalize()}Form", task.texts, task.facts)


FORMS = {task.slug: _form_for(task) for task in TASKS if not task.page}


class _TranslationForm(RevisionForm):
    """The texts in the other language. `right` has the texts that the writer has read and found still right."""

    right = forms.MultipleChoiceField(
        required=False, choices=[(name, HEADINGS[name]) for name in Revision.TEXTS], widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["right"].choices = [
            (name, HEADINGS[name]) for name in Revision.TEXTS if self.instance.is_stale(name, self.target)
        ]

    @property
    def target(self) -> str:
        return other(self.instance.source_language)

    def rows(self) -> list[dict]:
        """A row for each text: its field, its source, the source as it was when it was translated, and whether the
        translation is outdated."""
        return [self._row(name) for name in Revision.TEXTS if f"{name}_{self.target}" in self.fields]

    @property
    def has_source(self) -> bool:
        return any(row["source"] for row in self.rows())

    def _row(self, name: str) -> dict:
        source = getattr(self.instance, f"{name}_{self.instance.source_language}") or ""
        chosen = self["right"].value() or []
        return {
            "name": name,
            "heading": HEADINGS[name],
            "field": self[f"{name}_{self.target}"],
            "source": source,
            "shown": Text(source, self.instance.source_language) if name in LONG_TEXTS else None,
            "before": self.instance.made_from(name),
            "is_stale": self.instance.is_stale(name, self.target),
            "is_missing": bool(source) and not self[f"{name}_{self.target}"].value(),
            "is_right": name in chosen,
        }

    def _still_right(self) -> set[str]:
        return set(self.cleaned_data.get("right") or ())


TranslationForm = _form_of("PracticeTranslationForm", Revision.TEXTS, (), base=_TranslationForm)
