from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class DigestsConfig(AppConfig):
    name = "digests"
    verbose_name = _("Digests")

    def ready(self) -> None:
        if settings.MAIL_PROVIDER:
            from digests.bounces import webhooks  # models are ready only now

            webhooks.connect()
