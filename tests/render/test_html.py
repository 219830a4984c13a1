"""``html``: one page that fetches nothing, means only itself, and can be read by everybody."""

from __future__ import annotations

import itertools
import re
from base64 import b64encode
from hashlib import sha256
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from dunnage.model.finding import Finding, Kind, Status
from dunnage.model.report import Gate, Report, View
from dunnage.model.severity import Severity
from dunnage.render._html_style import DARK, LIGHT, SCRIPT, STYLE
from dunnage.render._html_text import anchor, prose, said
from dunnage.render.html import renderer
from pages import EVIL, Page, evil
from sample_hostile import HOSTILE
from samples import EMPTY, LOG4SHELL, REPORT, SEVERAL, SUBJECT, UNSEEN
from support import need

if TYPE_CHECKING:
    from collections.abc import Iterator

REPORTS = {
    "sample": REPORT,
    "empty": EMPTY,
    "unseen": UNSEEN,
    "several": SEVERAL,
    "hostile": HOSTILE,
    "evil": evil(),
    "listed": replace(REPORT, list_packages=True),
    "nothing": Report(subjects=(), created=REPORT.created, tool=REPORT.tool),
}

_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "footer",
    "main",
    "section",
    "p",
    "h1",
    "h2",
    "h3",
    "strong",
    "small",
    "b",
    "a",
    "code",
    "span",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "ol",
    "ul",
    "li",
    "svg",
    "rect",
    "fieldset",
    "legend",
    "label",
    "input",
    "details",
    "summary",
    "div",
    "script",
}
_ATTRIBUTES = {
    "lang",
    "charset",
    "name",
    "content",
    "http-equiv",
    "class",
    "id",
    "href",
    "scope",
    "aria-label",
    "aria-hidden",
    "role",
    "viewbox",
    "preserveaspectratio",
    "width",
    "height",
    "x",
    "title",
    "type",
    "checked",
    "autocomplete",
    "hidden",
}


def html(report: Report) -> str:
    """Return a report as a page."""
    return renderer.render(report, View()).decode()


@pytest.mark.parametrize("name", REPORTS)
def test_page_is_made_of_ours_alone(name: str) -> None:
    """Whatever names say, there are only our elements, attributes, style, script and links."""
    found = Page(html(REPORTS[name]))
    assert {tag for tag, _ in found.tags} <= _TAGS
    assert {key for _, attributes in found.tags for key in attributes} <= _ATTRIBUTES
    # Of a script element at the end the parser gives no further start tag, so both are found.
    assert found.programs == [STYLE, SCRIPT]
    links = [attributes["href"] or "" for tag, attributes in found.tags if tag == "a"]
    assert all(re.match(r"https?://|#(t\d+|problems)\Z", link) for link in links)


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_invisible_is_left(name: str) -> None:
    """No control, direction-turning, invisible or undefined character gets into the page."""
    harmful = re.compile(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufdd0\ufffe]"
    )
    assert not harmful.search(html(REPORTS[name]))


def test_names_are_still_to_be_read() -> None:
    """Escaping takes nothing away: what was a script element in a name is text on the page."""
    text = Page(html(REPORTS["evil"])).text
    for one in EVIL:
        if one.isascii() and one.isprintable():
            assert one.replace("`", "") in text.replace("`", ""), one
    assert "\\u202e" in text
    assert "\u05d0\u05d1\u05d2" in text


def test_policy_lets_in_nothing_but_its_own() -> None:
    """The digests in the policy are those of the style and the script, and no source is open."""
    found = Page(html(REPORT))
    meta = [a for tag, a in found.tags if tag == "meta" and a.get("http-equiv")]
    (policy,) = [a["content"] or "" for a in meta]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    digests = [
        f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in found.programs
    ]
    assert [rules["style-src"], rules["script-src"]] == digests
    assert {rules[name] for name in ("default-src", "base-uri", "form-action")} == {"'none'"}
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert not re.search(r"fetch|XMLHttp|innerHTML|eval|import", SCRIPT)
    # It stands before anything that it is to rule.
    assert html(REPORT).index("Content-Security-Policy") < html(REPORT).index("<style>")


def test_page_says_what_the_report_knows() -> None:
    """Verdict, completeness, age, digest, fixes, layers, reasons, problems, command: all there."""
    text = Page(html(REPORT)).text
    image = SUBJECT.image
    assert image is not None
    for told in (
        "Gate failed",
        "Not everything was examined",
        "18 hours old",
        image.digest,
        "apk add --upgrade libcrypto1.1 libssl1.1",
        "RUN apk add --no-cache openssl python3 py3-requests",
        "ransomware",
        "EPSS 94%",
        "waived by shop team until 2025-12-31",
        "the store has no crates.io advisories",
        "dunnage scan registry.example.org/shop/web:1.4 --fail-on high -o html=report.html",
        REPORT.data.digest,
    ):
        assert told in text, told


def test_the_command_names_the_budget() -> None:
    """What was asked for is asked for again; which report a plus is relative to, the user knows."""
    command = "dunnage scan registry.example.org/shop/web:1.4"
    for limits, told in (
        (("bytes=1GB",), "--budget bytes=1GB -o html=report.html"),
        (
            ("setuid=0", "bytes=+5%"),
            "--budget setuid=0 --budget bytes=+5% --budget-from REPORT.json -o",
        ),
    ):
        report = replace(REPORT, gate=Gate(asked=True, budget=limits))
        assert f"{command} {told}" in Page(html(report)).text


