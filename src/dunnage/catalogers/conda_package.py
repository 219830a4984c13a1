"""Lists packages that conda, mamba or pixi installed.

Python packages among them have their own metadata as well and are listed a second time as what they
are on PyPI, which is what advisories speak of; nobody publishes advisories for conda itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File


def parse(file: File) -> Fact:
    """Read the record of one package.

    Raises:
        InputError: If it is no record, or says no name or version.
        LimitError: If it is larger than ``limits.text_bytes``.
    """
    from dunnage.parsers import conda_record

    return Fact(packages=(conda_record.parse(file.body.all(file.limits.text_bytes), file.limits),))


cataloger = Cataloger(
    parse=parse, version=1, types=("conda",), folders=("conda-meta",), folder_suffixes=(".json",)
)
