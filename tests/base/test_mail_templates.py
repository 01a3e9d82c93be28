"""Every template of a mail, filled with what people may type: nothing of it is markup."""

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine, TemplateSyntaxError, engines
from django.utils import timezone
from django.utils.safestring import mark_safe

from commitments.models import RestoreDecision, RestoreRequest
from commitments.restoring import render as render_restore_request
from commitments.restoring import render_decision
from digests.delivery.rendering import render_issue
from digests.issues.compose import compose_issue
from digests.issues.contents import get_contents
from digests.subscriptions import render_confirmation
from members import account_mails
from members.corrections import render as render_correction
from members.invitations import render_invitation
from members.models import AccountMail, Correction, Notice, NoticeKind, Reminder
from members.notices import render as render_notice
from practices import addresses, desk_mails, holds, moderation
from practices.choices import Status
from practices.models import Message, ModeratorMail, RetiredAddress, SubmissionDigest, Transition, UnassignedReminder
from practices.notices import render_message, render_notices
from scn_portal.base import markdown
from scn_portal.site.desk import concerns, takedown_mails
from scn_portal.site.models import Concern, ConcernAnswer, Erasure, ErasureMail, ErasureMailKind, Takedown
from scn_portal.site.privacy import erasing
from scn_portal.site.todo.weekly import render as render_reminder
from tests.factories import (
    CityFactory,
    ConsentFactory,
    InvitationFactory,
    MilestoneFactory,
    ModeratorFactory,
    PledgeFactory,
    RestoreRequestFactory,
    RevisionFactory,
    SubscriptionFactory,
    UserFactory,
    acting_for,
    staff_for_cities,
)

pytestmark = pytest.mark.django_db

