"""What published schemas have to say against a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from referencing import Registry, Resource

import dunnage.data
from support import data_root

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema import ValidationError


def cyclonedx_errors(value: object) -> list[str]:
    """Return what the official schema of CycloneDX 1.6 has to say against a document."""
    registry: Registry[Any] = Registry().with_resources(
        (uri, Resource.from_contents(_official(name)))
        for uri, name in (
            ("http://cyclonedx.org/schema/spdx.schema.json", "spdx.schema.json"),
            ("http://cyclonedx.org/schema/jsf-0.82.schema.json", "jsf-0.82.schema.json"),
        )
    )
    validator = Draft7Validator(
        _official("cyclonedx-1.6.schema.json"), registry=registry, format_checker=FormatChecker()
    )
    return _told(validator.iter_errors(value))


def spdx_errors(value: object) -> list[str]:
    """Return what the official schema of SPDX 2.3 has to say against a document."""
    return _told(Draft7Validator(_official("spdx-2.3.schema.json")).iter_errors(value))


def sarif_errors(value: object) -> list[str]:
    """Return what the official schema of SARIF 2.1.0 has to say against a log."""
    schema = _official("sarif-2.1.0.schema.json")
    return _told(Draft7Validator(schema, format_checker=FormatChecker()).iter_errors(value))


def report_errors(value: object) -> list[str]:
    """Return what our own schema has to say against a JSON report."""
    path = Path(dunnage.data.__path__[0]) / "report.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    return _told(Draft202012Validator(schema).iter_errors(value))


def _official(name: str) -> Any:  # noqa: ANN401 - JSON has every type
    return json.loads((data_root() / "schemas" / name).read_text(encoding="utf-8"))


def _told(errors: Iterable[ValidationError]) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]
