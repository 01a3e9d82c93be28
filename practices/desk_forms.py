"""Forms of the desk: a decision, a question, an answer, a remark, small corrections, ready reasons, its rules."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import TextField
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.editing.given_back import gives_back
from practices.headings import HEADINGS
from practices.models import ModerationRules, ReasonTemplate, ReasonVerb, Revision
from practices.moderation import Verb
from scn_portal.base.forms import MAX_LENGTH_TEXT, BilingualForm
from scn_portal.base.languages import CODES
from scn_portal.base.moments import ClockField, moments_of
from scn_portal.base.one_line import one_line

MAX_AHEAD = dt.timedelta(days=730)
FIRST, SECOND = "first", "second"


def _words(label, rows: int = 6, **options) -> forms.CharField:
    """A long text that is saved as it was typed."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=MAX_LENGTH_TEXT, widget=widget, **options)


def _language() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Language of your words"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the language that you have written in.")},
    )


@gives_back
class DecisionForm(forms.Form):
    """The input of a moderator for a verb of moderation: words to the city, and when to publish."""

    # The state that the moderator has read: if something has happened since, the decision is refused.
    submitted_at_read = forms.CharField(
        widget=forms.HiddenInput, error_messages={"required": _("Open the text again, then decide.")}
    )
    step_read = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": _("Open the text again, then decide.")}
    )
    # The time that the mail on the page names.
    moment_shown = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = _words(_("Reason"), error_messages={"required": _("Give a reason: the author needs it.")})
    language = _language()
    at = ClockField(label=_("To appear on"), required=False)
    which = forms.ChoiceField(
        label=_("Which of the two?"),
        choices=[(FIRST, _("The first time")), (SECOND, _("The second time, an hour later"))],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args, verb: Verb, **kwargs):
        super().__init__(*args, **kwargs)
        self.verb, self.comes_twice = verb, False
        if not verb.needs_reason:
            self.fields["reason"].required = False
            self.fields["reason"].label = _("A word to the author")
        if "at" not in verb.takes:
            for name in ("at", "which", "moment_shown"):
                del self.fields[name]
        else:
            self.fields["at"].help_text = _(
                "To publish later, enter a date and a time (time zone: %(zone)s). Leave empty to publish now."
            ) % {"zone": timezone.get_current_timezone_name()}

    def clean_submitted_at_read(self) -> dt.datetime:
        try:
            return dt.datetime.fromisoformat(self.cleaned_data["submitted_at_read"])
        except ValueError as error:
            raise forms.ValidationError(_("Open the text again, then decide.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if typed := cleaned.get("at"):
            cleaned["at"] = self._moment(typed)
        return cleaned

    def _moment(self, typed: dt.datetime) -> dt.datetime | None:
        """The moment that was `typed` in the time zone of the moderator; None if it is no single moment, with an error
        on the form."""
        moments = moments_of(typed, timezone.get_current_timezone())
        if not moments:
            self.add_error("at", _("The clocks go forward that night, so this time does not exist. Choose another."))
            return None
        self.comes_twice = len(moments) == 2
        which = self.cleaned_data.get("which")
        if self.comes_twice and not which:
            self.add_error("which", _("The clocks go back that night, so this time comes twice. Choose one."))
            return None
        moment = moments[-1] if which == SECOND else moments[0]
        if moment <= timezone.now():
            self.add_error("at", _("This time has passed. Leave it empty to publish now."))
        elif moment > timezone.now() + MAX_AHEAD:
            self.add_error("at", _("Choose a date within the next two years."))
        return moment

    @property
    def moment(self) -> dt.datetime | None:
        """When to publish, if the form was sent and is valid; None for now."""
        return self.cleaned_data.get("at") if self.is_bound and hasattr(self, "cleaned_data") else None

    @property
    def is_unread(self) -> bool:
        """Whether the mail on the page named another time than this form, which is valid."""
        return "at" in self.fields and self.cleaned_data["moment_shown"] != in_signs(self.moment)


def in_signs(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).isoformat() if moment else ""


@gives_back
class MessageForm(forms.Form):
    """A question to a city, or its answer."""

    words = _words(_("Your words"), error_messages={"required": _("Write your words first.")})
    language = _language()


@gives_back
class RemarkForm(forms.Form):
    """A remark among staff."""

    words = _words(
        _("Remark"),
        error_messages={"required": _("Write your words first.")},
        help_text=_("Only the staff read it, with your name and the date. It cannot be changed later."),
    )


@gives_back
class AddressForm(forms.Form):
    """Why a practice gives up its address."""

    # The address that the moderator saw.
    slug = forms.SlugField(widget=forms.HiddenInput)
    reason = _words(
        _("Reason"),
        rows=4,
        help_text=_("The people of the city get it by email. The public does not see it. Do not name anybody."),
        error_messages={"required": _("Give a reason: the city reads it.")},
    )


def _text_fields() -> dict[str, Any]:
    """A field for each text of a practice in each language."""
    fields: dict[str, Any] = {}
    for name in Revision.TEXTS:
        column = Revision._meta.get_field(name)
        is_long = isinstance(column, TextField)
        for code in CODES:
            widget = forms.Textarea if is_long else forms.TextInput
            fields[f"{name}_{code}"] = forms.CharField(
                label=HEADINGS[name],  # type: ignore[arg-type]  # lazy texts are labels too
                required=False,
                strip=False,
                max_length=MAX_LENGTH_TEXT if is_long else getattr(column, "max_length", None),
                widget=widget(attrs={"lang": code} | ({"rows": 6} if is_long else {})),
                validators=[] if is_long else [one_line],
            )
    return fields


class _CorrectionForm(forms.Form):
    """Small corrections of the texts that `revision` has, and a word to the city about them."""

    def __init__(self, *args, revision: Revision, **kwargs):
        self.before = {name: getattr(revision, name) or "" for name in _TEXT_FIELDS}
        kwargs["initial"] = self.before | kwargs["initial"]
        super().__init__(*args, **kwargs)
        for name, text in self.before.items():
            self.fields[name].one_language_is_enough = True  # no label says “optional”
            if not text:
                del self.fields[name]

    def languages(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each language with the fields of its texts."""
        names = [name for name in _TEXT_FIELDS if name in self.fields]
        return [(code, [self[name] for name in names if name.endswith(f"_{code}")]) for code in CODES]

    def corrections(self) -> dict[str, str]:
        """The texts that have changed, by column."""
        typed = {name: self.cleaned_data[name].replace("\r\n", "\n") for name in _TEXT_FIELDS if name in self.fields}
        return {name: text for name, text in typed.items() if text != self.before[name].replace("\r\n", "\n")}


_TEXT_FIELDS = _text_fields()
CorrectionForm = gives_back(
    type(
        "CorrectionForm",
        (_CorrectionForm,),
        _TEXT_FIELDS
        | {
            "step_read": forms.IntegerField(widget=forms.HiddenInput),
            "reason": _words(_("A word to the city about your corrections"), rows=3, required=False),
            "language": _language(),
        },
    )
)


@gives_back
class ReasonTemplateForm(BilingualForm):
    """A ready reason, in both languages."""

    verbs = forms.MultipleChoiceField(
        label=_("Offered with"),
        choices=ReasonVerb.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one decision that it is offered with.")},
    )

    class Meta:
        model = ReasonTemplate
        translated = ("title", "words")
        fields = ["title_en", "title_fr", "words_en", "words_fr", "verbs"]

    title_required = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("title_en", "title_fr", "words_en", "words_fr"):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = _("Write it in both languages.")


@gives_back
class RulesForm(forms.ModelForm):
    """The rules of the desk."""

    class Meta:
        model = ModerationRules
        fields = ["needs_both_languages", "shows_names"]


def language_of_reader() -> str:
    return get_language() or settings.LANGUAGE_CODE
