from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "scn_portal.site"

    def ready(self) -> None:
        from scn_portal.base import kept_counts
        from scn_portal.site import network_counts
        from scn_portal.site.changes import changes

        kept_counts.register(network_counts.LIST, counts=network_counts.count)
        changes.register()
