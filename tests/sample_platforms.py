"""The sample report as three platforms of one index, of which one could not be read."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from dunnage.model.image import Platform
from dunnage.model.problem import Effect, Problem
from dunnage.model.report import Subject
from sample_image import IMAGE, INVENTORY, JINJA, LODASH_B
from samples import FINDINGS, REPORT, SUBJECT


def _platform(name: str, **changed: Any) -> Subject:  # noqa: ANN401 - any field of a subject
    """Return the sample as one platform of an index."""
    parts = Platform(*name.split("/"))
    subject = replace(
        SUBJECT,
        name=f"{SUBJECT.name} ({name})",
        target=SUBJECT.name,
        platform=name,
        image=replace(IMAGE, platform=parts),
    )
    return replace(subject, **changed)


PLATFORMS = replace(
    REPORT,
    subjects=(
        _platform("linux/amd64"),
        _platform(
            "linux/arm/v7",
            inventory=replace(
                INVENTORY,
                packages=tuple(
                    replace(p, version="9.9.9") if p is LODASH_B else p
                    for p in INVENTORY.packages
                    if p is not JINJA
                ),
            ),
            findings=tuple(f for f in FINDINGS if f.id != "CVE-2021-42374"),
            problems=(),
        ),
        Subject(
            f"{SUBJECT.name} (linux/s390x)",
            "",
            target=SUBJECT.name,
            platform="linux/s390x",
            problems=(
                Problem("target-unreadable", "the manifest is missing", effect=Effect.UNREADABLE),
            ),
        ),
    ),
)
