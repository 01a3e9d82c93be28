"""What pages that show the whole network depend on, for the fragments that they are made of."""

from django.http import HttpRequest

from scn_portal.base.fragments import of_all_that_is_public


def version(request: HttpRequest, query: str = "") -> str | None:
    """What such a fragment varies on: everything public, the day, which decides what is due, and `query`, the query
    string of the one address of the page. One query of the database; "" without any where fragments are not kept.

    None, for a fragment that is not to be kept, where the request says more or something else than `query`: links of
    the page repeat it. Read it before anything that the fragment shows.
    """
    if request.GET and request.GET.urlencode() != query:
        return None
    return of_all_that_is_public(query)
