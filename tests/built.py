"""Images as BuildKit would configure them for a Dockerfile, without building anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.io.folder import load_all
from dunnage.model.finding import Kind
from dunnage.model.image import Image, Layer
from dunnage.model.severity import Severity
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._rule import DockerfileRule

if TYPE_CHECKING:
    from dunnage.parsers.dockerfile import Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.rules.dockerfile._facts import Facts

_RULES = ("literal-secret", "password-in-build", "secret-in-variable")
_EVERY = load_all("dunnage.rules.dockerfile", "rule", DockerfileRule)
_SETTING = ("ARG", "ENV", "LABEL")


def built(facts: Facts) -> Image:
    """Return the configuration of the image that a file makes."""
    image = Image("app")
    history: list[tuple[str, bool]] = []
    env: dict[str, str] = {}
    labels: dict[str, str] = {}
    for stage in reversed(facts.shipped):
        arguments: dict[str, str] = {}
        for one in stage.instructions:
            keyword = one.keyword
            if keyword in _SETTING:
                values = _values(one, stage)
                {"ENV": env, "LABEL": labels, "ARG": arguments}[keyword].update(
                    {name: value or "" for name, value in values.items()}
                )
                shown = (n if v is None else f"{n}={v}" for n, v in values.items())
                history.append((f"{keyword} {' '.join(shown)}", True))
            elif keyword == "RUN":
                history.append((_run(one, arguments), False))
            elif keyword in {"CMD", "ENTRYPOINT"}:
                words = tuple(word.text for word in one.json or ())
                words = words or ("/bin/sh", "-c", one.plain)
                image = _started(image, keyword, words)
                quoted = " ".join(f'"{word}"' for word in words)
                history.append((f"{keyword} [{quoted}]", True))
            elif keyword != "FROM":
                history.append((f"{keyword} {one.plain}", keyword not in {"COPY", "ADD"}))
    made = [text for text, empty in history if not empty]
    return Image(
        "app",
        env=tuple(f"{name}={value}" for name, value in env.items()),
        labels=tuple(sorted(labels.items())),
        entrypoint=image.entrypoint,
        cmd=image.cmd,
        history=tuple(history),
        layers=tuple(Layer(number, created_by=text) for number, text in enumerate(made)),
    )


def _started(image: Image, keyword: str, words: tuple[str, ...]) -> Image:
    if keyword == "CMD":
        return Image("app", entrypoint=image.entrypoint, cmd=words)
    return Image("app", entrypoint=words)


def _values(one: Instruction, stage: Stage) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for pair in one.pairs:
        told = stage.expanded(pair.value or "", one).value
        found[pair.name.strip("\"'")] = None if pair.value is None else told or ""
    return found


def _run(one: Instruction, arguments: dict[str, str]) -> str:
    if one.json is not None:
        return "RUN " + " ".join(word.text for word in one.json)
    handed = [f"|{len(arguments)}"] if arguments else []
    handed += [f"{name}={value}" for name, value in arguments.items()]
    bodies = "".join(f"\n{document.content}" for document in one.heredocs)
    return " ".join(("RUN", *handed, f"/bin/sh -c {one.plain}{bodies} # buildkit"))


def secrets_in(facts: Facts) -> dict[str, bool]:
    """Return the values that rules take for secrets in what a file puts into the configuration.

    Returns:
        By value, whether it is a default that everybody can guess.
    """
    shipped = {id(one) for stage in facts.shipped for one in stage.instructions}
    file = facts.file
    found: dict[str, bool] = {}
    for finding in check(facts, Ruleset({name: _EVERY[name] for name in _RULES})).findings:
        place = finding.locations[0]
        if finding.kind is not Kind.SECRET:
            continue
        start, _ = file.line_span(place.line)
        text = file.data[start:].decode()[place.column - 1 :]
        value = text[: place.end_column - place.column]
        at = start + len(file.data[start:].decode()[: place.column - 1].encode())
        holder = next((i for i in file.instructions if i.span.start <= at < i.span.end), None)
        # What a COPY writes is in its layer, not in the configuration.
        if holder is None or id(holder) not in shipped or holder.keyword == "COPY":
            continue
        found[value.removeprefix("--password=")] = finding.severity is Severity.LOW
    return found
