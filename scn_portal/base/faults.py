"""Reporting errors to a monitor such as Sentry: their kind and place, and nothing that anybody read or wrote.

The message of an error may repeat what was typed, so it stays in the log of the portal; the id of the request leads
there.
"""

from typing import Any

from scn_portal.base import request_ids


def report_to(dsn: str, *, environment: str) -> None:
    """From now on, report each unhandled error of this process. Raises ImportError without the extra `sentry`."""
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,  # statements and log lines
        auto_session_tracking=False,
        before_send=kind_and_place,
        # By function name, since an address may contain a token.
        integrations=[DjangoIntegration(transaction_style="function_name", middleware_spans=False)],
    )


def kind_and_place(event: Any, hint: dict[str, Any]) -> Any:
    """`event` without messages, people, requests and addresses, and with the id of its request."""
    kept = {name: event[name] for name in KEPT if name in event}
    errors = event.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [_without_words(error) for error in errors]}
    kept["tags"] = {"request_id": request_ids.current() or "-"}
    return kept


KEPT = ("event_id", "timestamp", "platform", "level", "logger", "environment", "release", "transaction", "sdk")


def _without_words(error: dict[str, Any]) -> dict[str, Any]:
    for frame in error.get("stacktrace", {}).get("frames", []):
        frame.pop("vars", None)
    return {name: value for name, value in error.items() if name in ("type", "module", "stacktrace", "mechanism")}
