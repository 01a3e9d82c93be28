"""Compiling the translations, without gettext's own tools: `python -m scn_portal.compile_messages`.

The compiled files are not in git, so the demo, the tests and the image compile them.
"""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogues(folder: Path = LOCALE_DIR) -> list[Path]:
    """Compile every .po file under `folder` that is newer than its .mo file, without fuzzy translations.

    Returns the .mo files written.
    """
    written = []
    for source in sorted(folder.glob("**/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        unfinished = target.with_suffix(".part")
        with source.open("rb") as po, unfinished.open("wb") as mo:
            write_mo(mo, read_po(po))
        unfinished.rename(target)
        written.append(target)
    return written


if __name__ == "__main__":
    compile_catalogues()
