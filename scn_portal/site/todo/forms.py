"""Forms about tasks: a wrong fact, and the kinds of tasks in the weekly reminder."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.corrections import field_for
from members.editing.given_back import gives_back
from members.models import Fact
from scn_portal.base.forms import name_what_is_empty
from scn_portal.base.one_line import one_line
from scn_portal.site.todo.reasons import REASONS


@gives_back
class FactForm(forms.Form):
    """The right value of one fact, and its source."""

    source = forms.CharField(
        label=_("Where is this known from?"),
        help_text=_("The address of a public page, or the name of a document."),
        max_length=500,
        validators=[one_line],
        error_messages={"required": _("Say where this is known from.")},
    )
    field_order = ["value", "source"]

    def __init__(self, *args, fact: str, **kwargs):
        super().__init__(*args, **kwargs)
        value = field_for(fact)
        value.label, value.required = _("What is right?"), True
        value.help_text = _("Name and email address.") if fact == Fact.FOCAL_POINT else ""
        value.error_messages["required"] = _("Enter what is right.")
        name_what_is_empty(value)
        self.fields["value"] = value
        self.order_fields(self.field_order)


class ReminderForm(forms.Form):
    """The kinds of tasks in the weekly reminder; all of them, unless the person turned one off."""

    kinds = forms.MultipleChoiceField(
        label=_("Tell me about"),
        help_text=_("Choose nothing to get no reminder at all."),
        choices=[(reason.key, reason.label) for reason in REASONS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def turned_off(self) -> list[str]:
        """The kinds that were not chosen."""
        return [reason.key for reason in REASONS if reason.key not in self.cleaned_data["kinds"]]
