"""Lists installed Ruby gems by the specifications RubyGems keeps of them.

A gem directory has them in ``specifications``, those of gems that come with Ruby in
``specifications/default`` (RubyGems guides, "What is a gem"); Debian's lie below
``rubygems-integration``. Other gemspecs (in a gem's own directory, in sources) describe what could
be built, not what is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File


def parse(file: File) -> Fact | None:
    """Read one specification.

    Raises:
        InputError: If neither the text nor the file name tells name and version.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    from dunnage.parsers import gemspec
    from dunnage.parsers._sane_package import sane

    folder, _, base = file.path.rpartition("/")
    data = file.body.all(file.limits.text_bytes)
    package = gemspec.package_of(gemspec.parse(data, base.removesuffix(".gemspec")))
    default = folder.endswith("/default") or folder == "default"
    if default:
        from msgspec.structs import replace

        package = replace(package, extra=(("default-gem", "true"),))
    return Fact(packages=(sane(package),))


cataloger = Cataloger(
    parse=parse,
    version=1,
    types=("gem",),
    folders=("specifications", "specifications/default"),
    folder_suffixes=(".gemspec",),
)
