from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin
from allauth.usersessions import admin as sessions_admin
from django import forms
from django.contrib import admin
from django.contrib.auth import admin as auth_admin
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from members import people
from members.editing.guarded_admin import FIELD, GuardedAdmin, GuardedForm
from members.models import City, Correction, Invitation, LostSecondFactor, Membership, Region, RiskAnswer, User, Vacancy
from members.sign_in.asked_again import ask_again
from scn_portal.base.large_tables import LargeTable

# Who could change these rows could let somebody in without two of the staff: see members/sign_in/lost_factors.py.
admin.site.unregister(mfa_admin.Authenticator)
admin.site.unregister([auth_admin.Group, EmailAddress, sessions_admin.UserSession])


class ReadOnly:
    """Mixed into an admin: to read only, because the row changes elsewhere."""

    def has_add_permission(self, *args) -> bool:
        return False

    def has_change_permission(self, *args, **kwargs) -> bool:
        return False

    def has_delete_permission(self, *args, **kwargs) -> bool:
        return False


class MembershipInline(ReadOnly, admin.TabularInline):
    """Who acts for a city changes on its page of people, where a mail goes with it."""

    model = Membership
    extra = 0
    fields = ["user", "city", "role", "confirmed_at"]
    readonly_fields = ["confirmed_at"]


class AccountForm(GuardedForm):
    """An account; closing one that leaves a city without a focal point takes a reason."""

    reason = forms.CharField(
        label=_("Why an account is closed that was the last focal point of a city"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict:
        cleaned = super().clean()
        closes = self.instance.pk and self.initial.get("is_active") and not cleaned.get("is_active")
        if closes and not cleaned.get("reason", "").strip():
            held = Membership.objects.filter(user=self.instance).select_related("city", "user")
            for membership in held:
                # Asked of the row as it is: Django has already put the new values into the instance.
                membership.user = User.objects.get(pk=self.instance.pk)
                if people.is_last_focal_point(membership):
                    self.add_error("reason", people.LastFocalPoint(membership.city))
        return cleaned


@admin.register(auth_admin.Group)
class GuardedGroupAdmin(GuardedAdmin, auth_admin.GroupAdmin):
    """What a group may do: changing it asks for the password again."""

    def save_model(self, request, obj, form, change) -> None:
        ask_again(request)
        super().save_model(request, obj, form, change)


@admin.register(User)
class UserAdmin(LargeTable, GuardedAdmin):
    """Accounts are made by invitation, so there is no form to add one; passwords are changed by their owners."""

    list_display = ["email", "name", "language", "is_staff", "is_active"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email__plainly", "name__plainly"]
    form = AccountForm
    readonly_fields = ["email", "last_login", "date_joined"]
    fields = [
        "email", "name", "function", "language", "time_zone", "is_active", "reason", "is_staff", "groups",
        "last_login", "date_joined", FIELD,
    ]  # fmt: skip
    filter_horizontal = ["groups"]
    inlines = [MembershipInline]

    def get_object(self, request, object_id, from_field=None):
        # Two who close the accounts of the last two focal points at once: the second waits, and is refused.
        if request.method == "POST" and object_id.isdecimal():
            people.lock_cities_of(int(object_id))
        return super().get_object(request, object_id, from_field)

    def save_model(self, request, obj, form, change) -> None:
        ask_again(request)
        if form.initial.get("is_active") and not obj.is_active:
            people.close_account(obj, by=request.user, reason=form.cleaned_data["reason"])
        super().save_model(request, obj, form, change)

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(EmailAddress)
class GuardedEmailAddressAdmin(LargeTable, GuardedAdmin, EmailAddressAdmin):
    """The addresses of the accounts."""

    list_select_related = ["user"]


@admin.register(sessions_admin.UserSession)
class SessionAdmin(LargeTable, ReadOnly, sessions_admin.UserSessionAdmin):
    """Where people are signed in, to read only: allauth's own searches a name that our accounts have not."""

    list_select_related = ["user"]
    search_fields = ["user__email__plainly", "user__name__plainly", "ip"]


@admin.register(Region)
class RegionAdmin(GuardedAdmin, TranslationAdmin):
    list_display = ["name", "slug"]


@admin.register(City)
class CityAdmin(GuardedAdmin, TranslationAdmin):
    list_display = ["name", "country", "region", "status", "joined_year"]
    list_filter = ["status", "region", "unit_type"]
    list_per_page = 25
    list_select_related = ["region"]
    search_fields = ["name_fr__plainly", "name_en__plainly", "slug__plainly"]
    readonly_fields = ["slug"]
    inlines = [MembershipInline]


@admin.register(Invitation)
class InvitationAdmin(LargeTable, ReadOnly, admin.ModelAdmin):
    """To read only: inviting is done on a city's page of people, where the mail is sent."""

    list_display = ["email", "city", "role", "invited_by", "created_at", "mailed_at", "accepted_at", "withdrawn_at"]
    list_select_related = ["city", "invited_by"]
    list_filter = ["role"]
    search_fields = ["email"]


@admin.register(Vacancy)
class VacancyAdmin(ReadOnly, admin.ModelAdmin):
    """Why cities were left without a focal point: kept as it was written."""

    list_display = ["city", "left_by", "by", "recorded_at", "reason"]


@admin.register(Correction)
class CorrectionAdmin(LargeTable, ReadOnly, admin.ModelAdmin):
    """To read only: staff decide on their desk for cities."""

    list_display = ["city", "fact", "value", "by", "created_at", "decided_at", "is_accepted"]
    list_select_related = ["city", "by"]
    list_filter = ["fact", "is_accepted"]


@admin.register(RiskAnswer)
class RiskAnswerAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["city", "about", "found", "answer", "by", "at"]
    list_select_related = ["city", "by"]
    search_fields = ["about", "found"]


@admin.register(LostSecondFactor)
class LostSecondFactorAdmin(ReadOnly, admin.ModelAdmin):
    """To read only: staff ask and decide on their desk."""

    list_display = ["person", "asked_by", "asked_at", "decided_by", "decided_at", "is_approved", "reason"]
    list_select_related = ["person", "asked_by", "decided_by"]
