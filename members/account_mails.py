"""The mails of allauth (a new password, an address to confirm, word of a change): owed as rows, sent by a worker.

So a page never waits for the mail server, nor tells by how long it takes whether somebody has an account.
"""

import datetime as dt
import zoneinfo
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import translate_url
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import override

from members.models import AccountMail, User
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.links import absolute_url

# allauth's links are good for three days; a mail server may be away for longer.
LINK_LIFETIME = dt.timedelta(days=3)
LINKS_THAT_EXPIRE = {"password_reset_url", "activate_url"}
KEPT_FOR = dt.timedelta(days=30)


def owe(template: str, email: str, context: dict, *, language: str) -> AccountMail:
    """Owe `email` the mail `template` of allauth; it leaves once this is committed.

    In the language of the person it is about; in `language` where nobody has that address. Of `context` is kept what
    the words need, the secrets on their own aside: the links hold them.
    """
    user = context.get("user") or User.objects.filter(email__iexact=email).first()
    language = user.language if user else language
    values = {
        name: _ours(str(each), language) if name.endswith("_url") else each
        for name, each in context.items()
        if isinstance(each, str | int | dt.datetime) and name not in ("key", "uid")
    }
    owed = AccountMail.objects.create(email=email, user=user, language=language, template=template, values=values)
    run_after_commit("members.tasks.send_account_mails")
    return owed


def _ours(url: str, language: str) -> str:
    """Under our own name, whatever the Host header of the request said, and in the language of the mail."""
    return absolute_url(translate_url(urlsplit(url).path, language))


def write(owed: AccountMail) -> list[EmailMultiAlternatives]:
    """allauth's own wording, laid out like every other mail; none where its link no longer works."""
    if owed.values.keys() & LINKS_THAT_EXPIRE and owed.created_at < timezone.now() - LINK_LIFETIME:
        return []
    host = urlsplit(settings.SITE_URL).netloc
    context = owed.values | {"email": owed.email, "user": owed.user, "current_site": {"name": host, "domain": host}}
    if "timestamp" in context:
        context["timestamp"] = parse_datetime(context["timestamp"])
    zone = zoneinfo.ZoneInfo(owed.user.time_zone if owed.user else "UTC")
    with override(owed.language), timezone.override(zone):
        plain = DefaultAccountAdapter().render_mail(owed.template, owed.email, context)
    words = {"title": plain.subject, "text": plain.body}
    letter = mail.compose("account", to=[owed.email], language=owed.language, context=words)
    letter.name = owed.template
    return [letter]


def forget_old() -> int:
    """Delete the record of mails older than a month, sent or not; how many."""
    deleted, _by_model = AccountMail.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted
