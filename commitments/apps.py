from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents import folders


class CommitmentsConfig(AppConfig):
    name = "commitments"
    verbose_name = _("Commitments")

    def ready(self) -> None:
        from commitments import kept_statistics, searched
        from commitments.documents import FOLDER
        from scn_portal.base import kept, kept_counts

        folders.register(FOLDER)
        kept_counts.register(kept_statistics.LIST, counts=kept_statistics.count, above=kept_statistics.ABOVE)
        kept.register(searched.KEPT)
