"""Sources of facts about a city that are words and not an address, in both languages."""

from django.utils.translation import gettext_lazy, override

# As in `members/data/cities.csv`.
IN_WORDS = {
    "press report quoting the network directory (address not kept)": gettext_lazy(
        "press report quoting the network directory (address not kept)"
    ),
    "press report quoting the network directory (address not kept; US state not given)": gettext_lazy(
        "press report quoting the network directory (address not kept; US state not given)"
    ),
    "press report of the council vote to apply (address not kept)": gettext_lazy(
        "press report of the council vote to apply (address not kept)"
    ),
}


def source_in(language: str, source: str) -> str:
    """`source` for a reader of `language`; unchanged if it is an address, or words that have no translation."""
    with override(language):
        return str(IN_WORDS.get(source, source))


def is_address(source: str) -> bool:
    return source.startswith(("http://", "https://"))
