"""Joins the fragments of ``changelog.d/`` into ``CHANGELOG.md`` for a release.

::

    python tools/changelog.py                          # print what the next release would say
    python tools/changelog.py 0.2.0 --date 2027-01-15  # write it, and remove the fragments

The new section goes above the older ones. Nothing is written if a fragment is malformed, if there
are none, or if the version is already there.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("security", "removed", "deprecated", "changed", "added", "fixed")
"""Most urgent for somebody who upgrades first."""
HEAD = "# Changelog\n"
_NAME = re.compile(rf"(\d{{4}})-[a-z0-9]+(?:-[a-z0-9]+)*\.({'|'.join(KINDS)})\.md")
_VERSION = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
_TITLE = re.compile(r"^## (\S+)", re.MULTILINE)


class FragmentError(ValueError):
    """What is wrong, and in which file."""


def main(words: list[str], root: Path = ROOT) -> int:
    """Print or write the changelog; return 0, or 2 with the reason on stderr."""
    parser = argparse.ArgumentParser(prog="changelog.py", description="Join the fragments.")
    parser.add_argument("version", nargs="?", default="", help="version to release")
    parser.add_argument("--date", default="", help="day of the release (today, in UTC)")
    chosen = parser.parse_args(words)
    try:
        found = fragments(root / "changelog.d")
        if not chosen.version:
            print(section("Unreleased", "", found), end="")
            return 0
        written = chosen.date or datetime.now(UTC).date().isoformat()
        release(root, chosen.version, date.fromisoformat(written), found)
    except ValueError as error:
        print(f"changelog.py: {error}", file=sys.stderr)
        return 2
    return 0


def fragments(folder: Path) -> dict[Path, str]:
    """Return every fragment with its text, in the order of their names.

    Raises:
        FragmentError: If a name or a text is not as ``changelog.d/README.md`` says.
    """
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name == "README.md":
            continue
        if not _NAME.fullmatch(path.name):
            raise FragmentError(f"{path.name}: name it NNNN-what-it-is-about.KIND.md")
        text = path.read_text(encoding="utf-8").strip()
        for line in text.splitlines() or [""]:
            if line and not line.startswith(("- ", "  ")):
                raise FragmentError(f"{path.name}: no list item: {line[:60]!r}")
        if not text.startswith("- "):
            raise FragmentError(f"{path.name}: it has no list item")
        found[path] = text
    return found


def section(title: str, day: str, found: dict[Path, str]) -> str:
    """Return the section of one release.

    Args:
        title: Version.
        day: When it was released, or empty.
        found: Fragments with their texts.
    """
    lines = [f"## {title} ({day})" if day else f"## {title}", ""]
    for kind in KINDS:
        texts = [text for path, text in found.items() if path.name.endswith(f".{kind}.md")]
        if texts:
            lines += [f"### {kind.capitalize()}", "", *texts, ""]
    return "\n".join(lines)


def release(root: Path, version: str, day: date, found: dict[Path, str]) -> None:
    """Write a section above the older ones, and remove the fragments.

    Raises:
        ValueError: If the version is malformed or there already, or nothing has changed.
    """
    if not _VERSION.fullmatch(version):
        raise ValueError(f"no version: {version!r}; write it as in 1.2.0 or 1.2.0rc1")
    if not found:
        raise ValueError("changelog.d holds no fragments: nothing has changed")
    target = root / "CHANGELOG.md"
    before = target.read_text(encoding="utf-8") if target.exists() else HEAD
    if not before.startswith(HEAD):
        raise ValueError(f"CHANGELOG.md does not begin with {HEAD.strip()!r}")
    if version in _TITLE.findall(before):
        raise ValueError(f"CHANGELOG.md has version {version} already")
    older = before.removeprefix(HEAD).lstrip("\n")
    parts = [HEAD, section(version, day.isoformat(), found), *([older] if older else [])]
    fresh = target.with_name("CHANGELOG.md.new")
    fresh.write_text("\n".join(parts), encoding="utf-8")
    fresh.replace(target)
    for path in found:
        path.unlink()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
