"""Reads an SBOM of any known format, told apart by its content.

CycloneDX 1.2 to 1.7 in JSON and XML, SPDX 2.2 and 2.3 in JSON and tag-value, Syft's own JSON, and
lists of package URLs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dunnage.model.errors import InputError
from dunnage.parsers import _bom, purl_list, syft_json
from dunnage.parsers._bom import LARGEST, Bom, Read
from dunnage.parsers._cyclonedx_package import text
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.model.limits import Limits

Json = dict[str, Any]
_ADVICE = "give CycloneDX (JSON, XML), SPDX 2 (JSON, tag-value), Syft JSON, or a list of purls"
_KEYS = (
    ("@graph", "an SPDX 3 or other JSON-LD document"),
    ("spdxId", "an SPDX 3 document"),
    ("payloadType", "a signed attestation (DSSE)"),
    ("predicateType", "an in-toto statement"),
    ("ArtifactName", "a Trivy report"),
    ("matches", "a Grype report"),
    ("manifests", "an image index or a dependency snapshot"),
    ("layers", "an image manifest"),
    ("rootfs", "an image configuration"),
    ("runs", "a SARIF report"),
    ("lockfileVersion", "an npm lock file"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF8 = b"\xef\xbb\xbf"
_TAG_VALUE = re.compile(r"(?:[ \t]*(?:#.*)?\r?\n)*+[ \t]*SPDXVersion:")
_HEAD = 64 * 1024


def looks_like(head: bytes) -> bool:
    """Tell whether a file may be an SBOM, by its first bytes.

    Any JSON object and any XML document may be one; ``read`` says what the others are.

    Args:
        head: At least 64 KB of it, or all.
    """
    return _kind(_text_of(head[:_HEAD])) != ""


def read(data: bytes, limits: Limits, distros: Mapping[str, Any] | None = None) -> Read:
    """Return what an SBOM lists.

    Args:
        data: The document, at most ``LARGEST`` bytes.
        limits: ``packages``, ``json_depth``, ``layers`` and ``problems`` count.
        distros: The fact table of distributions; by default the one of the data room.

    Raises:
        LimitError: If it is too large, too deep, or lists too much.
        InputError: If it is no SBOM that is understood; the message says what it seems to be.
    """
    kind = _kind(_text_of(data[:_HEAD]))
    if kind == "xml":
        from dunnage.parsers import cyclonedx, cyclonedx_xml

        bom = cyclonedx.bom_of(cyclonedx_xml.document(data, limits, largest=LARGEST))
    elif kind == "json":
        bom = _of_json(data, limits)
    elif kind == "tags":
        from dunnage.parsers import spdx

        bom = spdx.bom_of(spdx.tag_value(_plain(data)))
    elif kind == "purls":
        bom = purl_list.bom_of(_plain(data))
    else:
        raise InputError(f"this is no SBOM: it seems to be {_seems(data)}", advice=_ADVICE)
    return _bom.read(bom, limits, distros)


def _kind(head: str) -> str:
    start = head.lstrip()
    if start.startswith("{"):
        return "json"
    if start.startswith("<"):
        return "xml"
    if _TAG_VALUE.match(head):
        return "tags"
    return "purls" if purl_list.begins(head) else ""


def _text_of(head: bytes) -> str:
    """Return the first characters; shells of Windows write UTF-16."""
    if head.startswith(_UTF16):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.removeprefix(_UTF8).decode("utf-8", "replace")


def _plain(data: bytes) -> bytes:
    """Return a text of at most ``LARGEST`` bytes in UTF-8, without a byte order mark."""
    if len(data) > LARGEST:
        raise InputError(f"an SBOM of more than {LARGEST} bytes")
    return _text_of(data).encode() if data.startswith(_UTF16) else data.removeprefix(_UTF8)


def _of_json(data: bytes, limits: Limits) -> Bom:
    document = loads(data, limits, largest=LARGEST)
    if not isinstance(document, dict):
        raise InputError("this is JSON, but no SBOM", advice=_ADVICE)
    # GitHub's dependency graph wraps what it exports.
    inner = document.get("sbom")
    if isinstance(inner, dict) and "spdxVersion" in inner:
        document = inner
    if document.get("bomFormat") == "CycloneDX":
        from dunnage.parsers import cyclonedx

        return cyclonedx.bom_of(document)
    if "spdxVersion" in document:
        from dunnage.parsers import spdx

        return spdx.bom_of(document)
    if syft_json.is_syft(document):
        return syft_json.bom_of(document, limits)
    kind = next((kind for key, kind in _KEYS if key in document), "")
    schema = document.get("schema") or document.get("$schema")
    if "dunnage" in text(schema):
        kind = "a Dunnage report"
    seems = f"it seems to be {kind}" if kind else "it has no bomFormat and no spdxVersion"
    raise InputError(f"this is JSON, but no SBOM: {seems}", advice=_ADVICE)


def _seems(data: bytes) -> str:
    starts = ((b"PK\x03\x04", "a zip archive"), (b"\x1f\x8b", "gzip-compressed data"))
    kind = next((kind for magic, kind in starts if data.startswith(magic)), "")
    if kind or not data:
        return kind or "empty"
    head = data[:4096].decode("utf-8", "replace")
    if head.startswith(("SPDXID:", "spdxVersion:", "---")) and "spdxVersion" in head:
        return "an SPDX document in YAML"
    binary = "\0" in head or head.count("�") > 8
    return "binary data" if binary else "a text of another kind"
