"""The template engine for the texts of mails: values that a template prints are inert, except with `|trusted`.

Django escapes only for HTML, and these templates are Markdown. So the loader applies `literal` to every value that a
template prints, and refuses tags whose output it does not know. So a title cannot put its own heading or link under our
letterhead.
"""

from typing import Any

from django.template import Context, Template, TemplateSyntaxError
from django.template.base import Node, TextNode, TokenType, Variable, VariableNode, render_value_in_context
from django.template.defaulttags import FilterNode, ForNode, IfNode, LoadNode, WithNode
from django.template.loader_tags import IncludeNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from scn_portal.base import markdown

# These nodes print only the text of the template, or other nodes of it.
SAFE_NODES = (TextNode, IfNode, ForNode, WithNode, IncludeNode, LoadNode, FilterNode)


class Trusted(str):
    """Markdown that is printed as it is."""


class InertExpression:
    """An expression of a template whose value, unless Trusted, is `literal`."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression

    def resolve(self, context: Context) -> Trusted:
        value = self.expression.resolve(context)
        if isinstance(value, Trusted):
            return value
        return Trusted(markdown.literal(render_value_in_context(value, context)))


class InertLoader(base.Loader):
    """Loads templates in which every value is inert."""

    def get_template(self, template_name: str, skip: list | None = None) -> Template:
        template = super().get_template(template_name, skip)
        for node in template.nodelist.get_nodes_by_type(Node):
            _make_inert(node)
        return template


class Loader(cached.Loader, InertLoader):
    """Caches them. The order of its bases makes templates inert before another thread can take them from the cache."""


def _make_inert(node: Node) -> None:
    if isinstance(node, VariableNode):
        node.filter_expression = _inert(node.filter_expression)
    elif isinstance(node, BlockTranslateNode):
        printed = {name: Variable(name) for name in _names_in(node)} | node.extra_context
        node.extra_context = {name: _inert(value) for name, value in printed.items()}
    elif not isinstance(node, SAFE_NODES) and not _is_our_sentence(node):
        raise TemplateSyntaxError(f"{node} may not be used in a mail: it may print what somebody typed.")


def _inert(expression: Any) -> Any:
    """An InertExpression, which a node uses like an expression of Django."""
    return InertExpression(expression)


def _names_in(node: BlockTranslateNode) -> set[str]:
    """The names of the values in its sentence, except the number that chooses the plural."""
    tokens = [*node.singular, *(node.plural or [])]
    return {token.contents for token in tokens if token.token_type == TokenType.VAR} - {node.countervar}


def _is_our_sentence(node: Node) -> bool:
    return isinstance(node, TranslateNode) and not node.filter_expression.var.lookups
