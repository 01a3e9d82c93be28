"""Limits that whoever starts the cleaning knows as well: nothing is imported here."""

# A lead picture, in pixels.
MIN_LEAD_WIDTH, MIN_LEAD_HEIGHT = 480, 270
# What may be read beside other work takes some 20 MB at most: a picture of so many pixels; a PDF of so many bytes that
# packs no objects away. Names may be spelled with `#`.
SMALL_PIXELS = 1_000_000
SMALL_PDF_BYTES = 128 * 1024
SIGNS_OF_PACKING = (b"ObjStm", b"#")


def is_small_pdf(content: bytes) -> bool:
    """Whether reading the PDF takes a few megabytes at most."""
    return len(content) <= SMALL_PDF_BYTES and not any(sign in content for sign in SIGNS_OF_PACKING)
