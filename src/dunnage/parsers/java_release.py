"""Reads what a Java runtime says of itself.

The file ``release`` at the top of a JDK or JRE has lines ``KEY="value"`` (OpenJDK's build writes
it). Which of them are there depends on vendor and age.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dunnage.model.package import Package

_LINE = re.compile(r'([A-Z_]{1,40})="?([^"]*)"?')
_KEYS = frozenset(
    {
        "BUILD_SOURCE_REPO",
        "FULL_VERSION",
        "IMAGE_TYPE",
        "IMPLEMENTOR",
        "JAVA_RUNTIME_VERSION",
        "JAVA_VERSION",
        "MODULES",
        "SOURCE_REPO",
    }
)
_OLD = re.compile(r"1\.([0-9]+\.[0-9]+)_0*([0-9]+)")
_MAX = 256


class Release(NamedTuple):
    """What one file says.

    Attributes:
        version: As the runtime prints it (``17.0.9+9``, ``1.8.0_392-b08``); empty if this is not
            the file of a Java runtime.
        implementor: Who built it, or empty.
        compiler: True if it can compile: a JDK, not a JRE.
        repository: Where its source is, or empty.
    """

    version: str = ""
    implementor: str = ""
    compiler: bool = True
    repository: str = ""


def parse(data: bytes) -> Release:
    """Return what a ``release`` file says; other files of this name say nothing."""
    told: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line.strip())
        if match and match[1] in _KEYS:
            told.setdefault(match[1], match[2].strip())
    modules = told.pop("MODULES", "").split()
    told = {key: text for key, text in told.items() if len(text) <= _MAX and text.isprintable()}
    java = told.get("JAVA_VERSION", "")
    full = told.get("FULL_VERSION", "")
    if full.partition(".")[0] != java.partition(".")[0]:
        full = ""  # Some vendors number their builds in a way of their own.
    image = told.get("IMAGE_TYPE", "").upper()
    compiler = image == "JDK" if image else not modules or "jdk.compiler" in modules
    return Release(
        version=told.get("JAVA_RUNTIME_VERSION") or full or java,
        implementor=told.get("IMPLEMENTOR", ""),
        compiler=compiler,
        repository=told.get("SOURCE_REPO") or told.get("BUILD_SOURCE_REPO", ""),
    )


def package_of(told: Release) -> Package:
    """Return the package of a Java runtime, named as in NVD's dictionary of products.

    Vendors that rebuild OpenJDK are not in it, so theirs is ``oracle/openjdk``.
    """
    vendor, name = _named(told)
    old = _OLD.match(told.version)
    plain, update = (f"1.{old[1]}", f"update{old[2]}") if old else (told.version, "*")
    plain = re.split(r"[+-]", plain)[0]
    return Package(
        type="generic",
        name=name,
        version=told.version,
        namespace=vendor,
        supplier=told.implementor,
        qualifiers=(("repository_url", told.repository),) if told.repository else (),
        extra=(("cpe", f"cpe:2.3:a:{vendor}:{name}:{plain}:{update}:*:*:*:*:*:*"),),
    )


def _named(told: Release) -> tuple[str, str]:
    who = told.implementor.lower().replace(" ", "")
    product = "jdk" if told.compiler else "jre"
    if "azul" in who:
        return "azul", "zulu"
    if who.startswith("sun"):
        return "sun", product
    return ("oracle", product) if "oracle" in who else ("oracle", "openjdk")
