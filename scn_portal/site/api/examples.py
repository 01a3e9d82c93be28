"""Requests that work now, and the answers of the API: made from the public data, one row each, with long texts cut."""

import json
from typing import Any

from django.http import HttpRequest, QueryDict
from django.urls import resolve

from scn_portal.base.links import absolute_url

MAX_TEXT = 90
CUT = "…"
# For each operation on one row: the list whose first row is the example, and the field that identifies it.
KEYS = {
    "get_commitment": ("list_commitments", "number"),
    "get_city": ("list_cities", "slug"),
    "get_pledge": ("list_pledges", "id"),
    "get_milestone": ("list_milestones", "id"),
    "get_update": ("list_updates", "id"),
    "get_practice": ("list_practices", "slug"),
}
# The operations among these that return a row exactly as the list has it.
AS_IN_LIST = ("get_commitment", "get_milestone", "get_update")


class Examples:
    """One example for each operation of the API. Each request is made once."""

    def __init__(self, paths: dict[str, str]):
        """`paths` are those of the operations by their ids, such as “/api/v1/pledges/{pk}”."""
        self._paths = paths
        self._answers: dict[str, dict] = {}

    def path(self, key: str) -> str:
        """The path of a request, with its query; empty if there is no row to request."""
        path = self._paths[key]
        if key.startswith("list_") and key != "list_commitments":
            return f"{path}?limit=1"
        if "{" not in path:
            return path
        row, field = self._row(key), KEYS[key][1]
        return f"{path.partition('{')[0]}{row[field]}" if row else ""

    def curl(self, key: str) -> str:
        """The request as a command."""
        path = self.path(key)
        return f'curl "{absolute_url(path)}"' if path else ""

    def answer(self, key: str) -> str:
        """The answer as readable JSON, with its long texts and lists cut; empty if there is no request."""
        return json.dumps(cut(self._answer(key)), ensure_ascii=False, indent=2) if self.path(key) else ""

    def _row(self, key: str) -> dict | None:
        """The row that is the example for the operation, as its list has it; None if the list is empty."""
        return next(iter(self._answer(KEYS[key][0])["results"]), None)

    def _answer(self, key: str) -> dict:
        if key not in self._answers:
            row = self._row(key) if key in AS_IN_LIST else None
            self._answers[key] = row or ask(self.path(key))
        return self._answers[key]


def ask(path: str) -> dict:
    """The answer of the API to GET `path`, without a request over the network."""
    request = HttpRequest()
    request.method = "GET"
    request.is_ours = True  # not from a reader: it counts towards no limit
    request.path, _mark, query = path.partition("?")
    request.path_info, request.GET = request.path, QueryDict(query)
    match = resolve(request.path)
    return dict(json.loads(match.func(request, *match.args, **match.kwargs).content))


def cut(value: Any) -> Any:
    """`value` with long texts cut, and each list cut to its first item."""
    if isinstance(value, str):
        # A cut address would be of no use.
        is_short = len(value) <= MAX_TEXT or value.startswith(("http://", "https://"))
        return value if is_short else f"{value[:MAX_TEXT].rstrip()}{CUT}"
    if isinstance(value, list):
        return [cut(value[0]), CUT] if len(value) > 1 else [cut(each) for each in value]
    if isinstance(value, dict):
        return {name: cut(each) for name, each in value.items()}
    return value
