"""The datasets as a DCAT catalogue (DCAT-AP 3), which data.gouv.fr and other portals harvest."""

import calendar
import datetime as dt
import json

from django.conf import settings
from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from members.models import City
from scn_portal.base.api.schemas import in_each_language, resource
from scn_portal.base.http.public import public_page
from scn_portal.base.licence import ATTRIBUTION, LICENCE
from scn_portal.base.links import absolute_url
from scn_portal.base.partial_dates import first_day
from scn_portal.site.downloads.columns import Words
from scn_portal.site.downloads.dataset import SCHEMA_VERSION, Content, Dataset
from scn_portal.site.downloads.datasets import DATASETS, contents
from scn_portal.site.downloads.package import DESCRIPTION, KEYWORDS, NAME, TITLE, page_in
from scn_portal.site.downloads.rdf import Literal, Node, Ref, as_json_ld, as_rdf_xml, as_turtle
from scn_portal.site.downloads.sizes import Sizes
from scn_portal.site.downloads.views import MEDIA_TYPES, address_of, open_to_all

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "locn": "http://www.w3.org/ns/locn#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU = "http://publications.europa.eu/resource/authority"
IANA = "https://www.iana.org/assignments/media-types"
# Government and public sector; population and society; justice and public safety.
THEMES = ("GOVE", "SOCI", "JUST")
FORMATS = {
    "jsonld": ("application/ld+json", as_json_ld),
    "ttl": ("text/turtle; charset=utf-8", as_turtle),
    "rdf": ("application/rdf+xml; charset=utf-8", as_rdf_xml),
}
# Harvesters that use only one title use the first; data.gouv.fr, the main one, is in French.
ORDER = ("fr", "en")
Properties = list[tuple[str, Literal | Ref | Node]]


@public_page()
def catalogue(request: HttpRequest, format: str) -> HttpResponse:
    """The catalogue in one of FORMATS."""
    if format not in FORMATS:
        raise Http404
    media_type, write = FORMATS[format]
    response = HttpResponse(write(catalogue_node(), PREFIXES), content_type=media_type)
    response["Content-Language"] = "en, fr"
    return open_to_all(response)


def catalogue_node() -> Node:
    """The catalogue with all datasets: a query for each dataset, and one for the area that they cover."""
    found, place = contents(), _place()
    sizes = Sizes(found)
    datasets = [_dataset(dataset, found[name], place, sizes) for name, dataset in DATASETS.items()]
    return Node(
        "dcat:Catalog",
        [
            *_in_both("dct:title", TITLE),
            *_in_both("dct:description", DESCRIPTION),
            ("dct:publisher", _publisher()),
            ("foaf:homepage", Ref(absolute_url(page_in("en", "open_data")))),
            *_shared(found.values()),
            ("dcat:themeTaxonomy", Ref(f"{EU}/data-theme")),
            *(("dcat:dataset", dataset) for dataset in [_everything(found, place, sizes), *datasets]),
            ("dcat:service", _api()),
        ],
        uri=_uri("catalogue"),
    )


def _shared(contents) -> Properties:
    """What the catalogue and each dataset have in common: licence, languages, first and last moment."""
    contents = list(contents)
    issued = min((content.published_at for content in contents if content.published_at), default=None)
    modified = max((content.modified_at for content in contents if content.modified_at), default=None)
    moments = {"dct:issued": issued, "dct:modified": modified}
    return [
        ("dct:license", Ref(LICENCE)),
        *(("dct:language", Ref(f"{EU}/language/{code}")) for code in ("FRA", "ENG")),
        *((name, Literal(moment.isoformat(), datatype="xsd:dateTime")) for name, moment in moments.items() if moment),
    ]


# --- Datasets --------------------------------------------------------------------------------------------------------


def _dataset(dataset: Dataset, content: Content, place: Properties, sizes: Sizes) -> Node:
    anchor = f"#{dataset.name}"
    files = [_file(dataset, format, sizes.file(dataset.name, format)) for format in dataset.formats]
    properties = _described(dataset.name, dataset.title, dataset.description, [content], place)
    page = [("dcat:landingPage", Ref(absolute_url(page_in("fr", "data_dictionary")) + anchor))]
    return Node("dcat:Dataset", [*properties, *page, *_period(content), *files], uri=_uri(dataset.name))


def _everything(found: dict[str, Content], place: Properties, sizes: Sizes) -> Node:
    """The ZIP of all files as a dataset."""
    title = format_lazy("{} (ZIP)", TITLE)
    zipped = _distribution(NAME, "zip", title, reverse("data_package"), "application/zip", sizes.package())
    page = ("dcat:landingPage", Ref(absolute_url(page_in("fr", "open_data"))))
    properties = _described(NAME, TITLE, DESCRIPTION, list(found.values()), place)
    return Node("dcat:Dataset", [*properties, page, zipped], uri=_uri(NAME))


