"""Names that want to be more than text on a page, and what a page is made of."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.model.location import Location
from dunnage.model.problem import Problem
from dunnage.model.report import Upgrade
from samples import LOG4SHELL, REPORT, SUBJECT

if TYPE_CHECKING:
    from dunnage.model.report import Report

EVIL = (
    "</td></table><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><style>*{display:none}",
    "--><!-- x",
    "&lt;b&gt; &#60; &amp",
    "a\u202eb\u2066c\u200bd\ufeff",
    "\x00\x1b[31m\x9b\ufffe\ufdd0\udcff",
    "]]><![CDATA[",
    "`</code><script>`",
    "{{7*7}} ${x} <%= y %>",
    "\u05d0\u05d1\u05d2 \u0627\u0628",
)
"""Names that want to be more than text."""


def evil() -> Report:
    """Return the sample with every name replaced by one that wants to be more than text."""
    number = iter(range(10**6))

    def name() -> str:
        return EVIL[next(number) % len(EVIL)]

    packages = tuple(
        replace(p, name=name(), version=name(), locations=(Location(name(), 2, ""),))
        for p in SUBJECT.inventory.packages
    )
    findings = tuple(
        replace(f, id=name(), message=name(), reason=name(), aliases=(name(), name()))
        for f in (*SUBJECT.findings, *(replace(LOG4SHELL, fingerprint=one) for one in EVIL))
    )
    image = SUBJECT.image
    assert image is not None
    layers = tuple(
        replace(x, created_by=one, line=1) for x, one in zip(image.layers, EVIL, strict=False)
    )
    subject = replace(
        SUBJECT,
        name=name(),
        note=name(),
        dockerfile=name(),
        image=replace(image, layers=layers, digest=name(), created=name()),
        inventory=replace(SUBJECT.inventory, packages=packages),
        findings=findings,
        upgrades=tuple(Upgrade(one, one, one, one, 1, 1, ((one, 1),), one) for one in EVIL),
        problems=tuple(Problem(one, one, one, one) for one in EVIL),
        skipped=tuple((one, one) for one in EVIL),
    )
    return replace(REPORT, subjects=(subject, subject), tool=EVIL[0], list_packages=True)


class Page(HTMLParser):
    """What a page is made of.

    Attributes:
        tags: Every start tag with its attributes.
        text: All text outside of style and script.
        programs: The texts of style and script elements.
    """

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.programs: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a start tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note text."""
        if self.tags and self.tags[-1][0] in {"style", "script"} and data.strip():
            self.programs.append(data)
        else:
            self.text += data

    def handle_comment(self, data: str) -> None:
        """Refuse comments: we write none, so one has come from a name."""
        raise AssertionError(data)
