"""Which catalogers a path or the first bytes of a file call for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dunnage.indexing.router import Router
from dunnage.io.folder import load_all
from dunnage.model.cataloger import Cataloger


def _cataloger(**wants: tuple[str, ...]) -> Cataloger:
    return Cataloger(lambda _: None, 1, (), **wants)  # type: ignore[arg-type]  # only some fields


CATALOGERS = {
    "apk": _cataloger(paths=("lib/apk/db/installed",)),
    "dpkg": _cataloger(
        paths=("var/lib/dpkg/status",), folders=("var/lib/dpkg/info",), folder_suffixes=(".list",)
    ),
    "distroless": _cataloger(folders=("var/lib/dpkg/status.d",)),
    "python": _cataloger(names=("METADATA", "PKG-INFO"), suffixes=(".egg-info",)),
    "java": Cataloger(lambda _: None, 1, (), suffixes=(".jar", ".war"), magic=(b"PK\3\4",)),
    "go": Cataloger(lambda _: None, 1, (), magic=(b"\x7fELF", b"MZ")),
    "rust": Cataloger(lambda _: None, 1, (), magic=(b"\x7fELF",)),
}
ROUTER = Router(CATALOGERS)


def test_paths_end_at_whole_segments() -> None:
    """Endings of paths and folders match at slashes only, and case matters."""
    for path, names in (
        ("lib/apk/db/installed", ("apk",)),
        ("srv/root/lib/apk/db/installed", ("apk",)),
        ("mylib/apk/db/installed", ()),
        ("lib/apk/db/installed/x", ()),
        ("var/lib/dpkg/info/a.list", ("dpkg",)),
        ("var/lib/dpkg/info/a.md5sums", ()),
        ("var/lib/dpkg/info/x/a.list", ()),
        ("xvar/lib/dpkg/info/a.list", ()),
        ("var/lib/dpkg/status.d/base", ("distroless",)),
        ("METADATA", ("python",)),
        ("a/METADATA", ("python",)),
        ("a/metadata", ()),
        ("a/METADATA.txt", ()),
        ("a/x.egg-info", ("python",)),
        ("a.jar/file", ()),
        ("a.b.jar", ("java",)),
        (".jar", ("java",)),
        ("", ()),
    ):
        assert ROUTER.by_name(path) == names, path


def test_first_bytes() -> None:
    """All catalogers of a magic number are named; short files never match longer ones."""
    assert ROUTER.by_magic(b"\x7fELF\2\1\1\0") == ("go", "rust")
    assert ROUTER.by_magic(b"MZ\x90\0") == ("go",)
    assert ROUTER.by_magic(b"MZ") == ("go",)
    assert ROUTER.by_magic(b"M") == ROUTER.by_magic(b"") == ()
    assert ROUTER.magic_length == 4
    assert Router({}).magic_length == 0
    assert Router({}).by_magic(b"\x7fELF") == ()


def test_evidence_is_what_has_a_wanted_name_or_may_be_a_program() -> None:
    """File lists of packages are cut down to what may be joined with other packages."""
    for path, kept in (
        ("usr/lib/x/METADATA", True),
        ("var/lib/dpkg/info/a.list", True),
        ("usr/bin/tool", True),
        ("sbin/tool", True),
        ("usr/share/doc/tool", False),
        ("usr/bin/x/y", False),
        ("bin", False),
        ("file.txt", False),
        ("/usr/bin/tool", True),
        ("./usr/libexec/tool", True),
        ("usr/libexec/x/y", False),
        ("xbin/tool", False),
        ("/", False),
        ("", False),
    ):
        assert ROUTER.evidence(path) is kept, path


def _slowly(path: str) -> set[str]:
    """Say the same without any index."""
    folder, _, base = path.rpartition("/")
    found = set()
    for name, cataloger in CATALOGERS.items():
        by_folder = any(("/" + folder).endswith("/" + f) for f in cataloger.folders if folder)
        endings = cataloger.folder_suffixes
        if (
            base in cataloger.names
            or any(base.endswith(s) and "." not in base[-len(s) + 1 :] for s in cataloger.suffixes)
            or any(("/" + path).endswith("/" + p) for p in cataloger.paths)
            or (by_folder and (not endings or base.endswith(endings)))
        ):
            found.add(name)
    return found


SEGMENTS = st.sampled_from(
    [
        "var",
        "lib",
        "dpkg",
        "info",
        "status",
        "status.d",
        "apk",
        "db",
        "installed",
        "METADATA",
        "usr",
        "a.list",
        "x.jar",
        "x.egg-info",
        "PKG-INFO.jar",
        ".war",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SEGMENTS, min_size=1, max_size=6).map("/".join))
def test_the_index_answers_like_a_loop(path: str) -> None:
    """The dictionaries give what comparing with every rule gives."""
    assert set(ROUTER.by_name(path)) == _slowly(path)
    assert ROUTER.evidence(path) or not _slowly(path)


SHORT = {
    "name": _cataloger(names=("a", "php")),
    "suffix": _cataloger(suffixes=(".s",)),
    "glob": _cataloger(globs=("x*.y",)),
    "path": _cataloger(paths=("b/c",)),
    "narrow": _cataloger(folders=("d",), folder_suffixes=(".so",)),
    "wide": _cataloger(folders=("e/f",)),
}


def _examples(one: Cataloger) -> list[str]:
    below = [f"{folder}/x{s}" for folder in one.folders for s in one.folder_suffixes or ("",)]
    globs = [glob.replace("*", "1") for glob in one.globs]
    return [*one.names, *one.paths, *below, *globs, *(f"x{suffix}" for suffix in one.suffixes)]


@pytest.mark.parametrize("kind", ["catalogers", "detectors", "short"])
def test_the_last_characters_rule_nothing_out_that_is_wanted(kind: str) -> None:
    """Every rule of every cataloger matches at the root, below it, and behind a slash."""
    every = {
        "catalogers": lambda: load_all("dunnage.catalogers", "cataloger", Cataloger),
        "detectors": lambda: load_all("dunnage.detectors", "detector", Cataloger),
        "short": lambda: SHORT,
    }[kind]()
    examples = [(name, path) for name, one in every.items() for path in _examples(one)]
    assert len(examples) >= 7
    router = Router(every)
    for name, path in examples:
        for full in (path, f"/{path}", f"srv/root/{path}"):
            assert name in router.by_name(full), full
            assert name in Router({name: every[name]}).by_name(full), full
            assert router.evidence(full), full
