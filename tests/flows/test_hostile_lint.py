"""Dockerfiles that were made to take long: each is looked at with all rules within its bounds.

The bounds hold by ``setrlimit``. What takes time with the square of its size takes minutes here.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from dunnage.io.folder import load_all
from dunnage.parsers.dockerfile import read
from dunnage.parsers.dockerfile_stages import Stage
from dunnage.rules.dockerfile import git_clone_of_moving_branch, pip_cache_left
from dunnage.rules.dockerfile._engine import Ruleset, check
from dunnage.rules.dockerfile._facts import Facts
from dunnage.rules.dockerfile._rule import DockerfileRule
from measured import ADDRESS_SPACE, measured

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dunnage.parsers.shell import Command

SECONDS = 12
"""Of the processor; each takes one or two."""
_MANY, _MOST = 9_900, 990
_RULES = Ruleset(load_all("dunnage.rules.dockerfile", "rule", DockerfileRule))
LONG = "ab" * 28
_STEPS = (
    "RUN apt-get update && apt-get install -y curl{i} && curl -o /x{i} http://h/{i} | sh",
    "COPY a{i} /app/{i}",
    "ENV v{i}=$v{i}/x",
    "RUN cd /app/{i} && npm install && rm -rf /app/{i}",
    "USER u{i}",
    "RUN pip install p{i} && chmod -R 777 /app/{i} && chown -R u{i} /w{i}",
    "# hadolint ignore=DL3008\nRUN echo $v{i} `date`",
    "ENTRYPOINT a{i}",
    "HEALTHCHECK CMD curl h{i}",
)


def words(text: str, many: int = 200_000) -> str:
    """Return a text with numbers in it as often as a Dockerfile has room for it."""
    found = " ".join(text.format(i=i) for i in range(many))[:900_000]
    return found.rpartition(" ")[0]


def commands(text: str, sign: str = "&&") -> str:
    """Return as many commands of one instruction as are read."""
    many = 4_900 // (1 + text.count(sign))
    found = f" {sign} ".join(text.format(i=i) for i in range(many))[:250_000]
    return f"RUN {found.rpartition(f' {sign} ')[0]}\n"


def lines(text: str, many: int = _MANY) -> str:
    """Return a line with numbers in it over and over."""
    return "".join(text.format(i=i, j=i + 1) for i in range(many))


FILES = {
    "ports": f"EXPOSE {words('{i}')}\n",
    "ports on lines": "EXPOSE 1" + lines(" \\\n {i}", 90_000) + "\n",
    "copied": f"COPY {words('a{i}')} /x/\n",
    "added": f"ADD {words('a{i}')} /x/\n",
    "arguments of a command": f"RUN echo {words('w{i}')}\n",
    "variables in a command": f"RUN echo {words('$w{i}')[:250_000]}\n",
    "variables": f"ENV {words('a{i}=1')}\n",
    "variables of nobody": f"ENV {words('a{i}=$b{i}')}\n",
    "names like none": f"ENV {words('some{i}=1')}\n" + lines("USER $othe{i}\n", 290),
    "names like all": f"ENV {words(f'{LONG}{{i}}=1', 6_000)}\n"
    + lines(f"USER ${LONG}x{{i}}\n", 6_000),
    "flags of nobody": f"COPY {words('--fl{i}', 90_000)} a b\n",
    "options of nobody": f"RUN {words('--mount=tipe{i}=x', 40_000)} a\n",
    "steps": "".join(_STEPS[i % len(_STEPS)].format(i=i) + "\n" for i in range(_MANY)),
    "installs": lines("RUN apt-get install -y a{i} && rm -rf /x{i}\n"),
    "held": lines("ENV v{i}=1\nONBUILD COPY $v{i} $q{i} /x\n", _MANY // 2),
    "held commands": lines("ONBUILD RUN echo $a{i}\n"),
    "stages": lines("FROM a AS s{i}\nRUN echo $x\nCOPY --from=t{i} /a /b\n", 3_300),
    "stages on stages": lines("FROM s{i} AS s{j}\nEXPOSE 80\nUSER root\nENV a{i}=1\n", _MOST),
    "clones": commands("git clone http://x/{i}"),
    "packages of pip": commands("echo PIP_NO_CACHE_DIR; pip install a{i}", ";"),
    "groups of apk": commands("apk add --virtual .x{i} a"),
    "builds of go": commands("go build -o CGO_ENABLED{i} ."),
    "installs at once": commands("apt-get install -y gcc p{i}"),
    "entry points": lines("ENTRYPOINT a{i}\n"),
    "bases of nobody": lines("FROM debian:$v{i}\n" + f"ARG {words('z{{i}}', 90)}\n", _MOST),
}


@pytest.mark.parametrize("name", FILES)
def test_lint_is_bounded(name: str, tmp_path: Path) -> None:
    """In time and memory, and there is a report."""
    (tmp_path / "Dockerfile").write_text(f"FROM debian:13 AS s0\n{FILES[name]}")
    done = measured(
        "lint", "Dockerfile", "--persona=auditor", "-o", "json",
        cwd=tmp_path, seconds=SECONDS, address_space=ADDRESS_SPACE,
    )  # fmt: skip
    assert done.code in {0, 1, 3}, done.err
    assert done.cpu < SECONDS
    assert json.loads(done.out)["subjects"][0]["findings"]


def checked(text: str) -> Facts:
    """Look at a Dockerfile with all rules."""
    facts = Facts(read(f"FROM debian:13 AS s0\n{text}".encode()), date(2026, 11, 30))
    check(facts, _RULES)
    return facts


@pytest.mark.parametrize("name", ["names like none", "names like all"])
def test_words_are_compared_so_often_and_no_more(name: str) -> None:
    """What somebody may have meant is looked for within bounds; what was not is told."""
    facts = Facts(read(f"FROM debian:13 AS s0\n{FILES[name]}".encode()), date(2026, 11, 30))
    problems = {one.code: one.count for one in check(facts, _RULES).problems}
    assert problems["names-not-compared"] > 0


def test_names_that_hold_are_given_without_the_others() -> None:
    """Those that are set later are not looked at, however many there are."""
    (stage,) = checked("ENV a=1\nUSER $b\n" + lines("ENV c{i}=1\n", 1_000)).stages
    scope = stage.scope(stage.instructions[1])
    assert list(scope) == ["a"]
    looked = []

    class Watched(dict[str, tuple[list[int], list[str | None]]]):
        """Names that tell when they are looked at."""

        def items(self) -> Iterable[tuple[str, tuple[list[int], list[str | None]]]]:  # type: ignore[override]
            for pair in super().items():
                looked.append(pair[0])
                yield pair

    scope._known = Watched(scope._known)  # type: ignore[attr-defined]
    assert list(scope) == ["a"]
    assert set(looked) == {"a", "c0"}


def test_what_onbuild_holds_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The places of a stage's instructions are put in order once, whoever asks."""
    asked = 0
    plain = Stage.__dict__["_starts"].func

    def counted(stage: Stage) -> list[int]:
        nonlocal asked
        asked += 1
        found: list[int] = plain(stage)
        return found

    monkeypatch.setattr(Stage.__dict__["_starts"], "func", counted)
    checked(lines("ENV v{i}=1\nONBUILD COPY $v{i} $q{i} /x\n", 200))
    assert asked == 1


@pytest.mark.parametrize("name", ["clones", "packages of pip"])
def test_what_follows_is_looked_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command is tested once for what it undoes, however many commands stand before it."""
    module, test = {
        "clones": (git_clone_of_moving_branch, "_holds"),
        "packages of pip": (pip_cache_left, "_purges"),
    }[name]
    tested = 0
    plain = getattr(module, test)

    def counted(command: Command) -> bool:
        nonlocal tested
        tested += 1
        return bool(plain(command))

    monkeypatch.setattr(module, test, counted)
    facts = checked(FILES[name])
    assert 0 < tested <= 2 * len(facts.runs[0].commands)
