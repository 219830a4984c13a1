"""What an image was built on, from the surest sign to the least; nothing is guessed.

The first of these that says anything, and that the distribution found in the image does not
contradict, is the base:

1. The Dockerfile, if it fits the history of the image: what the shipped stage starts from.
2. The name the image goes by, where that is one of the table of base images itself.
3. The annotation ``org.opencontainers.image.base.name`` of its manifest, then of its entry in the
   index that lists it or of that index, then the label of that name. A label is passed on to images
   that are built on top, so it is the least sure.
4. What is in the image, which looks like a tier:

   - **full**: a package manager, and a compiler (gcc, g++, clang) or more than 250 packages of the
     distribution; or dnf or yum, which bring Python along.
   - **slim**: a package manager and none of that. **alpine**: the same with apk on Alpine Linux.
   - **minimal**: no package manager, but a shell.
   - **distroless**: neither, but a C library; also Debian's with one file for each package
     (``var/lib/dpkg/status.d``). **static**: the same without a C library.
   - **scratch**: no distribution, no package of one, and at most 50 files, one of which is a program
     in Go or Rust.

   Of a distribution with one tier for all its images it is that one. Where something could not be
   read, contents say nothing.

All this is known after a scan anyway: no file is read for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dunnage.io.tables import part, text
from dunnage.model.base import BaseFacts
from dunnage.model.finding import Confidence
from dunnage.model.problem import Effect
from dunnage.parsers.oci import BASE_NAME
from dunnage.rules._like_base import Content, like

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from dunnage.model.lighter import Lighter
    from dunnage.model.report import Subject
    from dunnage.parsers.base_image import Base

    Sign = tuple[str, Confidence, str]
    """How a base is known, how sure that is, and its name."""

_REMOTE = frozenset({"registry"})
_ENGINES = frozenset({"docker", "podman", "containerd"})
_ARCHIVE = "docker-archive"
_LONGEST = 512
_WITHOUT_SHELL = frozenset({"distroless", "static", "scratch"})
_INTERPRETERS = ("python", "nodejs", "node", "ruby", "php", "openjdk-", "java-", "temurin-")
"""How the names of packages that bring an interpreter begin; more may follow than a version."""


def of_subject(subject: Subject, dockerfile: str = "", *, system: bool = True) -> BaseFacts | None:
    """Return what an image was built on, or None if nothing tells.

    Args:
        subject: What was examined; only images have a base.
        dockerfile: What the shipped stage of its Dockerfile starts from, or empty.
        system: False if packages of distributions were not asked for.
    """
    if subject.image is None:
        return None
    whole = system and all(problem.effect is Effect.NOTE for problem in subject.problems)
    content = like(subject) if whole else None
    unknown: BaseFacts | None = None
    for sign in _signs(subject, dockerfile):
        base = _identified(sign[2])
        if base is not None and not _agrees(base, subject):
            continue
        if base is not None and base.tier:
            return _known(sign, base, subject)
        unknown = unknown or _named(sign, content, subject)
    if unknown is not None or content is None:
        return unknown
    return _alike(content, subject)


def told_by(subject: Subject, dockerfile: str) -> BaseFacts | None:
    """Return the base that a Dockerfile names, or what was known before if it does not tell.

    Args:
        subject: An image that was examined before.
        dockerfile: What the shipped stage of its Dockerfile starts from, or empty.
    """
    before = subject.base
    facts = of_subject(subject, dockerfile, system=False)
    if facts is None or facts.known_by != "dockerfile":
        return before
    if not facts.tier and before is not None and before.looks_like:
        # What the contents look like stays true; a stored report has less to tell it from.
        return replace(
            before, known_by="dockerfile", confidence=facts.confidence, image=facts.image
        )
    return facts


def _signs(subject: Subject, dockerfile: str) -> Iterator[Sign]:
    image = subject.image
    if dockerfile:
        yield "dockerfile", Confidence.HIGH, dockerfile
    if image is None:
        return
    # A path could be spelt like an image: only names that engines and registries gave count.
    if subject.source in _REMOTE:
        yield "name", Confidence.HIGH, image.reference
    elif subject.source in _ENGINES or (subject.source == _ARCHIVE and ":" in image.reference):
        yield "name", Confidence.MEDIUM, image.reference
    if image.base_name:
        yield "annotation", Confidence.MEDIUM, image.base_name
    if image.index_base_name:
        yield "index-annotation", Confidence.MEDIUM, image.index_base_name
    if label := dict(image.labels).get(BASE_NAME, ""):
        yield "label", Confidence.LOW, label


def _identified(image: str) -> Base | None:
    """Return what is known of a base; most names are told apart without reading the table."""
    if len(image) > _LONGEST or not any(word in text("bases") for word in _words(image)):
        return None
    from dunnage.parsers.base_image import identify

    return identify(image)


def _words(image: str) -> list[str]:
    """Return the parts of a name between slashes, of which the table has one if it knows it."""
    *folders, last = image.partition("@")[0].split("/")
    return [*filter(None, folders), last.partition(":")[0] or image]


def _agrees(base: Base, subject: Subject) -> bool:
    """Tell whether what is in the image does not contradict a base."""
    found = subject.inventory.system
    if base.tier == "scratch":
        return found is None and not _has_distribution(subject)
    if found is None or not base.distro:
        return True
    if found.id != base.distro:
        return False
    release = base.release
    return not (release and found.version) or f"{found.version}.".startswith(f"{release}.")


def _has_distribution(subject: Subject) -> bool:
    return any(one.type in {"deb", "rpm", "apk", "alpm"} for one in subject.inventory.packages)


def _known(sign: Sign, base: Base, subject: Subject) -> BaseFacts:
    return BaseFacts(
        known_by=sign[0],
        confidence=sign[1],
        image=base.image,
        tier=base.tier,
        lighter=_lighter(base, subject),
        keeps=_keeps(base),
    )


def _named(sign: Sign, content: Content | None, subject: Subject) -> BaseFacts | None:
    """Return a base that only its name is known of; its tier is that of the contents."""
    from dunnage.model.errors import InputError
    from dunnage.parsers.reference import Reference

    known_by, confidence, name = sign
    if known_by == "name":  # an image of the user's own, not a base
        return None
    try:
        Reference.parse(name[:_LONGEST])
    except InputError:
        return None
    facts = _alike(content, subject) if content is not None else BaseFacts("", Confidence.LOW)
    return replace(facts, known_by=known_by, confidence=confidence, image=name[:_LONGEST])


def _alike(content: Content, subject: Subject) -> BaseFacts:
    tier = content.tier
    family: Mapping[str, Any] = part("bases", f"family.{content.family}")
    if tier in {"full", "slim"} and family.get("one"):
        tier = family["tier"]
    facts = BaseFacts("content", Confidence.LOW, tier=tier, looks_like=content.words)
    base = _identified(content.image) if _may_be_lighter(content, tier) else None
    if base is None:
        return facts
    base = replace(base, tier=tier)
    # Contents are no name that could be changed, so only what changes nothing is worth telling.
    offered = tuple(one for one in _lighter(base, subject) if not one.changes)
    if content.compiler and base.kind == "os":
        offered = tuple(replace(one, drops=("compilers", *one.drops)) for one in offered)
    return replace(facts, lighter=offered, keeps=_keeps(base))


def _may_be_lighter(content: Content, tier: str) -> bool:
    """Tell whether it is worth while to read what is known of the family."""
    rows = part("lighter_bases", content.family).get("rows", ()) if content.family else ()
    return any(
        tier in row["from"]
        and not row.get("changes")
        and content.release in row.get("releases", (content.release,))
        for row in rows
    )


def _lighter(base: Base, subject: Subject) -> tuple[Lighter, ...]:
    """Return lighter images that do not lack an interpreter the image has."""
    from dunnage.model.lighter import TIERS
    from dunnage.parsers.lighter_base import lighter

    if not base.tier:
        return ()
    least = TIERS.index(base.tier)
    lower = tuple(one for one in lighter(base) if TIERS.index(one.tier) > least)
    if base.kind != "os" or not _interpreter(subject):
        return lower
    return tuple(one for one in lower if one.tier not in _WITHOUT_SHELL)


def _interpreter(subject: Subject) -> bool:
    return any(
        one.type in {"deb", "rpm", "apk", "generic"} and one.name.startswith(_INTERPRETERS)
        for one in subject.inventory.packages
    )


def _keeps(base: Base) -> str:
    libc = base.libc if base.libc in {"glibc", "musl"} else ""
    interpreter = "the interpreter" if base.kind == "runtime" else ""
    return " and ".join(filter(None, (libc, interpreter)))
