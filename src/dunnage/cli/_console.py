"""Where the command line writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dunnage.model.errors import DunnageError
    from dunnage.model.progress import Progress

_BAR = 24


class Console:
    """The terminal, pipe or file the user looks at."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.quiet = False
        self.debug = False
        self.no_progress = False

    @property
    def colour(self) -> bool:
        """Tell whether stdout wants escape codes (no-color.org, force-color.org)."""
        if self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("FORCE_COLOR"):
            return True
        return sys.stdout.isatty() and self._environ.get("TERM", "") != "dumb"

    @property
    def width(self) -> int:
        """Return the columns of the terminal, 80 where there is none."""
        if not sys.stdout.isatty():
            return 80
        import shutil

        return max(60, min(160, shutil.get_terminal_size((80, 24)).columns))

    def result(self, content: bytes) -> None:
        """Write a result to stdout, whole."""
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    def note(self, text: str) -> None:
        """Tell something on stderr, unless the user wants quiet."""
        if not self.quiet:
            _write(sys.stderr, clean(text))

    def trace(self, text: str) -> None:
        """Tell something on stderr that only helps to find errors."""
        if self.debug:
            _write(sys.stderr, f"debug: {clean(text)}")

    def error(self, error: DunnageError) -> None:
        """Tell an error on stderr in at most four lines."""
        lines = clean(str(error), keep="\n").splitlines()[:3]
        _write(sys.stderr, "dunnage: " + "\n  ".join(lines or [type(error).__name__]))
        if error.advice:
            _write(sys.stderr, f"  {clean(error.advice)}")

    def progress(self) -> Progress:
        """Return what shows progress: a bar if a person watches, else nothing."""
        from dunnage.model.progress import Silent

        if self.quiet or self.no_progress or not sys.stderr.isatty():
            return Silent()
        return Bar(sys.stderr)


class Bar:
    """Progress in bytes on one line of a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._label = ""
        self._total = -1
        self._done = 0
        self._shown = 0.0

    def start(self, label: str, total: int) -> None:
        """Begin a step of ``total`` bytes, or of an unknown number if -1."""
        with self._lock:
            self._label, self._total, self._done, self._shown = clean(label)[:40], total, 0, 0.0

    def advance(self, count: int) -> None:
        """Count more bytes; redraws at most ten times a second."""
        with self._lock:
            self._done += count
            now = time.monotonic()
            if now - self._shown >= 0.1:
                self._shown = now
                self._draw()

    def finish(self) -> None:
        """Clear the line."""
        with self._lock:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self) -> None:
        if self._total > 0:
            share = min(1.0, self._done / self._total)
            bar = "█" * round(share * _BAR) + "░" * (_BAR - round(share * _BAR))
            text = f"{bar} {size(self._done)} of {size(self._total)}"
        else:
            text = size(self._done)
        self._stream.write(f"\r\x1b[K{self._label}  {text}")
        self._stream.flush()


def size(count: int) -> str:
    """Return a number of bytes for people, in decimal units."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return ""


def clean(text: str, keep: str = "") -> str:
    """Return text without control characters, which could rewrite the terminal."""
    return "".join(c if c.isprintable() or c in keep else "�" for c in text)


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
        stream.flush()
    except (BrokenPipeError, UnicodeEncodeError):
        encoded = (text + "\n").encode("ascii", "replace")
        try:
            os.write(stream.fileno(), encoded)
        except OSError:
            return
