"""Documents that the formats' own libraries write are read alike in every version and form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from dunnage.model.limits import Limits
from dunnage.parsers import sbom

pytestmark = pytest.mark.judge

LIMITS = Limits()
DATA = Path(__file__).resolve().parent.parent / "data" / "sbom"


def _cyclonedx() -> Any:  # noqa: ANN401 - the library has no types here
    """Return a document of the reference library with everything we read."""
    component = pytest.importorskip("cyclonedx.model.component")
    model = pytest.importorskip("cyclonedx.model")
    purl = pytest.importorskip("packageurl").PackageURL.from_string
    licence = pytest.importorskip("cyclonedx.model.license")
    bom = pytest.importorskip("cyclonedx.model.bom").Bom()
    inner = component.Component(name="b", version="1", purl=purl("pkg:npm/b@1"), bom_ref="b")
    inner.licenses.update(
        [licence.DisjunctiveLicense(id="MIT"), licence.DisjunctiveLicense(name='My "own" & <x>')]
    )
    outer = component.Component(
        name="lodash",
        version="4.17.20",
        purl=purl("pkg:npm/lodash@4.17.20"),
        bom_ref="a",
        licenses=[licence.LicenseExpression("MIT OR ISC")],
        properties=[model.Property(name="dunnage:path", value="app/x")],
        hashes=[model.HashType(alg=model.HashAlgorithm.SHA_256, content="ab" * 32)],
        components=[inner],
    )
    kinds = component.ComponentType
    system = component.Component(
        name="alpine", version="3.19.1", type=kinds.OPERATING_SYSTEM, bom_ref="os"
    )
    image = component.Component(name="img", version="1", type=kinds.CONTAINER, bom_ref="root")
    bom.components.update([outer, system])
    bom.metadata.component = image
    bom.register_dependency(image, [outer])
    bom.register_dependency(outer, [inner])
    return bom


def test_cyclonedx_of_all_versions_and_forms() -> None:
    """Versions 1.4 to 1.7 of the reference library, as JSON and XML, are one inventory."""
    bom = _cyclonedx()
    pytest.importorskip("lxml")
    schema = pytest.importorskip("cyclonedx.schema")
    output = pytest.importorskip("cyclonedx.output")
    found = {}
    for name in ("V1_4", "V1_5", "V1_6", "V1_7"):
        for form in schema.OutputFormat:
            version = getattr(schema.SchemaVersion, name)
            written = output.make_outputter(bom, form, version).output_as_string().encode()
            found[name, form] = sbom.read(written, LIMITS)
    first, *others = found.values()
    assert others == [first] * 7
    assert first.problems == ()
    assert first.inventory.problems == ()
    inner, outer = first.inventory.packages
    assert sorted(inner.licenses) == ["MIT", 'My "own" & <x>']
    assert (outer.licenses, outer.locations[0].path) == (("MIT OR ISC",), "app/x")
    assert outer.hashes == (("sha-256", "ab" * 32),)
    assert first.inventory.edges == (("a", ("b",)),)
    assert first.inventory.system is not None
    assert first.inventory.system.ecosystem == "Alpine:v3.19"
    assert first.image is not None
    assert first.image.reference == "img:1"


@pytest.mark.parametrize("version", ["SPDX-2.2", "SPDX-2.3"])
@pytest.mark.parametrize("ending", [".spdx.json", ".spdx"])
def test_spdx_written_again_by_the_reference_tools(
    version: str, ending: str, tmp_path: Path
) -> None:
    """What the SPDX tools make of a document of Syft's is the same inventory."""
    parse = pytest.importorskip("spdx_tools.spdx.parser.parse_anything").parse_file
    write = pytest.importorskip("spdx_tools.spdx.writer.write_anything").write_file
    document = parse(str(DATA / "mini.spdx.json"))
    document.creation_info.spdx_version = version
    if version == "SPDX-2.2":
        for package in document.packages:
            package.primary_package_purpose = None
    path = tmp_path / f"again{ending}"
    write(document, str(path), validate=False)
    again, first = (sbom.read(p.read_bytes(), LIMITS) for p in (path, DATA / "mini.spdx.json"))
    # The tools call the document's own licence Apache-2.0 by that name.
    assert [replace(package, licenses=()) for package in again.inventory.packages] == [
        replace(package, licenses=()) for package in first.inventory.packages
    ]
    assert again.inventory.edges == first.inventory.edges
    assert again.inventory.system == first.inventory.system
    assert again.problems == first.problems
