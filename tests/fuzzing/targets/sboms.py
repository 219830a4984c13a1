"""SBOMs in every format but CycloneDX JSON, which is among the documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from dunnage.io.tables import table
from dunnage.model.report import Report, Subject, View
from dunnage.parsers import cyclonedx, sbom
from dunnage.render.cyclonedx_json import renderer
from fuzzing.hand import LIMITS
from fuzzing.target import Target
from samples import CREATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EXAMPLES = Path(__file__).resolve().parent.parent.parent / "data" / "sbom"
_PROMISE = "written as CycloneDX and read again, it lists as many packages"
_JSON = (b"[", b"]", b"{", b"}", b'"', b":", b",", b"null", b"7", b"\\ud800", b'"pkg:npm/a@1"')


def _read(data: bytes) -> tuple[int, int]:
    inventory, image, problems = sbom.read(data, LIMITS, table("distros"))
    subject = Subject("x", "sbom", image=image, inventory=inventory, problems=inventory.problems)
    written = renderer.render(Report((subject,), created=CREATED, tool="dunnage 1"), View())
    again, _, _ = cyclonedx.read(written, LIMITS, table("distros"))
    assert len(again.packages) == len(inventory.packages)
    return len(inventory.packages), len(problems) + len(inventory.problems)


def _seeds(name: str) -> Callable[[], Iterator[bytes]]:
    """Return the example of a format, whole and without its blanks."""

    def seeds() -> Iterator[bytes]:
        data = (_EXAMPLES / name).read_bytes()
        yield data
        if name.endswith(".json"):
            document = json.loads(data)
            yield json.dumps(document, separators=(",", ":")).encode()
            for key in ("packages", "artifacts"):
                if key in document:
                    yield json.dumps({**document, key: document[key][:1]}).encode()

    return seeds


_XML = b"""<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.7"><metadata><component type="container"><name>x</name>
</component></metadata><components><component type="library" bom-ref="a"><supplier><name>s</name>
</supplier><name>a</name><version>1</version><hashes><hash alg="MD5">00</hash></hashes><licenses>
<license><id>MIT</id></license><expression>MIT</expression></licenses><purl>pkg:npm/a@1</purl>
<components><component/></components><evidence><occurrences><occurrence><location>p</location>
</occurrence></occurrences></evidence><properties><property name="dunnage:path">q</property>
</properties></component></components><dependencies><dependency ref="a"><dependency ref="a"/>
</dependency></dependencies><compositions><composition><aggregate>incomplete</aggregate>
</composition></compositions></bom>"""
_PURLS = (
    b"# a list\n\npkg:deb/debian/tar@1.34?arch=amd64&distro=debian-12 # why\r\npkg:npm/a@1#b\nx\n"
)

TARGETS = {
    "cyclonedx-xml": Target(
        "parsers/cyclonedx_xml.py, parsers/bounded_xml.py",
        _read,
        lambda: [_XML, *_seeds("mini.cdx.xml")()],
        _PROMISE,
        words=(
            *(b"<components>", b"</components>", b'<component type="library">', b"</component>"),
            *(b"<!DOCTYPE a [", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x?>", b"&#0;", b"&lt;"),
            *(b"<purl>pkg:npm/a@1</purl>", b'xmlns:x="y"', b'<property name="', b"/>", b"<x:"),
        ),
        most=16_384,
    ),
    "purl-list": Target(
        "parsers/purl_list.py",
        _read,
        lambda: [_PURLS],
        _PROMISE,
        words=(
            b"pkg:",
            b"\n",
            b"#",
            b" #",
            b"?distro=debian-12",
            b"&epoch=1",
            b"%2F",
            b"\xef\xbb\xbf",
        ),
        most=4096,
    ),
    "spdx-json": Target(
        "parsers/spdx.py",
        _read,
        _seeds("mini.spdx.json"),
        _PROMISE,
        words=(
            *(*_JSON, b'"packages":[', b'"SPDXID":"SPDXRef-', b'"relationshipType":"DESCRIBES"'),
            *(b'"comment":"dunnage:path: a"', b"evident-by", b'"primaryPackagePurpose":'),
            b'"sourceInfo":"built package from: a 1"',
        ),
        most=24_576,
    ),
    "spdx-tag-value": Target(
        "parsers/_spdx_tags.py, parsers/spdx.py",
        _read,
        _seeds("mini.spdx"),
        _PROMISE,
        words=(
            *(b"\nPackageName: ", b"\nSPDXID: ", b"\nRelationship: ", b"<text>", b"</text>", b"\n"),
            *(b"\nExternalRef: PACKAGE-MANAGER purl pkg:npm/a@1", b"\nAnnotator: ", b"\n#"),
            *(b"\nAnnotationComment: ", b"\nSPDXREF: ", b" DESCRIBES ", b"\nCreator: Tool: syft"),
        ),
        most=16_384,
    ),
    "syft-json": Target(
        "parsers/syft_json.py, parsers/_syft_source.py",
        _read,
        _seeds("mini.syft.json"),
        _PROMISE,
        words=(
            *(
                *_JSON,
                b'"artifacts":[',
                b'"metadata":{',
                b'"config":"',
                b'"layers":[',
                b'"distro":',
            ),
            *(b'"type":"ownership-by-file-overlap"', b'"type":"dependency-of"', b'"purl":"pkg:'),
        ),
        most=32_768,
    ),
}
