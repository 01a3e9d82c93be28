"""Values that nobody types but programs send: strategies of Hypothesis for the tests of hostile requests."""

from urllib.parse import quote

from hypothesis import strategies as st

# Names that our pages, forms and middlewares read, and some that they do not.
NAMES = [
    "q", "page", "region", "country", "city", "commitment", "status", "theme", "kind", "topic", "since", "until", "of",
    "order", "sort", "next", "path", "format", "language", "year", "people", "missing", "year", "cost", "scope", "due",
    "email", "login", "password", "name", "title_en", "title_fr", "opened", "opened_before", "again", "number", "file",
    "csrfmiddlewaretoken", "frequency", "topics", "text_en", "reason", "version", "documents", "received", "evidence",
    "due_on", "starts_on", "reported_on", "what_changed_en", "people_reached", "website", "picture", "find", "enter",
    "find_words", "found_words", "leave_to", "cancel_to", "take-title_en", "limit", "offset", "fields", "o", "p", "e",
    "all", "take_found", "_popup", "_to_field", "pk__in", "id__exact", "action", "_selected_action", "is_staff__exact", "__proto__",
]  # fmt: skip
ODD = [
    "", " ", "0", "-1", "1", "9" * 30, "-" + "9" * 400, "1e999", "NaN", "Infinity", "0x1", "١٢", "½", "1_000", "1,5",
    "true", "null", "None", "undefined", "[]", "{}", "()", "a" * 9000, "é" * 3000, "\u202e", "\ufeff", "\ud7ff",
    "\U0010ffff", "\x00", "a\x00b", "\x1f", "\r\nX: y", "'", '"', "\\", "%", "%%", "%s%s%n", "{0.__class__}", "{{7*7}}",
    "../../../../etc/passwd", "..\\..", "file:///etc/passwd", "//evil.example", "https://evil.example", "javascript:1",
    "' OR 1=1 --", "1; DROP TABLE x", "\"><script>alert(1)</script>", "0000-00-00", "9999-99-99", "2026-02-30",
    "9999-12-31", "-0001-01-01", "2026", "2026-13", "T", "*", "a & | ! b", "<->", ":*", "(((((", "\"" * 99, "$", "^",
    "(a+)+$", "city:", "city:nowhere", "city:" + "x" * 500, "commitment:99999999999999999999", "en", "fr", "xx",
]  # fmt: skip
values = st.sampled_from(ODD) | st.text(max_size=60) | st.integers().map(str)
# As they are in an address or a body: mostly encoded correctly, sometimes not at all.
BROKEN = ["%", "%0", "%zz", "%00", "%ff%fe", "%c0%af", "%ed%a0%80", "+", "&", "=", ";", "#", "%2e%2e%2f", "[", "%u0041"]
encoded = values.map(lambda text: quote(text, safe="", errors="replace")) | st.sampled_from(BROKEN)
names = st.sampled_from(NAMES) | encoded
queries = st.lists(st.tuples(names, encoded), max_size=6).map(lambda pairs: "&".join("=".join(each) for each in pairs))

HEADERS = {
    "Accept-Language": ["", "*", ",,,", "fr;q=9e9", "fr;q=", "a" * 5000, "fr-" * 200, "en\xff", "fr;q=0,en;q=-1", "x-klingon"],
    "Range": ["bytes=", "bytes=9-1", "bytes=0-,-1", "bytes=99999999999999999999-", "lines=1-2", "bytes=-0", "bytes=a-b"],
    "If-None-Match": ["", "*", '"', 'W/"', "a" * 5000, '"a","b",', "\xff"],
    "If-Modified-Since": ["", "yesterday", "Thu, 99 Foo 9999 99:99:99 GMT", "0", "Sun, 06 Nov 0000 08:49:37 GMT"],
    "Cookie": ["sessionid=", "sessionid=" + "a" * 4000, "sessionid=%00; csrftoken=é", "csrftoken=short", "=;=;=", "desk=1",
               "django_language=" + "z" * 300, "messages=W1tdXQ:broken:signature", 'a="b; c', "\xff\xfe"],
    "Accept": ["", "*", "text/html;q=x", "application/json", ";;;", "a/b/c", "application/activity+json"],
    "Accept-Encoding": ["", "identity;q=0", "br;q=x", "*;q=0", "gzip, br, zstd, " * 200],
    "X-Forwarded-For": ["", "a", "1.2.3.4, ", "::1%eth0", "9" * 3000, "\xff"],
    "X-Forwarded-Proto": ["https", "https,http", "\xff"],
    "Referer": ["", "//", "http://[", "https://evil.example/\xff"],
    "Origin": ["null", "", "http://[", "https://evil.example"],
    "Sec-Fetch-Site": ["same-origin", "cross-site", "\xff"],
    "User-Agent": ["", "\xff" * 500],
    "X-Requested-With": ["XMLHttpRequest"],
}  # fmt: skip
headers = st.dictionaries(st.sampled_from([*HEADERS]), st.integers(0, 99), max_size=4).map(
    lambda chosen: {name: HEADERS[name][number % len(HEADERS[name])] for name, number in chosen.items()}
)

