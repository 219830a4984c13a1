"""Several targets in one run: none hides the others, and the worst decides the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from advisories.mirrors import below, record, write_mirror
from advisories.mirrors import run as update
from dunnage.flows import _each
from dunnage.flows._each import examine_each
from dunnage.flows._examine import Request, examine
from dunnage.model.finding import Finding, Kind
from dunnage.model.problem import Effect, Problem
from dunnage.model.progress import Silent
from dunnage.model.report import Gate, Report, Subject
from images import layer_tar, write_docker_archive, write_oci_dir
from processes import run

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from dunnage.flows._sheltered import Examination

LAYER = layer_tar({"app/first-1.0.dist-info/METADATA": b"Name: first\nVersion: 1.0\n"})
OTHER = layer_tar({"app/second-1.0.dist-info/METADATA": b"Name: second\nVersion: 1.0\n"})


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Return a directory with two images that share a layer, and advisories in ``cache``."""
    write_oci_dir(tmp_path / "one", [LAYER])
    write_oci_dir(tmp_path / "two", [LAYER, OTHER])
    write_docker_archive(tmp_path / "three.tar", [OTHER])
    (tmp_path / "text").write_text("hello\n" * 100)
    records = [record("PYSEC-9", "PyPI", "first", *below("2.0"))]
    update(tmp_path / "cache/advisories", write_mirror(tmp_path / "mirror", {"PyPI": records}))
    return tmp_path


def scan(here: Path, *words: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Scan and return the process and its report."""
    done = run("scan", *words, "-o", "json", "--offline", "--cache-dir", "cache", cwd=here)
    assert "Traceback" not in done.stderr
    return done, json.loads(done.stdout) if done.stdout else {}


def test_each_target_is_a_subject(here: Path) -> None:
    """They come in the order they were named, each with its own findings; the gate counts all."""
    done, report = scan(here, "two", "three.tar", "one", "--fail-on-unknown")
    assert [s["name"] for s in report["subjects"]] == ["two", "three.tar", "one"]
    assert [len(s["findings"]) for s in report["subjects"]] == [1, 0, 1]
    assert (done.returncode, report["gate"]["failed"]) == (1, 2)


def test_what_is_shared_is_read_once(here: Path) -> None:
    """The same image twice, and another one with its layer: only new layers are read."""
    _, report = scan(here, "one", "one", "two")
    examined = [s["examined"] for s in report["subjects"]]
    assert [(e["layers"], e["layers_cached"]) for e in examined] == [(1, 0), (1, 1), (2, 1)]
    assert examined[1]["bytes_read"] == 0
    assert report["subjects"][0]["packages"] == report["subjects"][1]["packages"]


def test_a_bad_target_anywhere_hides_nothing(here: Path) -> None:
    """Whether it is first, in the middle or last, the healthy ones are examined and judged."""
    for words in (("text", "one", "two"), ("one", "text", "two"), ("one", "two", "text")):
        done, report = scan(here, *words, "--fail-on-unknown")
        found = {s["name"]: len(s["packages"]) for s in report["subjects"]}
        assert found == {"one": 1, "two": 2, "text": 0}
        assert (done.returncode, report["gate"]["failed"]) == (3, 2)
        assert "not examined: text: a text file, nothing that can be examined" in done.stderr


def test_a_misnamed_target_among_others(here: Path) -> None:
    """It is told with what was probably meant; exit code 2, after everything else was done."""
    done, report = scan(here, "one", "oci-dri:two", "text")
    assert done.returncode == report["exit_code"] == 2
    problems = [[p["code"] for p in s["problems"]] for s in report["subjects"]]
    problems[0] = [code for code in problems[0] if code != "advisory-data-old"]
    assert problems == [[], ["target-not-understood"], ["target-unreadable"]]
    assert "did you mean oci-dir:two?" in done.stderr
    assert len(report["subjects"][0]["findings"]) == 1


def test_nothing_but_misnamed_targets(here: Path) -> None:
    """If nothing at all is understood there is no report."""
    done, _ = scan(here, "oci-dri:one", "oci-dri:two")
    assert (done.returncode, done.stdout) == (2, "")
    done, _ = scan(here, "one", "two", "--distro", "debain/12")
    assert (done.returncode, done.stdout) == (2, "")


def test_allowed_incompleteness_is_not_a_missing_target(here: Path) -> None:
    """--allow-incomplete is about what is in a target, never about one that is not there."""
    done, report = scan(here, "one", "missing.tar", "--allow-incomplete")
    assert (done.returncode, report["complete"]) == (3, False)
    table = run(
        "scan", "one", "missing.tar", "--allow-incomplete", "--cache-dir", "cache", cwd=here
    )
    assert "Exit     3: a target cannot be read, see above" in table.stdout


def test_our_own_mistake_hides_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected exception in one target becomes its problem, with exit code 5."""

    def broken(name: str, request: Request, progress: Silent) -> Examination:
        if name.endswith("two"):
            raise ZeroDivisionError("by zero")
        return examine(name, request, progress)

    monkeypatch.setattr(_each, "examine", broken)
    names = (str(here / "two"), str(here / "one"))
    (failed, healthy), _ = examine_each(names, Request(here / "cache", offline=True), Silent())
    assert [package.name for package in healthy.inventory.packages] == ["first"]
    assert [(p.code, p.effect) for p in failed.problems] == [("target-failed", Effect.INTERNAL)]
    assert failed.problems[0].message == "internal error: ZeroDivisionError: by zero"
    with pytest.raises(ZeroDivisionError):
        examine_each(names[:1], Request(here / "cache", offline=True), Silent())


def test_the_worst_decides() -> None:
    """In the order 5, 2, 4, 3, the gate's own code, 0."""
    finding = Finding("CVE-1", Kind.VULNERABILITY, "")
    effects = [Effect.NOTE, Effect.INCOMPLETE, Effect.NO_DATA, Effect.USAGE, Effect.INTERNAL]
    codes = []
    for count in range(len(effects) + 1):
        problems = tuple(Problem("x", "", effect=effect) for effect in effects[:count])
        subject = Subject("a", "", findings=(finding,), problems=problems)
        codes.append(Report((subject,), "", "", gate=Gate(asked=True, failed=1)).exit_code)
    assert codes == [1, 1, 3, 4, 2, 5]
    unreadable = (Problem("x", "", effect=Effect.UNREADABLE),)
    allowed = Gate(allow_incomplete=True)
    assert Report((), "", "", problems=unreadable, gate=allowed).exit_code == 3
    incomplete = (Problem("x", "", effect=Effect.INCOMPLETE),)
    assert Report((), "", "", problems=incomplete, gate=allowed).exit_code == 0
