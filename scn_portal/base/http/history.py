"""Records who made a request, for history."""

from typing import Any

from django.urls import Resolver404, resolve
from pghistory import middleware


class HistoryMiddleware(middleware.HistoryMiddleware):
    """Records with each change who made it, and on which page: its route, since paths may hold secret links."""

    def get_context(self, request) -> dict[str, Any]:
        context = super().get_context(request) | {"url": _route(request.path_info)}
        return context if context["user"] else context | {"process": "visitor"}


def _route(path: str) -> str:
    try:
        return resolve(path).route
    except Resolver404:
        return ""
