"""What caches may do with each answer: nginx and Varnish before the portal, a CDN, browsers.

The only place that sets Cache-Control and ETag. Public answers may be kept for ten seconds without revalidation, and
revalidation is cheap: a request with the current ETag is answered here, with one query, before views and templates.
The reasons are in docs/decisions/0016.
"""

import base64
import hashlib
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import cc_delim_re
from django.utils.encoding import iri_to_uri
from django.utils.http import parse_etags

from scn_portal.base import generation
from scn_portal.base.days import today
from scn_portal.base.generation import Generation
from scn_portal.base.http.error_pages import DATABASE_AWAY
from scn_portal.base.http.public import PublicPage, public_page_at
from scn_portal.base.release import release

# Seconds for which a stale answer may be served. For how long an answer is fresh: settings.FRESH_SECONDS.
WHILE_ASKING, IF_ERROR = 60, 600
# For 404, redirects and 410: kept while fresh, and never served stale.
PUBLIC_FOR_A_MOMENT = f"public, s-maxage={settings.FRESH_SECONDS}"
# Without max-age, and without Last-Modified to guess from, browsers revalidate each time.
PUBLIC = f"{PUBLIC_FOR_A_MOMENT}, stale-while-revalidate={WHILE_ASKING}, stale-if-error={IF_ERROR}"
MOMENTARY = (301, 302, 404, 410)
PRIVATE = "private, no-store"
# Django refuses to redirect to an encoded address of more than 2,048 characters.
MAX_ADDRESS = 2000


class CachingMiddleware:
    """Sets the caching headers of every answer, and answers 304 if the reader has the current one.

    It comes before all middleware that reads the session. Static files are left out: WhiteNoise sets their headers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        release()  # computed once; it takes most of a second

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(settings.STATIC_URL):
            return self.get_response(request)
        public = _public_page_of(request)
        if public is None:
            return _keep_private(self.get_response(request))
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return _keep_private(self._with_a_session(request))
        query = request.META.get("QUERY_STRING", "")
        wanted = public.without_junk(query)
        if wanted != query:
            return _keep_private(self._without_junk(request, wanted))
        with generation.read_once():
            return self._answer(request, public, wanted)

    def _without_junk(self, request: HttpRequest, query: str) -> HttpResponseBase:
        """A redirect to the canonical address of the page; an address that is too long is answered directly."""
        address = iri_to_uri(request.path + (f"?{query}" if query else ""))
        return HttpResponseRedirect(address) if len(address) < MAX_ADDRESS else self.get_response(request)

    def _with_a_session(self, request: HttpRequest) -> HttpResponse:
        """The answer is private, but its fragments are shared, so the generation is read first here, too."""
        with generation.read_once():
            with suppress(*DATABASE_AWAY):
                generation.current()
            return self.get_response(request)

    def _answer(self, request: HttpRequest, public: PublicPage, query: str) -> HttpResponseBase:
        try:
            tag = etag_of(generation.current(), public, request.path, query)
        except DATABASE_AWAY:  # a page that needs no database is served all the same
            return _keep_private(self.get_response(request))
        if tag in parse_etags(request.META.get("HTTP_IF_NONE_MATCH", "")):
            return _not_modified(public, tag)
        return _let_be_kept(self.get_response(request), tag)


def etag_of(now: Generation, public: PublicPage, path: str, query: str) -> str:
    """The ETag of a public answer, which changes whenever its bytes might.

    It is weak, since compressed and plain bytes share it. It includes the day, because pages say what is due; the
    language is in the path.
    """
    number = now.taken_down if public.stays else now.number
    parameters = "&".join(sorted(query.split("&")))
    said = f"{number} {release()} {today()} {path}?{parameters}"
    digest = hashlib.blake2b(said.encode(), digest_size=15).digest()
    return f'W/"{base64.b32encode(digest).decode().lower()}"'


def _public_page_of(request: HttpRequest) -> PublicPage | None:
    """What the view of the request declares; None if the answer is not public: for a form, during maintenance."""
    if request.method not in ("GET", "HEAD") or settings.MAINTENANCE:
        return None
    found = public_page_at(request.path_info)
    if found is None:
        return None
    request.resolver_match = found[1]  # for the metrics, which count answers by view
    return found[0]


def _not_modified(public: PublicPage, tag: str) -> HttpResponse:
    said = {"ETag": tag, "Cache-Control": PUBLIC, "Vary": "Accept-Encoding"}
    response = HttpResponse(status=304, headers=said | dict(public.headers))
    del response["Content-Type"]
    # The headers of a 304 replace those of the page that the reader has.
    response._csp_exempt = public.own_policy  # as django-csp reads it
    return response


def _let_be_kept(response: HttpResponseBase, tag: str) -> HttpResponseBase:
    varies = {name.lower() for name in cc_delim_re.split(response.get("Vary", ""))} - {""}
    if response.cookies or "cookie" in varies or "no-store" in response.get("Cache-Control", ""):
        return _keep_private(response)
    if getattr(response, "own_etag", False):  # a file that is resumed in parts needs a strong one, of its bytes
        response["Cache-Control"], response["Vary"] = PUBLIC, "Accept-Encoding"
    elif response.status_code == 200:
        response["ETag"], response["Cache-Control"], response["Vary"] = tag, PUBLIC, "Accept-Encoding"
        del response["Last-Modified"]
    elif response.status_code in MOMENTARY and varies <= {"accept-encoding"}:
        response["Cache-Control"] = PUBLIC_FOR_A_MOMENT
    else:
        return _keep_private(response)
    return response


def _keep_private(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = PRIVATE
    del response["ETag"]
    del response["Expires"]
    return response
