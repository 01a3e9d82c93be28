from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from scn_portal.base.documents import folders


class CommitmentsConfig(AppConfig):
    name = "commitments"
    verbose_name = _("Commitments")

    def ready(self) -> None:
        from commitments.documents import FOLDER

        folders.register(FOLDER)
