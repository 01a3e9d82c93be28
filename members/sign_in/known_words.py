"""No passwords that consist mainly of words of this portal, since attackers try these first."""

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

# In both languages, in lower case; a longer word comes before a word that it contains.
WORDS = (
    "strongcities", "strong", "cities", "city", "villes", "ville", "fortes", "network", "réseau", "reseau", "melbourne",
    "déclaration", "declaration", "commitment", "engagement", "pledge", "promesse", "practice", "pratique", "portal",
    "portail", "password", "motdepasse", "mairie", "mayor", "maire", "staff", "admin", "scn",
)  # fmt: skip
# The fewest other letters and digits in a password with one of these words.
OTHERS = 8


class KnownWordsValidator(CommonPasswordValidator):
    """Refuses the passwords of Django's list of common ones, and those with WORDS and fewer than OTHERS other letters
    and digits."""

    def validate(self, password, user=None) -> None:
        super().validate(password, user)
        rest = password.casefold()
        for word in WORDS:
            rest = rest.replace(word, " ")
        if rest != password.casefold() and sum(map(str.isalnum, rest)) < OTHERS:
            raise ValidationError(self.get_error_message(), code="password_too_common")
