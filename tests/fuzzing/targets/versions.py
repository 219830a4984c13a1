"""Sort keys of every ordering, and the ranges advisories make of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.io.folder import load_all
from dunnage.model.ordering import Ordering
from dunnage.versions._ranges import covers, keys_of, spans_of
from fuzzing.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

_SEEDS = (
    b"1.2.3\n1.2.4\n1.2.3-1",
    b"1:2.0~rc1-1+b1\n2.0-1\n1.0.2u-1~deb10u1",
    b"1.0.0-alpha.1+build\n1.0.0-alpha.beta\n1.0.0",
    b"1.0_p1-r0\n1.0_rc2~abc\n1.0a_git20200101-r1",
    b"1!1.0.post1.dev2+local.7\n1.0rc1\n1.0.dev1",
    b"v0.0.0-20190101000000-abcdefabcdef\ngo1.21rc2\ndevel go1.23-a",
    b"1.0-SNAPSHOT\n1.0-alpha-1\n1.0.Final",
    b"1.0.0.pre.1\n1.a.0\n1-x",
    b"7.0.5-2\n7.0.5-r0\n7.0.5",
    b"0\n00\n000.0",
    b"1.0^git1-1.el9\n1.0~rc1-1\n1.0-1.fc40",
)
# What Debian policy 5.6.12 allows; dpkg refuses the rest, python-debian does not.
_DEB = re.compile(r"(?:[0-9]{1,9}:)?[0-9][A-Za-z0-9.+~:-]*(?<!-)", re.ASCII)
_WORDS = (b"~", b"^", b"-", b"+", b":", b"_p", b"_rc", b".dev", b"rc", b"alpha", b"\n", b"00", b"v")


def _laws(ordering: Ordering) -> Callable[[bytes], object]:
    def run(data: bytes) -> int:
        versions = [line.decode("latin-1") for line in data.split(b"\n")[:6]]
        keys: list[bytes] = []
        for version in versions:
            try:
                key = ordering.key(version)
            except ValueError:
                continue
            assert isinstance(key, bytes)
            assert key, "the empty key is smaller than every version"
            assert ordering.key(version) == key, "the same version has the same key"
            assert len(key) <= 16 * len(version) + 64, "keys are not much longer than versions"
            keys.append(key)
        _ranges(versions, ordering)
        if not keys:
            raise ValueError(data)
        return len(set(keys))

    return run


def _ranges(versions: list[str], ordering: Ordering) -> None:
    """Read the versions as the events of a range; a version is affected from where it is."""
    kinds = ("introduced", "fixed", "last_affected", "introduced", "limit", "fixed")
    try:
        spans = spans_of(zip(kinds, versions, strict=False), ordering.key)
    except ValueError:
        return
    keys = keys_of(spans, ordering.key)
    for low, fixed, last in keys:
        assert not fixed or low <= fixed
        assert not last or low <= last
        assert covers(low, keys) or low == fixed


def _oracle(name: str) -> Callable[[bytes], object] | None:
    return {"deb": _deb, "pep440": _pep440, "semver": _semver}.get(name)


def _pair(data: bytes, key: Callable[[str], bytes]) -> tuple[str, str, int]:
    first, _, second = data.decode("latin-1").partition("\n")
    second = second.partition("\n")[0]
    one, two = key(first), key(second)
    return first, second, (one > two) - (one < two)


def _deb(data: bytes) -> int:
    from debian.debian_support import NativeVersion

    from dunnage.versions.deb import key

    first, second, order = _pair(data, key)
    if not (_DEB.fullmatch(first) and _DEB.fullmatch(second)):
        return 3
    one, two = NativeVersion(first), NativeVersion(second)
    expected = (one > two) - (one < two)
    assert order == expected, f"python-debian says {expected} for {first!r} and {second!r}"
    return order


def _pep440(data: bytes) -> int:
    from packaging.version import Version

    from dunnage.versions.pep440 import key

    first, second, order = _pair(data, key)
    one, two = Version(first), Version(second)
    expected = (one > two) - (one < two)
    assert order == expected, f"packaging says {expected} for {first!r} and {second!r}"
    return order


def _semver(data: bytes) -> int:
    from semver import Version

    from dunnage.versions._semver import semver_key

    first, second, order = _pair(data, semver_key)
    try:
        expected = Version.parse(first).compare(second)
    except ValueError:
        return 3
    assert order == expected, f"semver says {expected} for {first!r} and {second!r}"
    return order


def _both(ordering: Ordering, oracle: Callable[[bytes], object]) -> Callable[[bytes], object]:
    laws = _laws(ordering)

    def run(data: bytes) -> object:
        found = laws(data)
        try:
            return found, oracle(data)
        except ValueError:
            return found

    return run


def _targets() -> dict[str, Target]:
    found = {}
    for name, ordering in load_all("dunnage.versions", "ordering", Ordering).items():
        oracle = _oracle(name)
        found[f"version-{name}"] = Target(
            f"versions/{name}.py",
            _both(ordering, oracle) if oracle else _laws(ordering),
            lambda: _SEEDS,
            "order of an independent library" if oracle else "a key is one key, ranges hold",
            allowed=(ValueError,),
            words=_WORDS,
            most=600,
        )
    return found


TARGETS = _targets()
