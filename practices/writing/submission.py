"""The form that submits a practice: an answer about each risk, the harm check, a note to the moderator."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.editing.given_back import gives_back
from practices.models import HarmCheck, Revision
from practices.writing.checks import hits
from scn_portal.base.forms import MAX_LENGTH_TEXT

YES_NO = (("yes", _("Yes")), ("no", _("No")))
ANSWER = "answer-"


def _yes_no(label, help_text="") -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=YES_NO,
        label=label,
        help_text=help_text,
        widget=forms.RadioSelect,
        error_messages={"required": _("Answer with yes or no.")},
    )


def _words(label, rows: int = 3) -> forms.CharField:
    """A text without the label “optional”, since the answer above decides whether it is needed."""
    widget = forms.Textarea(attrs={"rows": rows})
    field = forms.CharField(label=label, required=False, max_length=MAX_LENGTH_TEXT, widget=widget)
    field.one_language_is_enough = True
    return field


@gives_back
class SubmissionForm(forms.Form):
    """The questions before `instance`, a draft, is submitted to the moderators."""

    at_risk = _yes_no(
        _("Does the text name a person, a place or a group that publication could put at risk?"),
        _("Think of witnesses, former members, families, places of worship, shelters."),
    )
    at_risk_words = _words(_("If yes: whom, and why it should be published all the same"))
    faces = _yes_no(
        _("Do pictures or documents show a face?"), _("Also faces in the background, and in attached documents.")
    )
    faces_words = _words(_("If yes: whose, and who agreed"))
    quoted = _yes_no(_("Does the text quote somebody?"), _("In their own words, by name or not."))
    quoted_words = _words(_("If yes: has whoever is quoted agreed, and how"))
    note = _words(_("Note to the moderator: what I changed"), rows=4)

    def __init__(self, *args, instance: Revision, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance = instance
        self.hits = hits(instance)
        for hit in self.hits:
            kind = {"found": hit.risk.found, "kind": hit.risk.kind.label, "heading": hit.heading}
            field = _words(_("“%(found)s”, %(kind)s, under “%(heading)s”") % kind, rows=2)
            field.required, field.error_messages["required"] = True, _("Take it out, or say why it can be public.")
            field.help_text = _("Take it out of the text, or say here why it can be public.")
            self.fields[f"{ANSWER}{hit.risk.key}"] = field

    @property
    def risk_rows(self) -> list[tuple[Any, forms.BoundField]]:
        """Each hit with the field of its answer."""
        return [(hit, self[f"{ANSWER}{hit.risk.key}"]) for hit in self.hits]

    @property
    def question_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each question of the harm check with the field for its words."""
        return [(self[name], self[f"{name}_words"]) for name in HarmCheck.QUESTIONS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in HarmCheck.QUESTIONS:
            words = f"{name}_words"
            if cleaned.get(name) == "yes" and words not in self.errors and not cleaned.get(words):
                self.add_error(words, _("Say more: a moderator needs it to decide."))
        return cleaned

    def harm_check(self) -> HarmCheck:
        """The answers of the valid form, not saved yet."""
        cleaned, answers = self.cleaned_data, {}
        for name in HarmCheck.QUESTIONS:
            answers[name] = cleaned[name] == "yes"
            answers[f"{name}_words"] = cleaned[f"{name}_words"]
        said = [{"found": hit.risk.found, "answer": cleaned[f"{ANSWER}{hit.risk.key}"]} for hit in self.hits]
        return HarmCheck(**answers, answers=said)
