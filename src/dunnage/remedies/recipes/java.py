"""Java with Maven or Gradle: one jar on a Java runtime of the same line."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from dunnage.parsers.base_image import identify
from dunnage.parsers.lighter_base import lighter
from dunnage.remedies import _harden_compiled as compiled
from dunnage.remedies._harden_paths import Made, joined
from dunnage.remedies._harden_types import Claim, Plan, Reason, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dunnage.remedies._harden_types import Build, Placed

_GOALS = frozenset({"package", "install", "verify", "deploy"})
_TASKS = re.compile(r"(?::?[\w-]+:)*:?(?:build|assemble|jar|bootJar|shadowJar)")
_OPTIONS = re.compile(r"-(?:D[\w.]+(?:=[\w./:,@+-]*)?|X[\w:+=.-]+|server|ea|esa|enable[\w-]*)")
_SETTINGS = ("application.properties", "application.yml", "application.yaml", "config")
_PATHS = re.compile(r"-XX:\w*(?:Path|File|Dump)|-D[\w.]*(?:file|dir|path|config)", re.IGNORECASE)


def _makes(placed: Placed) -> Iterable[Made]:
    command, cwd = placed.command, placed.cwd
    if cwd is None:
        return []
    words = list(compiled.operands(command, ("-f", "--file", "-p", "-P", "-s", "-T", "-pl", "-x")))
    if command.name in {"mvn", "mvnw"} and _GOALS & {*words}:
        file = command.value_of("-f", "--file")
        place = posixpath.dirname(file.text or "") if file is not None else ""
        goal = next(one for one in words if one in _GOALS)
        path = joined(joined(cwd, place), "target")
        return [Made(path, placed.line, f"{command.name} {goal}", folder=True)]
    if command.name in {"gradle", "gradlew"}:
        task = next((one for one in words if _TASKS.fullmatch(one)), "")
        path = joined(cwd, "build/libs")
        return [Made(path, placed.line, f"{command.name} {task}", folder=True)] if task else []
    return []


def _runtime(build: Build) -> tuple[str, str]:
    """Return the lightest image with the same line of Java and the same kind of libc."""
    for one in reversed(lighter(build.base)):
        if "libc" in one.changes:
            continue
        image = f"{one.image}:nonroot" if one.tier == "distroless" else one.image
        known = identify(image)
        if known is not None and known.kind == "runtime":
            return image, one.tier
    return "", ""


def _jar(build: Build) -> tuple[list[str], str] | Reason:
    """Return the options in front, and the jar."""
    words, line = build.start.words, build.start.line
    if posixpath.basename(words[0]) != "java":
        message = f"{words[0]} is started, not java with a jar"
        return Reason("unknown-artefact", message, line, "start it with java -jar")
    if "-jar" not in words[:-1]:
        message = "a class is started from a class path, so which files it needs is not known"
        return Reason("unknown-artefact", message, line, "make one jar, and start it with -jar")
    at = words.index("-jar")
    options = list(words[1:at])
    odd = next((one for one in options if not _OPTIONS.fullmatch(one) or _PATHS.match(one)), "")
    if odd:
        message = f"the option {odd[:60]} of java may need files or tools of the image"
        return Reason("reads-files", message, line)
    return options, words[at + 1]


def _plan(build: Build) -> Plan | Reason:
    jar = _jar(build)
    if isinstance(jar, Reason):
        return jar
    options, name = jar
    made = compiled.all_made(build, _makes)
    path = joined(build.workdir, name)
    origin = compiled.artefact(build, path, made)
    if isinstance(origin, Reason):
        return origin
    beside = _beside(build)
    if beside is not None:
        return beside
    image, tier = _runtime(build)
    if not image:
        message = f"no lighter image with the Java of {build.base.image} is known"
        return Reason(
            "unknown-base", message, build.stage.start.line, "name its version in the tag"
        )
    bare = tier == "distroless"
    java = "/usr/bin/java" if bare else "java"
    at = build.start.words.index("-jar")
    entry = (java, *options, "-jar", path, *build.start.words[at + 2 :])
    copies, claim = compiled.one_file(path, origin, build.start.line)
    why = (
        "it has the same line of Java; bytecode is bound to no distribution, native code in a jar "
    )
    why += "to the C library, which is of the same kind"
    base = compiled.base_claim(build, image, why)
    fat = Claim(
        "jar",
        "the jar holds the classes it needs",
        "nothing else that was built is named where it is started",
        "checked" if _pom(build) else "assumed",
    )
    claims = (base, claim, fat)
    return Plan(image, copies, entry, compiled.NONROOT, claims, build.start.arguments)


def _pom(build: Build) -> str:
    return (build.context.text("pom.xml") or "") if build.context is not None else ""


def _beside(build: Build) -> Reason | None:
    """Return a reason if the jar looks for other jars beside it."""
    if "<addClasspath>true" in re.sub(r"\s", "", _pom(build)):
        message = "the jar names a class path of other jars (addClasspath), which is not copied"
        return Reason("reads-files", message, 0, "put them into the jar", "pom.xml")
    for name in _SETTINGS:
        if build.context is not None and build.context.exists(name):
            message = f"{name} lies where it is started, and programs of Spring Boot read it there"
            return Reason(
                "reads-files", message, 0, "put it into the jar: src/main/resources", name
            )
    return compiled.data_files(build)


recipe = Recipe(
    title="Java",
    tools=frozenset({"mvn", "mvnw", "gradle", "gradlew", "java", "javac", "jar"}),
    plan=_plan,
    whole=False,
    native=lambda _: False,
)
