from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from digests.models import Consent, Issue, Outcome, Subscription


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


class ConsentInline(admin.StackedInline):
    """The proof of consent, to read."""

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
    """To read, and to erase an address on request. Only readers subscribe and confirm."""

    list_display = ["email", "language", "frequency", "confirmed_at", "unsubscribed_at", "suspended_at"]
    list_filter = ["language", "frequency"]
    inlines = [ConsentInline]
    search_fields = ["email"]

    def log_deletions(self, request, queryset) -> list[LogEntry]:
        """Log who erased which row, without the address: it is to be forgotten."""
        kind = ContentType.objects.get_for_model(Subscription)
        entries = [
            LogEntry(
                user=request.user, content_type=kind, object_id=row.pk, object_repr=f"#{row.pk}", action_flag=DELETION
            )
            for row in queryset
        ]
        return LogEntry.objects.bulk_create(entries)


@admin.register(Issue)
class IssueAdmin(ReadOnlyAdmin):
    """To read: the issues and the numbers of their deliveries."""

    list_display = ["frequency", "starts_at", "ends_at", "created_at", "sent", "waiting"]

    def get_queryset(self, request):
        sent, waiting = Q(deliveries__outcome=Outcome.SENT), Q(deliveries__outcome=Outcome.WAITING)
        return super().get_queryset(request).annotate(
            sent=Count("deliveries", filter=sent), waiting=Count("deliveries", filter=waiting)
        )  # fmt: skip

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description=_("sent"))
    def sent(self, issue: Issue) -> int:
        return issue.sent

    @admin.display(description=_("waiting"))
    def waiting(self, issue: Issue) -> int:
        return issue.waiting
