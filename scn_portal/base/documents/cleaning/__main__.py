"""Cleans the file on stdin: `python -I FOLDER document|lead|pdf small|any`.

It writes a line of JSON to stdout, then the files that the line describes. The line has `refused`, a reason, which is
“large” if the file needs more memory than a `small` one; or `kind`, `width`, `height` and the `lengths` of the files.
The kernel limits this process to MAX_ADDRESSES and MAX_SECONDS, whatever the file says about itself.
"""

import json
import resource
import sys
from importlib import import_module
from pathlib import Path

MAX_ADDRESSES = 230_000_000  # bytes
MAX_SECONDS = 20  # of the processor


def main(task: str, size: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    # In isolated mode, Python does not find these modules by itself.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    refused = import_module("cleaning.refused")
    try:
        said, files = _pdf(size) if task == "pdf" else _picture(task, size)
    except refused.RefusedError as error:
        said, files = {"refused": error.reason}, []
    except MemoryError:
        said, files = {"refused": "too large"}, []
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
    sys.stdout.buffer.writelines(files)


def _limit_memory() -> None:
    """Limit the memory from here on. Only Linux enforces it."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESSES, MAX_ADDRESSES))


def _picture(task: str, size: str) -> tuple[dict, list[bytes]]:
    pictures = import_module("cleaning.pictures")
    content = sys.stdin.buffer.read()
    if size == "small":  # from its header, for which a WebP reserves more than the limit
        _refuse_large(pictures.pixels_of(content) <= import_module("cleaning.limits").SMALL_PIXELS)
    _limit_memory()
    drawn = pictures.TASKS[task](content)
    said = {"kind": drawn.kind, "width": drawn.width, "height": drawn.height, "lengths": [*map(len, drawn.files)]}
    return said, drawn.files


def _pdf(size: str) -> tuple[dict, list[bytes]]:
    content = sys.stdin.buffer.read()
    if size == "small":  # before loading the PDF library, which takes longer than this
        _refuse_large(import_module("cleaning.limits").is_small_pdf(content))
    pdf = import_module("cleaning.pdf")
    _limit_memory()
    cleaned = pdf.clean_pdf(content)
    return {"kind": "PDF", "width": 0, "height": 0, "lengths": [len(cleaned)]}, [cleaned]


def _refuse_large(is_small: bool) -> None:
    if not is_small:
        raise import_module("cleaning.refused").RefusedError("large")


if __name__ == "__main__":
    main(*sys.argv[1:])
