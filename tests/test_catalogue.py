"""The French catalogue: whole, current with the code, and set as French is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation import gettext, override

FRENCH = settings.BASE_DIR / "locale" / "fr" / "LC_MESSAGES" / "django.po"
SOURCES = ("manage.py", "members", "commitments", "practices", "digests", "scn_portal", "templates", "locale")
# %(name)s, %s, %d, {name}, {}, {{ name }}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\{.*?\}\}|\{\w*\}")
MARKUP = re.compile(r"<[^>]*>|https?://\S+|`[^`]*`")


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def messages() -> list[Message]:
    """Every message of the French catalogue but its header."""
    return [message for message in read(FRENCH) if message.id]


def texts(message: Message) -> list[tuple[str, str]]:
    """Each English form of the message with its French one."""
    if not message.pluralizable:
        return [(message.id, message.string)]
    return list(zip(message.id, message.string, strict=True))


def words(french: str) -> str:
    """What is read of a French text: neither markup nor addresses, and a letter for each placeholder."""
    return PLACEHOLDER.sub("x", MARKUP.sub("", french))


def is_address(message: Message) -> bool:
    """The message is a part of an address, such as “cities/<slug:slug>/”."""
    english = message.id if isinstance(message.id, str) else message.id[0]
    return english.endswith("/") and " " not in english


def test_no_entry_is_untranslated_or_unsure():
    assert messages()
    missing = [message.id for message in messages() if not all(french for _english, french in texts(message))]
    assert missing == []
    assert [message.id for message in messages() if message.fuzzy] == []


def test_the_placeholders_of_each_translation_are_those_of_its_message():
    wrong = []
    for message in messages():
        forms = texts(message)
        everything = set().union(*(PLACEHOLDER.findall(english) for english, _french in forms))
        for english, french in forms:
            expected, found = sorted(PLACEHOLDER.findall(english)), sorted(PLACEHOLDER.findall(french))
            # A singular may leave its number out (“one city”); nothing may be there that the code does not give.
            if (found != expected) if not message.pluralizable else not set(found) <= everything:
                wrong.append((english, french))
    assert wrong == []


def test_the_markup_of_each_translation_is_that_of_its_message():
    tags = re.compile(r"</?\w+")
    assert [
        (english, french)
        for message in messages()
        if not is_address(message)
        for english, french in texts(message)
        if sorted(tags.findall(english)) != sorted(tags.findall(french))
    ] == []


def test_addresses_are_plain_and_keep_their_parameters():
    parameter = re.compile(r"<[^>]+>")
    for message in filter(is_address, messages()):
        assert parameter.findall(message.string) == parameter.findall(message.id)
        assert re.fullmatch(r"[a-z/-]+", parameter.sub("", message.string))


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("a breakable space, or none, before ; ! ? or »", r"[^\s;:!?»…\u202f\u00a0][;!?»]|[ \t\n][;!?»]"),
        ("a breakable space, or none, before :", r"[^\s\d\u202f\u00a0]:(?!//)(?=\s|$)|[ \t\n]:"),
        ("a breakable space, or none, after «", r"«[^\u202f\u00a0]"),
        ("a straight apostrophe", r"'"),
        ("a straight or an English quotation mark", r"[\"“”]"),
        ("three dots for an ellipsis", r"\.\.\."),
    ],
)
def test_french_is_set_as_french(fault, pattern):
    found = [
        french
        for message in messages()
        if not is_address(message)
        for _english, french in texts(message)
        if re.search(pattern, words(french))
    ]
    assert found == [], fault


def test_the_catalogue_is_current(tmp_path):
    if not shutil.which("xgettext"):
        reason = "no xgettext: install gettext"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    for name in SOURCES:
        source = settings.BASE_DIR / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "vendor", "data"))
        else:
            shutil.copy(source, tmp_path / name)
    environment = os.environ | {
        "SCN_ENV": "test", "SCN_VAR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "scn_portal.settings",
        "PYTHONPATH": str(tmp_path),
    }  # fmt: skip
    command = [sys.executable, "manage.py", "makemessages", "--locale", "fr", "--no-obsolete", "--no-wrap"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    made = read(tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po")

    def known(catalogue: Catalog) -> set:
        return {(message.context, message.id) for message in catalogue if message.id}

    assert known(made) - known(read(FRENCH)) == set(), "in the code, not in the catalogue: run `make messages`"
    assert known(read(FRENCH)) - known(made) == set(), "in the catalogue, no longer in the code: run `make messages`"


def test_the_compiled_catalogue_says_what_the_text_says():
    with override("fr"):
        assert gettext("Practices") == "Pratiques"
        assert gettext("Cities") == "Villes"


# --- Terms: the glossary of docs/translating.md ----------------------------------------------------------------------

# English, and what its French has to say.
TERMS = {
    r"\bpledges?\b|\bpledged\b": r"\bpromesses?\b|\bpromis",
    r"\bcommitments?\b": r"\bengagements?\b",
    r"\bpractices?\b": r"\bpratiques?\b",
    r"\bmilestones?\b": r"\bjalons?\b",
    r"\bprogress updates?\b": r"\bpoints? d’avancement\b",
    r"\bdeadlines?\b": r"\béchéances?\b",
    r"\bemails?\b": r"\bcourriels?\b",
    r"\bnewsletters?\b": r"\binfolettres?\b",
    r"\bsubscri(?:be|ption)": r"\babonn",
    r"\bunsubscribe": r"\bdésabonn",
    r"\bfocal points?\b": r"\bréférents?\b",
    r"\bmoderators?\b": r"\bmodérateurs?\b|\brelecture\b|\bmodération\b",
    r"\btake(?:n)? .*\bdown\b": r"\bretir|\bretrait\b",
}
# Texts that say it in other words, and why.
SAID_OTHERWISE = {
    "We only email when there is news.": "« courriel » has no verb",
    "Decide and email the author": "« courriel » has no verb",
    "We will email you a link to confirm.": "« courriel » has no verb",
}
NEVER_IN_FRENCH = {
    r"\be-?mails?\b|\bmails?\b|\bmél\b": "un courriel",
    r"\bau titre d|\bà ce titre\b": "pour",
    r"\bpoints? foca": "un référent",
    r"\bdépubli": "retirer du site",
    r"\bs’engage|\bengagée?s?\b|\ben gages?\b": "faire une promesse, prendre un engagement",
    r"\bnewsletters?\b": "l’infolettre",
    r"\b0 [a-z]": "Aucune ville",
}
NEVER_IN_ENGLISH = {
    r"\be-mails?\b": "email",
    r"\bmails?\b(?! server)": "email",
}


def readings() -> list[tuple[str, str]]:
    """Each English text with its French one, as they are read."""
    return [
        (words(english), words(french))
        for message in messages()
        if not is_address(message)
        for english, french in texts(message)
    ]


@pytest.mark.parametrize("english", TERMS)
def test_a_term_has_one_translation(english):
    """Without regard to the case; « engagement » is of the Declaration, « promesse » is of a city."""
    found = [
        (text, french)
        for text, french in readings()
        if re.search(english, text, re.IGNORECASE) and not re.search(TERMS[english], french, re.IGNORECASE)
        if not any(other in text for other in SAID_OTHERWISE)
    ]
    assert found == []


def test_an_engagement_is_a_commitment_and_a_promesse_is_a_pledge():
    confused = [
        (text, french)
        for text, french in readings()
        if (re.search(r"\bengagements?\b", french, re.IGNORECASE) and not re.search(r"commitment", text, re.IGNORECASE))
        or (
            re.search(r"\bpromesses?\b", french, re.IGNORECASE)
            and not re.search(r"pledge|promise", text, re.IGNORECASE)
        )
    ]
    assert confused == []


@pytest.mark.parametrize("pattern", NEVER_IN_FRENCH)
def test_a_word_that_the_glossary_replaces_is_not_in_the_french(pattern):
    found = [french for _english, french in readings() if re.search(pattern, french, re.IGNORECASE)]
    assert found == [], NEVER_IN_FRENCH[pattern]


@pytest.mark.parametrize("pattern", NEVER_IN_ENGLISH)
def test_a_word_that_the_glossary_replaces_is_not_in_the_english(pattern):
    found = [english for english, _french in readings() if re.search(pattern, english, re.IGNORECASE)]
    assert found == [], NEVER_IN_ENGLISH[pattern]


@pytest.mark.parametrize(
    "text", sorted(settings.BASE_DIR.glob("scn_portal/site/texts/*.fr.md")), ids=lambda text: text.name
)
def test_the_pages_of_text_keep_to_the_glossary(text):
    read = MARKUP.sub("", text.read_text()).replace("'", "’")
    never = NEVER_IN_FRENCH.keys() - {r"\bdépubli"}
    assert [pattern for pattern in never if re.search(pattern, read, re.IGNORECASE)] == []


def test_what_allauth_says_keeps_to_the_glossary():
    """Of the texts of allauth that this portal shows."""
    with override("fr"):
        said = [words(gettext(message)) for message in THEIRS]
    assert all("courriel" in text.lower() for text in said), said
    assert not [text for text in said if re.search(r"\be-?mail|\bmail\b", text, re.IGNORECASE)]


THEIRS = [
    "Email address",
    "Email Addresses",
    "Please Confirm Your Email Address",
    "The email address and/or password you specified are not correct.",
    "Confirmation email sent to %(email)s.",
]


def test_the_overrides_of_allauth_are_texts_that_it_has():
    import allauth

    theirs = {message.id for message in read(Path(allauth.__file__).parent / "locale/fr/LC_MESSAGES/django.po")}
    for language in ("en", "fr"):
        ours = read(settings.BASE_DIR / "locale" / "allauth" / language / "LC_MESSAGES" / "django.po")
        assert {message.id for message in ours if message.id} - theirs == set()
        for message in ours:
            assert (
                sorted(PLACEHOLDER.findall(message.id)) == sorted(PLACEHOLDER.findall(message.string)) or not message.id
            )
