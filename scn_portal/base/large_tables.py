"""Admin lists of large tables: nothing is counted to the end, and the newest rows are read with an index."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from scn_portal.base.totals import count_up_to


class CountedPaginator(Paginator):
    """Pages of the first 10,000 rows; to find others, narrow the list."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return count_up_to(rows).number if isinstance(rows, QuerySet) else len(rows)


class LargeTable(admin.ModelAdmin):
    """A mixin, before the other bases: the newest row first, few rows per page. `list_select_related` names the
    relations that a list shows; otherwise, Django would join all of them."""

    paginator = CountedPaginator
    show_full_result_count = False
    list_per_page = 25
    ordering = ("-pk",)
