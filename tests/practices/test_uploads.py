"""What a file may be: judged by its content, drawn anew where it is a picture, refused where it would act by itself."""

import zlib
from collections.abc import Callable
from io import BytesIO

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from scn_portal.base.documents import apart
from scn_portal.base.documents.cleaning import pictures
from scn_portal.base.documents.cleaning.pdf import clean_pdf
from scn_portal.base.documents.uploads import MAX_BYTES, clean_upload
from tests.factories import SMALL_PDF

MAKER, GPS = 0x010F, 0x8825


def sent(content: bytes, name: str = "file.bin", kind: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def cleaned_here(task: str, content: bytes) -> apart.Made:
    """What a process of its own does with a file, done in this one, which is quicker."""
    if task == "pdf":
        return apart.Made("PDF", [clean_pdf(content)], 0, 0)
    pictures.pixels_of(content)  # each file is judged by its header first
    drawn = pictures.TASKS[task](content)
    return apart.Made(drawn.kind, drawn.files, drawn.width, drawn.height)


@pytest.fixture(autouse=True)
def _cleaned_here(monkeypatch):
    monkeypatch.setattr(apart, "clean", cleaned_here)


def picture(kind: str, mode: str = "RGB", size=(60, 40), **saved) -> bytes:
    drawn = BytesIO()
    Image.new(mode, size, "red").save(drawn, kind, **saved)
    return drawn.getvalue()


def where_and_with_what() -> Image.Exif:
    """What a telephone adds to a picture: its maker, its turn, the place."""
    exif = Image.Exif()
    exif[MAKER] = "Telephone"
    exif[0x0112] = 6  # held upright: to be turned by a quarter
    exif.get_ifd(GPS)[2] = (48.0, 50.0, 59.5)
    return exif


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_keeps_its_kind_and_loses_what_came_with_it(kind):
    original = picture(kind, exif=where_and_with_what())
    assert b"Telephone" in original
    kept = clean_upload(sent(original, "photo.pdf", "application/pdf"))
    assert kept.media_type == f"image/{kind.lower()}"
    content = kept.content.read()
    assert b"Telephone" not in content
    with Image.open(BytesIO(content)) as drawn:
        assert (drawn.format, dict(drawn.getexif()), "xmp" in drawn.info) == (kind, {}, False)
        assert drawn.size == (40, 60)  # turned as it was meant to be seen
    assert kept.content.name.rpartition(".")[2] in ("png", "jpg", "webp")


def test_a_picture_of_a_telephone_that_holds_a_second_one_is_kept_as_the_first():
    two = picture("MPO", save_all=True, append_images=[Image.new("RGB", (60, 40), "blue")])
    kept = clean_upload(sent(two))
    assert (kept.media_type, kept.content.name) == ("image/jpeg", "document.jpg")
    with Image.open(BytesIO(kept.content.read())) as drawn:
        assert (drawn.format, drawn.getpixel((1, 1))) == ("JPEG", (254, 0, 0))


def test_a_comment_in_a_picture_is_gone():
    original = picture("JPEG", comment=b"taken at her home")
    assert b"her home" in original
    assert b"her home" not in clean_upload(sent(original)).content.read()


@pytest.mark.parametrize(("mode", "kept_as"), [("RGBA", "RGBA"), ("LA", "RGBA"), ("P", "RGB"), ("L", "RGB")])
def test_what_is_seen_through_stays_so(mode, kept_as):
    kept = clean_upload(sent(picture("PNG", mode) if mode != "P" else picture("PNG", "RGB")))
    with Image.open(kept.content) as drawn:
        assert drawn.mode == kept_as


def test_a_print_is_turned_into_a_picture_for_screens():
    original = BytesIO()
    Image.new("CMYK", (20, 20)).save(original, "JPEG")
    with Image.open(clean_upload(sent(original.getvalue())).content) as drawn:
        assert drawn.mode == "RGB"


def test_a_large_picture_is_made_smaller():
    with Image.open(clean_upload(sent(picture("JPEG", "L", (5000, 100)))).content) as drawn:
        assert drawn.size == (4000, 80)


def test_a_picture_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    def unpack(self):
        raise AssertionError("unpacked")

    bomb = sent(picture("PNG", "1", (20_000, 3_000)))
    assert bomb.size < 20_000
    monkeypatch.setattr(Image.Image, "load", unpack)
    with pytest.raises(ValidationError, match="too many pixels"):
        clean_upload(bomb)


def test_a_picture_far_beyond_is_refused_too():
    with pytest.raises(ValidationError, match="broken, or too large"):
        clean_upload(sent(picture("PNG", "1", (20_000, 10_000))))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_half_a_picture_is_refused(kind):
    whole = picture(kind, size=(300, 300))
    with pytest.raises(ValidationError, match="broken"):
        clean_upload(sent(whole[: len(whole) // 2]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>",
        b"PK\3\4docx",
        b"GIF89a\1\0\1\0",
    ],
)
def test_other_kinds_are_refused_whatever_they_are_called(content):
    with pytest.raises(ValidationError, match="Only PDF, PNG, JPEG and WebP"):
        clean_upload(sent(content, "report.pdf", "application/pdf"))


# --- PDF -------------------------------------------------------------------------------------------------------------


def pdf_with(change: Callable[[Pdf], None], **saved) -> bytes:
    """A PDF of one page after `change`."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        change(pdf)
        content = BytesIO()
        pdf.save(content, fix_metadata_version=False, **saved)
    return content.getvalue()


def unpacked(content: bytes) -> bytes:
    """The same PDF with nothing packed, to look for words in."""
    with pikepdf.open(BytesIO(content)) as pdf:
        plain = BytesIO()
        pdf.save(
            plain,
            compress_streams=False,
            fix_metadata_version=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return plain.getvalue()


def test_a_pdf_without_metadata_is_kept_to_the_byte():
    kept = clean_upload(sent(SMALL_PDF, "evil.exe"))
    assert (kept.media_type, kept.content.read(), kept.content.name) == ("application/pdf", SMALL_PDF, "document.pdf")


def signed(pdf: Pdf) -> None:
    """Names in every place that programs write them to."""
    packet = b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'>Anna Secret</x:xmpmeta><?xpacket end='w'?>"
    pdf.docinfo["/Author"] = pdf.docinfo["/Creator"] = pdf.docinfo["/Keywords"] = "Anna Secret"
    pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)
    page = pdf.pages[0]
    page.Metadata = pdf.make_stream(packet)
    page.PieceInfo = Dictionary(Program=Dictionary(LastModified="D:2026", Private="Anna Secret"))
    page.Resources = Dictionary(XObject=Dictionary(Drawing=pdf.make_stream(b"", Metadata=pdf.make_stream(packet))))
    page.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9], T="Anna Secret", Contents="A comment")]
    )
    signature = Dictionary(Type=Name.Sig, Name="Anna Secret", ByteRange=Array([0, 0, 0, 0]), Contents="")
    field = Dictionary(FT=Name.Sig, T="Signature", V=signature)
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))
    page.Contents = pdf.make_stream(b"BT (These words are shown) Tj ET")


@pytest.mark.parametrize("mode", list(pikepdf.ObjectStreamMode))
def test_the_names_in_a_pdf_are_gone_and_its_pages_stay(mode):
    original = pdf_with(signed, object_stream_mode=mode)
    assert unpacked(original).count(b"Anna Secret") == 9
    content = clean_upload(sent(original)).content.read()
    shown = unpacked(content)
    assert b"Secret" not in shown
    assert b"These words are shown" in shown
    assert b"A comment" in shown
    with pikepdf.open(BytesIO(content)) as pdf:
        assert len(pdf.pages) == 1
        assert "/Info" not in pdf.trailer
        assert "/Metadata" not in pdf.Root
        assert pdf.check_pdf_syntax() == []


def test_what_was_deleted_from_a_pdf_does_not_come_with_it():
    first = pdf_with(
        lambda pdf: pdf.Root.update({"/Note": pdf.make_indirect(pikepdf.String("An old secret"))}),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    with pikepdf.open(BytesIO(first)) as pdf:
        root, pages = pdf.Root.objgen[0], pdf.Root.Pages.objgen[0]
    update = f"""{root} 0 obj << /Type /Catalog /Pages {pages} 0 R >> endobj
xref\n{root} 1\n{len(first):010} 00000 n \n
trailer << /Root {root} 0 R /Size 99 /Prev {first.split()[-2].decode()} >>
startxref\n{len(first) + len(f"{root} 0 obj << /Type /Catalog /Pages {pages} 0 R >> endobj") + 1}\n%%EOF\n"""
    later = first + update.encode()
    with pikepdf.open(BytesIO(later), attempt_recovery=False) as pdf:
        assert "/Note" not in pdf.Root
    assert b"An old secret" in later
    assert b"An old secret" not in clean_upload(sent(later)).content.read()


def test_a_photo_in_a_pdf_says_no_more_where_it_was_taken():
    photo = picture("JPEG", exif=where_and_with_what(), comment=b"taken at her home")

    def place(pdf: Pdf) -> None:
        image = pdf.make_stream(b"", Subtype=Name.Image, Width=60, Height=40, ColorSpace=Name.DeviceRGB)
        image.BitsPerComponent = 8
        image.write(photo, filter=Name.DCTDecode)
        pdf.pages[0].Resources = Dictionary(XObject=Dictionary(Photo=image))

    content = clean_upload(sent(pdf_with(place))).content.read()
    with pikepdf.open(BytesIO(content)) as pdf:
        drawn = pikepdf.PdfImage(pdf.pages[0].Resources.XObject.Photo)
        raw = drawn.obj.read_raw_bytes()
        assert (b"Telephone" in raw, b"her home" in raw) == (False, False)
        with Image.open(BytesIO(raw)) as seen, Image.open(BytesIO(photo)) as original:
            assert seen.tobytes() == original.tobytes()


SCRIPT = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
LINK = Dictionary(S=Name.URI, URI="https://city.example/")


def on_a_link(action) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action)
        pdf.pages[0].Annots = Array([pdf.make_indirect(link)])

    return change


def in_the_catalog(**entries) -> Callable[[Pdf], None]:
    return lambda pdf: pdf.Root.update({f"/{name}": value for name, value in entries.items()})


def with_a_file(pdf: Pdf) -> None:
    pdf.attachments["data.txt"] = b"data"


def with_a_file_on_the_page(pdf: Pdf) -> None:
    """The file of an annotation, without the names that would give it away."""
    file = Dictionary(F="data.txt", EF=Dictionary(F=pdf.make_stream(b"data")))
    pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9], FS=file)])


def on_opening_the_page(action) -> Callable[[Pdf], None]:
    return lambda pdf: pdf.pages[0].obj.update({"/AA": Dictionary(O=action)})


ACTIVE = {
    "script on opening": in_the_catalog(OpenAction=SCRIPT),
    "address on opening": in_the_catalog(OpenAction=LINK),
    "print on opening": in_the_catalog(OpenAction=Dictionary(S=Name.Named, N=Name.Print)),
    "more on opening": in_the_catalog(OpenAction=Dictionary(S=Name.GoTo, D="start", Next=LINK)),
    "address on a page": on_opening_the_page(LINK),
    "scripts by name": in_the_catalog(Names=Dictionary(JavaScript=Dictionary(Names=Array(["a", SCRIPT])))),
    "script on a link": on_a_link(SCRIPT),
    "script after a link": on_a_link(Dictionary(S=Name.URI, URI="https://city.example/", Next=SCRIPT)),
    "program": on_a_link(Dictionary(S=Name.Launch, F="calc.exe")),
    "another file": on_a_link(Dictionary(S=Name.GoToE, T=Dictionary())),
    "form sent": on_a_link(Dictionary(S=Name.SubmitForm, F="https://city.example/")),
    "form filled": on_a_link(Dictionary(S=Name.ImportData, F="data.fdf")),
    "film": on_a_link(Dictionary(S=Name.Rendition)),
    "media": lambda pdf: pdf.pages[0].obj.update({"/Annots": Array([Dictionary(Subtype=Name.RichMedia)])}),
    "form of another kind": in_the_catalog(AcroForm=Dictionary(XFA=Array([]), Fields=Array([]))),
    "file": with_a_file,
    "file of a page": with_a_file_on_the_page,
}


@pytest.mark.parametrize("mode", [pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate])
@pytest.mark.parametrize("change", ACTIVE.values(), ids=ACTIVE)
def test_a_pdf_that_acts_by_itself_is_refused_in_the_open_and_packed(change, mode):
    with pytest.raises(ValidationError, match="a script, a form or files"):
        clean_upload(sent(pdf_with(change, object_stream_mode=mode)))


def test_a_name_spelled_in_another_way_is_the_same_name():
    content = pdf_with(on_a_link(SCRIPT), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    hidden = content.replace(b"/JavaScript", b"/J#61vaScrip#74")
    assert hidden != content
    with pytest.raises(ValidationError, match="a script, a form or files"):
        clean_upload(sent(hidden))


@pytest.mark.parametrize(
    "change",
    [
        on_a_link(LINK),
        on_a_link(Dictionary(S=Name.GoTo, D="start")),
        in_the_catalog(OpenAction=Array([0, Name.Fit])),
        in_the_catalog(OpenAction=Dictionary(S=Name.GoTo, D="start")),
        in_the_catalog(Launcher=3),
        in_the_catalog(AcroForm=Dictionary(Fields=Array([Dictionary(FT=Name.Tx, T="Name of the city")]))),
        lambda pdf: pdf.pages[0].obj.update({"/Contents": pdf.make_stream(b"BT (/JavaScript is a language) Tj ET")}),
        lambda pdf: pdf.pages[0].Resources.update({"/Font": Dictionary(EF=Dictionary(Type=Name.Font))}),
    ],
)
def test_what_does_nothing_by_itself_is_kept(change):
    def prepared(pdf: Pdf) -> None:
        pdf.pages[0].Resources = Dictionary()
        change(pdf)

    original = pdf_with(prepared)
    kept = clean_upload(sent(original)).content.read()
    with pikepdf.open(BytesIO(original)) as before, pikepdf.open(BytesIO(kept)) as after:
        assert before.Root.keys() == after.Root.keys()
        assert before.pages[0].obj.keys() == after.pages[0].obj.keys()


@pytest.mark.parametrize("passwords", [{"user": "a", "owner": "b"}, {"user": "", "owner": "b"}])
def test_a_protected_pdf_is_refused(passwords):
    content = pdf_with(lambda pdf: None, encryption=pikepdf.Encryption(**passwords))
    with pytest.raises(ValidationError, match="password"):
        clean_upload(sent(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SMALL_PDF.replace(b"%%EOF", b""), "incomplete"),
        (SMALL_PDF[: len(SMALL_PDF) // 2], "incomplete"),
        (b"%PDF-1.5\n%%EOF", "cannot be read"),
        (b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n", "cannot be read"),
        (b"%PDF-1.5\n" + (b"/ObjStm stream\n" + zlib.compress(b"")) * 1000 + b"%%EOF", "cannot be read"),
        (b"%PDF-1.4\n1 0 obj " + b"[" * 100_000 + b"\ntrailer << /Root 1 0 R >>\n%%EOF", "cannot be read"),
    ],
    ids=["no end", "half", "nothing", "no pages", "streams without an end", "endless nesting"],
)
def test_a_broken_pdf_is_refused(content, message):
    with pytest.raises(ValidationError, match=message):
        clean_upload(sent(content))


@pytest.mark.parametrize(
    ("strings", "length"), [(1, 40_000_000), (800, 60_000)], ids=["one stream too large", "too large together"]
)
def test_a_pdf_that_unpacks_to_too_much_is_refused(strings, length):
    def fill(pdf: Pdf) -> None:
        pdf.Root.Notes = Array([pdf.make_indirect(pikepdf.String("a" * length)) for _number in range(strings)])

    content = pdf_with(fill, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert len(content) < 1_000_000
    with pytest.raises(ValidationError, match="cannot be read"):
        clean_upload(sent(content))


def test_a_pdf_of_too_many_values_is_refused():
    values = pikepdf.Object.parse(b"[" + b"1 " * 1_000_001 + b"]")
    with pytest.raises(ValidationError, match="cannot be read"):
        clean_upload(sent(pdf_with(in_the_catalog(Values=values))))


def test_what_is_too_large_is_not_even_read():
    large = sent(SMALL_PDF)
    large.size = MAX_BYTES + 1
    with pytest.raises(ValidationError, match="larger than 10 MB"):
        clean_upload(large)
    assert large.tell() == 0
