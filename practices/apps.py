from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents import folders


class PracticesConfig(AppConfig):
    name = "practices"
    verbose_name = _("Practices")

    def ready(self) -> None:
        from practices.kept_files import ATTACHMENTS, PICTURES

        folders.register(ATTACHMENTS)
        folders.register(PICTURES)
