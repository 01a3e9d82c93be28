"""Whether words are French or English: to ask the writer about words in the wrong box, never to refuse them."""

import re
from functools import cache

# Fewer words, such as a name, say too little.
MIN_WORDS, MIN_CERTAINTY = 5, 0.99


@cache
def _identifier():
    # Loaded with the first text that is asked about: it takes half a second, and most processes never ask.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]  # it ships none

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", "fr"])
    return identifier


def language_of(text: str) -> str:
    """`en` or `fr`; "" where the words are too few or do not say clearly."""
    if len(re.findall(r"[^\W\d_]{2,}", text)) < MIN_WORDS:
        return ""
    language, certainty = _identifier().classify(text)
    return language if certainty >= MIN_CERTAINTY else ""
