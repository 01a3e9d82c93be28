"""The version of fragments of pages about the whole network."""

from django.http import HttpRequest

from scn_portal.base.fragments import of_all_that_is_public


def version(request: HttpRequest, query: str = "") -> str | None:
    """The version of such a fragment: everything public, the day, which decides what is due, and `query`, the query
    string of the page's canonical address. One database query; "" without a query if fragments are not kept.

    None, so that the fragment is not kept, if the query string of the request differs from `query`, since links on the
    page repeat it. Read it before anything that the fragment shows.
    """
    if request.GET and request.GET.urlencode() != query:
        return None
    return of_all_that_is_public(query)
