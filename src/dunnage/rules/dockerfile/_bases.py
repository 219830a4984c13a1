"""What rules about base images share: which image a stage names, and what is copied between stages."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError
from dunnage.parsers.base_image import identify
from dunnage.parsers.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile import Instruction, Word
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_CACHED = 512
_MOST_COPIES = 300


class Copy(Struct, frozen=True):
    """One COPY from another stage or image.

    Attributes:
        instruction: The COPY.
        stage: Where it copies to.
        source: The stage it copies from, or None if that is an image.
        image: The image it copies from, or empty if that is a stage.
        paths: What it copies.
        base: What is known about the image that the source rests on, or None.
    """

    instruction: Instruction
    stage: Stage
    source: Stage | None
    image: str
    paths: tuple[Word, ...]
    base: Base | None


def image_of(stage: Stage) -> str:
    """Return the image that FROM names; empty for stages, ``scratch`` and what is not known.

    What is no image name is empty as well; ``invalid-base-name`` speaks of that.
    """
    image = stage.image
    if stage.parent is not None or not image or image == "scratch":
        return ""
    return image if reference_of(image) is not None else ""


@lru_cache(_CACHED)
def reference_of(image: str) -> Reference | None:
    """Return the full name of an image, or None if it is no image name."""
    try:
        return Reference.parse(image)
    except InputError:
        return None


def shown(image: str) -> str:
    """Return an image name for messages: a digest is cut off."""
    name, at, _ = image.partition("@")
    return f"{name}@..." if at else name


def tag_of(image: str) -> str:
    """Return the tag that an image name states, or empty."""
    name = image.partition("@")[0]
    tail = name.rpartition("/")[2]
    return tail.partition(":")[2]


def written(stage: Stage) -> str:
    """Return the image that FROM names, or as far as its variables leave it: ``gcr.io/$ID/x:1``."""
    if stage.image is None and stage.base is not None:
        text = stage.base.text
        return "" if "$" in text.rpartition("/")[2] or "/" not in text else text
    return image_of(stage)


def moving(stage: Stage, tag: str) -> str:
    """Return the image that FROM names, if it has a tag and nothing holds it; or empty.

    A digest holds an image, and so does a name that holds the release.

    Args:
        stage: The stage.
        tag: The tag; empty for an image without one.
    """
    image = written(stage)
    if not image or "@" in image or tag_of(image) != tag:
        return ""
    base = identify(image)
    return image if base is None or base.floating else ""


def literal(stage: Stage) -> bool:
    """Tell whether FROM writes its image out, without variables and quotes."""
    return stage.base is not None and stage.base.text == stage.image


def trusted(reference: Reference, patterns: tuple[str, ...]) -> bool:
    """Tell whether an image matches one of the patterns of trusted registries."""
    name = f"{reference.domain}/{reference.path}"
    for pattern in patterns:
        bare = pattern.rstrip("/")
        if "/" not in bare:
            if fnmatchcase(reference.domain, bare):
                return True
        elif fnmatchcase(name, bare) or fnmatchcase(name, f"{bare}/*"):
            return True
    return False


def copies(facts: Facts) -> Iterator[Copy]:
    """Give every COPY from another stage or from an image, in order."""
    named = {stage.name: stage for stage in reversed(facts.stages) if stage.name}
    left = _MOST_COPIES
    for instruction, stage in facts.by_keyword.get("COPY", ()):
        flag = instruction.flag("from")
        if flag is None or not flag.value or stage is None or "$" in flag.value:
            continue
        if left == 0:
            return
        left -= 1
        source = named.get(flag.value.lower())
        if source is None and flag.value.isdecimal() and int(flag.value) < stage.index:
            source = facts.stages[int(flag.value)]
        if source is not None and source.index >= stage.index:
            continue
        image = "" if source is not None else flag.value
        base = facts.base(source) if source is not None else identify(image)
        yield Copy(instruction, stage, source, image, instruction.words[:-1], base)
