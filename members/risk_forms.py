"""Forms that ask about words that could put somebody at risk, before these become public without a moderator."""

from collections.abc import Collection, Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import City, RiskAnswer, User
from members.risks import risks_of
from scn_portal.base.forms import MAX_LENGTH_TEXT, QUESTION, AtMost
from scn_portal.base.risks import Risk

ANSWER = "answer-"


def answer_field(risk: Risk) -> forms.CharField:
    """The field that asks why the words of `risk` can be public."""
    return forms.CharField(
        label=_("“%(found)s”, %(kind)s") % {"found": risk.found, "kind": risk.kind.label},
        help_text=_("Take it out of the text, or say here why it can be public. Only the network’s staff read this."),
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[AtMost(MAX_LENGTH_TEXT)],
        error_messages={"required": _("Take it out, or say why it can be public.")},
    )


class AsksAboutRisks:
    """Mixed into a form: it is valid only once each risk in its texts is taken out or answered.

    `risk_city` is the city whose words become public; None if they do not. `risk_texts` names the fields to check.
    """

    risk_city: City | None = None
    risk_texts: Collection[str] = ()

    def clean(self) -> dict:
        cleaned = super().clean()  # type: ignore[misc]  # of the form that this is mixed into
        self.risk_answers: dict[str, str] = {}
        if self.risk_city is None:
            return cleaned
        for risk in risks_of([cleaned.get(name) or "" for name in self.risk_texts], self.risk_city):
            name = f"{ANSWER}{risk.key}"
            self.fields[name] = answer_field(risk)
            try:
                self.risk_answers[risk.found] = self.fields[name].clean(self.data.get(name))
            except forms.ValidationError as error:
                # The first time, this is a question; if the answer is left empty, it is an error.
                is_new = name not in self.data
                self.add_error(name, forms.ValidationError(error.messages[0], code=QUESTION) if is_new else error)
        return cleaned


class RiskForm(forms.Form):
    """Asks about each risk in `texts` of `city`, which are about to be published."""

    def __init__(self, *args, texts: Iterable[str], city: City, **kwargs):
        super().__init__(*args, **kwargs)
        found = {f"{ANSWER}{risk.key}": risk for risk in risks_of(texts, city)}
        self.fields |= {name: answer_field(risk) for name, risk in found.items()}
        self.found = {name: risk.found for name, risk in found.items()}

    @property
    def risk_answers(self) -> dict[str, str]:
        return {self.found[name]: answer for name, answer in self.cleaned_data.items()}


def keep_answers(answers: dict[str, str], *, city: City, about: str, by: User) -> None:
    """Keep the reasons why risky words of `city` were published: `answers`, by these words."""
    RiskAnswer.objects.bulk_create(
        RiskAnswer(city=city, about=about, found=found, answer=answer, by=by) for found, answer in answers.items()
    )