# --- Bodies ----------------------------------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"
BOUNDARY = "b0undary"


def part(name: str, value: str, *, filename: str = "") -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'.encode(
        errors="replace"
    )


pairs = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=8)
whole = pairs.map(
    lambda given: (
        f"multipart/form-data; boundary={BOUNDARY}",
        b"".join(part(*pair) for pair in given) + f"--{BOUNDARY}--\r\n".encode(),
    )
)
with_files = pairs.map(
    lambda given: (
        f"multipart/form-data; boundary={BOUNDARY}",
        b"".join(part(name, value, filename=value[:40].replace('"', "") or "a.pdf") for name, value in given)
        + f"--{BOUNDARY}--\r\n".encode(),
    )
)
BROKEN_BODIES = [
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=", b"--\r\n\r\n----"),
    (f"multipart/form-data; boundary={'a' * 10_000}", b"a"),
    ("multipart/form-data; boundary=\xff", b"--\xff"),
    (f"multipart/form-data; boundary={BOUNDARY}", b""),
    (f"multipart/form-data; boundary={BOUNDARY}", part("title_en", "never ends")[:-4]),
    (f"multipart/form-data; boundary={BOUNDARY}", b"--b0undary\r\nContent-Disposition: form-data\r\n\r\nno name\r\n"),
    (f"multipart/form-data; boundary={BOUNDARY}", b"--b0undary\r\n" + b"X: " + b"a" * 70_000 + b"\r\n\r\n"),
    (f"multipart/form-data; boundary={BOUNDARY}", b"--b0undary\r\nContent-Disposition: form-data; name=\"file\"; "
     b"filename*=utf-16''%ff%fe\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--b0undary--"),
    (f"multipart/form-data; boundary={BOUNDARY}; charset=nonsense", part("title_en", "é") + b"--b0undary--"),
    (f"multipart/form-data; boundary={BOUNDARY}", part("file", "x", filename="../../etc/passwd\x00.pdf") + b"--b0undary--"),
    (f"{FORM}; charset=utf-16", "q=é".encode("utf-16")),
    (f"{FORM}; charset=nonsense", b"q=1"),
    (FORM, b"&".join(b"a=1" for _number in range(1500))),
    (FORM, b"%"), (FORM, b"\xff\xfe=\x00"), (FORM, b"=" * 5000), ("", b"title_en=1"), ("text/plain", b"title_en=1"),
    ("application/json", b"{"), ("application/json", b'{"a":' * 5000), ("application/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    ("image/png", b"\x89PNG"), ("\xff/\xfe", b"x"), ("a" * 3000, b""),
]  # fmt: skip
urlencoded = st.lists(st.tuples(names, encoded), max_size=8).map(
    lambda given: (FORM, "&".join("=".join(each) for each in given).encode())
)
bodies = urlencoded | whole | with_files | st.sampled_from(BROKEN_BODIES)


def as_form(fields: dict[str, str]) -> tuple[str, bytes]:
    """The content type and the body of a form with these fields."""
    return FORM, "&".join(f"{name}={quote(value, errors='replace')}" for name, value in fields.items()).encode()
