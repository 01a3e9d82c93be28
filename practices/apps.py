from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents import folders


class PracticesConfig(AppConfig):
    name = "practices"
    verbose_name = _("Practices")

    def ready(self) -> None:
        from practices import searched, waiting
        from practices.kept_files import ATTACHMENTS, PICTURES
        from practices.models import SearchedRevision
        from scn_portal.base import kept, kept_counts

        folders.register(ATTACHMENTS)
        folders.register(PICTURES)
        kept_counts.register("practices", rows=SearchedRevision.objects.all, facets=searched.SEARCHED_FACETS)
        kept.register(searched.KEPT)
        kept.register(waiting.KEPT)
