from django.contrib import admin
from modeltranslation.admin import TranslationAdmin

from members.models import City, Invitation, Membership, Region, User


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user", "city"]


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Accounts are made by invitation, so there is no form to add one; passwords are changed by their owners."""

    list_display = ["email", "name", "language", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "name"]
    readonly_fields = ["email", "last_login", "date_joined"]
    fields = [
        "email", "name", "language", "time_zone", "is_active", "is_staff", "groups", "last_login", "date_joined",
    ]  # fmt: skip
    filter_horizontal = ["groups"]
    inlines = [MembershipInline]

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Region)
class RegionAdmin(TranslationAdmin):
    list_display = ["name", "slug"]


@admin.register(City)
class CityAdmin(TranslationAdmin):
    list_display = ["name", "country", "region", "status", "joined_year"]
    list_filter = ["status", "region", "unit_type"]
    search_fields = ["name_fr", "name_en", "slug"]
    readonly_fields = ["slug"]
    inlines = [MembershipInline]


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """To read only: inviting is done on a city's page of people, where the mail is sent."""

    list_display = ["email", "city", "role", "invited_by", "created_at", "mailed_at", "accepted_at", "withdrawn_at"]
    list_filter = ["role"]
    search_fields = ["email"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
