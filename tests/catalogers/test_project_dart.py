"""What Dart's package manager locked is read as it meant it (cataloger pubspec-lock)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from projects import dev, direct, inventory_of, purls, sample, tree_at

if TYPE_CHECKING:
    from pathlib import Path


def test_pubspec_lock() -> None:
    """Packages of registries and repositories count; those of the SDK and of directories do not."""
    found = sample("dart")
    assert purls(found) == [
        "pkg:pub/archive@3.4.10",
        "pkg:pub/http@0.13.0",
        "pkg:pub/inner@1.0.0%2B2",
        "pkg:pub/test@1.25.0-dev.1",
        "pkg:pub/window@0.2.1",
    ]
    assert found.problems == ()
    assert dev(found) == {"test@1.25.0-dev.1"}
    assert direct(found) == {"archive", "test", "window"}
    packages = {package.name: package for package in found.packages}
    assert packages["archive"].locations[0].line == 4
    assert packages["archive"].hashes[0][0] == "sha-256"
    sources = {name: dict(package.extra).get("source") for name, package in packages.items()}
    assert sources["archive"] is None
    assert sources["http"] is None
    assert sources["inner"] == "https://pub.example.org"
    assert sources["window"] == "https://github.com/example/window.git"


@pytest.mark.parametrize(
    "text", ["", "sdks:\n  dart: any\n", "packages: [a\n", "packages: &a {}\n"]
)
def test_what_lists_no_packages_is_told(text: str, tmp_path: Path) -> None:
    """A cut or foreign file is a problem, never an empty list."""
    found = inventory_of(f"project:{tree_at(tmp_path, pubspec_lock=text)}")
    assert purls(found) == []
    assert "broken-file" in {problem.code for problem in found.problems}
