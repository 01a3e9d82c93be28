from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "scn_portal.site"

    def ready(self) -> None:
        from scn_portal.base import kept_counts
        from scn_portal.site.desk import figures

        kept_counts.register(figures.DECIDED, counts=figures.count_decisions)
