"""Installed Ruby gems are listed by their specifications, whatever wrote them."""

from __future__ import annotations

import pytest

from dunnage.catalogers import ruby_gem
from dunnage.indexing.router import Router
from dunnage.model.errors import InputError
from programs import examine, listed

GEMS = "usr/lib/ruby/gems/3.1.0/specifications"
NET_IMAP = b"""# -*- encoding: utf-8 -*-
# stub: net-imap 0.2.4 ruby lib

Gem::Specification.new do |s|
  s.name = "net-imap".freeze
  s.version = "0.2.4"

  s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze)
  s.authors = ["Shugo Maeda".freeze, "nicholas a. evans".freeze]
  s.licenses = ["Ruby".freeze, "BSD-2-Clause".freeze]

  if s.respond_to? :add_runtime_dependency then
    s.add_runtime_dependency(%q<net-protocol>.freeze, [">= 0"])
    s.add_runtime_dependency(%q<digest>.freeze, [">= 0"])
    s.add_development_dependency(%q<rake>.freeze, [">= 0"])
  else
    s.add_dependency(%q<net-protocol>.freeze, [">= 0"])
    s.add_dependency(%q<rake>.freeze, [">= 0"])
  end
end
"""


def test_as_rubygems_writes_it() -> None:
    """Name, version, licences, author and what it needs at run time are read."""
    (gem,) = examine(ruby_gem.parse, f"{GEMS}/net-imap-0.2.4.gemspec", NET_IMAP).packages
    assert str(gem.purl) == "pkg:gem/net-imap@0.2.4"
    assert gem.licenses == ("Ruby", "BSD-2-Clause")
    assert gem.depends == ("net-protocol", "digest")
    assert (gem.supplier, gem.extra) == ("Shugo Maeda", ())


def test_gem_that_came_with_ruby() -> None:
    """Default gems are marked, as they are upgraded with Ruby."""
    fact = examine(ruby_gem.parse, f"{GEMS}/default/net-imap-0.2.4.gemspec", NET_IMAP)
    assert fact.packages[0].extra == (("default-gem", "true"),)


def test_compiled_gem() -> None:
    """The platform of a compiled gem is a qualifier, never a part of the version."""
    data = b"# -*- encoding: utf-8 -*-\n# stub: nokogiri 1.15.0 x86_64-linux lib\n"
    path = f"{GEMS}/nokogiri-1.15.0-x86_64-linux.gemspec"
    (gem,) = examine(ruby_gem.parse, path, data).packages
    assert str(gem.purl) == "pkg:gem/nokogiri@1.15.0?platform=x86_64-linux"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("a-b", "1.2.3")),
        (b"Gem::Specification.new do |spec|\n spec.name = 'x'\n", ("x", "1.2.3")),
        (b'Gem::Specification.new do |s|\n s.version = Gem::Version.new("9")\n', ("a-b", "9")),
        (b"  s.name = A::NAME\n  s.version = A::VERSION\n", ("a-b", "1.2.3")),
        (b"\xff\xfe\0" * 100, ("a-b", "1.2.3")),
    ],
)
def test_file_name_says_what_the_text_does_not(data: bytes, expected: tuple[str, str]) -> None:
    """Code is never run: what is no literal text is taken from the file name."""
    assert listed(examine(ruby_gem.parse, f"{GEMS}/a-b-1.2.3.gemspec", data)) == {expected}


@pytest.mark.parametrize("name", ["a.gemspec", "a-b.gemspec", ".gemspec"])
def test_no_version(name: str) -> None:
    """A gem without a version is a problem and never silence."""
    with pytest.raises(InputError):
        examine(ruby_gem.parse, f"{GEMS}/{name}", b"")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (f"{GEMS}/a-1.gemspec", True),
        (f"{GEMS}/default/a-1.gemspec", True),
        ("usr/share/rubygems-integration/all/specifications/a-1.gemspec", True),
        ("usr/lib/ruby/gems/3.1.0/gems/a-1/a.gemspec", False),
        ("src/a.gemspec", False),
        ("app/default/a.gemspec", False),
        (f"{GEMS}/a-1.rb", False),
    ],
)
def test_places(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table of cases
    """Only specifications of installed gems are read."""
    assert bool(Router({"ruby-gem": ruby_gem.cataloger}).by_name(path)) is wanted


def test_long_lines_and_lists_take_no_time() -> None:
    """A megabyte of one line, and a hundred thousand dependencies, are read in bounded time."""
    many = b"".join(b"  s.add_dependency(%%q<g%d>)\n" % n for n in range(100_000))
    data = b's.name = "' + b'\\"' * 500_000 + b'"\n' + b'"' * 500_000 + b"\n" + many
    (gem,) = examine(ruby_gem.parse, f"{GEMS}/a-1.gemspec", data).packages
    assert (gem.name, len(gem.depends)) == ("a", 1000)
