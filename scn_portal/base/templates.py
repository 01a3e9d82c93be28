"""Compiled templates without the data that only Django's debug page for errors in templates would show."""

from django.template import Template
from django.template.base import Node
from django.template.loaders import base, cached


class BareLoader(base.Loader):
    """Loads templates without their source and the position of each node, which are a third of their size."""

    def get_template(self, template_name: str, skip: list | None = None) -> Template:
        template = super().get_template(template_name, skip)
        if not self.engine.debug:
            template.source = ""
            for node in template.nodelist.get_nodes_by_type(Node):
                node.token = None
        return template


class Loader(cached.Loader, BareLoader):
    """Caches them. The order of its bases strips each template before another thread can take it from the cache."""
