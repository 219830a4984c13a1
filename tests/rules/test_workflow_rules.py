"""Every rule about workflows says what its Markdown file expects, and its changes pin what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dunnage.io.folder import load, names
from dunnage.io.tables import table
from dunnage.model.errors import LimitError
from dunnage.parsers.workflow import uses
from dunnage.remedies.edits import apply
from dunnage.rules.workflow._rule import WorkflowRule, check

PACKAGE = "dunnage.rules.workflow"
FOLDER = Path(__file__).parent / "workflow"
FENCE = re.compile(r"^```(yaml|findings|fixed)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _samples(name: str) -> list[dict[str, str]]:
    """Return the examples of a rule: blocks by kind."""
    found: list[dict[str, str]] = []
    for kind, body in FENCE.findall((FOLDER / f"{name}.md").read_text(encoding="utf-8")):
        if kind == "yaml":
            found.append({})
        found[-1][kind] = body
    return found


@pytest.mark.parametrize("name", names(PACKAGE))
def test_rule_says_and_mends(name: str) -> None:
    """A rule fires exactly where its file says, and its changes give the file it promises."""
    rules = {name: load(PACKAGE, name, "rule", WorkflowRule)}
    samples = _samples(name)
    assert any("findings" in one for one in samples)
    assert any("findings" not in one for one in samples)
    for sample in samples:
        data = sample["yaml"].encode()
        found = check(data, "ci.yml", rules).findings
        told = [f"{f.locations[0].line}:{f.locations[0].column} {f.message}" for f in found]
        assert told == sample.get("findings", "").splitlines()
        if "fixed" in sample:
            once = apply(data, found).data
            assert once == sample["fixed"].encode()
            assert not [f for f in check(once, "ci.yml", rules).findings if f.fix.edits]


def test_places_and_line_ends() -> None:
    """Columns count characters, offsets count bytes, and carriage returns are no part of a value."""
    data = '# é\r\n  - uses: "a/b@é1" # c é\r\n- - uses: c/d@v1\r\n'.encode()
    first, second = uses(data)
    assert (first.value, first.line, first.column, first.comment) == ("a/b@é1", 2, 12, "c é")
    assert data[first.span.start : first.span.end].decode() == "a/b@é1"
    assert data[first.end : first.end + 2] == b"\r\n"
    assert (second.value, second.line, second.column, second.comment) == ("c/d@v1", 3, 11, "")


def test_bytes_that_are_no_text() -> None:
    """A ref that is no UTF-8 is reported as the whole value, and nothing is offered for it."""
    rules = {name: load(PACKAGE, name, "rule", WorkflowRule) for name in names(PACKAGE)}
    (found,) = check(b'- uses: "actions/checkout/\xc4\xd9@v4"', "ci.yml", rules).findings
    place = found.locations[0]
    assert (place.column, place.end_column, found.fix.edits) == (10, 32, ())


def test_more_than_is_read() -> None:
    """Where not every action was looked at, that is a problem with its line."""
    used = b"- uses: a/b@11bd71901bbe5b1630ceea73d27597364c9af683\n"
    assert check(used * 999, "ci.yml", {}).problems == ()
    (problem,) = check(used * 1_001, "ci.yml", {}).problems
    assert (problem.code, problem.where) == ("too-many-actions", "ci.yml:1000")


def test_block_scalars_end_with_their_indent() -> None:
    """What a script says is not used; the step after it is."""
    text = "steps:\n  - run: |-\n      uses: a/b@x\n  - name: x\n    run: >2\n        uses: a/b@y\n    uses: c/d@z\n"
    assert [one.value for one in uses(text.encode())] == ["c/d@z"]


def test_bounds() -> None:
    """A file that is too large is refused in words; long lines and many actions take no time."""
    with pytest.raises(LimitError, match=r"a workflow of 1,048,577 bytes"):
        uses(b"x" * (1024 * 1024 + 1))
    assert len(uses(b"- uses: a/b@c\n" * 50_000)) == 1_000
    assert uses(b"{ " * 400_000) == ()
    assert uses(b"\xff\x00- uses" * 80_000) == ()


def test_commits_are_commits() -> None:
    """Every row of the table has a whole commit, a date, and a source that names the action."""
    for row in table("actions")["tags"]:
        assert re.fullmatch(r"[0-9a-f]{40}", row["commit"]), row
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["as_of"]), row
        assert row["source"].endswith(row["action"]), row
