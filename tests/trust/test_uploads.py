"""Hostile files: PDFs whose danger lies where a search for words does not find it, files that are two things at once,
and what is said to the browser when a file is served."""

import zipfile
from io import BytesIO

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, String
from PIL import Image

from scn_portal.base.documents.uploads import clean_lead_picture, clean_upload
from tests.factories import SMALL_PDF, AttachmentFactory, RevisionFactory, acting_for
from tests.practices.test_uploads import (
    _cleaned_here,
    in_the_catalog,
    on_a_link,
    pdf_with,
    picture,
    sent,
    unpacked,
)

__all__ = ["_cleaned_here"]  # for every test here

MODES = [ObjectStreamMode.disable, ObjectStreamMode.generate]


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS="app.alert(1)")


def link(**action):
    return on_a_link(Dictionary(**{"S": Name.URI, **action}))


def after_much(pdf: Pdf) -> None:
    """A dictionary of far more than 2 kB, with the script at its end."""
    entries = {f"/Key{number:04}": String("x" * 50) for number in range(200)}
    pdf.Root["/Long"] = pdf.make_indirect(Dictionary(entries | {"/zz": script()}))


def after_a_false_end(pdf: Pdf) -> None:
    """The words that end an object, within a string, and the script in the same object after it."""
    pdf.Root["/Tricky"] = pdf.make_indirect(Dictionary(A=String(") endobj\nstream endstream endobj ("), B=script()))


def in_a_form(pdf: Pdf) -> None:
    """A field that computes: its script is run on opening the document."""
    field = Dictionary(FT=Name.Tx, T="total", AA=Dictionary(C=script()))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), CO=Array([]))


def sent_by_a_form(pdf: Pdf) -> None:
    send = Dictionary(S=Name.SubmitForm, F=Dictionary(FS=Name.URL, F="https://elsewhere.example/"))
    pdf.Root.AcroForm = Dictionary(Fields=Array([Dictionary(FT=Name.Btn, T="send", A=send)]))


def with_data_elsewhere(pdf: Pdf) -> None:
    """A picture whose pixels lie in a file of another machine."""
    image = pdf.make_stream(b"", Subtype=Name.Image, Width=1, Height=1)
    image["/F"] = String("\\\\elsewhere\\share\\pixels")
    pdf.pages[0].Resources = Dictionary(XObject=Dictionary(Photo=image))


def with_a_file_of_its_own(pdf: Pdf) -> None:
    file = pdf.make_stream(b"MZ", Type=Name.EmbeddedFile)
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array(["a", Dictionary(EF=Dictionary(F=file))])))


def in_a_field(pdf: Pdf) -> None:
    field = pdf.make_indirect(Dictionary(Subtype=Name.Widget, FT=Name.Tx, T="a", AA=Dictionary(K=script())))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    pdf.pages[0].Annots = Array([field])


def in_a_circle(pdf: Pdf) -> None:
    first, second = pdf.make_indirect(Dictionary()), pdf.make_indirect(Dictionary())
    first["/Next"], second["/Next"], second["/Act"] = second, first, script()
    pdf.Root["/Circle"] = first


