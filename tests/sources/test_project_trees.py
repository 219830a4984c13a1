"""A directory in which nothing was found is not taken for one that holds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dunnage.indexing.router import Router
from dunnage.io.tables import table
from dunnage.model.errors import TargetError
from dunnage.model.problem import Effect
from dunnage.model.target import Tree
from dunnage.sources._manifests import Manifests
from dunnage.sources._resolve import open_target
from dunnage.sources._source import Options
from projects import PLAN, inventory_of, purls, tree_at

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "code"),
    [("package-lock.json", "project-not-examined"), ("app.tar", "archive-not-examined")],
)
def test_what_lies_at_the_top_is_told(name: str, code: str, tmp_path: Path) -> None:
    """Lock files and archives at the top are named, to be told if nothing else is found."""
    (tmp_path / name).write_bytes(b"{}")
    target = open_target(f"dir:{tmp_path}", Options())
    assert isinstance(target, Tree)
    (problem,) = target.if_empty
    assert problem.code == code
    assert name in problem.message


def test_a_root_file_system_without_packages_is_complete(tmp_path: Path) -> None:
    """A program and its configuration alone are a whole container."""
    (tmp_path / "app").write_bytes(b"\x7fELF")
    (tmp_path / "etc").mkdir()
    target = open_target(f"dir:{tmp_path}", Options())
    assert isinstance(target, Tree)
    assert target.if_empty == ()


@pytest.mark.parametrize(
    ("files", "project", "reason"),
    [
        ({"package-lock.json": "{}"}, True, "package-lock.json lies at its top"),
        ({"package.json": "{}", "yarn.lock": "#"}, True, "yarn.lock lies at its top"),
        ({".git/HEAD": "x"}, True, ".git lies at its top"),
        ({"requirements-dev.txt": "x"}, True, "requirements-dev.txt lies at its top"),
        ({"App.csproj": "<x/>"}, True, "App.csproj lies at its top"),
        ({"services/go.mod": "module x"}, True, "it has services/go.mod"),
        ({"etc/os-release": "ID=x", "package-lock.json": "{}"}, False, "it has etc/os-release"),
        ({"var/lib/dpkg/status": "x", ".git/HEAD": "x"}, False, "it has var/lib/dpkg"),
        ({"node_modules/a/package.json": "{}"}, False, "it has node_modules and no lock file"),
        ({"x-1.dist-info/METADATA": "x"}, False, "it has x-1.dist-info and no lock file"),
        ({"app": "x"}, False, "there is no lock file or manifest at its top"),
    ],
)
def test_how_a_directory_is_taken(
    files: dict[str, str],
    project: bool,  # noqa: FBT001 - what is expected
    reason: str,
    tmp_path: Path,
) -> None:
    """Content decides, the note says why, and a scheme decides otherwise."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    target = open_target(str(tmp_path), Options())
    assert isinstance(target, Tree)
    assert target.project is project
    assert f"because {reason}" in target.note
    for scheme, forced in (("project", True), ("rootfs", False), ("dir", False)):
        tree = open_target(f"{scheme}:{tmp_path}", Options())
        assert isinstance(tree, Tree)
        assert (tree.source, tree.project) == (scheme, forced)


def test_what_is_no_part_of_a_project_is_left_out_and_told(tmp_path: Path) -> None:
    """Installed packages, histories and virtual environments by their mark are not walked."""
    tree_at(
        tmp_path,
        requirements_txt="six==1.0",
        env__pyvenv_cfg="home = /usr",
        env__lib__requirements_txt="a==1",
        web__vendor__requirements_txt="b==1",
    )
    for folder in ("node_modules/x", "web/node_modules/x", ".git"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "requirements.txt").write_text("c==1")
    found = inventory_of(f"project:{tmp_path}")
    assert purls(found) == ["pkg:pypi/six@1.0"]
    (problem,) = found.problems
    assert (problem.code, problem.effect) == ("directories-left-out", Effect.NOTE)
    assert problem.message.endswith(": .git, env, node_modules (2), vendor")


def test_lock_files_install_nothing(tmp_path: Path) -> None:
    """In a root file system lock files do not count, in a project installed packages do not."""
    (tmp_path / "app" / "node_modules" / "a").mkdir(parents=True)
    installed = tmp_path / "app" / "node_modules" / "a" / "package.json"
    installed.write_text('{"name": "a", "version": "2.0.0"}')
    lock = '{"packages": {"node_modules/a": {"version": "1.0.0"}}}'
    (tmp_path / "app" / "package-lock.json").write_text(lock)
    assert purls(inventory_of(f"rootfs:{tmp_path}")) == ["pkg:npm/a@2.0.0"]
    assert purls(inventory_of(f"project:{tmp_path}")) == ["pkg:npm/a@1.0.0"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"package_json": "{}"}, {"project-not-examined"}),
        ({"readme_md": "x"}, {"project-not-examined"}),
        ({"bun_lock": "{}"}, {"project-not-examined"}),
        ({"go_mod": "module x", "web__package_json": "{}"}, {"manifest-without-lock"}),
        ({"Cargo_lock": "version = 3", "a__b__Cargo_toml": "x"}, set()),
    ],
)
def test_manifests_without_lock_files_are_told(
    files: dict[str, str], told: set[str], tmp_path: Path
) -> None:
    """A lock beside or above is enough; without any nothing was examined, and that is said."""
    found = inventory_of(f"project:{tree_at(tmp_path, **files)}")
    assert {problem.code for problem in found.problems} == told
    noted = {p.code for p in found.problems if p.effect is Effect.NOTE}
    assert noted == told - {"project-not-examined"}


def test_one_lock_file(tmp_path: Path) -> None:
    """A lock file by itself is a project, with and without the scheme; other text is not."""
    tree_at(tmp_path, requirements_txt="six==1.0", notes_txt="six==1.0")
    for target in (tmp_path / "requirements.txt", f"project:{tmp_path / 'requirements.txt'}"):
        assert purls(inventory_of(str(target))) == ["pkg:pypi/six@1.0"]
    with pytest.raises(TargetError, match="known by its name"):
        open_target(f"project:{tmp_path / 'notes.txt'}", Options())


def test_the_table_of_projects_and_the_catalogers_agree() -> None:
    """What makes a directory a project is read, and what is read makes it one."""
    catalogers = {name: c for name, c in PLAN.catalogers.items() if c.project}
    router = Router(catalogers)
    stanzas = [value for key, value in table("projects").items() if key != "layout"]
    locks = [name.replace("*", "x") for stanza in stanzas for name in stanza.get("locks", ())]
    assert [name for name in locks if not router.by_name(f"a/{name}")] == []
    kinds = Manifests()
    wanted = {name for c in catalogers.values() for name in (*c.names, *c.globs)} - {"go.sum"}
    assert [name for name in wanted if not kinds.locks(name.replace("*", "x"))] == []