def _described(
    name: str, title: Words, description: Words, contents: list[Content], place: Properties
) -> Properties:  # fmt: skip
    keywords = [(language, word) for language in ORDER for word in KEYWORDS[language]]
    return [
        ("dct:identifier", Literal(name if name == NAME else f"{NAME}/{name}")),
        *_in_both("dct:title", title),
        *_in_both("dct:description", description),
        ("dct:publisher", _publisher()),
        ("dcat:contactPoint", _contact()),
        *_shared(contents),
        ("dct:accrualPeriodicity", Ref(f"{EU}/frequency/UPDATE_CONT")),
        ("dct:accessRights", Ref(f"{EU}/access-right/PUBLIC")),
        ("dcat:version", Literal(SCHEMA_VERSION)),
        *(("dcat:keyword", Literal(word, language)) for language, word in keywords),
        *(("dcat:theme", Ref(f"{EU}/data-theme/{theme}")) for theme in THEMES),
        ("foaf:page", Ref(absolute_url(page_in("en", "data_dictionary")))),
        *place,
    ]


def _period(content: Content) -> Properties:
    """The period that the rows are about."""
    if not content.since or not content.until:
        return []
    days = {"dcat:startDate": first_day(content.since), "dcat:endDate": last_day(content.until)}
    dates: Properties = [(name, Literal(day.isoformat(), datatype="xsd:date")) for name, day in days.items()]
    return [("dct:temporal", Node("dct:PeriodOfTime", dates))]


def last_day(value: str) -> dt.date:
    """The last day of a partial date: 31 July 2018 for `2018-07`."""
    first = first_day(value)
    if len(value) == 4:
        return first.replace(month=12, day=31)
    return first if len(value) == 10 else first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _place() -> Properties:
    """The bounding box of the listed cities, as GeoJSON for data.gouv.fr and as WKT for DCAT-AP."""
    edges = City.objects.listed().aggregate(
        west=Min("longitude"), south=Min("latitude"), east=Max("longitude"), north=Max("latitude")
    )
    if edges["west"] is None:
        return []
    west, south, east, north = (edges[name] for name in ("west", "south", "east", "north"))
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    box = json.dumps({"type": "Polygon", "coordinates": [corners]})
    text = ", ".join(f"{longitude} {latitude}" for longitude, latitude in corners)
    location = Node(
        "dct:Location",
        [
            ("locn:geometry", Literal(box, datatype=f"{IANA}/application/vnd.geo+json")),
            ("dcat:bbox", Literal(f"POLYGON(({text}))", datatype="http://www.opengis.net/ont/geosparql#wktLiteral")),
        ],
    )
    return [("dct:spatial", location)]


# --- Files, the API, the publisher -----------------------------------------------------------------------------------


def _file(dataset: Dataset, format: str, size: int | None) -> tuple[str, Node]:
    title = format_lazy("{} ({})", dataset.title, format.upper().replace("GEO", "Geo"))
    return _distribution(dataset.name, format, title, address_of(dataset.name, format), MEDIA_TYPES[format], size)


def _distribution(
    name: str, format: str, title: Words, path: str, media_type: str, size: int | None
) -> tuple[str, Node]:  # fmt: skip
    address = Ref(absolute_url(path))
    rights = Node("dct:RightsStatement", [("rdfs:label", Literal("Creative Commons Attribution 4.0 (CC BY 4.0)"))])
    properties: Properties = [
        *_in_both("dct:title", title),
        ("dcat:accessURL", address),
        ("dcat:downloadURL", address),
        ("dct:format", Ref(f"{EU}/file-type/{format.upper()}")),
        ("dcat:mediaType", Ref(f"{IANA}/{media_type}")),
        *([] if size is None else [("dcat:byteSize", Literal(str(size), datatype="xsd:nonNegativeInteger"))]),
        ("dct:license", Ref(LICENCE)),
        ("dct:rights", rights),
    ]
    return ("dcat:distribution", Node("dcat:Distribution", properties, uri=_uri(f"{name}-{format}")))


def _api() -> Node:
    return Node(
        "dcat:DataService",
        [
            ("dct:identifier", Literal(f"{NAME}/api")),
            *_in_both("dct:title", _("Strong Cities Network: API")),
            *_in_both("dct:description", _("Cities, pledges and practices for programs. Read-only; no key needed.")),
            ("dct:publisher", _publisher()),
            ("dcat:contactPoint", _contact()),
            ("dct:license", Ref(LICENCE)),
            ("dcat:endpointURL", Ref(resource("api-root"))),
            ("dcat:endpointDescription", Ref(resource("openapi-json"))),
            ("dcat:landingPage", Ref(absolute_url(page_in("fr", "api_docs")))),
            *(("dcat:servesDataset", Ref(_uri(name))) for name in ("cities", "commitments", "pledges", "practices")),
        ],
        uri=_uri("api"),
    )


def _publisher() -> Node:
    name, homepage = Literal(ATTRIBUTION), Ref(absolute_url("/"))
    return Node("foaf:Agent", [("foaf:name", name), ("foaf:homepage", homepage)], uri=_uri("publisher"))


def _contact() -> Node:
    email = Ref(f"mailto:{settings.CONTACT_EMAIL}")
    return Node("vcard:Organization", [("vcard:fn", Literal(ATTRIBUTION)), ("vcard:hasEmail", email)])


def _in_both(name: str, words: Words) -> Properties:
    both = in_each_language(lambda: str(words))
    return [(name, Literal(both[language], language)) for language in ORDER]


def _uri(name: str) -> str:
    return absolute_url(f"{reverse('catalogue', args=['jsonld'])}#{name}")


urlpatterns = [path("catalog.<slug:format>", catalogue, name="catalogue")]