ACTIVE = {
    "a long dictionary": after_much,
    "a false end": after_a_false_end,
    "a form that computes": in_a_form,
    "a form that sends": sent_by_a_form,
    "a file on another machine": on_a_link(Dictionary(S=Name.GoToR, F="\\\\elsewhere\\share\\a.pdf", D="start")),
    "a program": on_a_link(Dictionary(S=Name.Launch, Win=Dictionary(F="cmd.exe", P="/c calc"))),
    "an embedded file": with_a_file_of_its_own,
    "data elsewhere": with_data_elsewhere,
    "a film": lambda pdf: pdf.pages[0].obj.update({"/Annots": Array([Dictionary(Subtype=Name.Movie)])}),
    "a link to a script": link(URI="javascript:alert(1)"),
    "a link to a file": link(URI="file:///etc/passwd"),
    "a link to a share": link(URI="\\\\elsewhere\\share"),
    "a script in a field of a page": in_a_field,
    "a script reached in a circle": in_a_circle,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", ACTIVE.values(), ids=ACTIVE)
def test_a_pdf_that_acts_is_refused_wherever_it_hides_it(change, mode):
    with pytest.raises(ValidationError, match="a script, a form or files"):
        clean_upload(sent(pdf_with(change, object_stream_mode=mode)))


def test_words_of_danger_in_a_text_are_words():
    said = "endobj /JavaScript /Launch /GoToR (see chapter 3) << /S /URI /URI (javascript:1) >>"
    content = pdf_with(in_the_catalog(Note=String(said)))
    kept = clean_upload(sent(content)).content.read()
    with pikepdf.open(BytesIO(kept)) as pdf:
        assert str(pdf.Root.Note) == said


def test_a_form_to_be_filled_in_on_paper_is_kept():
    field = Dictionary(FT=Name.Tx, T="Name of the city", V="")
    content = pdf_with(in_the_catalog(AcroForm=Dictionary(Fields=Array([field]), NeedAppearances=True)))
    assert clean_upload(sent(content)).media_type == "application/pdf"


@pytest.mark.parametrize("passwords", [{"owner": "b"}, {"user": "a", "owner": "b"}])
@pytest.mark.parametrize("kind", [4, 6])
def test_what_cannot_be_looked_into_is_refused(passwords, kind):
    content = pdf_with(after_much, encryption=pikepdf.Encryption(**{"user": "", **passwords}, R=kind))
    with pytest.raises(ValidationError, match="password"):
        clean_upload(sent(content))


# --- Two things at once ----------------------------------------------------------------------------------------------


def zipped() -> bytes:
    with zipfile.ZipFile(packed := BytesIO(), "w") as archive:
        archive.writestr("evil.js", "alert(1)")
    return packed.getvalue()


def jpeg_with_a_page() -> bytes:
    return picture("JPEG", comment=b"<html><script>alert(1)</script>")


POLYGLOTS = {
    "a page before a PDF": b"<script>alert(1)</script>\n" + SMALL_PDF,
    "an archive after a PDF": SMALL_PDF + zipped() + b"\n%%EOF",
    "a script around a PDF": b"/*" + SMALL_PDF + b"*/alert(1)//\n%%EOF",
    "a page in a JPEG": jpeg_with_a_page(),
    "a page after a PNG": picture("PNG") + b"<script>alert(1)</script>",
    "an archive after a JPEG": picture("JPEG") + zipped(),
    "a script after a WebP": picture("WEBP") + b"=1;alert(1)",
}


@pytest.mark.parametrize("content", POLYGLOTS.values(), ids=POLYGLOTS)
def test_of_two_things_one_is_kept_and_nothing_of_the_other(content):
    try:
        kept = clean_upload(sent(content, "report.html", "text/html"))
    except ValidationError:
        return
    written = kept.content.read()
    assert b"alert(1)" not in (unpacked(written) if kept.media_type == "application/pdf" else written)
    assert not zipfile.is_zipfile(BytesIO(written))
    starts = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8", "image/webp": b"RIFF"}
    assert written.startswith(starts[kept.media_type])
    assert kept.content.name.endswith((".pdf", ".png", ".jpg", ".webp"))


def test_a_lead_picture_keeps_nothing_of_the_other_either():
    content = BytesIO()
    Image.new("RGB", (600, 400)).save(content, "JPEG", comment=b"<script>alert(1)</script>", icc_profile=b"alert(1)")
    lead = clean_lead_picture(sent(content.getvalue() + zipped()))
    for file in (lead.content, lead.small):
        assert b"alert(1)" not in (written := file.read())
        assert not zipfile.is_zipfile(BytesIO(written))


# --- Served ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_served_file_is_downloaded_and_acts_in_the_name_of_nobody(client):
    draft = AttachmentFactory(revision=RevisionFactory(title_en="A report"), title_en='x"; filename=evil.html\r\nX: y')
    client.force_login(acting_for(draft.revision.practice.city))
    answer = client.get(f"/en/my-city/documents/{draft.pk}/")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="x-filenameevilhtml-x-y.pdf"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert "X" not in answer
    list(answer.streaming_content)
