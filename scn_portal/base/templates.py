"""Compiled templates as a process keeps them: without what only Django's own page of an error in them would show."""

from django.template import Template
from django.template.base import Node
from django.template.loaders import base, cached


class BareLoader(base.Loader):
    """Loads templates without their text and the marks of where each part of it stood: a third of what they take."""

    def get_template(self, template_name: str, skip: list | None = None) -> Template:
        template = super().get_template(template_name, skip)
        if not self.engine.debug:
            template.source = ""
            for node in template.nodelist.get_nodes_by_type(Node):
                node.token = None
        return template


class Loader(cached.Loader, BareLoader):
    """Keeps them: by the order of its bases, they are bare before another thread can take them from the cache."""
