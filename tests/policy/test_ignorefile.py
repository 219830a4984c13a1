"""Lists of ids to ignore become waivers; anything that is no such list is refused."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dunnage.model.errors import UsageError
from dunnage.policy.ignorefile import parse, read

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 30)


def test_lines() -> None:
    """An id, an end, and a reason behind it or in the comment above."""
    text = "# never called\nCVE-2020-1\n\nCVE-2020-2 exp:2026-12-31 # agreed\nAVD-DS-0002\n"
    one, two, three = parse(".trivyignore", text, TODAY)
    assert (one.id, one.reason, one.expires) == ("CVE-2020-1", "never called", "2027-11-30")
    assert (two.id, two.reason, two.expires) == ("CVE-2020-2", "agreed", "2026-12-31")
    assert (three.reason, three.owner) == ("listed in .trivyignore", ".trivyignore")
    assert [w.origin for w in (one, two, three)] == [f".trivyignore:{n}" for n in (2, 4, 5)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"CVE-1 exp:tomorrow\n", "f:1"),
        (b"\n../../etc/passwd\n", "f:2"),
        (b"\xff\xfe\n", "UTF-8"),
        (b"CVE-2020-1\n" * 10_001, "more than 10000"),
        (b"#" * (1024 * 1024 + 1), "larger than"),
    ],
)
def test_refused(
    content: bytes, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad line is named with its number; the size and the number of ids are bounded."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(UsageError, match=told):
        read("f", TODAY)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever stands in a file, waivers come of it whose texts can be printed, or it is refused."""
    try:
        found = parse("f", text, TODAY)
    except UsageError:
        return
    assert all(w.reason.isprintable() and w.reason and w.id.isascii() for w in found)
