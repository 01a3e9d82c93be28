"""The mails of allauth (a new password, an address to confirm, notice of a change): queued as rows, sent by a worker.

So a page never waits for the mail server, and the time it takes does not reveal whether somebody has an account.
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
from django.utils.translation import gettext, override

from members.models import AccountMail, User
from scn_portal.base import mail
from scn_portal.base.background import run_after_commit
from scn_portal.base.links import absolute_url

# allauth's links work for three days; a mail server may be away for longer.
LINK_LIFETIME = dt.timedelta(days=3)
LINKS_THAT_EXPIRE = {"password_reset_url", "activate_url"}
RETENTION = dt.timedelta(days=30)


def enqueue(template: str, email: str, context: dict, *, language: str) -> AccountMail:
    """Queue the mail `template` of allauth for `email`; it is sent after the commit.

    It is in the language of the account with that address, or in `language` if there is none.
    """
    user = context.get("user") or User.objects.filter(email__iexact=email).first()
    language = user.language if user else language
    values = {
        name: _portal_url(str(value), language) if name.endswith("_url") else value
        for name, value in context.items()
        # Links contain the secrets, so they are not kept a second time.
        if isinstance(value, str | int | dt.datetime) and name not in ("key", "uid")
    }
    account_mail = AccountMail.objects.create(
        email=email, user=user, language=language, template=template, values=values
    )
    run_after_commit("members.tasks.send_account_mails")
    return account_mail


def _portal_url(url: str, language: str) -> str:
    """`url` in `language`, on SITE_URL whatever the Host header of the request was."""
    return absolute_url(translate_url(urlsplit(url).path, language))


def render(account_mail: AccountMail) -> list[EmailMultiAlternatives]:
    """The mail in allauth's wording and the portal's layout; none if its link or its code has expired."""
    age = timezone.now() - account_mail.created_at
    if account_mail.values.keys() & LINKS_THAT_EXPIRE and age > LINK_LIFETIME:
        return []
    if "code" in account_mail.values and age.total_seconds() > settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT:
        return []
    user, language = account_mail.user, account_mail.user.language if account_mail.user else account_mail.language
    context = account_mail.values | {"email": account_mail.email, "user": user}
    # The reader may have chosen another language since.
    context |= {name: _portal_url(str(url), language) for name, url in context.items() if name.endswith("_url")}
    if "timestamp" in context:
        context["timestamp"] = parse_datetime(context["timestamp"])
    zone = zoneinfo.ZoneInfo(user.time_zone if user else "UTC")
    with override(language), timezone.override(zone):
        portal = gettext("the portal of the Strong Cities Network")
        context["current_site"] = {"name": portal, "domain": portal}
        plain = DefaultAccountAdapter().render_mail(account_mail.template, account_mail.email, context)
    words = {"title": plain.subject, "text": plain.body}
    letter = mail.compose("account", to=[account_mail.email], language=language, context=words)
    letter.name = account_mail.template
    return [letter]


def forget_old() -> int:
    """Delete mails that are RETENTION old, sent or not. Returns how many."""
    deleted, _by_model = AccountMail.objects.filter(created_at__lte=timezone.now() - RETENTION).delete()
    return deleted
