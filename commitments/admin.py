from django.contrib import admin
from modeltranslation.admin import TranslationAdmin, TranslationTabularInline

from commitments.models import Commitment, Declaration, Endorsement, Milestone, Pledge
from members.editing.guarded_admin import GuardedAdmin


class CommitmentInline(TranslationTabularInline):
    model = Commitment
    extra = 0


@admin.register(Declaration)
class DeclarationAdmin(TranslationAdmin):
    list_display = ["title", "adopted_on", "source_language"]
    inlines = [CommitmentInline]


@admin.register(Endorsement)
class EndorsementAdmin(admin.ModelAdmin):
    list_display = ["city", "declaration", "endorsed_on", "signatory_name"]
    autocomplete_fields = ["city"]


class MilestoneInline(TranslationTabularInline):
    model = Milestone
    extra = 0


@admin.register(Pledge)
class PledgeAdmin(GuardedAdmin, TranslationAdmin):
    """To read and to mend wording: the status is what the city's officials last reported."""

    list_display = ["title", "city", "commitment", "status", "due_on"]
    list_filter = ["status", "commitment"]
    search_fields = ["title_fr", "title_en", "city__name_fr", "city__name_en"]
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
