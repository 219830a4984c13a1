"""Reads a stored report in this tool's own JSON back into a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.limits import MIB
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Data, Examined, Gate, Report, Subject, Upgrade
from dunnage.model.rule import RuleText
from dunnage.parsers._fields import Fields
from dunnage.parsers._report_json_items import (
    base,
    edge,
    finding,
    image,
    package,
    removed,
    system,
)
from dunnage.parsers._report_json_surface import comparison, surface
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from dunnage.model.limits import Limits

SCHEMA = "dunnage-report/"
VERSION = "1"
LARGEST = 512 * MIB

_SBOM = (
    "scan it with `dunnage scan sbom:FILE`, or convert it with `dunnage sbom sbom:FILE -o FORMAT`"
)
_OTHERS = (
    ("bomFormat", "a CycloneDX SBOM", _SBOM),
    ("spdxVersion", "an SPDX SBOM", _SBOM),
    ("runs", "a SARIF file", ""),
    ("SchemaVersion", "a report of Trivy", ""),
    ("matches", "a report of Grype", ""),
    ("artifacts", "an SBOM in Syft's own JSON", _SBOM),
)


def read(data: bytes, limits: Limits) -> Report:
    """Return the report a JSON document holds (schema ``data/report.schema.json``).

    Keys nobody knows are ignored, as the schema promises. A finding, package or other entry that
    cannot be read becomes a Problem, which makes the report incomplete; the others stay. Values
    of environment variables are not in the document: each variable comes back empty.

    Args:
        data: The document.
        limits: Bounds of depth and of the number of packages.

    Raises:
        InputError: If it is no report of this tool, or one of a version that is not known; the
            message names what else it seems to be.
    """
    value = loads(data, limits, largest=LARGEST)
    if not isinstance(value, dict):
        raise InputError("not a report: the document is no JSON object")
    schema = value.get("schema")
    if not isinstance(schema, str) or not schema.startswith(SCHEMA):
        raise _other(value)
    if schema != SCHEMA + VERSION:
        advice = "read it with the version of this tool that made it, or a newer one"
        raise InputError(f"a report of an unknown version: {schema[:40]!r}", advice=advice)
    fields = Fields(value, "report")
    problems: list[Problem] = []
    own = fields.collect("problems", _problem, problems)
    subjects = fields.collect("subjects", lambda f: _subject(f, limits), problems, 100_000)
    rules = fields.collect("rules", _rule, problems)
    compared = None
    if fields.has("comparison"):
        compared = comparison(fields.inner("comparison"), problems)
    return Report(
        subjects=subjects,
        created=fields.text("created"),
        tool=fields.text("tool"),
        data=_data(fields.inner("data")),
        gate=_gate(fields.inner("gate")),
        problems=(*own, *problems),
        list_packages=fields.flag("list_packages"),
        rules=rules,
        comparison=compared,
    )


def _rule(fields: Fields) -> RuleText:
    return RuleText(fields.text("id", needed=True), fields.text("summary"), fields.text("help"))


def _other(value: dict[str, object]) -> InputError:
    for key, name, advice in _OTHERS:
        if key in value:
            return InputError(f"not a report of this tool but {name}", advice=advice)
    advice = "give a file that was written with `-o json=FILE`"
    return InputError("not a report of this tool: it names no schema", advice=advice)


def _subject(fields: Fields, limits: Limits) -> Subject:
    from dunnage.model.inventory import Inventory

    broken: list[Problem] = []
    inventory = Inventory(
        system=system(fields.inner("os")) if fields.has("os") else None,
        packages=fields.collect("packages", package, broken, limits.target_packages),
        edges=fields.collect("dependencies", edge, broken),
        removed=fields.collect("removed_packages", removed, broken, limits.target_packages),
        problems=fields.collect("inventory_problems", _problem, broken),
    )
    findings = fields.collect("findings", finding, broken)
    skipped = tuple((f.text("scanner"), f.text("reason")) for f in fields.each("skipped"))
    own = fields.collect("problems", _problem, broken)
    measured = surface(fields.inner("surface"), broken) if fields.has("surface") else None
    upgrades = fields.collect("upgrades", _upgrade, broken)
    return Subject(
        name=fields.text("name"),
        source=fields.text("source"),
        image=image(fields.inner("image")) if fields.has("image") else None,
        inventory=inventory,
        findings=findings,
        problems=(*own, *broken),
        examined=_examined(fields.inner("examined")),
        upgrades=upgrades,
        note=fields.text("note"),
        scanners=fields.texts("scanners"),
        skipped=skipped,
        dockerfile=fields.text("dockerfile"),
        target=fields.text("target"),
        platform=fields.text("platform"),
        surface=measured,
        base=base(fields.inner("base")) if fields.has("base") else None,
    )


def _problem(fields: Fields) -> Problem:
    return Problem(
        code=fields.text("code", needed=True),
        message=fields.text("message"),
        where=fields.text("where"),
        advice=fields.text("advice"),
        effect=Effect(fields.text("effect")),
        count=fields.count("count", 1),
    )


def _examined(fields: Fields) -> Examined:
    return Examined(
        layers=fields.count("layers"),
        layers_cached=fields.count("layers_cached"),
        bytes_read=fields.count("bytes_read"),
        files=fields.count("files"),
        packages=fields.count("packages"),
        packages_matched=fields.count("packages_matched"),
        packages_unexamined=fields.count("packages_unexamined"),
        removed=fields.count("packages_removed"),
    )


def _upgrade(fields: Fields) -> Upgrade:
    removes = fields.inner("removes_by_severity")
    return Upgrade(
        package=fields.text("package", needed=True),
        type=fields.text("type"),
        current=fields.text("current"),
        version=fields.text("version"),
        removes=fields.count("removes"),
        remains=fields.count("remains"),
        by_severity=tuple((key, removes.count(key)) for key in removes.names()),
        command=fields.text("command"),
    )


def _gate(fields: Fields) -> Gate:
    code = fields.count("exit_code", 1)
    if not 1 <= code <= 255:
        raise InputError("'exit_code' is no exit code of a failed gate", where=fields.where)
    on_eol = fields.count("exit_on_eol")
    if on_eol > 255:
        raise InputError("'exit_on_eol' is no exit code", where=fields.where)
    return Gate(
        asked=fields.text("verdict") in {"passed", "failed"},
        fail_on=fields.text("fail_on"),
        fail_on_unknown=fields.flag("fail_on_unknown"),
        failed=fields.count("failed"),
        unknown=fields.count("unknown"),
        exit_code=code,
        allow_incomplete=fields.flag("allow_incomplete"),
        failed_fingerprints=fields.texts("failed_fingerprints"),
        exit_on_eol=on_eol,
        end_of_life=fields.count("end_of_life") if on_eol else 0,
        budget=fields.texts("budget"),
    )


def _data(fields: Fields) -> Data:
    return Data(
        present=fields.flag("present"),
        built=fields.text("built"),
        age_days=fields.number("age_days"),
        records=fields.count("records"),
        ecosystems=tuple((f.text("name"), f.count("records")) for f in fields.each("ecosystems")),
        digest=fields.text("digest"),
    )