MONDAY = dt.datetime(2026, 3, 9, 6, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TEMPLATES = settings.BASE_DIR / "templates/mail"


def notice(status: Status, typed: str, language: str) -> EmailMultiAlternatives:
    ModeratorFactory(language=language)
    revision = RevisionFactory(
        title_en=typed, title_fr=typed, author=UserFactory(language=language, time_zone="America/Montreal"),
        status=status, reason=typed if status in (Status.SENT_BACK, Status.REJECTED) else "",
        publish_at=MONDAY if status == Status.SCHEDULED else None,
        practice__city=CityFactory(name_en=typed, name_fr=typed),
    )  # fmt: skip
    transition = Transition(revision=revision, to_status=status, by=ModeratorFactory(), reason=revision.reason)
    return render_notices(transition)[0]


def invitation(typed: str, language: str) -> EmailMultiAlternatives:
    city = CityFactory(name_en=typed, name_fr=typed)
    return render_invitation(InvitationFactory(invited_by__name=typed, city=city, language=language))[0]


def account(typed: str, language: str) -> EmailMultiAlternatives:
    user = UserFactory(name=typed, language=language)
    values = {"ip": typed, "user_agent": typed, "timestamp": MONDAY.isoformat()}
    template = "account/email/password_changed"
    row = AccountMail(email=user.email, user=user, language=language, template=template, values=values)
    row.created_at = MONDAY
    return account_mails.render(row)[0]


def confirmation(typed: str, language: str, *, is_known: bool) -> EmailMultiAlternatives:
    city = CityFactory(name_en=typed, name_fr=typed)
    chosen = {"language": language, "frequency": "weekly", "topics": [f"city:{city.slug}"]}
    known = {f"subscription__{name}": value for name, value in chosen.items()} if is_known else {}
    confirmed_at = MONDAY if is_known else None
    return render_confirmation(ConsentFactory(**chosen, **known, subscription__confirmed_at=confirmed_at))[0]


def digest(typed: str, language: str, *, introduction: str = "") -> EmailMultiAlternatives:
    city = CityFactory(name_en=typed, name_fr=typed)
    texts = {"title_en": typed, "title_fr": typed}
    RevisionFactory(
        **texts, summary_en=typed, summary_fr=typed, practice__city=city, status=Status.PUBLISHED,
        published_at=MONDAY - DAY,
    )  # fmt: skip
    pledge = PledgeFactory(**texts, city=city, created_at=MONDAY - DAY, description_en=typed, description_fr=typed)
    MilestoneFactory(**texts, pledge=pledge, due_on=MONDAY.date() + 3 * DAY)
    SubscriptionFactory(frequency="weekly", confirmed_at=MONDAY - DAY)
    issue = compose_issue("weekly", MONDAY)
    issue.introduction_en = issue.introduction_fr = introduction
    contents = get_contents(issue, language, follows=(f"city:{city.slug}",))
    return render_issue(issue, contents, language)


def about_people(kind: str) -> Callable[[str, str], EmailMultiAlternatives]:
    """A notice of that kind, in which every name and reason is what was typed."""

    def letter(typed: str, language: str) -> EmailMultiAlternatives:
        city = CityFactory(name_en=typed, name_fr=typed)
        reader = UserFactory(language=language)
        row = Notice.objects.create(
            kind=kind, to=reader, city=city, about=UserFactory(name=typed), by=UserFactory(name=typed), role="editor",
            reason=typed,
        )  # fmt: skip
        return render_notice(row)[0]

    return letter


def correction(typed: str, language: str) -> EmailMultiAlternatives:
    staff_for_cities(language=language)
    city = CityFactory(name_en=typed, name_fr=typed)
    row = Correction(city=city, fact="name_en", value=typed, source=typed, by=UserFactory(name=typed))
    return render_correction(row)[0]


def restore_decision(typed: str, language: str) -> EmailMultiAlternatives:
    request = RestoreRequestFactory(
        pledge=PledgeFactory(title_en=typed), by=UserFactory(name=typed), reason=typed, is_accepted=False,
        decided_at=timezone.now(), decided_by=UserFactory(name=typed), decision_reason=typed,
    )  # fmt: skip
    return render_decision(RestoreDecision(request=request, to=UserFactory(language=language)))[0]


def restore_request(typed: str, language: str) -> EmailMultiAlternatives:
    staff_for_cities(language=language)
    pledge = PledgeFactory(title_en=typed, title_fr=typed, city=CityFactory(name_en=typed, name_fr=typed))
    return render_restore_request(RestoreRequest(pledge=pledge, reason=typed, by=UserFactory(name=typed)))[0]


def reminder(typed: str, language: str) -> EmailMultiAlternatives:
    city = CityFactory(name_en=typed, name_fr=typed)
    reader = acting_for(city, language=language)
    RevisionFactory(title_en=typed, title_fr=typed, practice__city=city, status=Status.SENT_BACK, reason=typed)
    MilestoneFactory(title_en=typed, pledge=PledgeFactory(title_en=typed, city=city), due_on=MONDAY - DAY)
    return render_reminder(Reminder(user=reader, week=MONDAY.date(), created_at=MONDAY))[0]


def of_the_desk(name: str) -> Callable[[str, str], EmailMultiAlternatives]:
    """A mail to moderators about a submission whose every word is what was typed."""

    def letter(typed: str, language: str) -> EmailMultiAlternatives:
        moderator = ModeratorFactory(language=language)
        revision = RevisionFactory(
            status=Status.SUBMITTED, submitted_at=MONDAY - 1.5 * DAY, title_en=typed, title_fr=typed, summary_en=typed,
            practice__city=CityFactory(name_en=typed, name_fr=typed),
        )  # fmt: skip
        match name:
            case "desk_day":
                ModeratorMail.objects.create(user=moderator, choice="daily")
                row = SubmissionDigest(user=moderator, day=MONDAY.date(), created_at=MONDAY - DAY)
                return desk_mails.render_digest(row)[0]
            case "desk_unassigned":
                row = UnassignedReminder(revision=revision, submitted_at=revision.submitted_at)
                return desk_mails.render_reminder(row)[0]
        hold = holds.hand_over(revision, to=moderator, by=ModeratorFactory(name=typed), word=typed)
        return holds.render(hold)[0]

    return letter


def about_a_text(name: str) -> Callable[[str, str], EmailMultiAlternatives]:
    """The mails of a conversation and of corrections."""

    def letter(typed: str, language: str) -> EmailMultiAlternatives:
        reader, staff = UserFactory(language=language, name=typed), ModeratorFactory(language=language, name=typed)
        city = CityFactory(name_en=typed, name_fr=typed)
        texts = {"title_en": typed, "title_fr": typed}
        revision = RevisionFactory(practice__city=city, author=reader, status=Status.SUBMITTED, **texts)
        if name in ("question", "answer"):
            by = staff if name == "question" else reader
            message = Message(revision=revision, kind=name, words=typed, language=language, by=by)
            return render_message(message)[0]
        new = moderation.correct(revision=revision, by=staff, words={"summary_en": typed}, reason=typed)
        if name == "undone":
            new = moderation.undo(revision=new, by=acting_for(city, name=typed))
        return render_notices(new.transitions.get())[0]

    return letter


def concern(typed: str, language: str) -> EmailMultiAlternatives:
    ModeratorFactory(language=language)
    return concerns.render(Concern(pk=1, page="/en/about/", words=typed, language=language))[0]


def concern_answer(typed: str, language: str) -> EmailMultiAlternatives:
    about = Concern(
        page="/en/about/", words=typed, language=language, email="reader@example.org", reported_at=MONDAY
    )  # fmt: skip
    return concerns.render_answer(ConcernAnswer(concern=about, words=typed))[0]


def taken_down(typed: str, language: str, *, is_restored: bool = False) -> EmailMultiAlternatives:
    city = CityFactory(name_en=typed, name_fr=typed)
    acting_for(city, language=language)
    pledge = PledgeFactory(city=city, title_en=typed, title_fr=typed)
    said = {"reason": typed, "sentence_fr": typed, "sentence_en": typed}
    row = Takedown(kind="pledge", key=pledge.pk, city=city, by=ModeratorFactory(), at=MONDAY, **said)
    row.restored_at = MONDAY if is_restored else None
    return takedown_mails.render(row)[0]


def restored(typed: str, language: str) -> EmailMultiAlternatives:
    reader, city = UserFactory(language=language), CityFactory(name_en=typed, name_fr=typed)
    texts = {"title_en": typed, "title_fr": typed}
    revision = RevisionFactory(status=Status.PUBLISHED, author=reader, practice__city=city, **texts)
    step = Transition(revision=revision, verb="restore", to_status=Status.PUBLISHED, by=ModeratorFactory())
    return render_notices(step)[0]


def about_an_erasure(kind: str) -> Callable[[str, str], EmailMultiAlternatives]:
    """The mails to whoever asks to be erased, and to the staff who decide."""

    def letter(typed: str, language: str) -> EmailMultiAlternatives:
        ModeratorFactory(language=language)
        erasure = Erasure(pk=1, person=UserFactory(name=typed), reason=typed)
        to = "" if kind == "to_decide" else "reader@example.org"
        return erasing.render(ErasureMail(erasure=erasure, kind=kind, email=to, language=language))[0]

    return letter


def address_retired(typed: str, language: str) -> EmailMultiAlternatives:
    texts = {"title_en": typed, "title_fr": typed}
    city = CityFactory(name_en=typed, name_fr=typed)
    acting_for(city, language=language)
    practice = RevisionFactory(status=Status.PUBLISHED, practice__city=city, **texts).practice
    return addresses.render(RetiredAddress(practice=practice, reason=typed, by=ModeratorFactory()))[0]


LETTERS: dict[str, Callable[[str, str], EmailMultiAlternatives]] = {
    "account": account,
    "address_retired": address_retired,
    "concern": concern,
    "concern_answer": concern_answer,
    "correction": correction,
    "digest": digest,
    **{f"erasure_{kind}": about_an_erasure(kind) for kind in ErasureMailKind.values},
    "invitation": invitation,
    **{f"notice_{kind}": about_people(kind) for kind in NoticeKind.values},
    **{name: of_the_desk(name) for name in ("desk_day", "desk_unassigned", "practice_handed_over")},
    "reminder": reminder,
    "restore_decision": restore_decision,
    "restore_request": restore_request,
    **{f"practice_{name}": about_a_text(name) for name in ("question", "answer", "corrected", "undone")},
    "practice_restored": restored,
    "shown_again": lambda typed, language: taken_down(typed, language, is_restored=True),
    "taken_down": taken_down,
    "practice_archived": lambda typed, language: notice(Status.ARCHIVED, typed, language),
    "practice_published": lambda typed, language: notice(Status.PUBLISHED, typed, language),
    "practice_rejected": lambda typed, language: notice(Status.REJECTED, typed, language),
    "practice_scheduled": lambda typed, language: notice(Status.SCHEDULED, typed, language),
    "practice_sent_back": lambda typed, language: notice(Status.SENT_BACK, typed, language),
    "practice_submitted": lambda typed, language: notice(Status.SUBMITTED, typed, language),
    "subscription_already": lambda typed, language: confirmation(typed, language, is_known=True),
    "subscription_confirm": lambda typed, language: confirmation(typed, language, is_known=False),
}
PRINTS_NOTHING_TYPED = {
    "subscription_already", "notice_closing", "notice_closed", "erasure_asked", "erasure_done",
}  # fmt: skip
NAMES = sorted(path.stem for path in TEMPLATES.glob("[!_]*.txt"))

TYPED = "Hi\n\n# Locked\n\n[x](https://evil.example)\r\nBcc: a@b.example\n<https://evil.example> <b>&amp;</b>\n==="
IN_A_LINE = " ".join(TYPED.split())
# What a template may print as it is: our own links and languages, and the introduction, which is the staff's Markdown.
OURS = re.compile(r"\w*link|\w+\.link|site_url|language|contents\.introduction\.value")


def in_a_line(html: str) -> str:
    """The words that a reader of `html` sees."""
    body = html.partition("</head>")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", NAMES)
def test_what_people_typed_is_no_markup_in_any_mail(name, language):
    with time_machine.travel(MONDAY, tick=False):
        letter = LETTERS[name](TYPED, language)
    assert letter.name == {"account": "account/email/password_changed"}.get(name, name)
    (html,) = [part.content for part in letter.alternatives]
    assert not re.search(r"href=.?https:..evil|<b>|<h\d[^>]*>\s*(Hi|Locked)", html)
    assert not re.search(r"[\U000f0000-\U000f007f]", letter.subject + letter.body + html)
    assert "\n" not in letter.subject
    assert "Bcc" not in letter.message()
    unquoted = re.sub(r"(?m)^> ?", "", letter.body)
    is_shown = [IN_A_LINE in text for text in (" ".join(unquoted.split()), in_a_line(html))]
    assert is_shown == [name not in PRINTS_NOTHING_TYPED] * 2


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.txt")), ids=lambda path: path.stem)
def test_a_template_trusts_nothing_that_somebody_typed(path):
    source = path.read_text()
    trusted = re.findall(r"([\w.]+)(?:\|[\w:\"]+)*?\|trusted", source)
    assert len(trusted) == source.count("trusted")
    assert [name for name in trusted if not OURS.fullmatch(name)] == []


# --- the engine ------------------------------------------------------------------------------------------------------


def rendered(source: str, **context) -> str:
    options = engines["mail"].engine
    inner = ("django.template.loaders.locmem.Loader", {"a.txt": source})
    engine = Engine(
        autoescape=False, loaders=[("scn_portal.base.mail.inert.Loader", [inner])], builtins=options.builtins
    )
    return engine.get_template("a.txt").render(Context(context, autoescape=False))


@pytest.mark.parametrize(
    "source",
    [
        "{{ typed }}",
        "{{ row.title }}",
        "{{ row.title|default:'x' }}",
        "{{ html }}",
        "{% if typed %}{% for each in many %}{% with here=each %}{{ here }}{% endwith %}{% endfor %}{% endif %}",
        "{% blocktranslate %}{{ typed }}{% endblocktranslate %}",
        "{% blocktranslate with title=row.title %}{{ title }}{% endblocktranslate %}",
        "{% blocktranslate count number=1 %}{{ typed }}{% plural %}{{ number }}{{ typed }}{% endblocktranslate %}",
    ],
)
def test_a_value_is_inert_wherever_it_comes_from(source):
    row = SimpleNamespace(title=TYPED)
    text = rendered(source, typed=TYPED, row=row, html=mark_safe(TYPED), many=[TYPED])
    assert text == markdown.literal(TYPED)


def test_a_value_that_is_trusted_is_markdown():
    assert rendered("{{ typed|trusted }}", typed="*a*") == "*a*"
    assert rendered("{{ typed|trusted|upper }}", typed="*a*") == markdown.literal("*A*")


@pytest.mark.parametrize(
    "source", ["{% firstof typed %}", "{% cycle typed %}", "{% translate typed %}", "{% text typed %}"]
)
def test_a_tag_that_prints_what_it_likes_is_refused(source):
    with pytest.raises(TemplateSyntaxError):
        rendered(source, typed=TYPED)
