"""Lock files made to cost more than their size: one megabyte is read in a few seconds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from dunnage.model.limits import Limits
from dunnage.parsers import cargo_lock, gemspec, go_mod, maven_pom, requirements, sbom, uv_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from dunnage.parsers._lock import Lock

LIMITS = Limits()
HALF = 500_000
_SAME = '[[package]]\nname = "a"\nversion = "1"\n'
_MANY = "".join(f'[[package]]\nname = "a"\nversion = "{n}"\n' for n in range(HALF // 40))
_UV = "dependencies = [" + '{name = "a", version = "1"},' * (HALF // 27) + "]\n"
_CARGO = 'source = "x"\ndependencies = [' + '"a 1",' * (HALF // 6) + "]\n"


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        pytest.param(requirements.parse, "https://" + "a" * 2 * HALF, id="a word as an address"),
        pytest.param(requirements.parse, "https://a-" + "0" * 2 * HALF, id="half a wheel"),
        pytest.param(uv_lock.parse, "version = 1\n" + _SAME * (HALF // 39) + _UV, id="uv, one"),
        pytest.param(uv_lock.parse, "version = 1\n" + _MANY + _UV, id="uv, many versions"),
        pytest.param(cargo_lock.parse, "version = 3\n" + _SAME * (HALF // 39) + _CARGO, id="cargo"),
        pytest.param(cargo_lock.parse, "version = 3\n" + _MANY + _CARGO, id="cargo, many versions"),
        pytest.param(go_mod.parse, "module a\nrequire " + '"' * 2 * HALF, id="quotes"),
    ],
)
def test_locks_take_linear_time(parse: Callable[[bytes, Limits], Lock], text: str) -> None:
    """The same package many times over, needed many times over, is no product of the two."""
    start = time.process_time()
    parse(text.encode(), LIMITS)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("begin", ["<![CDATA[", "<?x "])
def test_comments_that_are_none_in_a_pom(begin: str) -> None:
    """What looks like comments that never end is not searched to the end of the file each time."""
    end = "]]>" if "CDATA" in begin else "?>"
    text = f"<project>{begin}{'<!--' * (HALF // 2)}{end}</project>"
    start = time.process_time()
    maven_pom.parse(text.encode(), LIMITS)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("code", ["s.licenses = ", "s.add_dependency "])
def test_open_quotes_in_many_lines_of_a_gemspec(code: str) -> None:
    """Of each assignment the first counts, and the name of a need stands at its beginning."""
    start = time.process_time()
    gemspec.parse((code + "'\\" * 30_000 + "\n").encode() * 60)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "said", ['"annotations":[%s]', '"files":[{"SPDXID":"f"}],"relationships":[%s]']
)
def test_one_identifier_for_many_packages_of_spdx(said: str) -> None:
    """What is said of an identifier is read once, however many packages use it."""
    about = '{"spdxElementId":"p","relatedSpdxElement":"f","comment":"a: b"}'
    package = '{"SPDXID":"p","name":"a"}'
    listed, notes = ",".join([package] * (HALF // 26)), ",".join([about] * (HALF // 63))
    text = f'{{"spdxVersion":"SPDX-2.3","packages":[{listed}],{said % notes}}}'
    start = time.process_time()
    sbom.read(text.encode(), LIMITS)
    assert time.process_time() - start < 5
