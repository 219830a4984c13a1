"""What every rule says of itself, whatever it looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.finding import Confidence, Persona, Safety

if TYPE_CHECKING:
    from dunnage.model.severity import Severity


class Rule(Struct, frozen=True):
    """What a rule says of itself; its documentation is the docstring of its module.

    Attributes:
        summary: What is wrong where it fires, in one line without a final stop.
        severity: How bad it usually is.
        confidence: How sure it usually is.
        persona: Who wants to see it.
        peers: What other tools call it: ``hadolint DL3008``, ``trivy DS-0029``,
            ``checkov CKV_DOCKER_9``, ``buildkit StageNameCasing``, ``dockle CIS-DI-0001``,
            ``shellcheck SC2086``, ``semgrep missing-user``.
        fix: What is promised of the changes it offers; NONE if it offers none.
        default: False if it only runs where the settings ask for it.
    """

    summary: str
    severity: Severity
    confidence: Confidence = Confidence.HIGH
    persona: Persona = Persona.REGULAR
    peers: tuple[str, ...] = ()
    fix: Safety = Safety.NONE
    default: bool = True


class RuleText(Struct, frozen=True):
    """What is to be read about a rule that fired.

    Attributes:
        id: As findings name it (``dockerfile/unpinned-base-image``).
        summary: What is wrong where it fires, in one line.
        help: Its documentation, in Markdown.
    """

    id: str
    summary: str
    help: str
