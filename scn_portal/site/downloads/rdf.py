"""A tree of RDF nodes, written as JSON-LD, Turtle or RDF/XML."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from xml.etree import ElementTree

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True)
class Literal:
    """A text, with a language or with a `datatype`, which is a full URI or one with a prefix."""

    text: str
    language: str = ""
    datatype: str = ""


@dataclass(frozen=True)
class Ref:
    """A reference to another resource, by its full URI."""

    uri: str


@dataclass(frozen=True)
class Node:
    """A resource of a `type`, with its properties in order: (name with prefix, value). Without `uri` it is a blank
    node."""

    type: str
    properties: "list[tuple[str, Literal | Ref | Node]]" = field(default_factory=list)
    uri: str = ""


Prefixes = dict[str, str]


def full(name: str, prefixes: Prefixes) -> str:
    """`dct:title` as a full URI; a full URI as it is."""
    prefix, _colon, rest = name.partition(":")
    return f"{prefixes[prefix]}{rest}" if prefix in prefixes else name


# --- JSON-LD ---------------------------------------------------------------------------------------------------------


def as_json_ld(node: Node, prefixes: Prefixes) -> str:
    return json.dumps({"@context": prefixes, **_object(node)}, ensure_ascii=False, indent=1)


def _object(node: Node) -> dict[str, Any]:
    written: dict[str, Any] = {"@id": node.uri} if node.uri else {}
    written["@type"] = node.type
    for name, value in node.properties:
        written.setdefault(name, []).append(_value(value))
    return written


def _value(value: Literal | Ref | Node) -> dict[str, Any]:
    if isinstance(value, Node):
        return _object(value)
    if isinstance(value, Ref):
        return {"@id": value.uri}
    kind = {"@language": value.language} if value.language else {"@type": value.datatype} if value.datatype else {}
    return {"@value": value.text, **kind}


# --- Turtle ----------------------------------------------------------------------------------------------------------


def as_turtle(node: Node, prefixes: Prefixes) -> str:
    """One statement per line, which is valid Turtle."""
    declared = [f"@prefix {prefix}: <{uri}> ." for prefix, uri in prefixes.items()]
    return "\n".join([*declared, "", *_statements(node, prefixes, _subject(node, names := count(1)), names), ""])


def _statements(node: Node, prefixes: Prefixes, subject: str, names: "count[int]") -> Iterator[str]:
    yield f"{subject} a {node.type} ."
    for name, value in node.properties:
        if isinstance(value, Node):
            inner = _subject(value, names)
            yield f"{subject} {name} {inner} ."
            yield from _statements(value, prefixes, inner, names)
        else:
            yield f"{subject} {name} {_term(value, prefixes)} ."


def _subject(node: Node, names: "count[int]") -> str:
    return f"<{node.uri}>" if node.uri else f"_:b{next(names)}"


def _term(value: Literal | Ref, prefixes: Prefixes) -> str:
    if isinstance(value, Ref):
        return f"<{value.uri}>"
    text = "".join(_ESCAPES.get(character, character) for character in value.text)
    kind = f"@{value.language}" if value.language else ""
    return f'"{text}"{kind}' + (f"^^<{full(value.datatype, prefixes)}>" if value.datatype else "")


# --- RDF/XML ---------------------------------------------------------------------------------------------------------


def as_rdf_xml(node: Node, prefixes: Prefixes) -> str:
    for prefix, uri in {"rdf": RDF, **prefixes}.items():
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.Element(f"{{{RDF}}}RDF")
    _add(root, node, prefixes)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _add(parent: ElementTree.Element, node: Node, prefixes: Prefixes) -> None:
    about = {f"{{{RDF}}}about": node.uri} if node.uri else {}
    element = ElementTree.SubElement(parent, _tag(node.type, prefixes), about)
    for name, value in node.properties:
        inner = ElementTree.SubElement(element, _tag(name, prefixes))
        if isinstance(value, Node):
            _add(inner, value, prefixes)
        elif isinstance(value, Ref):
            inner.set(f"{{{RDF}}}resource", value.uri)
        else:
            _say(inner, value, prefixes)


def _say(element: ElementTree.Element, value: Literal, prefixes: Prefixes) -> None:
    element.text = value.text
    if value.language:
        element.set(f"{{{XML}}}lang", value.language)
    if value.datatype:
        element.set(f"{{{RDF}}}datatype", full(value.datatype, prefixes))


def _tag(name: str, prefixes: Prefixes) -> str:
    prefix, _colon, local = name.partition(":")
    return f"{{{prefixes[prefix]}}}{local}"
