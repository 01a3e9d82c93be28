"""Whether a text is French or English, for a question to the writer about a wrong field, but never to refuse a text."""

import re
from functools import cache

# Fewer words, such as a name, are not enough.
MIN_WORDS, MIN_CERTAINTY = 5, 0.99


@cache
def _identifier():
    # Loaded for the first text: it takes half a second, and most processes never need it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it ships none

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", "fr"])
    return identifier


def language_of(text: str) -> str:
    """`en` or `fr`; "" if the text has too few words or is not clearly in one of them."""
    if len(re.findall(r"[^\W\d_]{2,}", text)) < MIN_WORDS:
        return ""
    language, certainty = _identifier().classify(text)
    return language if certainty >= MIN_CERTAINTY else ""
