"""Pages of the newsletter. They set no cookie, and use no session and no messages.

They take no CSRF token either, because a forged request would gain nothing: subscribing only sends a link to the
address, and everything else needs a signed token that was sent to that address.
"""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from digests import subscriptions, topics
from digests.forms import ChoicesForm, SubscribeForm
from digests.issues.contents import contents_for_page, keys_for_page
from digests.models import ConsentOrigin, Issue, Subscription
from scn_portal.base import limits
from scn_portal.base.http.error_pages import works_in_maintenance
from scn_portal.base.http.public import public_page
from scn_portal.base.limits import TooMany, network_of
from scn_portal.base.lists import named, page_or_404, query_of
from scn_portal.base.strangers import NEWSLETTER_REQUESTS, NEWSLETTER_REQUESTS_IN_ALL, said

ISSUES_PER_PAGE = 20
# In the personal links of a mail that staff send to themselves as a test.
TEST_TOKEN = "test"


@csrf_exempt
@public_page("topic", forms=True)
@require_http_methods(["GET", "HEAD", "POST"])
def newsletter(request):
    """Subscribe; with `?topic=city:montreal`, only to that topic. The answer is the same for every address, known or
    not."""
    following = topics.known_topics(request.GET.getlist("topic"))
    form = SubscribeForm(request.POST or None, language=get_language(), following=following)
    if request.method == "POST" and form.is_valid():
        origin = ConsentOrigin.FOLLOW if following else ConsentOrigin.NEWSLETTER
        try:
            limits.use((NEWSLETTER_REQUESTS, network_of(request)), (NEWSLETTER_REQUESTS_IN_ALL, ""))
        except TooMany as refused:
            request.too_many = refused
            words = _("Too many people ask for the newsletter just now.")
            form.add_error(None, f"{words} {said(refused)}")
        else:
            subscriptions.subscribe(form=origin, **form.choices)
            return redirect("newsletter_sent")
    context = {
        "form": form,
        "following": topics.name_topics(following, get_language()),
        "statement": subscriptions.statement(),
    }
    return render(request, "digests/newsletter.html", context)


@public_page()
def newsletter_sent(request):
    return render(request, "digests/sent.html", {"has_issues": Issue.objects.exists()})


@never_cache
@require_GET
@login_not_required
def newsletter_confirm(request, token: str):
    """Following the link in the mail is the confirmation. It may be followed again."""
    subscription = subscriptions.confirm(token)
    if subscription is None:
        return _link_closed(request, token)
    context = {
        "subscription": subscription,
        "topics": topics.name_topics(subscription.topics, get_language()),
        "has_issues": Issue.objects.exists(),
    }
    return render(request, "digests/confirmed.html", context)


def _link_closed(request, token: str):
    return render(request, "digests/link_closed.html", {"is_test": token == TEST_TOKEN}, status=410)


@works_in_maintenance  # a mail program tries once, and takes any other answer for a refusal
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def newsletter_unsubscribe(request, token: str):
    """GET only asks, since mail scanners open links. POST unsubscribes: from the button of the page, or from the mail
    program of the reader, which has no cookie (RFC 8058)."""
    subscription = Subscription.objects.from_token(token, Subscription.UNSUBSCRIBE)
    if subscription is None:
        return _link_closed(request, token)
    if request.method == "POST":
        subscriptions.unsubscribe(subscription)
    return render(request, "digests/unsubscribe.html", {"subscription": subscription})


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def newsletter_preferences(request, token: str):
    """Read and change what a reader gets, with the signed link of one of their mails."""
    subscription = Subscription.objects.from_token(token, Subscription.PREFERENCES)
    if subscription is None:
        return _link_closed(request, token)
    return _preferences(request, subscription, ConsentOrigin.PREFERENCES)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def newsletter_of_account(request):
    """Read and change the same for the verified address of the account that is logged in."""
    return _preferences(request, subscriptions.of_account(request.user), ConsentOrigin.ACCOUNT)


def _preferences(request, subscription: Subscription, origin: str):
    initial = {"language": subscription.language, "frequency": subscription.frequency}
    if subscription.is_active and not subscription.topics:
        # A reader of everything who opens a link to one topic must not lose the rest by saving.
        initial["scope"] = ChoicesForm.EVERYTHING
    following = [*subscription.topics, *request.GET.getlist("topic")]
    form = ChoicesForm(request.POST or None, language=get_language(), following=following, initial=initial)
    saved = request.method == "POST" and form.is_valid()
    if saved:
        subscriptions.set_preferences(subscription, form=origin, **form.choices)
        subscription = Subscription.objects.of_address(subscription.email).get()
    of_account = origin == ConsentOrigin.ACCOUNT
    context = {
        "form": form,
        "saved": saved,
        "subscription": subscription,
        "statement": subscriptions.statement(),
        "of_account": of_account,
        "layout": "workspace.html" if of_account else "base.html",
    }
    return render(request, "digests/preferences.html", context)


@public_page("page")
def issue_list(request):
    """Past issues, the newest first."""
    page = page_or_404(Issue.objects.order_by("-ends_at", "-pk"), request, per_page=ISSUES_PER_PAGE)
    heading = named(_("Past issues of the newsletter"), page)
    return render(request, "digests/issue_list.html", {"page": page, "heading": heading, "query": query_of(page)})


@public_page()
def issue_detail(request, pk: int):
    """A past issue with all topics, as far as it is still public."""
    issue = get_object_or_404(Issue, pk=pk)
    language = get_language()
    context = {"issue": issue, "contents": contents_for_page(issue, [language], *keys_for_page(issue))[language]}
    return render(request, "digests/issue_detail.html", context)
