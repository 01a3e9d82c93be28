"""No password of the words of this portal: whoever guesses tries them first."""

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

# In both languages, lower case; the longer one before what it contains.
WORDS = (
    "strongcities", "strong", "cities", "city", "villes", "ville", "fortes", "network", "réseau", "reseau", "melbourne",
    "déclaration", "declaration", "commitment", "engagement", "pledge", "promesse", "practice", "pratique", "portal",
    "portail", "password", "motdepasse", "mairie", "mayor", "maire", "staff", "admin", "scn",
)  # fmt: skip
# Letters and digits that there must be besides them.
OTHERS = 8


class KnownWordsValidator(CommonPasswordValidator):
    """Refuses one of Django's list of common passwords, and one of WORDS with fewer than OTHERS other signs."""

    def validate(self, password, user=None) -> None:
        super().validate(password, user)
        rest = password.casefold()
        for word in WORDS:
            rest = rest.replace(word, " ")
        if rest != password.casefold() and sum(map(str.isalnum, rest)) < OTHERS:
            raise ValidationError(self.get_error_message(), code="password_too_common")
