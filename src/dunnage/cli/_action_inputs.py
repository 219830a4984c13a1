"""Turns the inputs of the GitHub Action, also those of other scanners' actions, into a scan.

The names are those of ``aquasecurity/trivy-action`` and ``anchore/scan-action`` (their
``action.yml``), beside our own. An input that is empty was not given.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dunnage.cli._option import suggest
from dunnage.io.folder import names
from dunnage.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FORMATS = MappingProxyType(
    {
        "cyclonedx": "cyclonedx-json",
        "spdx": "spdx-tag-value",
        "github": "github-snapshot",
    }
)
"""Names of formats in other scanners, and ours."""

_TARGETS = ("image-ref", "input", "image", "path", "sbom")
_GRYPE = ("image", "path", "sbom", "fail-build", "severity-cutoff", "output-format", "output-file")
_TREES = MappingProxyType(
    {"fs": "dir", "filesystem": "dir", "repo": "dir", "repository": "dir", "rootfs": "rootfs"}
)

_VALUES = MappingProxyType(
    {
        "severity": "severity",
        "vuln-type": "pkg-types",
        "skip-dirs": "skip-dirs",
        "skip-files": "skip-files",
        "timeout": "timeout",
        "template": "template",
        "platform": "platform",
        "distro": "distro",
        "dockerfile": "dockerfile",
        "db-max-age": "db-max-age",
    }
)
"""Inputs whose value goes to an option as it is."""

_SWITCHES = MappingProxyType(
    {
        "ignore-unfixed": "ignore-unfixed",
        "only-fixed": "ignore-unfixed",
        "list-all-pkgs": "list-all-pkgs",
        "allow-incomplete": "allow-incomplete",
        "offline": "offline",
    }
)

_UNMAPPED = MappingProxyType(
    {
        "trivy-config": "write what it says into dunnage.toml and name that in 'config'",
        "ignore-policy": "no Rego is run; write waivers into dunnage.toml",
        "tf-vars": "Terraform is not examined",
        "github-pat": "no token is taken; write the format github-snapshot to a file and submit it",
        "version": "the version is that of the action itself",
        "grype-version": "the version is that of the action itself",
        "add-cpes-if-none": "packages are matched by name and ecosystem, never by CPE",
        "vex": "VEX documents are not read; write waivers into dunnage.toml",
    }
)
"""Inputs of others that have no counterpart, and what to do instead.

Not among them, because nothing is lost: ``by-cve`` (findings have their CVE as id anyway),
``hide-progress`` (logs get no progress bar), ``cache`` and ``cache-db`` (the caching step looks at
them), ``skip-setup-trivy`` and ``token-setup-trivy`` (nothing is fetched with a token), and
``docker-host`` (which is about the image engine, where it is used).
"""


class Plan(NamedTuple):
    """What an action is to do.

    Attributes:
        target: What is scanned, as the command line spells it.
        by_name: The target is the name of an image, which a local engine may hold.
        options: Options of ``dunnage scan`` that say how to examine and judge.
        format: Format the user wants, or empty for a table.
        output: File it goes to, or empty.
        to_file: Without ``output`` the format goes to a file of its own, not to the log.
        ignores: Files with ids to ignore.
        config: Settings file, or empty.
        template: Option that names the template, or nothing.
        fetch: Advisory data may be fetched.
        warnings: What was asked for and cannot be done, one sentence each.
    """

    target: str
    by_name: bool
    options: tuple[str, ...]
    format: str
    output: str
    to_file: bool
    ignores: tuple[str, ...]
    config: str
    template: tuple[str, ...]
    fetch: bool
    warnings: tuple[str, ...]


def inputs_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the inputs that were given, by their names (``INPUT_IMAGE_REF`` is ``image-ref``)."""
    return {
        name.removeprefix("INPUT_").replace("_", "-").lower(): value.strip()
        for name, value in environ.items()
        if name.startswith("INPUT_") and value.strip()
    }


