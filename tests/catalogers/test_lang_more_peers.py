"""What Ruby, Java, Node, Python and Syft say of real installations is what we say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dunnage.catalogers import (
    java_runtime,
    node_runtime,
    php_runtime,
    python_runtime,
    ruby_gem,
)
from dunnage.model.purl import Purl
from programs import examine, listed
from support import need

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.model.cataloger import Fact, File

pytestmark = pytest.mark.judge


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _read(parse: Callable[[File], Fact | None], path: Path) -> set[tuple[str, str]]:
    return listed(examine(parse, path.as_posix()[1:], path.read_bytes()))


def _specifications() -> list[Path]:
    paths = json.loads(_said("ruby", "-rjson", "-e", "puts Gem::Specification.dirs.to_json"))
    folders = [Path(path) for path in paths]
    folders += [folder / "default" for folder in folders]
    return sorted({path.resolve() for folder in folders for path in folder.glob("*.gemspec")})


def test_gems() -> None:
    """RubyGems itself lists the same gems, with the same versions, licences and needs."""
    need("ruby")
    code = (
        "puts ARGF.each_line.map { |l| s = Gem::Specification.load(l.chomp); "
        "[s.name, s.version.to_s, s.licenses, s.runtime_dependencies.map(&:name)] }.to_json"
    )
    paths = _specifications()
    if not paths:
        pytest.skip("no gem is installed here")
    ran = subprocess.run(
        ["ruby", "-rjson", "-e", code],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = [(n, v, sorted(set(ls)), sorted(set(d))) for n, v, ls, d in json.loads(ran.stdout)]
    facts = (examine(ruby_gem.parse, path.as_posix()[1:], path.read_bytes()) for path in paths)
    ours = [
        (p.name, p.version, sorted(p.licenses), sorted(p.depends))
        for f in facts
        for p in f.packages
    ]
    assert ours == theirs


def test_node() -> None:
    """Node says the version that is found in it."""
    need("node")
    path = Path(shutil.which("node") or "").resolve()
    assert _read(node_runtime.parse, path) == {("node", _said("node", "--version").strip()[1:])}


def test_php() -> None:
    """PHP says the version that is found in it."""
    need("php")
    path = Path(shutil.which("php") or "").resolve()
    version = _said("php", "-r", "echo PHP_VERSION;").partition("-")[0]
    ((_, found),) = _read(php_runtime.parse, path)
    assert found.partition("-")[0] == version


def test_this_python() -> None:
    """Either the running interpreter or its library holds the version it says."""
    series = f"{sys.version_info.major}.{sys.version_info.minor}"
    library = Path(sysconfig.get_config_var("LIBDIR") or "", f"libpython{series}.so.1.0")
    program = Path(sys.base_prefix, "bin", f"python{series}")
    found = {
        version
        for path in (program, library)
        if path.is_file()
        for _, version in _read(python_runtime.parse, path.resolve())
    }
    assert found == {sys.version.partition(" ")[0].rstrip("+")}


def test_java() -> None:
    """Java says the version that its release file says."""
    need("java")
    program = Path(shutil.which("java") or "").resolve()
    release = program.parent.parent / "release"
    if not release.exists():
        pytest.skip(f"{release} does not exist")
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    match = re.search(r"Runtime Environment[^(]*\((?:.*-)?build ([^)]+)\)", told)
    assert match is not None
    assert {version for _, version in _read(java_runtime.parse, release.resolve())} == {match[1]}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def test_syft(tmp_path: Path) -> None:
    """Syft 1.18 gives the same package URLs for gems, Composer packages, Node, PHP and Java."""
    need("syft", "ruby", "java", "node")
    tree, inside = tmp_path / "tree", {}
    for path in _specifications():
        inside[f"usr/lib/gems/specifications/{path.name}"] = path
    java = Path(shutil.which("java") or "").resolve().parent.parent / "release"
    inside["opt/java/release"] = java.resolve()
    inside["usr/local/bin/node"] = Path(shutil.which("node") or "").resolve()
    if php := shutil.which("php"):
        inside["usr/local/bin/php"] = Path(php).resolve()
    for name, source in inside.items():
        _copy(source, tree / name)
    composer = tree / "srv/vendor/composer/installed.json"
    composer.parent.mkdir(parents=True)
    packages = [{"name": "symfony/console", "version": "v5.4.0"}, {"name": "a/b", "version": "1"}]
    composer.write_text(json.dumps({"packages": packages}), encoding="utf-8")
    theirs = _syft(tree)
    assert theirs == _ours(tree, tmp_path / "cache")


def _syft(tree: Path) -> set[str]:
    options = ("--override-default-catalogers", "image", "-o", "json", "-q")
    told = json.loads(_said("syft", f"dir:{tree}", *options))
    return {str(Purl.parse(a["purl"])) for a in told["artifacts"] if a["purl"]}


def _ours(tree: Path, cache: Path) -> set[str]:
    command = (sys.executable, "-m", "dunnage", "sbom", f"dir:{tree}", "-o", "cyclonedx-json")
    ran = subprocess.run(
        [*command, "--cache-dir", str(cache)],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    components = json.loads(ran.stdout).get("components", [])
    return {str(Purl.parse(c["purl"])) for c in components if "purl" in c}
