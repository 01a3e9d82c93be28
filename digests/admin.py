from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from digests.models import Consent, Issue, Subscription


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


class ConsentInline(admin.StackedInline):
    """The proof of what was asked for: to read."""

    model = Consent
    fields = ("form", "statement", "language", "frequency", "topics", "asked_at", "confirmed_at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """To read, and to erase an address that asks for it. Only the reader subscribes and confirms."""

    list_display = ["email", "language", "frequency", "confirmed_at", "unsubscribed_at", "suspended_at"]
    list_filter = ["language", "frequency"]
    inlines = [ConsentInline]
    search_fields = ["email"]

    def log_deletions(self, request, queryset) -> list[LogEntry]:
        """Who erased which row, and when: the log must not keep the address that was to be forgotten."""
        kind = ContentType.objects.get_for_model(Subscription)
        entries = [
            LogEntry(
                user=request.user, content_type=kind, object_id=each.pk, object_repr=f"#{each.pk}", action_flag=DELETION
            )
            for each in queryset
        ]
        return LogEntry.objects.bulk_create(entries)


@admin.register(Issue)
class IssueAdmin(ReadOnlyAdmin):
    """What went out, and to how many."""

    list_display = ["frequency", "starts_at", "ends_at", "created_at", "sent", "waiting"]

    def get_queryset(self, request):
        mailed, owed = Q(deliveries__outcome="sent"), Q(deliveries__outcome="")
        return super().get_queryset(request).annotate(
            sent=Count("deliveries", filter=mailed), waiting=Count("deliveries", filter=owed)
        )  # fmt: skip

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description=_("sent"))
    def sent(self, issue: Issue) -> int:
        return issue.sent

    @admin.display(description=_("waiting"))
    def waiting(self, issue: Issue) -> int:
        return issue.waiting
