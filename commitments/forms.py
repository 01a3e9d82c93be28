"""Forms of commitments: a pledge, a progress update, a milestone."""

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments.models import MIN_REASON, Commitment, Milestone, Pledge, ProgressUpdate
from members.editing.given_back import gives_back
from members.risk_forms import AsksAboutRisks
from scn_portal.base.forms import AddressesField, AtMost, BilingualForm
from scn_portal.base.languages import CODES


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
class PledgeForm(AsksAboutRisks, BilingualForm):
    """Draft a pledge, or change one. Its status is chosen once; afterwards progress updates change it.

    Of a published pledge, the form asks why the due date moves, and about words that could put somebody at risk.
    """

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
        translated = ("title", "description", "target", "baseline", "indicator_name", "partners")
        fields = [
            "commitment",
            "title_en", "title_fr", "description_en", "description_fr", "target_en", "target_fr",
            "baseline_en", "baseline_fr", "indicator_name_en", "indicator_name_fr", "partners_en", "partners_fr",
            "indicator_unit", "indicator_baseline", "indicator_target", "indicator_latest",
            "lead_department", "announced_on", "starts_on", "due_on", "extension_reason", "status", "sources",
        ]  # fmt: skip
        widgets = {
            "starts_on": DateInput(),
            "due_on": DateInput(),
            "extension_reason": forms.Textarea(attrs={"rows": 3}),
            **{f"{name}_{code}": forms.Textarea(attrs={"rows": 3})
               for name in ("target", "baseline", "partners") for code in CODES},
        }  # fmt: skip
        help_texts = {
            "announced_on": _("A year, a month or a day, such as 2024, 2024-05 or 2024-05-16."),
            "lead_department": _("Who in the city is responsible for it."),
            "extension_reason": _("Only where you move the due date. It stands on the public page, with both dates."),
            "indicator_unit": _("What the figures count, such as “people trained a year”."),
        }
        error_messages = {"status": {"required": _("Choose a status.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.risk_city = self.instance.city if self.instance.is_public else None
        self.risk_texts = [f"{name}_{code}" for name in self.Meta.translated for code in CODES]
        self.due_before = self.instance.due_on if self.instance.published_at else None
        if self.instance.pk:
            del self.fields["status"]
        else:
            self.fields["status"].choices = [(status, status.label) for status in Pledge.FIRST_STATUSES]
        if self.due_before is None:
            del self.fields["extension_reason"]
        else:
            # The reason of the last move says nothing about the next one.
            self.initial["extension_reason"] = ""

    def clean(self) -> dict:
        cleaned = super().clean()
        starts_on, due_on = cleaned.get("starts_on"), cleaned.get("due_on")
        if starts_on and due_on and due_on < starts_on:
            self.add_error("due_on", _("The due date cannot be before the start."))
        if self.due_before and "due_on" in cleaned:
            self._clean_extension(cleaned, is_moved=due_on != self.due_before)
        return cleaned

    def _clean_extension(self, cleaned: dict, *, is_moved: bool) -> None:
        if is_moved and not cleaned.get("extension_reason"):
            self.add_error("extension_reason", _("Say why the due date moves."))
        elif is_moved:
            self.instance.extension_language, self.instance.extension_noted_at = get_language(), timezone.now()
        else:
            cleaned["extension_reason"] = self.instance.extension_reason


@gives_back
class ProgressUpdateForm(AsksAboutRisks, BilingualForm):
    """Report how a pledge stands. What is sent cannot be changed afterwards: the page says so before.

    To pause or drop the pledge takes a reason. Words that could put somebody at risk are taken out or explained.
    """

    evidence = AddressesField(
        label=_("Evidence"), required=False, help_text=_("Public pages that show it, one address per line.")
    )
    first = ("status", "reported_on")

    class Meta:
        model = ProgressUpdate
        translated = ("what_changed", "reason", "obstacles")
        fields = [
            "status", "reported_on",
            "what_changed_en", "what_changed_fr", "reason_en", "reason_fr", "obstacles_en", "obstacles_fr",
            "obstacle_kind", "evidence",
        ]  # fmt: skip
        widgets = {"reported_on": DateInput()}
        help_texts = {
            "status": _("To pause or drop a pledge, choose it here and give the reason below."),
            "reason_en": _("Only where the pledge is paused or dropped: 20 characters or more."),
            "reason_fr": _("Only where the pledge is paused or dropped: 20 characters or more."),
            "obstacle_kind": _("The staff see where help is needed; the public sees how many there are of each kind."),
        }
        error_messages = {
            "reported_on": {"required": _("Enter the date.")},
            "status": {"required": _("Choose a status.")},
        }

    def __init__(self, *args, pledge: Pledge, typed: dict | None = None, **kwargs):
        """`typed`: the words of an update that was proposed, as `Proposal.fields` keeps them."""
        kwargs["initial"] = {"status": pledge.status, "reported_on": timezone.localdate()} | (typed or {})
        super().__init__(*args, **kwargs)
        self.risk_city = pledge.city if pledge.city_id else None
        self.risk_texts = [f"{name}_{code}" for name in self.Meta.translated for code in CODES]
        for name in self.risk_texts:
            self.fields[name].widget = forms.Textarea(attrs={"rows": 4, "lang": name[-2:]})

    def first_fields(self) -> list[forms.BoundField]:
        """What comes before the texts."""
        return [self[name] for name in self.first]

    def single_fields(self) -> list[forms.BoundField]:
        return [field for field in super().single_fields() if field.name not in self.first]

    def clean(self) -> dict:
        cleaned = super().clean()
        reasons = [cleaned.get(f"reason_{code}", "").strip() for code in CODES]
        if cleaned.get("status") in (Pledge.Status.PAUSED, Pledge.Status.DROPPED):
            if max(map(len, reasons)) < MIN_REASON:
                self.add_error(f"reason_{self.instance.source_language or get_language()}", _(
                    "To pause or drop a pledge, give the reason in 20 characters or more."))  # fmt: skip
        elif any(reasons):
            field = next(f"reason_{code}" for code, reason in zip(CODES, reasons, strict=True) if reason)
            self.add_error(field, _("A reason is given only where the pledge is paused or dropped."))
        obstacles = any(cleaned.get(f"obstacles_{code}") for code in CODES)
        if obstacles and "obstacle_kind" in cleaned and not cleaned["obstacle_kind"]:
            self.add_error("obstacle_kind", _("Choose what kind of obstacle it is."))
        return cleaned


@gives_back
class ClosingForm(AsksAboutRisks, BilingualForm):
    """What came of a pledge that is done."""

    title_required = False
    closing_evidence = AddressesField(
        label=_("Evidence"), required=False, help_text=_("Public pages that show it, one address per line.")
    )

    class Meta:
        model = Pledge
        translated = ("result", "lessons")
        fields = ["degree_of_change", "result_en", "result_fr", "lessons_en", "lessons_fr", "closing_evidence"]
        help_texts = {"degree_of_change": _("Compared with what the pledge set out to change.")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.risk_city = self.instance.city if self.instance.is_public else None
        self.risk_texts = [f"{name}_{code}" for name in self.Meta.translated for code in CODES]
        self.fields["degree_of_change"].required = True
        self.fields["degree_of_change"].error_messages["required"] = _("Choose how much has changed.")

    def clean(self) -> dict:
        # The language of the pledge stays that of its title.
        language = self.instance.source_language
        cleaned = super().clean()
        self.instance.source_language = language
        if not any(cleaned.get(f"result_{code}") for code in CODES):
            self.add_error(f"result_{get_language()}", _("Enter a text in French, in English or in both."))
        return cleaned


@gives_back
class MilestoneForm(BilingualForm):
    """A step of a pledge."""

    evidence = AddressesField(
        label=_("Evidence"), required=False, help_text=_("Public pages that show it, one address per line.")
    )

    class Meta:
        model = Milestone
        translated = ("title",)
        fields = ["title_en", "title_fr", "due_on", "done_on", "evidence"]
        widgets = {"due_on": DateInput(), "done_on": DateInput()}
        error_messages = {"due_on": {"required": _("Enter the date when this milestone is due.")}}
