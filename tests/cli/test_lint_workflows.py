"""``dunnage lint`` looks at workflows below directories and beside Dockerfiles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lint_samples import BAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Lint = Callable[..., tuple[int, str, str]]

RULE = "workflow/action-by-moving-ref"
ALONE = f"--rules={RULE}"
MOVING = "steps:\n  - uses: aquasecurity/trivy-action@master # é\n"
PINNED = "steps:\n  - uses: a/b@11bd71901bbe5b1630ceea73d27597364c9af683 # v1\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a directory with Dockerfiles and workflows, and files that are neither."""
    for name, text in {
        "Dockerfile": BAD,
        ".github/workflows/ci.yml": MOVING,
        ".github/workflows/release.yaml": PINNED,
        ".github/workflows/README.md": MOVING,
        ".github/workflows/deeper/no.yml": MOVING,
        ".github/dependabot.yml": MOVING,
        "app/Dockerfile": BAD,
        "app/.github/workflows/app.yml": MOVING,
        "app/workflows/no.yml": MOVING,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def _subjects(out: str) -> dict[str, str]:
    """Return the source of each subject by its name."""
    return {one["name"]: one["source"] for one in json.loads(out)["subjects"]}


def test_a_moving_ref_is_shown_with_its_line(lint: Lint, repository: Path) -> None:
    """Path, line, column, level, rule and message in one line; the source; what is suggested."""
    (repository / "app" / "Dockerfile").unlink()
    code, out, err = lint("Dockerfile", ALONE)
    assert (code, err) == (1, "")
    assert out == (
        f".github/workflows/ci.yml:2:37 warning {RULE} master of aquasecurity/trivy-action is a "
        "branch, which moves with every push; use a commit\n"
        "  2 |   - uses: aquasecurity/trivy-action@master # é\n"
        "    |                                     ^^^^^^\n"
        "  [?] --diff shows a change that needs that v0.33.1 is the version you want\n"
        "\n"
        "Found    1 finding in 3 files (1 warning)\n"
        "Fix      1 suggested by --diff\n"
        "Gate     failed: 1 finding of level warning or above\n"
    )


def test_which_workflows_are_read(lint: Lint, repository: Path) -> None:
    """Below a directory all, beside a named Dockerfile its own, a named one alone; each once."""
    root = {".github/workflows/ci.yml": "workflow", ".github/workflows/release.yaml": "workflow"}
    app = {"app/.github/workflows/app.yml": "workflow"}
    top, inner = {"Dockerfile": "dockerfile"}, {"app/Dockerfile": "dockerfile"}
    for words, expected in (
        ((), root | app | top | inner),
        ((".", "Dockerfile", "app/Dockerfile", *root), root | app | top | inner),
        (("Dockerfile",), root | top),
        (
            ("./app/Dockerfile",),
            {
                "./app/Dockerfile": "dockerfile",
                "./app/.github/workflows/app.yml": "workflow",
            },
        ),
        (("app",), app | inner),
        ((".github",), root),
        ((".github/workflows/ci.yml",), dict([*root.items()][:1])),
        (("-",), {"<stdin>": "dockerfile"}),
        (("nothing-there",), {"nothing-there": ""}),
    ):
        code, out, _ = lint(*words, "-o", "json", stdin=BAD.encode())
        assert _subjects(out) == expected, words
        assert code == (3 if words == ("nothing-there",) else 1)
    (repository / "app" / ".gitignore").write_text(".github/\n")
    assert _subjects(lint("app", "-o", "json")[1]) == inner
    (repository / ".gitignore").write_text("*.yaml\n")
    (repository / ".git").mkdir()
    assert [*_subjects(lint("Dockerfile", "-o", "json")[1])] == ["Dockerfile", next(iter(root))]


def test_links_are_not_followed(lint: Lint, repository: Path) -> None:
    """Neither directories nor files that nobody named are read behind a link."""
    (repository / "sub").mkdir()
    (repository / "sub" / "Dockerfile").write_text(BAD)
    (repository / "sub" / ".github").symlink_to("../.github")
    assert list(_subjects(lint("sub/Dockerfile", "-o", "json")[1])) == ["sub/Dockerfile"]
    (repository / ".github" / "workflows" / "link.yml").symlink_to("ci.yml")
    code, out, _ = lint("Dockerfile", ALONE, "-o", "json")
    notes = [p for s in json.loads(out)["subjects"] for p in s["problems"]]
    assert [note["where"] for note in notes] == [".github/workflows/link.yml"]
    assert code == 1


def test_rules_choose_kinds(lint: Lint, repository: Path) -> None:
    """A rule about one kind leaves the files of the other without findings, or unread."""
    del repository
    for words, ids, kinds in (
        ((ALONE,), {RULE}, {"dockerfile", "workflow"}),
        (("--rules=action_by_moving_ref",), {RULE}, {"dockerfile", "workflow"}),
        (("--rules=unpinned-uses",), {RULE}, {"dockerfile", "workflow"}),
        (("--rules=DL3014",), {"dockerfile/apt-get-without-yes"}, {"dockerfile"}),
        (
            (f"--rules=DL3014,{RULE}",),
            {RULE, "dockerfile/apt-get-without-yes"},
            {"dockerfile", "workflow"},
        ),
        ((ALONE, f"--ignore={RULE}"), set(), {"dockerfile"}),
    ):
        report = json.loads(lint(*words, "-o", "json")[1])
        assert {f["id"] for s in report["subjects"] for f in s["findings"]} == ids, words
        assert {s["source"] for s in report["subjects"]} == kinds, words
    assert "did you mean action-by-moving-ref" in lint("--rules=workflow/action-by-moving")[2]


def test_waivers_name_it(lint: Lint, repository: Path) -> None:
    """A waiver of the settings counts for a workflow, and one that is void says so."""
    (repository / "dunnage.toml").write_text(
        f'[[waivers]]\nid = "{RULE}"\nreason = "r"\nexpires = 2999-01-01\nowner = "o"\n'
        'paths = [".github/workflows/ci.yml"]\n'
    )
    assert lint(".github", ALONE)[0] == 0
    assert lint("app/.github", ALONE)[0] == 1


@pytest.mark.parametrize("name", ["sarif", "rdjson", "checkstyle", "gitlab-codequality", "html"])
def test_formats_hold_it(lint: Lint, repository: Path, name: str) -> None:
    """Formats for source files take findings in workflows as those in Dockerfiles."""
    del repository
    code, out, err = lint("-o", name)
    assert (code, err) == (1, "")
    assert ".github/workflows/ci.yml" in out
    assert "aquasecurity/trivy-action" in out
    if name == "sarif":
        (run,) = json.loads(out)["runs"]
        (found,) = [r for r in run["results"] if "ci.yml" in json.dumps(r["locations"])]
        region = found["locations"][0]["physicalLocation"]["region"]
        assert (region["startLine"], region["startColumn"], region["endColumn"]) == (2, 37, 43)


def test_diff_and_fix(lint: Lint, repository: Path) -> None:
    """A suggestion is shown behind ``#`` and never made."""
    path = repository / ".github" / "workflows" / "ci.yml"
    _, out, _ = lint(".github", "--diff")
    assert (
        "# +  - uses: aquasecurity/trivy-action@b6643a29fecd7f34b3597bc6acb0a98b03d33ff8 # é\n"
    ) in out
    assert lint(".github", "--fix", "--unsafe-fixes")[0] == 1
    assert path.read_text() == MOVING


def test_what_cannot_be_read(lint: Lint, repository: Path) -> None:
    """Each file that was not examined is told, with what to do; the others are."""
    folder = repository / ".github" / "workflows"
    (folder / "large.yml").write_bytes(b"#" * (1024 * 1024 + 1))
    (folder / "wide.yml").write_bytes("on: push".encode("utf-16"))
    (folder / "many.yml").write_text(
        "- uses: a/b@11bd71901bbe5b1630ceea73d27597364c9af683\n" * 1001
    )
    code, out, err = lint("Dockerfile", ALONE, "--fail-on=none")
    assert code == 3
    told = " ".join((out + err).split())
    assert "the most that is read of a workflow" in told
    assert "it is UTF-16" in told
    assert "only the first 1,000 actions it uses were looked at" in told
    assert "trivy-action@master" in out


def test_workflows_alone_are_not_enough(lint: Lint, repository: Path) -> None:
    """A directory without a Dockerfile is told, unless it is the one of workflows itself."""
    (repository / "Dockerfile").unlink()
    (repository / "app" / "Dockerfile").unlink()
    code, out, err = lint("--fail-on=none")
    assert code == 3
    assert "there is no Dockerfile in it" in out + err
    assert lint(".github", "--fail-on=none")[0] == 0
