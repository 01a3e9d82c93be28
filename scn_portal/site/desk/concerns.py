"""Concerns about public pages: anybody can report them, staff close them, and an answer is sent if an address was left.

The limits of `scn_portal.base.strangers` hold off floods. Concerns from before these limits have a hash of their
network, for a day.
"""

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from members.models import User
from practices.permissions import moderators
from scn_portal.base import limits, mail, strangers
from scn_portal.base.background import run_after_commit
from scn_portal.base.languages import CODES
from scn_portal.base.links import absolute_url
from scn_portal.site.models import Concern, ConcernAnswer


def report(*, page: str, version: str, words: str, email: str, language: str, network: str) -> Concern:
    """Save a concern, and tell the moderators by mail after the commit. `network` is the network it comes from.

    The same words sent again within an hour are the same concern. Raises TooMany if a limit is exceeded.
    """
    concern = Concern(page=page, version=version, words=words, email=email, language=language)
    concern.full_clean()
    by_network = ((strangers.CONCERNS, network), (strangers.CONCERNS_A_DAY, network))
    with transaction.atomic():
        with connection.cursor() as cursor:  # one after the other, so that four clicks at once save one concern
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('site.concerns'))")
        since = timezone.now() - limits.HOUR
        same = Concern.objects.filter(page=page, words=words, email=email, reported_at__gt=since, closed_at=None)
        if sent_twice := same.first():
            return sent_twice
        limits.use(*by_network, (strangers.CONCERNS_IN_ALL, ""), (strangers.CONCERNS_IN_ALL_A_DAY, ""))
        concern.mailed_at = None if _may_mail() else timezone.now()
        concern.save()
        run_after_commit("scn_portal.site.tasks.send_concerns")
    return concern


def _may_mail() -> bool:
    try:
        limits.use((strangers.CONCERNS_MAILED, ""))
    except limits.TooMany:
        return False
    return True


@transaction.atomic
def close(concern: Concern, *, words: str, by: User) -> ConcernAnswer:
    """Close it, saying in `words` what became of it; they are mailed if an address was left. Raises ValidationError if
    somebody has already closed it."""
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


def forget_networks() -> int:
    """Delete the hashes that are a day old. Returns the number of concerns."""
    old = Concern.objects.filter(reported_at__lt=timezone.now() - limits.DAY).exclude(network="")
    return old.update(network="")


# --- Mails -----------------------------------------------------------------------------------------------------------


def send() -> int:
    """Send the mails that wait: concerns to the moderators, answers to those who left an address."""
    sent = mail.send_due(Concern.objects.all(), render)
    return sent + mail.send_due(ConcernAnswer.objects.select_related("concern"), render_answer)


def render(concern: Concern) -> list[EmailMultiAlternatives]:
    """The mails to the moderators, one per language, with blind copies; none if the concern is closed."""
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
    """The mail to the person who reported the concern, in the language of the page where they reported it."""
    concern = answer.concern
    if not concern.email:
        return []
    context = {"concern": concern, "answer": answer, "page_link": absolute_url(concern.page)}
    return [mail.compose("concern_answer", to=[concern.email], language=concern.language, context=context)]