def plan_of(inputs: Mapping[str, str]) -> Plan:
    """Return what the inputs ask for.

    Args:
        inputs: Those that were given, by name.

    Raises:
        UsageError: If they name no target or several, or a switch is neither true nor false.
    """
    target, kind = _target(inputs)
    options = [f"--{_VALUES[name]}={inputs[name]}" for name in _VALUES if name in inputs]
    template = tuple(option for option in options if option.startswith("--template="))
    wanted = [option for option in options if option not in template]
    wanted += sorted({f"--{flag}" for name, flag in _SWITCHES.items() if switch(inputs, name)})
    scanners, unknown = _scanners(inputs)
    wanted += [f"--scanners={','.join(scanners)}"] * bool(scanners)
    ignores = [word.strip() for word in inputs.get("trivyignores", "").split(",") if word.strip()]
    yaml = [name for name in ignores if name.lower().endswith((".yaml", ".yml"))]
    grype = any(name in inputs for name in _GRYPE) and kind in {"image", "path", "sbom"}
    form = inputs.get("format") or inputs.get("output-format") or ("sarif" if grype else "")
    form = _FORMATS.get(form, form)
    _check_format(form)
    config = inputs.get("config", "")
    foreign = config.lower().endswith((".yaml", ".yml"))
    warnings = [
        *_unmapped(inputs),
        *(f"'scanners' has no {word} here: it is not looked for" for word in unknown),
        *(f"'trivyignores': {name} is not read, only plain lists are" for name in yaml),
        *([f"'config': {config} is not read; write dunnage.toml"] if foreign else []),
        *_format_warnings(inputs),
    ]
    return Plan(
        target=target,
        by_name=kind in {"image-ref", "image"},
        options=(*wanted, *_gate(inputs, grype=grype)),
        format=form,
        output=inputs.get("output") or inputs.get("output-file", ""),
        to_file=grype and form != "table",
        ignores=tuple(name for name in ignores if name not in yaml),
        config="" if foreign else config,
        template=template,
        fetch=not switch(inputs, "offline") and not switch(inputs, "skip-db-update"),
        warnings=tuple(warnings),
    )


def _check_format(name: str) -> None:
    """Raise UsageError if a format is not known, before anything is read."""
    formats = names("dunnage.render")
    if name and name not in formats:
        advice = f"{suggest(name, formats)}formats: {', '.join((*_FORMATS, *formats))}"
        raise UsageError(f"there is no format {name!r}", advice=advice)


def switch(inputs: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """Return whether a switch is on.

    Raises:
        UsageError: If its value is neither true nor false.
    """
    value = inputs.get(name, "").lower()
    if value not in {"", "true", "false"}:
        raise UsageError(f"the input {name!r} is true or false, not {inputs[name]!r}")
    return value == "true" if value else default


def _target(inputs: Mapping[str, str]) -> tuple[str, str]:
    """Return the target as the command line spells it, and the input it came from."""
    kind = inputs.get("scan-type", "").lower()
    named = [name for name in _TARGETS if name in inputs]
    if kind in _TREES and not named:
        return f"{_TREES[kind]}:{inputs.get('scan-ref', '.')}", "scan-ref"
    if kind == "sbom" and not named and "scan-ref" in inputs:
        return f"sbom:{inputs['scan-ref']}", "sbom"
    if kind not in {"", "image", "sbom", *_TREES}:
        advice = f"choose from image, sbom, {', '.join(_TREES)}"
        raise UsageError(f"the scan type {kind!r} is not known here", advice=advice)
    if not named and not kind and "scan-ref" in inputs:
        return f"dir:{inputs['scan-ref']}", "scan-ref"
    if len(named) != 1:
        told = f"several targets: {', '.join(named)}" if named else "nothing to examine was named"
        raise UsageError(told, advice=f"give exactly one of the inputs {', '.join(_TARGETS)}")
    name = named[0]
    return {"path": "dir:", "sbom": "sbom:"}.get(name, "") + inputs[name], name


def _scanners(inputs: Mapping[str, str]) -> tuple[list[str], list[str]]:
    words = [word.strip().lower() for word in inputs.get("scanners", "").split(",")]
    named = {"vulnerability": "vuln", "licence": "license"}
    found = [named.get(word, word) for word in words if word]
    known = [word for word in found if word in {"vuln", "secret", "license"}]
    return known, [word for word in found if word not in known]


def _gate(inputs: Mapping[str, str], *, grype: bool) -> Iterator[str]:
    """Give the options of the gate; our own ``fail-on`` counts more than that of others."""
    asked = grype or switch(inputs, "fail-build")
    cutoff = inputs.get("severity-cutoff", "medium" if asked else "")
    if "fail-on" in inputs:
        yield f"--fail-on={inputs['fail-on']}"
    elif cutoff and switch(inputs, "fail-build", default=True):
        yield f"--fail-on={cutoff}"
    if inputs.get("exit-code", "0") != "0":
        yield f"--exit-code={inputs['exit-code']}"


def _unmapped(inputs: Mapping[str, str]) -> Iterator[str]:
    for name, instead in _UNMAPPED.items():
        if inputs.get(name, "false").lower() != "false":
            yield f"the input '{name}' has no effect here: {instead}"


def _format_warnings(inputs: Mapping[str, str]) -> Iterator[str]:
    if inputs.get("limit-severities-for-sarif", "").lower() == "false" and "severity" in inputs:
        yield "'severity' counts in SARIF as everywhere, also without 'limit-severities-for-sarif'"
