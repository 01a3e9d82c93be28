from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents import folders


class PracticesConfig(AppConfig):
    name = "practices"
    verbose_name = _("Practices")

    def ready(self) -> None:
        from practices.facets import PRACTICE_FACETS
        from practices.kept_files import ATTACHMENTS, PICTURES
        from practices.models import Revision
        from scn_portal.base import kept_counts

        folders.register(ATTACHMENTS)
        folders.register(PICTURES)
        kept_counts.register("practices", rows=Revision.objects.live, facets=PRACTICE_FACETS)
