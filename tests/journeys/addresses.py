"""The public pages that every journey walks through, each in both languages: the only list to which a page must be
added."""

PUBLIC = {
    "en": [
        "/en/", "/en/cities/", "/en/cities/?region=nowhere", "/en/cities/montreal/", "/en/commitments/",
        "/en/commitments/4/", "/en/pledges/", "/en/pledges/?country=KE", "/en/changes/", "/en/changes/?kind=pledge",
        "/en/countries/ke/", "/en/regions/east-southern-africa/", "/en/compare/",
        "/en/compare/?city=montreal&city=denver",
        "/en/matrix/", "/en/practices/", "/en/practices/?q=youht", "/en/practices/?q=police",
        "/en/practices/the-aarhus-model/", "/en/search/", "/en/search/?q=canada", "/en/declaration/",
        "/en/newsletter/", "/en/newsletter/?topic=city:montreal", "/en/newsletter/sent/", "/en/newsletter/issues/",
        "/en/report-a-concern/?page=/en/about/", "/en/report-a-concern/sent/",
        "/en/about/", "/en/contact/", "/en/join/", "/en/who-runs-this-portal/", "/en/method/", "/en/guide/",
        "/en/worried-about-someone/", "/en/privacy/", "/en/accessibility/",
        "/en/charts/", "/en/legal-notice/", "/en/open-data/", "/en/open-data/api/",
        "/en/open-data/dictionary/",
        "/en/accounts/login/", "/en/accounts/password/reset/",
        "/en/nothing-here/",
    ],
    "fr": [
        "/fr/", "/fr/villes/", "/fr/villes/?region=nowhere", "/fr/villes/montreal/", "/fr/engagements/",
        "/fr/engagements/4/", "/fr/promesses/", "/fr/promesses/?country=KE", "/fr/nouveautes/",
        "/fr/nouveautes/?kind=pledge",
        "/fr/pays/ke/", "/fr/regions/east-southern-africa/", "/fr/comparer/", "/fr/comparer/?city=montreal&city=denver",
        "/fr/tableau/", "/fr/pratiques/", "/fr/pratiques/?q=jeuens", "/fr/pratiques/?q=police",
        "/fr/pratiques/the-aarhus-model/", "/fr/recherche/", "/fr/recherche/?q=canada", "/fr/declaration/",
        "/fr/infolettre/", "/fr/infolettre/?topic=city:montreal", "/fr/infolettre/demande/", "/fr/infolettre/numeros/",
        "/fr/signaler/?page=/fr/a-propos/", "/fr/signaler/merci/",
        "/fr/a-propos/", "/fr/contact/", "/fr/rejoindre/", "/fr/qui-gere-ce-portail/", "/fr/methode/", "/fr/guide/",
        "/fr/inquiet-pour-un-proche/", "/fr/vie-privee/", "/fr/accessibilite/",
        "/fr/graphiques/", "/fr/mentions-legales/", "/fr/donnees-ouvertes/", "/fr/donnees-ouvertes/api/",
        "/fr/donnees-ouvertes/dictionnaire/",
        "/fr/accounts/login/", "/fr/accounts/password/reset/",
        "/fr/rien-ici/",
    ],
}  # fmt: skip

# Pages without the header and the footer of the portal: for frames on other sites, and for printing.
BARE = {
    "en": [
        "/en/embed/map/", "/en/embed/charts/pledges/", "/en/embed/cities/montreal/", "/en/print/cities/",
        "/en/print/matrix/", "/en/print/practices/",
    ],
    "fr": [
        "/fr/integrer/carte/", "/fr/integrer/graphiques/pledges/", "/fr/integrer/villes/montreal/",
        "/fr/imprimer/villes/", "/fr/imprimer/tableau/", "/fr/imprimer/pratiques/",
    ],
}  # fmt: skip

# The most bytes of a page over the network when nothing is cached: for a page of text, and for one with a map.
TEXT_PAGE, MAP_PAGE = 100_000, 250_000
WEIGHED = {
    "/en/": MAP_PAGE,
    "/en/cities/": MAP_PAGE,
    "/fr/villes/": MAP_PAGE,
    "/en/cities/montreal/": MAP_PAGE,
    "/fr/villes/montreal/": MAP_PAGE,
    "/fr/graphiques/": TEXT_PAGE,
    "/fr/engagements/4/": TEXT_PAGE,
    "/en/pledges/": TEXT_PAGE,
    "/en/changes/": TEXT_PAGE,
    "/fr/regions/east-southern-africa/": TEXT_PAGE,
    "/fr/comparer/?city=montreal&city=denver": TEXT_PAGE,
    "/en/matrix/": TEXT_PAGE,
    "/en/practices/": TEXT_PAGE,
    "/fr/pratiques/": TEXT_PAGE,
    "/en/search/?q=canada": TEXT_PAGE,
    "/en/practices/the-aarhus-model/": TEXT_PAGE,
    "/fr/declaration/": TEXT_PAGE,
    "/en/about/": TEXT_PAGE,
    "/fr/donnees-ouvertes/dictionnaire/": TEXT_PAGE,
}
