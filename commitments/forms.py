"""Forms of commitments: a pledge, a progress update, a milestone."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from commitments.models import Commitment, Milestone, Pledge, ProgressUpdate
from members.editing.given_back import gives_back
from scn_portal.base.forms import AddressesField, AtMost, BilingualForm


class DateInput(forms.DateInput):
    """The browser's own date picker, which speaks ISO 8601 whatever the language of the page."""

    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class ReasonForm(forms.Form):
    """Why something is taken down, or should be shown again."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Your city and the staff of the network read it. Do not name anybody whom it could harm."),
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[AtMost(2000)],
        error_messages={"required": _("Give the reason.")},
    )


@gives_back
class PledgeForm(BilingualForm):
    """Record a pledge, or change one. Its status is chosen once; afterwards progress updates change it."""

    commitment = forms.ModelChoiceField(
        Commitment.objects.of_melbourne(),
        label=_("Commitment"),
        error_messages={"required": _("Choose one of the seven commitments.")},
    )
    sources = AddressesField(
        label=_("Sources"), required=False, help_text=_("Public pages about it, one address per line.")
    )

    class Meta:
        model = Pledge
        translated = ("title", "description")
        fields = [
            "commitment",
            "title_en", "title_fr", "description_en", "description_fr",
            "lead_department", "announced_on", "starts_on", "due_on", "status", "sources",
        ]  # fmt: skip
        widgets = {"starts_on": DateInput(), "due_on": DateInput()}
        help_texts = {
            "announced_on": _("A year, a month or a day, such as 2024, 2024-05 or 2024-05-16."),
            "lead_department": _("Who in the city is responsible for it."),
        }
        error_messages = {"status": {"required": _("Choose a status.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["status"]
        else:
            self.fields["status"].choices = [(status, status.label) for status in Pledge.FIRST_STATUSES]

    def clean(self) -> dict:
        cleaned = super().clean()
        starts_on, due_on = cleaned.get("starts_on"), cleaned.get("due_on")
        if starts_on and due_on and due_on < starts_on:
            self.add_error("due_on", _("The due date cannot be before the start."))
        return cleaned


@gives_back
class ProgressUpdateForm(BilingualForm):
    """Report how a pledge stands. What is sent cannot be changed afterwards: the page says so before."""

    evidence = AddressesField(
        label=_("Evidence"), required=False, help_text=_("Public pages that show it, one address per line.")
    )

    class Meta:
        model = ProgressUpdate
        translated = ("what_changed", "obstacles")
        fields = [
            "reported_on", "status",
            "what_changed_en", "what_changed_fr", "obstacles_en", "obstacles_fr",
            "evidence",
        ]  # fmt: skip
        widgets = {"reported_on": DateInput()}
        help_texts = {"status": _("To pause or drop a pledge, choose it here and give the reason below.")}
        error_messages = {
            "reported_on": {"required": _("Enter the date.")},
            "status": {"required": _("Choose a status.")},
        }

    def __init__(self, *args, pledge: Pledge, **kwargs):
        kwargs["initial"] = {"status": pledge.status, "reported_on": timezone.localdate()}
        super().__init__(*args, **kwargs)
        for name in ("what_changed_en", "what_changed_fr", "obstacles_en", "obstacles_fr"):
            self.fields[name].widget = forms.Textarea(attrs={"rows": 4})


@gives_back
class MilestoneForm(BilingualForm):
    """A step of a pledge."""

    class Meta:
        model = Milestone
        translated = ("title",)
        fields = ["title_en", "title_fr", "due_on", "done_on"]
        widgets = {"due_on": DateInput(), "done_on": DateInput()}
        error_messages = {"due_on": {"required": _("Enter the date when this milestone is due.")}}
