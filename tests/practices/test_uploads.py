"""What a file may be: judged by its content, drawn anew where it is a picture, refused where it would act by itself."""

import zlib
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from practices import uploads
from practices.uploads import checked
from tests.factories import SMALL_PDF

MAKER, GPS = 0x010F, 0x8825


def sent(content: bytes, name: str = "file.bin", kind: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


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


def with_object_stream(said: bytes, header: bytes = b"/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode") -> bytes:
    packed = zlib.compress(said)
    return b"%PDF-1.5\n1 0 obj << " + header + b" >>\nstream\n" + packed + b"\nendstream endobj\n%%EOF\n"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_keeps_its_kind_and_loses_what_came_with_it(kind):
    original = picture(kind, exif=where_and_with_what())
    assert b"Telephone" in original
    kept = checked(sent(original, "photo.pdf", "application/pdf"))
    assert kept.media_type == f"image/{kind.lower()}"
    content = kept.content.read()
    assert b"Telephone" not in content
    with Image.open(BytesIO(content)) as drawn:
        assert (drawn.format, dict(drawn.getexif()), "xmp" in drawn.info) == (kind, {}, False)
        assert drawn.size == (40, 60)  # turned as it was meant to be seen
    assert kept.content.name.rpartition(".")[2] in ("png", "jpg", "webp")


def test_a_picture_of_a_telephone_that_holds_a_second_one_is_kept_as_the_first():
    two = picture("MPO", save_all=True, append_images=[Image.new("RGB", (60, 40), "blue")])
    kept = checked(sent(two))
    assert (kept.media_type, kept.content.name) == ("image/jpeg", "document.jpg")
    with Image.open(BytesIO(kept.content.read())) as drawn:
        assert (drawn.format, drawn.getpixel((1, 1))) == ("JPEG", (254, 0, 0))


def test_a_comment_in_a_picture_is_gone():
    original = picture("JPEG", comment=b"taken at her home")
    assert b"her home" in original
    assert b"her home" not in checked(sent(original)).content.read()


@pytest.mark.parametrize(("mode", "kept_as"), [("RGBA", "RGBA"), ("LA", "RGBA"), ("P", "RGB"), ("L", "RGB")])
def test_what_is_seen_through_stays_so(mode, kept_as):
    kept = checked(sent(picture("PNG", mode) if mode != "P" else picture("PNG", "RGB")))
    with Image.open(kept.content) as drawn:
        assert drawn.mode == kept_as


def test_a_print_is_turned_into_a_picture_for_screens():
    original = BytesIO()
    Image.new("CMYK", (20, 20)).save(original, "JPEG")
    with Image.open(checked(sent(original.getvalue())).content) as drawn:
        assert drawn.mode == "RGB"


def test_a_large_picture_is_made_smaller():
    with Image.open(checked(sent(picture("JPEG", "L", (5000, 100)))).content) as drawn:
        assert drawn.size == (4000, 80)


def test_a_picture_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(monkeypatch):
    def unpack(self):
        raise AssertionError("unpacked")

    bomb = sent(picture("PNG", "1", (20_000, 3_000)))
    assert bomb.size < 20_000
    monkeypatch.setattr(Image.Image, "load", unpack)
    with pytest.raises(ValidationError, match="too many pixels"):
        checked(bomb)


def test_a_picture_far_beyond_is_refused_too():
    with pytest.raises(ValidationError, match="broken, or too large"):
        checked(sent(picture("PNG", "1", (20_000, 10_000))))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_half_a_picture_is_refused(kind):
    whole = picture(kind, size=(300, 300))
    with pytest.raises(ValidationError, match="broken"):
        checked(sent(whole[: len(whole) // 2]))


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
        checked(sent(content, "report.pdf", "application/pdf"))


def test_a_pdf_is_kept_as_it_is():
    kept = checked(sent(SMALL_PDF, "evil.exe"))
    assert (kept.media_type, kept.content.read(), kept.content.name) == ("application/pdf", SMALL_PDF, "document.pdf")


@pytest.mark.parametrize(
    "action",
    [
        b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", b"/S /J#61vaScript", b"/S /Launch /F (calc.exe)",
        b"/Type /EmbeddedFile", b"/Names << /EmbeddedFiles 3 0 R >>", b"/AcroForm << /XFA 4 0 R >>", b"/S/SubmitForm",
        b"/S /Rendition /JS (x)", b"/Subtype /RichMedia",
    ],
)  # fmt: skip
def test_a_pdf_that_acts_by_itself_is_refused_in_the_open_and_packed(action):
    for content in (SMALL_PDF.replace(b"/Type /Catalog", action), with_object_stream(b"1 0 << " + action + b" >>")):
        with pytest.raises(ValidationError, match="a script, a form or files"):
            checked(sent(content))


def test_words_of_a_page_are_not_taken_for_an_action():
    page = with_object_stream(b"(/JavaScript is a language) Tj", header=b"/Length 9 /Filter /FlateDecode")
    assert checked(sent(page)).content.read() == page
    harmless = with_object_stream(b"1 0 << /Type /Catalog /Launcher 3 >>")
    assert checked(sent(harmless)).content.read() == harmless


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SMALL_PDF.replace(b"%%EOF", b""), "not whole"),
        (SMALL_PDF.replace(b"trailer <<", b"trailer << /Encrypt 5 0 R"), "password"),
        (with_object_stream(b"").replace(zlib.compress(b""), b"not packed"), "cannot be read"),
    ],
)
def test_a_pdf_that_cannot_be_looked_into_is_refused(content, said):
    with pytest.raises(ValidationError, match=said):
        checked(sent(content))


def test_a_pdf_of_streams_that_never_end_is_refused_at_the_first():
    endless = b"%PDF-1.5\n" + (b"/ObjStm stream\n" + zlib.compress(b"")) * 1000 + b"%%EOF"
    with pytest.raises(ValidationError, match="not whole"):
        checked(sent(endless))


def test_a_pdf_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "_MOST_UNPACKED", 1000)
    with pytest.raises(ValidationError, match="cannot be read"):
        checked(sent(with_object_stream(b"a" * 5000)))


def test_what_is_too_large_is_not_even_read():
    large = sent(SMALL_PDF)
    large.size = uploads.LARGEST + 1
    with pytest.raises(ValidationError, match="larger than 10 MB"):
        checked(large)
    assert large.tell() == 0
