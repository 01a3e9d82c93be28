"""Decorators of views."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404


def permission_or_404(*permissions: str) -> Callable:
    """Answer 404 to everybody who lacks one of `permissions` (`app.codename`): for them the page does not exist."""

    def decorator(view: Callable) -> Callable:
        @wraps(view)
        def wrapped(request, *args, **kwargs):
            if not request.user.has_perms(permissions):
                raise Http404
            return view(request, *args, **kwargs)

        return wrapped

    return decorator
