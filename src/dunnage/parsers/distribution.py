"""Finds out which distribution and release a target holds, and where its advisories are.

The facts about distributions are in ``data/distros.toml``; this module only joins them with what
the target says (os-release(5) and the older release files).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dunnage.model.problem import Effect, Problem
from dunnage.model.system import OperatingSystem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dunnage.model.cataloger import Fact

    Stanza = Mapping[str, Any]
    Distros = Mapping[str, Stanza]

# Alpine's snapshots: VERSION_ID is a day, or the coming release with _alpha and a day.
_SNAPSHOT = re.compile(r"\d{8}\Z|.*_alpha")
_RELEASE_LINE = re.compile(
    r"(?P<name>\D*?)(?:\s+release)?\s+(?P<version>\d+(?:\.\d+)*)\b", re.IGNORECASE
)
_LINE_FILES = (
    "etc/almalinux-release",
    "etc/rocky-release",
    "etc/oracle-release",
    "etc/fedora-release",
    "etc/centos-release",
    "etc/redhat-release",
    "etc/system-release",
    "etc/SuSE-release",
)
_NAME_LENGTH = 200


def identify(
    facts: Sequence[Fact], distros: Distros
) -> tuple[OperatingSystem | None, tuple[Problem, ...]]:
    """Return the operating system a target holds, and what is odd about it.

    Args:
        facts: Facts of the ``os-release`` cataloger after the fold. Only files at their usual
            place count: ``etc/os-release``, then ``usr/lib/os-release``, then older release files.
        distros: The table ``distros``.

    Returns:
        None if nothing says anything. A distribution that the table does not know has an empty
        ``ecosystem``.
    """
    notes = {fact.path: fact.notes for fact in facts}
    values = _stated(notes, distros)
    if values is None:
        return None, ()
    system = _system(values, distros)
    problems = (*_mixed(system, notes), *_ambiguous(values, system))
    return system, problems


def find(system_id: str, name: str, distros: Distros) -> tuple[str, Stanza]:
    """Return key and stanza of a distribution; an empty stanza if it is not known.

    Args:
        system_id: ``ID`` of os-release.
        name: ``NAME`` of os-release; tells CentOS Stream from CentOS Linux.
        distros: The table ``distros``.
    """
    wanted = system_id.lower()
    found = ""
    for key, stanza in distros.items():
        if key != wanted and wanted not in stanza.get("ids", ()):
            continue
        only = stanza.get("only_name", "")
        if only == name or (only and key == wanted):
            return key, stanza
        found = found or ("" if only else key)
    return (found, distros[found]) if found else (wanted, {})


def _stated(
    notes: Mapping[str, Sequence[tuple[str, str]]], distros: Distros
) -> dict[str, str] | None:
    """Return what the target says, in the words of os-release."""
    debian = _lines(notes, "etc/debian_version")
    for path in ("etc/os-release", "usr/lib/os-release"):
        values = dict(notes.get(path, ()))
        if values.get("id"):
            if debian and values["id"].lower() == "debian":
                values.setdefault("debian_version", debian[0])
            return values
    alpine = _lines(notes, "etc/alpine-release")
    if alpine:
        return {"id": "alpine", "version_id": alpine[0]}
    for path in _LINE_FILES:
        lines = _lines(notes, path)
        values = _release_line(" ".join(lines), distros)
        if values:
            return values
    lsb = dict(notes.get("etc/lsb-release", ()))
    if lsb.get("distrib_id"):
        return {
            "id": lsb["distrib_id"].lower(),
            "version_id": lsb.get("distrib_release", ""),
            "version_codename": lsb.get("distrib_codename", ""),
            "pretty_name": lsb.get("distrib_description", ""),
        }
    if debian:
        version = debian[0] if debian[0][:1].isdigit() else ""
        return {"id": "debian", "version_id": version, "debian_version": debian[0]}
    return None


def _lines(notes: Mapping[str, Sequence[tuple[str, str]]], path: str) -> list[str]:
    return [value for key, value in notes.get(path, ()) if key == "line" and value]


def _release_line(line: str, distros: Distros) -> dict[str, str]:
    """Read a line such as ``CentOS release 6.10 (Final)``; the longest known name wins."""
    match = _RELEASE_LINE.match(line)
    if not match:
        return {}
    known = ((name, key) for key, stanza in distros.items() for name in stanza.get("names", ()))
    names = [pair for pair in known if line.startswith(pair[0])]
    if not names:
        return {}
    name, key = max(names, key=lambda pair: len(pair[0]))
    level = re.search(r"PATCHLEVEL = ([1-9]\d*)", line)
    version = match["version"] + (f".{level[1]}" if level else "")
    return {"id": key, "name": name, "version_id": version, "pretty_name": line}


def _system(values: Mapping[str, str], distros: Distros) -> OperatingSystem:
    system_id = values["id"].lower()[:_NAME_LENGTH]
    name, version = values.get("name", ""), values.get("version_id", "")
    _, stanza = find(system_id, name, distros)
    codename = _codename(values)
    release = _release(stanza, version, values.get("version", ""))
    if not release and stanza.get("release") != "none":
        release = stanza.get("codenames", {}).get(codename, "")
    title = stanza.get("name", "") or name or system_id
    return OperatingSystem(
        id=system_id,
        version=version[:_NAME_LENGTH],
        name=(values.get("pretty_name", "") or f"{title} {version}".strip())[:_NAME_LENGTH],
        codename=codename[:_NAME_LENGTH],
        ecosystem=_ecosystem(stanza, release),
        namespace=stanza.get("namespace", system_id),
        end_of_life=stanza.get("eol", {}).get(release, ""),
        id_like=tuple(values.get("id_like", "").split())[:10],
    )


def _codename(values: Mapping[str, str]) -> str:
    """Return the code name; Debian's testing and unstable both say ``trixie/sid``."""
    stated = values.get("version_codename", "") or values.get("debian_version", "")
    if not stated:
        words = values.get("pretty_name", "").split()
        stated = words[-1] if words and words[-1].endswith("/sid") else ""
    stated = stated.partition("/")[0].lower()
    return "" if stated[:1].isdigit() else stated


