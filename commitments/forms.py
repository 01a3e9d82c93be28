"""Forms of commitments: a pledge, a progress update, a milestone."""

from collections.abc import Iterable
from copy import deepcopy

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commitments import documents
from commitments.due_dates import WHY_IT_MOVES, MovesItsDueDate
from commitments.models import MIN_REASON, Commitment, Milestone, Pledge, ProgressUpdate, UpdateDocument
from members.editing.given_back import gives_back
from members.models import Proposal, User
from members.risk_forms import AsksAboutRisks
from scn_portal.base.documents.fields import DocumentsField, TitledFile, too_many
from scn_portal.base.documents.folders import check_room
from scn_portal.base.documents.kept import MAX_DOCUMENTS
from scn_portal.base.forms import QUESTION, AddressesField, AtMost, BilingualForm, PartialDateInput
from scn_portal.base.languages import CODES
from scn_portal.base.partial_dates import is_surely_before

# The name of the button that sends an update although the status will not change.
ANYWAY = "anyway"
TITLES_OF_DOCUMENTS = "titles_of_documents"


class DateInput(forms.DateInput):
    """The browser's own date picker, which uses ISO 8601 in every language."""

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
class PledgeForm(AsksAboutRisks, MovesItsDueDate, BilingualForm):
    """Draft a pledge, or change one. The status is chosen once; afterwards progress updates change it.

    For a published pledge, the form asks why the due date moves, and about words that could put somebody at risk.
    """

    partial_dates = {"starts_on": "starts", "due_on": "due"}
    commitment = forms.ModelChoiceField(
        Commitment.objects.of_melbourne(),
        label=_("Commitment"),
        error_messages={"required": _("Choose one of the seven commitments.")},
    )
    starts_on = PartialDateInput(label=_("Start"))
    due_on = PartialDateInput(label=_("Due"))
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
            "lead_department", "announced_on", "extension_reason", "status", "sources",
        ]  # fmt: skip
        widgets = {
            "extension_reason": forms.Textarea(attrs={"rows": 3}),
            **{f"{name}_{code}": forms.Textarea(attrs={"rows": 3})
               for name in ("target", "baseline", "partners") for code in CODES},
        }  # fmt: skip
        help_texts = {
            "announced_on": _("A year, a month or a day, such as 2024, 2024-05 or 2024-05-16."),
            "lead_department": _("Who in the city is responsible for it."),
            "extension_reason": WHY_IT_MOVES,
            "indicator_unit": _("What the figures count, such as “people trained a year”."),
        }
        error_messages = {"status": {"required": _("Choose a status.")}}

    field_order = [*Meta.fields[:-3], "starts_on", "due_on", "extension_reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.risk_city = self.instance.city if self.instance.is_public else None
        self.risk_texts = [f"{name}_{code}" for name in self.Meta.translated for code in CODES] + self.reason_typed()
        if self.instance.pk:
            del self.fields["status"]
        else:
            self.fields["status"].choices = [(status, status.label) for status in Pledge.FIRST_STATUSES]

    def clean(self) -> dict:
        cleaned = super().clean()
        if is_surely_before(cleaned.get("due_on", ""), cleaned.get("starts_on", "")):
            self.add_error("due_on", _("The due date cannot be before the start."))
        return cleaned


@gives_back
class ProgressUpdateForm(AsksAboutRisks, BilingualForm):
    """Report how a pledge stands. An update cannot be changed after it is sent, which the page says beforehand.

    Pausing or dropping the pledge requires a reason. Words that could put somebody at risk must be removed or
    explained.
    """

    evidence = AddressesField(
        label=_("Evidence"), required=False, help_text=_("Public pages that show it, one address per line.")
    )
    documents = DocumentsField(
        label=_("Documents"),
        help_text=_(
            "At most five files: PDF or pictures (PNG, JPEG, WebP), each of at most 10 MB. The public reads their"
            " names: name them by what is in them. From a picture we remove where, when and with what it was taken;"
            " from a PDF, the name of its author and its other properties. Do not attach a document that shows somebody"
            " who could be harmed by being recognised."
        ),
        error_messages={"empty": _("This file is empty. Choose another one.")},
    )
    received = forms.ModelMultipleChoiceField(
        UpdateDocument.objects.none(),
        label=_("Documents that we have received"),
        help_text=_("They are published with this update. Untick those that you do not want."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
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

    def __init__(self, *args, pledge: Pledge, user: User | None = None, proposal: Proposal | None = None, **kwargs):
        """`user` may have sent files for it before; `proposal` has the words and files that an editor proposed."""
        typed = proposal.fields if proposal else {}
        kwargs["initial"] = {"status": pledge.status, "reported_on": timezone.localdate()} | typed
        super().__init__(*args, **kwargs)
        self.pledge, self.user = pledge, user
        self.risk_city = pledge.city if pledge.city_id else None
        texts = [f"{name}_{code}" for name in self.Meta.translated for code in CODES]
        self.risk_texts = [*texts, TITLES_OF_DOCUMENTS]
        for name in texts:
            self.fields[name].widget = forms.Textarea(attrs={"rows": 4, "lang": name[-2:]})
        if user:
            self._offer(documents.received(pledge, by=user, proposal=proposal))

    def _offer(self, received) -> None:
        if received.exists():
            self.fields["received"].queryset = received
        else:
            self.fields.pop("received", None)

    def first_fields(self) -> list[forms.BoundField]:
        """The fields before the texts."""
        return [self[name] for name in self.first]

    def single_fields(self) -> list[forms.BoundField]:
        return [field for field in super().single_fields() if field.name not in self.first]

    def clean_documents(self) -> list[TitledFile]:
        files = self.cleaned_data["documents"]
        self._read_titles(each.title for each in files)
        if files and self.pledge.city_id:
            check_room(self.pledge.city, sum(each.cleaned.content.size for each in files))
        return files

    def clean_received(self):
        received = self.cleaned_data["received"]
        self._read_titles(each.title for each in received)
        return received

    def _read_titles(self, titles: Iterable[str]) -> None:
        """Add titles to the checked text, since they may name somebody too."""
        read = self.cleaned_data.get(TITLES_OF_DOCUMENTS, "")
        self.cleaned_data[TITLES_OF_DOCUMENTS] = "\n".join([read, *titles])

    def receive(self) -> None:
        """Keep the files that were sent, so that they are not lost if the form is shown again or has to wait."""
        files = self.cleaned_data.get("documents") or []
        assert self.user, "only a page has files"
        new = documents.receive(files, pledge=self.pledge, language=get_language() or "", by=self.user) if files else []
        if not new:
            return
        self.data = self.data.copy()
        for document in new:
            self.data.appendlist("received", str(document.pk))
        self.fields["received"] = deepcopy(self.base_fields["received"])
        names = [name for name in self.fields if name != "received"]
        self.order_fields([*names[: names.index("documents") + 1], "received"])
        self._offer(UpdateDocument.objects.filter(pk__in=[*self._ticked(), *(document.pk for document in new)]))
        self.cleaned_data |= {"documents": [], "received": self.fields["received"].queryset}

    def receive_of_a_search(self) -> None:
        """The same when the user only searches within the form. Only the files are validated, since a page cannot keep
        them for later."""
        for name in [name for name in ("received", "documents") if name in self.fields]:
            try:
                self.cleaned_data[name] = self.fields[name].clean(self[name].data)
                self.cleaned_data[name] = getattr(self, f"clean_{name}")()
            except forms.ValidationError as error:
                self.add_error(name, error)
        self._count_documents(self.cleaned_data)
        self.receive()

    def _count_documents(self, cleaned: dict) -> None:
        count = len(cleaned.get("documents") or []) + len(self._ticked())
        if count > MAX_DOCUMENTS:
            self.add_error("documents", too_many(count))

    def _ticked(self) -> list[int]:
        return [document.pk for document in self.cleaned_data.get("received") or []]

    def clean(self) -> dict:
        cleaned = super().clean()
        self._ask_first(cleaned)
        self._count_documents(cleaned)
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

    def _ask_first(self, cleaned: dict) -> None:
        """If the status of the pledge would not change because a later update stands, ask once before the update is
        sent."""
        reported_on, status = cleaned.get("reported_on"), cleaned.get("status")
        self.asks_first = ""
        if not reported_on or status in (None, self.pledge.status) or ANYWAY in self.data:
            return
        later = self.pledge.updates.standing().filter(reported_on__gt=reported_on).newest_first().first()
        if later is None:
            return
        words = {"date": date_format(later.reported_on), "status": self.pledge.get_status_display()}
        said = _(
            "The update of %(date)s is later and stands, so the status of the pledge stays as it is: %(status)s."
            " Change the date, or send the update all the same."
        )
        self.asks_first = said % words
        self.add_error(None, forms.ValidationError(self.asks_first, code=QUESTION))


@gives_back
class ClosingForm(AsksAboutRisks, BilingualForm):
    """The result of a pledge that is done."""

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
        for code in CODES:
            self.fields[f"result_{code}"].one_language_is_enough = True
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
class MilestoneForm(AsksAboutRisks, MovesItsDueDate, BilingualForm):
    """A step of a pledge. For a published pledge, the form asks the same questions as `PledgeForm`."""

    due_on = PartialDateInput(label=_("Due"))
    evidence = AddressesField(
        label=_("Evidence"), required=False, help_text=_("Public pages that show it, one address per line.")
    )

    class Meta:
        model = Milestone
        translated = ("title",)
        fields = ["title_en", "title_fr", "extension_reason", "done_on", "evidence"]
        widgets = {"extension_reason": forms.Textarea(attrs={"rows": 3}), "done_on": DateInput()}
        help_texts = {"extension_reason": WHY_IT_MOVES}

    field_order = ["title_en", "title_fr", "due_on", *Meta.fields[2:]]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.risk_city = self.pledge().city if self.pledge().is_public else None
        self.risk_texts = [f"title_{code}" for code in CODES] + self.reason_typed()

    def pledge(self) -> Pledge:
        return self.instance.pledge if self.instance.pledge_id else Pledge()
