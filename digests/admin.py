from django.contrib import admin
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import IntegerField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from digests.models import Consent, Issue, Outcome, Subscription
from scn_portal.base.large_tables import LargeTable
from scn_portal.base.totals import MAX_COUNTED, Total


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


class ConsentInline(admin.StackedInline):
    """The proof of consent, read-only."""

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
class SubscriptionAdmin(LargeTable, ReadOnlyAdmin):
    """Read-only, except that staff erase an address on request. Only readers subscribe and confirm."""

    list_display = ["email", "language", "frequency", "confirmed_at", "unsubscribed_at", "suspended_at"]
    list_filter = ["language", "frequency"]
    inlines = [ConsentInline]
    search_fields = ["email__plainly"]

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
class IssueAdmin(LargeTable, ReadOnlyAdmin):
    """Read-only: the issues and the numbers of their deliveries."""

    list_display = ["frequency", "starts_at", "ends_at", "created_at", "sent", "waiting"]

    def get_queryset(self, request) -> QuerySet:
        numbers = {
            f"number_{outcome.name.lower()}": _up_to_many(outcome) for outcome in (Outcome.SENT, Outcome.WAITING)
        }
        return super().get_queryset(request).annotate(**numbers)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.display(description=_("sent"))
    def sent(self, issue: Issue) -> str:
        return _in_words(issue.number_sent)

    @admin.display(description=_("waiting"))
    def waiting(self, issue: Issue) -> str:
        return _in_words(issue.number_waiting)


# Counts with an index and stops just above 10,000: a page has few issues, but an issue may have a million deliveries.
_SOME = """(SELECT count(*) FROM (
    SELECT FROM digests_delivery WHERE issue_id = digests_issue.id AND outcome = %s LIMIT %s
) AS counted)"""


def _up_to_many(outcome: Outcome) -> RawSQL:
    return RawSQL(_SOME, (outcome.value, MAX_COUNTED + 1), IntegerField())


def _in_words(number: int) -> str:
    return Total(min(number, MAX_COUNTED), is_exact=number <= MAX_COUNTED).in_words()
