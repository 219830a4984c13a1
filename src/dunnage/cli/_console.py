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
        self.no_color = False

    @property
    def colour(self) -> bool:
        """Tell whether stdout wants escape codes (no-color.org, force-color.org)."""
        if self.no_color or self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("FORCE_COLOR"):
            return True
        return _is_terminal(sys.stdout) and self._environ.get("TERM", "") != "dumb"

    @property
    def width(self) -> int:
        """Return the columns of the terminal, 80 where there is none."""
        if not _is_terminal(sys.stdout):
            return 80
        import shutil

        return max(60, min(160, shutil.get_terminal_size((80, 24)).columns))

    def result(self, content: bytes) -> None:
        """Write a result to stdout, whole, or as much of it as the reader wants.

        Raises:
            UsageError: If there is no stdout, or it cannot be written.
        """
        from dunnage.model.errors import UsageError

        stdout: TextIO | None = sys.stdout
        if stdout is None:
            raise UsageError("standard output is closed", advice="send the result to a file")
        try:
            stdout.flush()
            stdout.buffer.write(content)
            stdout.buffer.flush()
        except BrokenPipeError:
            # Whoever reads has seen enough; what was found out still decides the exit code.
            _drop(stdout)
        except OSError as error:
            _drop(stdout)
            reason = f"standard output cannot be written: {error.strerror}"
            raise UsageError(reason, advice="make room, or send the result elsewhere") from error

    def note(self, text: str) -> None:
        """Tell something on stderr, unless the user wants quiet."""
        if not self.quiet:
            _write(sys.stderr, _tame(text))

    def error(self, error: DunnageError) -> None:
        """Tell an error on stderr, and on a second line what to do about it."""
        _write(sys.stderr, f"dunnage: {_tame(str(error)) or type(error).__name__}")
        if error.advice:
            _write(sys.stderr, f"  {_tame(error.advice)}")

    def progress(self) -> Progress:
        """Return what shows progress: a bar if a person watches, else nothing."""
        from dunnage.model.progress import Silent

        if self.quiet or self.no_progress or not _is_terminal(sys.stderr):
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
            self._label, self._total, self._done, self._shown = _tame(label)[:40], total, 0, 0.0

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
        from dunnage.render._text import size

        if self._total > 0:
            share = min(1.0, self._done / self._total)
            bar = "█" * round(share * _BAR) + "░" * (_BAR - round(share * _BAR))
            text = f"{bar} {size(self._done)} of {size(self._total)}"
        else:
            text = size(self._done)
        self._stream.write(f"\r\x1b[K{self._label}  {text}")
        self._stream.flush()


def _tame(text: str) -> str:
    """Return one line that neither a terminal nor a build server takes for a command."""
    from dunnage.render._text import clean, inert

    return inert(clean(text))


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed by whoever started us
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except UnicodeEncodeError:
        _write(stream, text.encode("ascii", "replace").decode())
    except OSError:
        _drop(stream)


def _drop(stream: TextIO) -> None:
    """Send the rest nowhere, so that it does not fail again when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
