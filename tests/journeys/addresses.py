"""The public pages that every journey walks through, each in both languages: the one list to add a page to."""

PUBLIC = {
    "en": [
        "/en/", "/en/cities/", "/en/cities/?region=nowhere", "/en/cities/montreal/", "/en/commitments/",
        "/en/commitments/4/", "/en/practices/", "/en/practices/the-aarhus-model/", "/en/declaration/",
        "/en/newsletter/", "/en/newsletter/sent/", "/en/about/", "/en/privacy/", "/en/accessibility/",
        "/en/legal-notice/", "/en/open-data/", "/en/accounts/login/", "/en/accounts/password/reset/",
        "/en/nothing-here/",
    ],
    "fr": [
        "/fr/", "/fr/villes/", "/fr/villes/?region=nowhere", "/fr/villes/montreal/", "/fr/engagements/",
        "/fr/engagements/4/", "/fr/pratiques/", "/fr/pratiques/the-aarhus-model/", "/fr/declaration/",
        "/fr/infolettre/", "/fr/infolettre/demande/", "/fr/a-propos/", "/fr/vie-privee/", "/fr/accessibilite/",
        "/fr/mentions-legales/", "/fr/donnees-ouvertes/", "/fr/accounts/login/", "/fr/accounts/password/reset/",
        "/fr/rien-ici/",
    ],
}  # fmt: skip

# What a page may weigh on the wire when nothing is cached: a page of text, and one with a map.
TEXT_PAGE, MAP_PAGE = 100_000, 250_000
WEIGHED = {
    "/en/": MAP_PAGE,
    "/en/cities/": MAP_PAGE,
    "/en/cities/montreal/": MAP_PAGE,
    "/en/commitments/4/": TEXT_PAGE,
    "/en/practices/": TEXT_PAGE,
    "/en/practices/the-aarhus-model/": TEXT_PAGE,
    "/en/declaration/": TEXT_PAGE,
    "/en/about/": TEXT_PAGE,
}
