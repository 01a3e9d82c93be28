from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "scn_portal.site"

    def ready(self) -> None:
        from scn_portal.base import kept, kept_counts
        from scn_portal.site import city_records, network_counts
        from scn_portal.site.changes import changes
        from scn_portal.site.desk import figures
        from scn_portal.site.downloads import datasets
        from scn_portal.site.pledges import search
        from scn_portal.site.pledges.filters import SEARCHED_LIST_FACETS

        kept_counts.register(network_counts.LIST, counts=network_counts.count)
        changes.register()
        kept_counts.register(search.LIST, rows=search.counted, facets=SEARCHED_LIST_FACETS)
        kept_counts.register(datasets.LIST, counts=datasets.count)
        kept_counts.register(figures.DECIDED, counts=figures.count_decisions)
        kept.register(city_records.KEPT)
