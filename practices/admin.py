from django.contrib import admin

from practices.models import Practice, Revision
from scn_portal.base.large_tables import LargeTable


class RevisionInline(admin.TabularInline):
    """Read-only: texts are changed in the workspace, statuses on the desk."""

    model = Revision
    fields = readonly_fields = ("number", "title", "status", "author", "submitted_at", "published_at")
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Practice)
class PracticeAdmin(LargeTable, admin.ModelAdmin):
    list_display = ["slug", "city", "created_by", "created_at"]
    list_select_related = ["city", "created_by"]
    search_fields = ["slug__plainly"]
    readonly_fields = ["slug", "city", "created_by", "created_at"]
    inlines = [RevisionInline]

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
