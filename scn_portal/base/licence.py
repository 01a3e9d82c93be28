"""The licence of what the portal publishes, and the attribution that it requires."""

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAME = "CC BY 4.0"
ATTRIBUTION = "Strong Cities Network"
