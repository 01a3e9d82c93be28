"""Attached PDFs: refused if they would act by themselves, and rewritten without the names of their authors."""

from io import BytesIO

import pikepdf
from pikepdf.settings import set_qpdf_limits

from .refused import RefusedError

# Limits against files that unpack to far more than their size. A value takes about 200 bytes of memory once it is read.
MAX_UNPACKED_BYTES = 16 * 1024 * 1024
MAX_VALUES = 1_000_000
# These limits apply to the whole process; nothing else in it reads PDFs.
set_qpdf_limits(
    flate_max_memory=MAX_UNPACKED_BYTES,
    png_max_memory=MAX_UNPACKED_BYTES,
    run_length_max_memory=MAX_UNPACKED_BYTES,
    tiff_max_memory=MAX_UNPACKED_BYTES,
    max_stream_filters=4,
)

# Names for content that is run, sent, played, attached or fetched from elsewhere. They have no other use.
ACTIVE_NAMES = {
    "/EmbeddedFile", "/EmbeddedFiles", "/Filespec", "/GoToE", "/GoToR", "/ImportData", "/JavaScript", "/Launch",
    "/Movie", "/Rendition", "/RichMedia", "/RichMediaExecute", "/Sound", "/SubmitForm", "/XFA",
}  # fmt: skip
# Where links may lead. Opening a file on another machine would tell that machine who the reader is.
SCHEMES = ("http:", "https:", "mailto:", "tel:", "#")
FILE_NAMES = {"/F", "/UF", "/DOS", "/Mac", "/Unix"}
# The properties of the document and of its parts, the private data of programs, and data of signatures.
METADATA = {"/Metadata", "/PieceInfo", "/LastModified", "/SpiderInfo", "/DSS", "/Perms"}
# The author of a comment, and its times.
METADATA_OF_COMMENTS = {"/T", "/M", "/CreationDate"}
# The segments of a JPEG that say where, when, with what and by whom it was taken: EXIF and XMP, IPTC, comments.
METADATA_OF_JPEG = {0xE1, 0xED, 0xFE}


def clean_pdf(content: bytes) -> bytes:
    """The PDF without metadata and earlier versions. Raises RefusedError if it is broken, protected or active."""
    if b"%%EOF" not in content[-2048:]:
        raise RefusedError("incomplete PDF")
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                raise RefusedError("protected PDF")
            _clean(pdf)
            cleaned = BytesIO()
            # Streams are copied as they are, so that nothing is unpacked unnecessarily.
            level = pikepdf.StreamDecodeLevel.none
            pdf.save(cleaned, stream_decode_level=level, fix_metadata_version=False, deterministic_id=True)
    except pikepdf.PasswordError as error:
        raise RefusedError("protected PDF") from error
    except (pikepdf.PikepdfError, ValueError, TypeError, RuntimeError, OverflowError, MemoryError) as error:
        raise RefusedError("broken PDF") from error
    return cleaned.getvalue()


def _clean(pdf: pikepdf.Pdf) -> None:
    """Remove the metadata of `pdf`, in place. Raises RefusedError or ValueError."""
    _limit_object_streams(pdf)
    if len(pdf.pages) == 0:
        raise ValueError("no pages")
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    # Only objects that the trailer leads to are saved, so earlier versions of the text are dropped.
    seen, pending, count = pikepdf.ObjectSet(), [pdf.trailer], 0
    while pending:
        container = pending.pop()
        if not seen.add(container):
            continue
        values = list(container) if isinstance(container, pikepdf.Array) else _clean_dictionary(container)
        count += len(values)
        if count > MAX_VALUES:
            raise ValueError("too many values")
        if any(isinstance(value, pikepdf.Name) and str(value) in ACTIVE_NAMES for value in values):
            raise _active_content()
        pending += [value for value in values if isinstance(value, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream)]


def _limit_object_streams(pdf: pikepdf.Pdf) -> None:
    """Raises ValueError if the object streams together unpack to too much; qpdf limits only each of them."""
    entries = pdf.get_xref_table().values()
    packed = {entry.obj_stream_number for entry in entries if entry.obj_stream_number is not None}
    spare = MAX_UNPACKED_BYTES
    for number in packed:
        spare -= len(pdf.get_object(number, 0).read_bytes())
        if spare < 0:
            raise ValueError("object streams unpack to too much")


def _clean_dictionary(container: pikepdf.Object) -> list:
    """Remove the metadata of a dictionary or stream. Returns its remaining values."""
    names = set(container.keys())
    removed = set(METADATA)
    if "/Rect" in names and container.get("/Subtype") != "/Widget":
        removed |= METADATA_OF_COMMENTS
    if container.get("/FT") == "/Sig":
        removed.add("/V")  # a signature names the person who signed, and is not valid for a copy
    for name in names & removed:
        del container[name]
    if names & ACTIVE_NAMES or _reaches_out(container, names) or _acts_by_itself(container):
        raise _active_content()
    if isinstance(container, pikepdf.Stream) and container.get("/Filter") == "/DCTDecode":
        jpeg = _clean_jpeg(container.read_raw_bytes())
        parameters = container.get("/DecodeParms")
        if not isinstance(parameters, pikepdf.Dictionary):
            parameters = None
        container.write(jpeg, filter=pikepdf.Name.DCTDecode, decode_parms=parameters)
    return [value for _name, value in container.items()]


def _reaches_out(container: pikepdf.Object, names: set[str]) -> bool:
    """Whether a file is attached, the data of a stream is in another file, or a link leads to something else than a web
    page."""
    files = container.get("/EF")  # this may also be the name of a font on a page
    if isinstance(files, pikepdf.Dictionary) and FILE_NAMES & set(files.keys()):
        return True
    if isinstance(container, pikepdf.Stream) and "/F" in names:
        return True
    return container.get("/S") == "/URI" and not _leads_to_a_page(str(container.get("/URI", "")).strip().lower())


def _leads_to_a_page(address: str) -> bool:
    has_no_scheme = ":" not in address.partition("/")[0] and not address.startswith("\\\\")
    return has_no_scheme or address.startswith(SCHEMES)


def _acts_by_itself(container: pikepdf.Object) -> bool:
    """Whether opening or leaving the document, a page or a field does anything other than going to a page."""
    actions = [container.get("/OpenAction")]
    if isinstance(triggers := container.get("/AA"), pikepdf.Dictionary):
        actions += [action for _event, action in triggers.items()]
    return any(
        isinstance(action, pikepdf.Dictionary) and (action.get("/S") != "/GoTo" or "/Next" in action)
        for action in actions
    )


def _active_content() -> RefusedError:
    return RefusedError("active PDF")


def _clean_jpeg(content: bytes) -> bytes:
    """The picture without its EXIF, XMP, IPTC and comment segments. The rest after the first damage stays as it is."""
    kept, position = content[:2], 2
    while content[position : position + 1] == b"\xff" and content[position + 1 : position + 2] not in (b"\xda", b""):
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4])
        if content[position + 1] not in METADATA_OF_JPEG:
            kept += content[position:end]
        position = end
    return kept + content[position:]
