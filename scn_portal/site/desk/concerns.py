"""Concerns about public pages: reported by anybody, closed by staff, answered where an address was left.

Floods are held off by counting rows of the database, in all and for each network. A network is where a request comes
from, cut to /24 or /48 and hashed with the key of the portal; the hash is kept for a day.
"""

import datetime as dt
import hmac
import ipaddress
from hashlib import sha256

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.models import User
from practices.permissions import moderators
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url
from scn_portal.site.models import Concern, ConcernAnswer

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# How many concerns are taken: within so long, from one network, in all.
LIMITS = ((HOUR, 5, 60), (DAY, 15, 300))
# More within an hour are on the desk without a mail to the moderators.
MAILED_AN_HOUR = 10


class TooMany(Exception):
    """Too many concerns have come; `retry_after` is in seconds."""

    def __init__(self, retry_after: int):
        super().__init__(f"try again in {retry_after} seconds")
        self.retry_after = retry_after


@transaction.atomic
def report(*, page: str, version: str, words: str, email: str, language: str, network: str) -> Concern:
    """Keep a concern, and tell the moderators by mail after the commit. `network` is that of `network_of`.

    The same words sent again within an hour are the same concern. Raises TooMany.
    """
    with connection.cursor() as cursor:  # one after the other, so that none slips through between counting and saving
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('site.concerns'))")
    now = timezone.now()
    said = {"page": page, "words": words, "email": email, "network": network}
    if sent_twice := Concern.objects.filter(**said, reported_at__gt=now - HOUR, closed_at=None).first():
        return sent_twice
    for within, of_a_network, in_all in LIMITS:
        recent = Concern.objects.filter(reported_at__gt=now - within).order_by("reported_at")
        for rows, most in ((recent.filter(network=network), of_a_network), (recent, in_all)):
            moments = list(rows.values_list("reported_at", flat=True))
            if len(moments) >= most:
                raise TooMany(max(1, int((moments[-most] + within - now).total_seconds())))
    in_this_hour = Concern.objects.filter(reported_at__gt=now - HOUR).count()
    concern = Concern(page=page, version=version, words=words, email=email, language=language, network=network,
                      mailed_at=now if in_this_hour >= MAILED_AN_HOUR else None)  # fmt: skip
    concern.full_clean()
    concern.save()
    run_after_commit("scn_portal.site.tasks.send_concerns")
    return concern


@transaction.atomic
def close(concern: Concern, *, words: str, by: User) -> ConcernAnswer:
    """Close it with what became of it, which is mailed where an address was left. Raises ValidationError where somebody
    has closed it already."""
    concern = Concern.objects.select_for_update(of=("self",)).get(pk=concern.pk)
    if concern.closed_at:
        raise ValidationError(_("Somebody has already closed this."))
    concern.closed_at, concern.closed_by = timezone.now(), by
    concern.save(update_fields=["closed_at", "closed_by"])
    answer = ConcernAnswer(concern=concern, words=words, mailed_at=None if concern.email else concern.closed_at)
    answer.full_clean()
    answer.save()
    run_after_commit("scn_portal.site.tasks.send_concerns")
    return answer


def network_of(request: HttpRequest) -> str:
    """A keyed hash of the network that the request comes from: the same for its neighbours, and no way back."""
    address = ipaddress.ip_address(_client_address(request))
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    network = ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False)
    key = f"concerns:{settings.SECRET_KEY}".encode()
    return hmac.new(key, str(network).encode(), sha256).hexdigest()


def _client_address(request: HttpRequest) -> str:
    """The address before our own proxies, as the limits on logins see it."""
    try:
        return str(ipaddress.ip_address(get_adapter().get_client_ip(request)))
    except (ValueError, PermissionDenied):  # a socket, or no address at all: all of these are one network
        return "0.0.0.0"


def forget_networks() -> int:
    """Delete the hashes that are a day old. Returns of how many concerns."""
    old = Concern.objects.filter(reported_at__lt=timezone.now() - DAY).exclude(network="")
    return old.update(network="")


# --- Mails -----------------------------------------------------------------------------------------------------------


def send() -> int:
    """Send the mails that wait: concerns to the moderators, answers to those who left an address."""
    sent = mail.send_due(Concern.objects.all(), render)
    return sent + mail.send_due(ConcernAnswer.objects.select_related("concern"), render_answer)


def render(concern: Concern) -> list[EmailMultiAlternatives]:
    """The mails to the moderators, one a language, in blind copies; none once it is closed."""
    if concern.closed_at:
        return []
    mails = []
    for language in CODES:
        if addresses := [reader.email for reader in moderators().filter(language=language)]:
            with override(language):
                context = {"concern": concern, "link": absolute_url(reverse("desk_concern", args=[concern.pk]))}
            letter = mail.compose("concern", to=[], language=language, context=context)
            letter.bcc = addresses
            mails.append(letter)
    return mails


def render_answer(answer: ConcernAnswer) -> list[EmailMultiAlternatives]:
    """The mail to whoever reported it, in the language of the page they did it on."""
    concern = answer.concern
    if not concern.email:
        return []
    context = {"concern": concern, "answer": answer, "page_link": absolute_url(concern.page)}
    return [mail.compose("concern_answer", to=[concern.email], language=concern.language, context=context)]
