"""What strangers may do, and how often: the table “Limits” of docs/operations.md, and how a request is counted.

Reading pages is not limited here; the proxy limits clients that send hundreds of requests a second.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scn_portal.base.limits import DAY, HOUR, MINUTE, Limit, TooMany, give_back, network_of, use

NEWSLETTER_REQUESTS = Limit("newsletter requests, a network", 20, HOUR)
NEWSLETTER_REQUESTS_IN_ALL = Limit("newsletter requests, in all", 200, HOUR)
# Beyond this a request gets the usual answer but no mail is sent, so that the answer reveals nothing.
NEWSLETTER_MAILS = Limit("newsletter requests, a mailbox", 3, HOUR)
CONCERNS = Limit("concerns, a network", 5, HOUR)
CONCERNS_A_DAY = Limit("concerns, a network in a day", 15, DAY)
CONCERNS_IN_ALL = Limit("concerns, in all", 60, HOUR)
CONCERNS_IN_ALL_A_DAY = Limit("concerns, in all in a day", 300, DAY)
# Further ones are shown on the desk, without a mail to the moderators.
CONCERNS_MAILED = Limit("concerns mailed to the staff", 10, HOUR)
SEARCHES = Limit("searches, a network", 60, MINUTE)
DOWNLOADS = Limit("downloads and PDFs, a network", 120, HOUR)
PACKAGES = Limit("the ZIP of all data, a network", 10, HOUR)
# In addition, for files that a worker has to make first, which takes seconds or minutes.
FILES_MADE = Limit("files made for a network", 40, HOUR)
FILES_MADE_IN_ALL = Limit("files made, in all", 600, HOUR)
# For files that nobody has asked for before; sending a file that exists costs less than a page.
PICTURES = Limit("pictures drawn for a network", 600, HOUR)
API_REQUESTS = Limit("requests to the API, a network", 600, MINUTE)
INVITATIONS = Limit("invitations, a city", 30, DAY)

# The file is not made yet: 202 for a program, 303 for a browser.
TO_WAIT = (202, 303)

# Mail to all spellings of these goes to one mailbox: dots in the name mean nothing there.
DOTLESS = ("gmail.com", "googlemail.com")


def count(limit: Limit, request: HttpRequest) -> None:
    """Count a request by the network from which it comes. Raises TooMany."""
    use((limit, network_of(request)))


def count_search(request: HttpRequest) -> None:
    """Count a request that asks for words (`?q=`), which costs more than a page. Raises TooMany."""
    if request.GET.get("q", "").strip():
        count(SEARCHES, request)


def counted_download(*more: Limit) -> Callable:
    """Make a view for a file answer 429 with a plain text to a network that has downloaded too many: by the limit
    DOWNLOADS and, for the largest files, by `more`. An answer to wait (TO_WAIT) does not count as a download."""

    def decorator(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def counted(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
            network = network_of(request)
            uses = [(limit, network) for limit in (DOWNLOADS, *more)]
            try:
                use(*uses)
                response = view(request, *args, **kwargs)
            except TooMany as refused:
                return _no_more_files(refused)
            if response.status_code in TO_WAIT:
                give_back(*uses)
            return response

        return counted

    return decorator


def _no_more_files(refused: TooMany) -> HttpResponse:
    if refused.limit is FILES_MADE_IN_ALL:
        words = _("Too many files are being prepared at the moment.")
    else:
        words = _("Too many files have been downloaded from your network.")
    answer = HttpResponse(f"{words} {said(refused)}\n", "text/plain; charset=utf-8", status=429)
    answer["Retry-After"], answer["Cache-Control"] = str(refused.retry_after), "no-store"
    return answer


def said(refused: TooMany) -> str:
    """A sentence about when to try again."""
    minutes = -(-refused.retry_after // 60)
    if minutes <= 90:
        words = ngettext("Try again in %(count)s minute.", "Try again in %(count)s minutes.", minutes)
        return words % {"count": minutes}
    hours = -(-minutes // 60)
    return ngettext("Try again in %(count)s hour.", "Try again in %(count)s hours.", hours) % {"count": hours}


def mailbox_of(address: str) -> str:
    """One key for all addresses that reach the same mailbox: “Jo.Doe+scn@gmail.com” is jodoe@gmail.com."""
    name, _at, host = address.strip().casefold().rpartition("@")
    name = name.partition("+")[0]
    return f"{name.replace('.', '') if host in DOTLESS else name}@{host}"
