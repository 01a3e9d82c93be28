"""Under which licence what the portal publishes may be used, and whom to name."""

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAME = "CC BY 4.0"
ATTRIBUTION = "Strong Cities Network"
