from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin, TranslationTabularInline

from commitments.models import Commitment, Declaration, Endorsement, Milestone, Pledge
from members.editing.guarded_admin import GuardedAdmin, GuardedForm
from scn_portal.base.forms import PartialDateInput, PartialDatesForm
from scn_portal.base.large_tables import LargeTable
from scn_portal.base.partial_dates import is_surely_before


class CommitmentInline(TranslationTabularInline):
    model = Commitment
    extra = 0


@admin.register(Declaration)
class DeclarationAdmin(GuardedAdmin, TranslationAdmin):
    list_display = ["title", "adopted_on", "source_language"]
    inlines = [CommitmentInline]
    watched = ("commitments",)


@admin.register(Endorsement)
class EndorsementAdmin(LargeTable, GuardedAdmin):
    list_display = ["city", "declaration", "endorsed_on", "signatory_name"]
    list_select_related = ["city", "declaration"]
    autocomplete_fields = ["city"]


class MilestoneAdminForm(PartialDatesForm):
    partial_dates = {"due_on": "due"}
    due_on = PartialDateInput(label=_("Due"))


class PledgeAdminForm(GuardedForm, MilestoneAdminForm):
    partial_dates = {"starts_on": "starts", "due_on": "due"}
    starts_on = PartialDateInput(label=_("Start"))

    def clean(self) -> dict:
        cleaned = super().clean()
        if is_surely_before(cleaned.get("due_on", ""), cleaned.get("starts_on", "")):
            self.add_error("due_on", _("The due date cannot be before the start."))
        return cleaned


class MilestoneInline(TranslationTabularInline):
    model = Milestone
    form = MilestoneAdminForm
    exclude = ["due_on", "extension_reason"]
    extra = 0


@admin.register(Pledge)
class PledgeAdmin(LargeTable, GuardedAdmin, TranslationAdmin):
    """To read and to mend wording: the status is what the city's officials last reported."""

    form = PledgeAdminForm
    exclude = ["starts_on", "due_on"]
    list_display = ["title", "city", "commitment", "status", "due_on"]
    list_select_related = ["city", "commitment"]
    list_filter = ["status", "commitment"]
    list_per_page = 40
    search_fields = ["title_fr__plainly", "title_en__plainly"]
    autocomplete_fields = ["city"]
    readonly_fields = [
        "status",
        "published_at",
        "taken_down_at",
        "extension_reason",
        "created_by",
        "created_at",
        "source_changed_at",
        "translation_changed_at",
    ]
    inlines = [MilestoneInline]
    watched = ("milestones",)

    def has_add_permission(self, request) -> bool:
        return False
