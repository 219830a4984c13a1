"""Bodies: what is kept, where, and how much together."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dunnage.io.body import Budget, BusyError, MemoryBody, Spill, SpilledBody, collect
from dunnage.model.errors import LimitError
from dunnage.model.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = replace(
    Limits(), memory_body=1000, memory_budget=2500, spill_body=50_000, spill_budget=80_000
)


def _collect(data: bytes, budget: Budget, hint: int = -1) -> MemoryBody | SpilledBody:
    return collect(io.BytesIO(data), hint, LIMITS, budget=budget)


def test_small_in_memory_large_on_disk() -> None:
    """The size that is read decides, whatever size was claimed."""
    budget = Budget()
    small, large = _collect(b"x" * 1000, budget, 5), _collect(b"x" * 1001, budget, 5)
    assert isinstance(small, MemoryBody)
    assert isinstance(large, SpilledBody)
    assert (budget.memory, budget.disk) == (1000, 1001)
    del small, large
    assert (budget.memory, budget.disk) == (0, 0)


def test_one_budget_for_all() -> None:
    """When the memory is used up, small bodies go to disk; when the disk is, they are refused."""
    budget = Budget()
    bodies = [_collect(b"x" * 1000, budget) for _ in range(4)]
    assert [type(body) for body in bodies] == [MemoryBody] * 2 + [SpilledBody] * 2
    bodies.append(_collect(b"y" * 50_000, budget))
    with pytest.raises(BusyError):
        _collect(b"y" * 40_000, budget)
    assert budget.disk == 52_000
    with pytest.raises(LimitError, match="limit is 50000"):
        _collect(b"y" * 50_001, Budget())
    with pytest.raises(LimitError, match="too large"):
        _collect(b"", budget, 60_000)
    bodies.clear()
    assert (budget.memory, budget.disk) == (0, 0)


def test_budget_holds_over_threads() -> None:
    """Threads together never take more than there is, and give all of it back."""
    budget = Budget()
    most = []

    def work() -> None:
        for _ in range(50):
            body = _collect(b"x" * 900, budget)
            most.append(budget.memory)
            assert body.all(900) == b"x" * 900

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < max(most) <= 2500
    assert (budget.memory, budget.disk) == (0, 0)


def test_a_reused_file() -> None:
    """One temporary file serves one body after the other, and shorter ones end where they end."""
    budget = Budget()
    spill = Spill(LIMITS, budget)
    assert spill.collect(io.BytesIO(b"a" * 3000), 3000).all(3000) == b"a" * 3000
    body = spill.collect(io.BytesIO(b"b" * 10), 10)
    assert body.size == 10
    assert body.read(5, 100) == b"b" * 5
    assert body.open().read() == b"b" * 10
    with pytest.raises(LimitError):
        spill.collect(io.BytesIO(b"c" * 60_000), 3)
    spill.close()
    assert budget.disk == 0


def test_no_room_for_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A place that is not there is an error with advice, not a traceback."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(BusyError) as caught:
        _collect(b"x" * 2000, Budget())
    assert "TMPDIR" in caught.value.advice


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=2000),
    st.integers(-5, 2100),
    st.integers(-5, 2100),
    st.sampled_from(["bytes", "view", "disk"]),
)
def test_all_bodies_read_alike(data: bytes, offset: int, length: int, how: str) -> None:
    """Slices, whole content and independent readers are those of the bytes."""
    body: MemoryBody | SpilledBody
    if how == "disk":
        body = collect(io.BytesIO(data), 60_000, replace(Limits(), memory_body=1))
    else:
        body = MemoryBody(data if how == "bytes" else memoryview(b"--" + data)[2:])
    expected = data[offset : offset + length] if offset >= 0 and length > 0 else b""
    assert body.size == len(data)
    assert body.read(offset, length) == expected
    assert body.all(len(data)) == data
    if data:
        with pytest.raises(LimitError):
            body.all(len(data) - 1)
    one, two = body.open(), body.open()
    one.seek(len(data) // 2)
    assert two.read() == data
    assert one.read() == data[len(data) // 2 :]
    assert one.seek(-min(3, len(data)), io.SEEK_END) == len(data) - min(3, len(data))
    with pytest.raises(ValueError, match=r"negative|before"):
        one.seek(-1)
