"""Finds PHP itself, where no operating system package installed it.

The version is a constant of every variant (the header ``X-Powered-By: PHP/8.2.1``): of the
command line, the process manager, the CGI program and the module of Apache httpd.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dunnage.model.cataloger import Cataloger, Fact

if TYPE_CHECKING:
    from dunnage.model.cataloger import File

_WORD = b"X-Powered-By: PHP/"
_VERSION = re.compile(
    rb"(?s:.)X-Powered-By: PHP/([0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}(?:-?[0-9A-Za-z.+~-]{1,40})?)(?![0-9A-Za-z])",
)
_MOST = 100
_NAMES = {
    "php": "php-cli",
    "php-cgi": "php-cgi",
    "php-fpm": "php-fpm",
    "libphp.so": "libphp",
    "libphp7.so": "libphp",
    "libphp5.so": "libphp",
}
"""Package of each variant, by file name."""


def parse(file: File) -> Fact | None:
    """Read one program or module; None if it is not PHP.

    Raises:
        InputError: If it is a broken ELF file.
    """
    # Imported here: a scan that is answered from the cache needs no parsers.
    from dunnage.catalogers._runtime import matches, package

    name = _NAMES.get(file.path.rpartition("/")[2], "php-cli")
    for match in matches(file, _WORD, _VERSION, _MOST):
        return Fact(packages=(package(name, match[1].decode(), "php:php"),))
    return None


cataloger = Cataloger(parse=parse, version=1, types=("generic",), names=tuple(_NAMES), unowned=True)
