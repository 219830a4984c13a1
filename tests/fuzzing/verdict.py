"""Runs a target on one input and judges what came of it."""

from __future__ import annotations

import re
import resource
import signal
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType

    from fuzzing.target import Target

SECONDS = 2.0
"""Processor time one input may take."""

ADDRESS_SPACE = 1536 * 1024 * 1024
"""Address space of a fuzzing process, in bytes."""

RESIDENT = 1024 * 1024 * 1024
"""Memory in use from which one input is a find even if it could be had, in bytes."""

GROWTH = 64 * 1024 * 1024
"""How much of it that input must have added, in bytes."""

_VARYING = re.compile(r"[0-9]+|'[^']*'|\"[^\"]*\"|\([^)]*\)")


class SlowError(BaseException):
    """An input took too long; no ``except Exception`` may swallow it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one input.

    Attributes:
        find: Which promise was broken and where, the same for the same fault; empty if all held.
        label: The outcome in rough words, so that inputs that do something new are noticed.
        detail: Traceback of a find, for people.
    """

    find: str = ""
    label: str = ""
    detail: str = ""


def judge(target: Target, data: bytes, *, seconds: float = SECONDS) -> Verdict:
    """Run a target on one input; only from the main thread.

    Args:
        target: The target.
        data: The input.
        seconds: Processor time it may take.
    """
    before = _resident()
    start = time.process_time()
    signal.signal(signal.SIGPROF, _interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        try:
            result = target.run(data)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except target.allowed as error:
        verdict = Verdict(label=_label(error))
    except SlowError as error:
        return Verdict(f"slow in {_place(error)}", detail=_told(error))
    except Exception as error:  # noqa: BLE001 - this is what fuzzing looks for
        return Verdict(f"{type(error).__name__} in {_place(error)}", detail=_told(error))
    else:
        verdict = Verdict(label=f"read {_rough(result)}")
    if time.process_time() - start > seconds:
        return Verdict("slow in one step", label=verdict.label)
    after = _resident()
    greedy = after > RESIDENT and after - before > GROWTH
    return Verdict(f"memory {after >> 27 << 27 >> 20} MiB") if greedy else verdict


def bound_memory() -> None:
    """Bound the address space of this process."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, hard))


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SlowError


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _label(error: Exception) -> str:
    return _VARYING.sub("#", f"{type(error).__name__}: {getattr(error, 'message', error)}")[:60]


def _rough(result: object) -> str:
    """Return numbers by their magnitude, so that not every count is something new."""
    if isinstance(result, int):
        return str(result.bit_length())
    if isinstance(result, tuple | list):
        return " ".join(_rough(item) for item in result)
    return str(result)[:40]


def _place(error: BaseException) -> str:
    """Return file and function of the innermost frame that is ours."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/dunnage/" in frame.filename]
    frame = (own or frames)[-1]
    name = frame.filename.rpartition("/dunnage/")[2] if own else frame.filename.rpartition("/")[2]
    return f"{name}:{frame.lineno} {frame.name}"


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-4000:]
