"""Pages of the newsletter. They know no reader: no cookie, no session, no message.

They take no CSRF token either, because a forged request would gain nothing: asking only sends a link to the address
asked for, and everything else is decided by a signed token that was sent to that address.
"""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from digests import subscriptions
from digests.forms import SubscribeForm
from digests.models import Subscription


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def newsletter(request):
    """Ask for the newsletter. The answer is the same for every address, known or not."""
    form = SubscribeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        subscriptions.subscribe(**form.cleaned_data)
        return redirect("newsletter_sent")
    return render(request, "digests/newsletter.html", {"form": form})


@require_safe
@login_not_required
def newsletter_sent(request):
    """What happens next."""
    return render(request, "digests/sent.html", {"hours": subscriptions.ONE_ANSWER_IN.seconds // 3600})


@never_cache
@require_GET
@login_not_required
def newsletter_confirm(request, token: str):
    """Following the link that was sent is the confirmation. It may be followed again."""
    subscription = subscriptions.confirm(token)
    if subscription is None:
        return render(request, "digests/link_closed.html", status=410)
    return render(request, "digests/confirmed.html", {"subscription": subscription})


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def newsletter_unsubscribe(request, token: str):
    """GET only asks, since mail scanners open links; POST acts: from the page's button, or from the mail program of
    the reader, which has no cookie (RFC 8058)."""
    subscription = Subscription.objects.from_unsubscribe_token(token)
    if subscription is None:
        return render(request, "digests/link_closed.html", status=410)
    if request.method == "POST":
        subscriptions.unsubscribe(subscription)
    return render(request, "digests/unsubscribe.html", {"subscription": subscription})