def _release(stanza: Stanza, version: str, label: str) -> str:
    """Return the part of the version that names the release."""
    if stanza.get("rolling") and (version == stanza["rolling"] or _SNAPSHOT.match(version)):
        return str(stanza["rolling"])
    parts = version.split(".")
    kind = stanza.get("release", "none")
    if kind == "none" or not version:
        return ""
    if kind == "label":
        return "-".join(re.findall(r"[A-Za-z0-9.-]+", label or version))
    if kind == "whole" or version in stanza.get("eol", {}):
        return version
    return ".".join(parts[:2]) if kind == "major.minor" else parts[0]


def _ecosystem(stanza: Stanza, release: str) -> str:
    if release and release == stanza.get("rolling"):
        return str(stanza["rolling_ecosystem"])
    pattern: str = stanza.get("ecosystem", "")
    if "{release}" in pattern and not release:
        return ""
    lts = ":LTS" if release in stanza.get("lts", ()) else ""
    return pattern.replace("{release}", release).replace("{lts}", lts)


def _mixed(
    system: OperatingSystem, notes: Mapping[str, Sequence[tuple[str, str]]]
) -> tuple[Problem, ...]:
    """Say if Alpine takes packages from branches whose advisories are not used."""
    branches = [value for key, value in notes.get("etc/apk/repositories", ()) if key == "branch"]
    own = system.ecosystem.rpartition(":")[2]
    others = [branch for branch in branches if branch != own]
    if system.id != "alpine" or not others:
        return ()
    return (
        Problem(
            "mixed-repositories",
            f"packages may come from {', '.join(others)}, but the advisories of {own} are used",
            where="etc/apk/repositories",
            advice=f"if they do, scan again with --distro alpine/{others[0].removeprefix('v')}",
            effect=Effect.NOTE,
        ),
    )


def _ambiguous(values: Mapping[str, str], system: OperatingSystem) -> tuple[Problem, ...]:
    """Say if Debian's testing and unstable cannot be told apart."""
    if system.id != "debian" or system.version or not system.ecosystem:
        return ()
    if system.ecosystem == "Debian:sid":
        return ()
    return (
        Problem(
            "ambiguous-release",
            f"Debian's testing and unstable both call themselves {system.codename or 'this'};"
            f" the advisories of {system.ecosystem} are used",
            where="etc/debian_version" if values.get("debian_version") else "etc/os-release",
            advice="if it is unstable, scan again with --distro debian/sid",
            effect=Effect.NOTE,
        ),
    )


def override(text: str, distros: Distros) -> OperatingSystem:
    """Return the operating system that a user or an SBOM names.

    Args:
        text: Such as ``alpine/edge``, ``debian/12``, ``ubuntu/jammy``, ``wolfi``; instead of the
            slash a colon, or as in package URLs a hyphen (``opensuse-leap-15.5``).
        distros: The table ``distros``.

    Raises:
        ValueError: If the distribution is not known, or its release is missing or cannot be one;
            the message says what was probably meant.
    """
    wanted, version = _split(text.strip().lower(), distros)
    key, stanza = find(wanted, "", distros)
    if not stanza:
        raise ValueError(f"unknown distribution {wanted!r}{_meant(wanted, _ids(distros))}")
    version = version.removeprefix("v") if version[1:2].isdigit() else version
    version = version.upper() if stanza["release"] == "label" else version
    codenames: Mapping[str, str] = stanza.get("codenames", {})
    codename = version if version in codenames else ""
    release = codenames.get(version) or _release(stanza, version, version)
    if stanza["release"] != "none":
        if not release:
            example = stanza.get("rolling") or next(iter(reversed(stanza.get("eol", {"1": ""}))))
            raise ValueError(f"which release of {stanza['name']}? Write it like {key}/{example}")
        if not release[0].isdigit() and release not in {stanza.get("rolling"), "stream"}:
            known = [*codenames, *stanza.get("eol", ()), str(stanza.get("rolling", ""))]
            raise ValueError(
                f"unknown release {version!r} of {stanza['name']}{_meant(version, known)}"
            )
    if codename and release[0].isdigit():
        version = release
    title = f"{stanza['name']} {version}".strip()
    return OperatingSystem(
        id=key,
        version=version if version[:1].isdigit() else "",
        name=f"{title} ({codename})" if codename and codename != version else title,
        codename=codename,
        ecosystem=_ecosystem(stanza, release),
        namespace=stanza["namespace"],
        end_of_life=stanza.get("eol", {}).get(release, ""),
    )


def _ids(distros: Distros) -> list[str]:
    return [name for key, stanza in distros.items() for name in (key, *stanza.get("ids", ()))]


def _split(text: str, distros: Distros) -> tuple[str, str]:
    for sign in "/:":
        if sign in text:
            name, _, version = text.partition(sign)
            return name.strip(), version.strip()
    known = (name for name in _ids(distros) if text.startswith(name + "-"))
    name = text if text in _ids(distros) else max(known, key=len, default=text)
    return name, text[len(name) + 1 :]


def _meant(text: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(text, [name for name in known if name], n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(sorted(filter(None, set(known))))}"
