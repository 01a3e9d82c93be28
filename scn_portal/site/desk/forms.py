"""Forms of the desk about what is public: taking down, closing a concern."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.editing.given_back import gives_back
from scn_portal.base.forms import AtMost
from scn_portal.base.one_line import one_line


@gives_back
class TakedownForm(forms.Form):
    """Why something is taken down, and what the public may read in its place."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The people of the city get it by email. The public does not see it."),
        widget=forms.Textarea(attrs={"rows": 4}),
        validators=[AtMost(2000)],
        error_messages={"required": _("Give a reason: the city reads it.")},
    )
    sentence_en = forms.CharField(
        label=_("A sentence for the public, in English"),
        help_text=_("Shown at the address, below the date. Do not repeat what was taken down."),
        required=False,
        widget=forms.TextInput(attrs={"lang": "en"}),
        validators=[AtMost(300), one_line],
    )
    sentence_fr = forms.CharField(
        label=_("A sentence for the public, in French"),
        help_text=_("In one language only, all readers get it, labelled."),
        required=False,
        widget=forms.TextInput(attrs={"lang": "fr"}),
        validators=[AtMost(300), one_line],
    )


class CloseConcernForm(forms.Form):
    """What became of a concern."""

    words = forms.CharField(
        label=_("What became of it"),
        widget=forms.Textarea(attrs={"rows": 5}),
        validators=[AtMost(4000)],
        error_messages={"required": _("Say what became of it.")},
    )
