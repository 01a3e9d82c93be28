"""Every mail of the portal is written and sent here.

A mail is one text template, `templates/mail/<name>.txt`: its first line is the subject, the rest is Markdown. It is
sent as written for readers of plain text, and as HTML in the portal's letterhead for the others: with one source, the
two can never differ. Mails that need their own layout also have `<name>.html`.

The text is rendered by the engine `mail`, in which every value is inert unless the template says `|trusted`.
"""

import re
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string, select_template
from django.utils.safestring import SafeString
from django.utils.translation import override

from scn_portal.base import markdown
from scn_portal.base.typography import typographic


def new_message_id() -> str:
    """A new Message-ID under the portal's own host name."""
    return make_msgid(domain=urlsplit(settings.SITE_URL).hostname)


def compose(
    name: str, *, to: list[str], language: str, context: dict, headers: dict[str, str] | None = None
) -> EmailMultiAlternatives:
    """The mail `name` to `to`, completely in `language`, with a new Message-ID unless `headers` have one.

    Nothing is sent. Without `to`, for a mail only to Bcc, it is addressed to the portal itself, which gets no copy.
    """
    import css_inline  # imported here, because the web server writes few mails

    with override(language):
        context = _portal(language) | context
        subject, text = _written(name, language, context)
        context |= {"subject": subject, "body": markdown.to_html(text)}
        html = select_template([f"mail/{name}.html", "mail/letter.html"], using="django").render(context)
    defaults = {"Message-ID": new_message_id(), "Auto-Submitted": "auto-generated", "Content-Language": language}
    if not to:  # all in Bcc; a mail without a recipient looks like spam
        defaults["To"] = settings.DEFAULT_FROM_EMAIL
    mail = EmailMultiAlternatives(subject, markdown.to_plain(text), to=to, headers=defaults | (headers or {}))
    mail.attach_alternative(css_inline.inline(html), "text/html")
    mail.name = name
    return mail


def plain(name: str, *, language: str, context: dict) -> tuple[str, str]:
    """The subject and the plain text of the mail `name`, without its HTML."""
    with override(language):
        subject, text = _written(name, language, _portal(language) | context)
    return subject, markdown.to_plain(text)


def preview(name: str, *, language: str, context: dict) -> tuple[str, SafeString]:
    """The subject of the mail `name` and its text as HTML, without the letterhead, to be read before it is sent."""
    with override(language):
        subject, text = _written(name, language, _portal(language) | context)
    return subject, markdown.to_html(text)


def _portal(language: str) -> dict:
    portal = {"site_url": settings.SITE_URL, "demo": settings.DEMO, "contact": settings.CONTACT_EMAIL}
    return portal | {"language": language}


def _written(name: str, language: str, context: dict) -> tuple[str, str]:
    """The subject, and the text with the signature, as Markdown."""
    rendered = typographic(render_to_string(f"mail/{name}.txt", context, using="mail"), language)
    first, _, rest = rendered.strip().partition("\n")
    signature = render_to_string("mail/_signature.txt", context, using="mail").strip()
    rest = re.sub(r"\n{3,}", "\n\n", rest)  # if a template leaves something out
    return markdown.to_plain(first).strip(), f"{rest.strip()}\n\n{signature}\n"
