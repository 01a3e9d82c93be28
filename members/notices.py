"""The mails of `Notice`, in the current language and time zone of each reader."""

import datetime as dt
import zoneinfo

from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from members import idle_accounts
from members.models import Notice
from scn_portal.base import mail
from scn_portal.base.links import absolute_url


def render(notice: Notice) -> list[EmailMultiAlternatives]:
    """The mail of `notice`; none if the account of its reader is closed, unless the notice is about that."""
    reader = notice.to
    if not reader.is_active and notice.kind != Notice.Kind.CLOSED:
        return []
    with override(reader.language), timezone.override(zoneinfo.ZoneInfo(reader.time_zone)):
        context = _context(notice, reader.language)
        return [mail.compose(f"notice_{notice.kind}", to=[reader.email], language=reader.language, context=context)]


def _context(notice: Notice, language: str) -> dict:
    city = notice.city
    pages = {"account_link": reverse("account_login")}
    if city:
        pages["workspace_link"] = reverse("my_city_of", args=[city.slug])
        pages["people_link"] = reverse("my_city_people", args=[city.slug])
    return {
        "notice": notice,
        "city": city.text("name", language) if city else "",
        "closes_at": timezone.localtime(notice.created_at) + _until_closing(notice),
        "role": notice.get_role_display(),
        **{name: absolute_url(path) for name, path in pages.items()},
    }


def _until_closing(notice: Notice) -> dt.timedelta:
    """The time from `notice` until the account is closed: one period after the second notice, two after the first."""
    earlier = Notice.objects.filter(to=notice.to, kind=Notice.Kind.CLOSING, created_at__lt=notice.created_at)
    recent = earlier.filter(created_at__gt=notice.created_at - idle_accounts.IDLE_AFTER)
    return idle_accounts.BETWEEN_NOTICES * (1 if recent.exists() else 2)