def test_matrix_counts_every_open_finding() -> None:
    """The last row is the sum, and it is that of the report."""
    page = html(REPORT)
    (total,) = re.findall(r"<tr><th scope=row>all</th>(.*?)</tbody>", page)
    open_ones = [f for f in SUBJECT.findings if f.status is Status.OPEN]
    fixable = 7  # all but the one that nobody fixed
    assert re.findall(r"<td>(\d+)", total) == [str(n) for n in (fixable, 1, len(open_ones), 1, 1)]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sample", "Gate failed"),
        ("empty", "Nothing found"),
        ("unseen", "Nothing found in what was examined"),
        ("hostile", "1 finding"),
        ("nothing", "Inventory; nothing was looked for"),
    ],
)
def test_verdict(name: str, title: str) -> None:
    """The first words say how it ended, and never more than is known."""
    assert f"<strong>{title}</strong>" in html(REPORTS[name])


def test_gate_that_passed() -> None:
    """A gate that passed says so; if something was not examined, it says as far as what."""
    gate = replace(REPORT.gate, failed=0, failed_fingerprints=())
    passed = replace(EMPTY, gate=gate)
    assert "<strong>Gate passed</strong>" in html(passed)
    unseen = replace(UNSEEN, gate=gate)
    assert "<strong>Gate passed, as far as was examined</strong>" in html(unseen)


def many(count: int) -> Report:
    """Return a report of so many packages with a finding each, all of them listed."""
    package = next(p for p in SUBJECT.inventory.packages if p.ref == LOG4SHELL.package)
    packages = tuple(replace(package, name=f"a{n}", ref=f"a{n}") for n in range(count))
    usual = replace(LOG4SHELL, exploited=None, epss=0.01)
    findings = tuple(replace(usual, package=p.ref, fingerprint=p.ref) for p in packages)
    inventory = replace(SUBJECT.inventory, packages=packages, edges=())
    subject = replace(SUBJECT, inventory=inventory, findings=findings)
    return replace(REPORT, subjects=(subject,), list_packages=True)


def test_two_thousand_packages_fit_into_a_megabyte() -> None:
    """Each of them with a finding, and the list of packages besides."""
    page = html(many(2000))
    assert page.count("<tr class=") == 2000
    assert len(page.encode()) < 1_000_000
    assert renderer.left_out is not None
    assert renderer.left_out(many(10), View()) == ""


def test_a_page_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What there is no room for is counted, on the page and for the caller."""
    monkeypatch.setattr("dunnage.render.html._ROOM", 2000)
    report = many(40)
    shown = html(report).count("<tr class=")
    assert 0 < shown < 40
    assert f"{40 - shown} findings left out" in html(report)
    assert renderer.left_out is not None
    assert renderer.left_out(report, View()).startswith(f"{40 - shown} findings left out")


def _luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, definition)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _pairs() -> Iterator[tuple[str, str]]:
    for ground in ("page", "card", "chip"):
        yield from ((name, ground) for name in ("text", "dim", "link"))
    for name in ("critical", "high", "medium", "low", "negligible", "unknown"):
        yield "ink", name
    yield from ((name, "card") for name in ("critical", "high", "good", "warn", "link"))


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", list(_pairs()), ids=" on ".join)
def test_contrast(pair: tuple[str, str], colours: dict[str, str]) -> None:
    """Text keeps WCAG's contrast of 4.5 to 1 on whatever it stands."""
    low, high = sorted(_luminance(colours[name]) for name in pair)
    assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("name", REPORTS)
def test_everybody_can_read_it(name: str) -> None:
    """Language, title, headings in order, a scope for every header cell, a label for every input."""
    found = Page(html(REPORTS[name]))
    tags = found.tags
    assert tags[0] == ("html", {"lang": "en"})
    assert all(attributes.get("scope") for tag, attributes in tags if tag == "th")
    levels = [int(tag[1]) for tag, _ in tags if tag in {"h1", "h2", "h3"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(a.get("aria-label") or a.get("aria-hidden") for tag, a in tags if tag == "svg")
    for (before, _), (tag, _) in itertools.pairwise(tags):
        assert tag != "input" or before == "label"
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_text_in_attributes_and_links() -> None:
    """Quotes cannot end an attribute, and only web addresses become links."""
    assert said("a\"b'c<d>&") == "a&quot;b&#x27;c&lt;d&gt;&amp;"
    assert said("x" * 20, 10) == "x" * 9 + "…"
    assert anchor("javascript:alert(1)", "x") == "x"
    assert anchor('https://example.org/"onclick="x', "x") == "x"
    assert anchor("https://example.org/?a&b", "x").startswith(
        '<a href="https://example.org/?a&amp;b"'
    )
    assert prose("run `a <b>`") == "run <code>a &lt;b&gt;</code>"


def test_every_severity_is_shown() -> None:
    """All severities have their colour and their filter, also those that are rare."""
    findings = tuple(
        Finding(f"X-{s.label}", Kind.MISCONFIGURATION, "m", s, fingerprint=s.label)
        for s in Severity
    )
    page = html(replace(REPORT, subjects=(replace(SUBJECT, findings=findings),)))
    for severity in Severity:
        assert f"id=f-{severity.label}" in page
        assert f"#f-{severity.label}:not(:checked)" in STYLE
        assert f"<tr class={severity.label[0]}><td><b class=badge>{severity.label}</b>" in page


@pytest.mark.judge
@pytest.mark.parametrize("name", REPORTS)
def test_parser_of_the_standard_finds_no_error(name: str) -> None:
    """html5lib, which parses as the HTML standard says, has nothing against the page."""
    if find_spec("html5lib") is None:
        need("html5lib")
    import html5lib

    parser = html5lib.HTMLParser(strict=False)
    parser.parse(renderer.render(REPORTS[name], View()), transport_encoding="utf-8")
    assert [code for _, code, _ in parser.errors] == []
