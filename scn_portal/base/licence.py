"""The licence of what the portal publishes, and the attribution that it requires."""

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAME = "CC BY 4.0"
ATTRIBUTION = "Strong Cities Network"


def deed(language: str) -> str:
    """The page that says in `language` what the licence allows. LICENCE itself is its name for programs."""
    return LICENCE if language == "en" else f"{LICENCE}deed.{language}"
