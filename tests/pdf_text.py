"""The words of a PDF, page by page, decoded with the tables of its fonts: the text that a reader would copy."""

import io
import re

import pikepdf


def open_pdf(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


def words_of(content: bytes) -> str:
    """The whole text of a PDF, with single spaces."""
    with open_pdf(content) as pdf:
        written = "".join(_words_of_page(page) for page in pdf.pages)
    return re.sub(r"[ \n]+", " ", written)


def _words_of_page(page: pikepdf.Page) -> str:
    tables = {name: _table(font) for name, font in page.resources.get("/Font", {}).items()}
    table, written = {}, []
    for operands, operator in pikepdf.parse_content_stream(page):
        match str(operator):
            case "Tf":
                table = tables[str(operands[0])]
            case "Tj":
                written.append(_decoded(bytes(operands[0]), table))
            case "TJ":
                strings = [part for part in operands[0] if isinstance(part, pikepdf.String)]
                written += [_decoded(bytes(part), table) for part in strings]
            case "ET":
                written.append(" ")
    return "".join(written)


def _decoded(codes: bytes, table: dict[int, str]) -> str:
    pairs = (int.from_bytes(codes[at : at + 2]) for at in range(0, len(codes), 2))
    return "".join(table.get(code, "\ufffd") for code in pairs)


def _table(font: pikepdf.Object) -> dict[int, str]:
    """The characters for each code of `font`, from its ToUnicode stream."""
    source, table = font.ToUnicode.read_bytes().decode(), {}
    for section in re.findall(r"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        for code, text in re.findall(r"<(\w+)>\s*<(\w+)>", section):
            table[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for section in re.findall(r"beginbfrange(.*?)endbfrange", source, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", section):
            for code in range(int(first, 16), int(last, 16) + 1):
                table[code] = chr(int(text, 16) + code - int(first, 16))
    return table


def outline_of(pdf: pikepdf.Pdf) -> list[str]:
    """The bookmarks of all levels, in order."""
    found: list[str] = []

    def walk(items) -> None:
        for item in items:
            found.append(item.title)
            walk(item.children)

    with pdf.open_outline() as outline:
        walk(outline.root)
    return found


def tags_of(pdf: pikepdf.Pdf) -> list[str]:
    """The kinds of the elements of the structure tree, in reading order."""
    found: list[str] = []

    def walk(node) -> None:
        if isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)
        elif isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.append(str(node.S))
            walk(node.get("/K"))

    walk(pdf.Root.StructTreeRoot.K)
    return found


def links_of(pdf: pikepdf.Pdf) -> set[str]:
    annotations = (each for page in pdf.pages for each in page.get("/Annots", []))
    return {str(each.A.URI) for each in annotations if "/A" in each and "/URI" in each.A}
