"""Limits that the process that starts the cleaning needs as well. This module imports nothing."""

# The least size of a lead picture, in pixels.
MIN_LEAD_WIDTH, MIN_LEAD_HEIGHT = 480, 270
# The limits for files that may be read at the same time as others, with about 20 MB of memory at most: pixels of a
# picture; bytes of a PDF without packed objects. A `#` may hide a name in a PDF.
SMALL_PIXELS = 1_000_000
SMALL_PDF_BYTES = 128 * 1024
SIGNS_OF_PACKING = (b"ObjStm", b"#")


def is_small_pdf(content: bytes) -> bool:
    """Whether reading the PDF takes a few megabytes at most."""
    return len(content) <= SMALL_PDF_BYTES and not any(sign in content for sign in SIGNS_OF_PACKING)
