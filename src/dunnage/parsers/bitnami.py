"""Reads what Bitnami's images say of their components.

Older images list them in ``/opt/bitnami/.bitnami_components.json``, an object by name. Newer ones
have an SPDX 2.3 document for each, ``/opt/bitnami/NAME/.spdx-NAME.spdx``, whose packages carry
package URLs: those of type ``bitnami`` are the component and the libraries built into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dunnage.model.errors import InputError
from dunnage.model.package import Package
from dunnage.model.purl import Purl
from dunnage.parsers._json_values import Json, member, objects, text
from dunnage.parsers._sane_package import sane
from dunnage.parsers.bounded_json import loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dunnage.model.limits import Limits

_NOTHING = {"", "NOASSERTION", "NONE"}


def components(data: bytes, limits: Limits) -> Iterator[Package | InputError]:
    """Give the components of an older image, and an error for each broken entry.

    Raises:
        InputError: If it is no such list.
        LimitError: If it is too large.
    """
    document = loads(data, limits, where=".bitnami_components.json")
    if not isinstance(document, dict):
        raise InputError("not a list of Bitnami components")
    for name, entry in document.items():
        distro = text(member(entry, "distro"))
        yield _checked(
            Package(
                type="bitnami",
                name=text(name),
                version=text(member(entry, "version")),
                arch=text(member(entry, "arch")),
                qualifiers=(("distro", distro),) if distro else (),
            )
        )


def spdx(data: bytes, limits: Limits) -> Iterator[Package | InputError]:
    """Give the component of an SPDX document and what was built into it, which it depends on.

    Raises:
        InputError: If it is no SPDX document in JSON.
        LimitError: If it is too large.
    """
    document = loads(data, limits, where="SPDX")
    listed = member(document, "packages")
    if not isinstance(listed, list):
        raise InputError("not an SPDX document that lists packages")
    described = member(document, "documentDescribes")
    main = {text(one) for one in described} if isinstance(described, list) else set()
    found = [(text(entry.get("SPDXID")) in main, _component(entry)) for entry in objects(listed)]
    inner = sorted({p.name for own, p in found if isinstance(p, Package) and not own})
    for own, component in found:
        if component is None:
            continue
        if own and isinstance(component, Package):
            from msgspec.structs import replace

            yield replace(component, depends=tuple(inner))
        else:
            yield component


def _component(entry: Json) -> Package | InputError | None:
    """Return the package of an SPDX package; None if it is not Bitnami's own."""
    for reference in objects(entry.get("externalRefs")):
        locator = text(reference.get("referenceLocator"))
        if not locator.startswith("pkg:bitnami/"):
            continue
        try:
            purl = Purl.parse(locator)
        except ValueError as error:
            return InputError(str(error))
        qualifiers = dict(purl.qualifiers)
        arch = qualifiers.pop("arch", "")
        licence = text(entry.get("licenseDeclared"))
        return _checked(
            Package(
                type="bitnami",
                name=purl.name,
                version=purl.version or text(entry.get("versionInfo")),
                arch=arch,
                licenses=() if licence in _NOTHING else (licence,),
                qualifiers=tuple(sorted(qualifiers.items())),
            )
        )
    return None


def _checked(package: Package) -> Package | InputError:
    try:
        return sane(package)
    except InputError as error:
        return error
