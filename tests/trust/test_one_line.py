"""Signs that turn the writing are refused in every text on one line, in names of files and in email addresses."""

import importlib
import pkgutil

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.utils.translation import override

from commitments.models import Pledge
from digests.models import Subscription
from members.allauth_adapter import AccountAdapter
from members.allauth_forms import SaysWhatToDo
from members.models import Invitation, User
from practices.models import Practice
from scn_portal.base.documents.fields import DocumentsField
from scn_portal.base.documents.uploads import clean_lead_picture, clean_upload
from scn_portal.base.forms import BilingualForm
from scn_portal.base.one_line import one_line
from tests.factories import SMALL_PDF, PledgeFactory, acting_for
from tests.forms import fields_of

OURS = ("commitments", "digests", "members", "practices", "scn_portal")
TURNING = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
ALLOWED = [
    "محمد \u200f(٢٠٢٦)\u200e",
    "עיר \u200e2030",
    "ا\u061c-١",
    "Zürich — “Ça va ?”",
    "👩\u200d👩\u200d👧 Familles",
    "a\tb",
]
# Columns of text that nobody types, or that choose from a list; what they hold is checked by a constraint or our code.
WRITTEN_BY_THE_PORTAL = {
    "base.LimitedUse.limit", "base.LimitedUse.key", "base.KeptCount.list", "base.KeptCount.facet",
    "base.KeptCount.value", "base.MadeFile.key", "base.MadeFile.what", "base.MadeFile.name", "base.MadeFile.sha256",
    "digests.Tally.key", "site.ErasureMail.email",
    "members.User.password", "members.User.time_zone", "members.City.time_zone", "members.AccountMail.template",
    "members.Scratch.form", "members.OpenForm.form", "members.SentForm.words", "members.SentForm.address",
    "members.Proposal.about", "members.Reminder.message_id", "members.RiskAnswer.about", "practices.Transition.verb",
    "practices.SourceCheck.address", "practices.SubmissionDigest.message_id", "practices.Word.language",
    "practices.Word.word", "practices.Word.plain", "practices.RetiredAddress.digest", "digests.Delivery.message_id",
    "site.TextPage.name", "site.TextPage.title_en", "site.TextPage.title_fr",
    "site.Concern.network", "commitments.Pledge.extension_language", "commitments.Milestone.extension_language",
    "commitments.UpdateDocument.media_type", "practices.Attachment.media_type",
}  # fmt: skip
# Fields that hold nothing which is shown beside other words: secrets, signs of our own that are compared, a trap; the
# name of an account, which allauth's forms have and ours lose.
NOT_SHOWN = {
    "password1", "website", "submitted_at_read", "moment_shown", "opened_at_change", "code", "login", "credential",
    "username", "time_zone",
}  # fmt: skip


def columns() -> dict[str, models.Field]:
    """Every text column of ours that is no list of choices, no slug and no partial date."""
    found = {}
    for model in apps.get_models():
        if model.__module__.startswith(OURS) and not hasattr(model, "pgh_tracked_model"):
            for field in model._meta.local_fields:
                is_text = isinstance(field, models.CharField) and not isinstance(field, models.SlugField)
                if is_text and not field.choices and type(field).__name__ not in ("PartialDateField", "CountryField"):
                    found[f"{model._meta.label}.{field.name}"] = field
    return found


def test_every_column_that_people_type_into_is_held_to_one_line():
    free = {name for name, field in columns().items() if one_line not in field.validators}
    assert free == WRITTEN_BY_THE_PORTAL & columns().keys()
    assert columns().keys() >= WRITTEN_BY_THE_PORTAL, "a list of columns that are there"


def form_classes() -> set[type]:
    for name in OURS:
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            if module.name.endswith(("forms", "views", "staff", "people", "agreed", "views.holds", "submission")):
                importlib.import_module(module.name)

    def below(base: type) -> set[type]:
        return {base}.union(*(below(each) for each in base.__subclasses__()))

    return {each for each in below(forms.BaseForm) if each.__module__.startswith(OURS)}


TYPED = {forms.EmailField: "a@exa{}mple.org", forms.URLField: "https://example.org/{}"}


def test_every_field_of_one_line_of_every_form_refuses_them():
    seen, taken = set(), []
    for form_class in form_classes():
        for name, field in getattr(form_class, "base_fields", {}).items():
            is_line = isinstance(field, forms.CharField) and not isinstance(field.widget, forms.Textarea)
            if not is_line or isinstance(field.widget, forms.PasswordInput) or name in NOT_SHOWN:
                continue
            typed = TYPED.get(type(field), "a{}b")
            seen.add(name)
            try:
                field.clean(typed.format("\u202e"))
            except ValidationError:
                continue
            # These give their fields their limits when they are made.
            if not issubclass(form_class, BilingualForm | SaysWhatToDo):
                taken.append(f"{form_class.__module__}.{form_class.__name__}.{name}")
    assert taken == []
    assert {"title_en", "name", "email", "indicator_unit", "source", "sentence_fr", "before"} <= seen


@pytest.mark.parametrize("sign", TURNING, ids=lambda sign: f"U+{ord(sign):04X}")
def test_the_message_names_the_sign_that_nobody_sees_in_both_languages(sign):
    with pytest.raises(ValidationError) as refusal, override("en"):
        one_line(f"Report {sign}fdp.exe")
    assert f"(U+{ord(sign):04X})" in refusal.value.messages[0]
    with override("fr"):
        assert "inverse le sens de l’écriture" in refusal.value.messages[0]


@pytest.mark.parametrize("text", ALLOWED)
def test_names_in_every_script_are_taken(text):
    one_line(text)


@pytest.mark.django_db
def test_a_form_says_it_beside_the_field_and_keeps_the_words(client):
    pledge = PledgeFactory()
    client.force_login(acting_for(pledge.city))
    address = f"/en/my-city/pledges/{pledge.pk}/edit/"
    page = client.post(
        address, fields_of(client.get(address)) | {"title_en": "A \u202eplan", "lead_department": "\u2067x"}
    )
    errors = page.context["form"].errors
    assert list(errors) == ["title_en", "lead_department"]
    assert "(U+202E)" in errors["title_en"][0]
    assert len(errors["title_en"]) == 1
    assert fields_of(page)["title_en"] == "A \u202eplan"
    assert Pledge.objects.get().title_en == pledge.title_en


def test_rows_are_held_to_it_by_themselves_as_an_import_makes_them():
    for row, name in (
        (User(email="a@example.org", name="A\u202eb"), "name"), (Invitation(email="a@exa\u202emple.org"), "email"),
        (Subscription(email="a@exa\u2066mple.org"), "email"),
    ):  # fmt: skip
        with pytest.raises(ValidationError) as refusal:
            row.clean_fields()
        assert name in refusal.value.message_dict
    with pytest.raises(ValidationError):
        AccountAdapter().clean_email("a@exa\u202emple.org")


def test_a_file_whose_name_turns_the_writing_is_refused_by_its_name():
    name = "report\u202efdp.exe.pdf"
    field = DocumentsField()
    with pytest.raises(ValidationError, match="Rename the file"):
        field.clean([SimpleUploadedFile(name, SMALL_PDF)])
    for clean in (clean_upload, clean_lead_picture):
        with pytest.raises(ValidationError, match="Rename the file"):
            clean(SimpleUploadedFile(name, SMALL_PDF))
    assert clean_upload(SimpleUploadedFile("تقرير.pdf", SMALL_PDF)).media_type == "application/pdf"


def test_a_slug_holds_no_sign_of_any_direction():
    assert all(ord(letter) < 128 for letter in Practice._meta.get_field("slug").default())
