"""Whom a secure connection trusts, and who it says we are: authorities and client certificates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dunnage.model.errors import InputError, UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping, Sequence

_MOST = 100
_SYSTEM = ("/etc/containers/certs.d", "/etc/docker/certs.d")


class Trust(NamedTuple):
    """What is special about the connections to one host.

    Attributes:
        authorities: PEM files of certificate authorities besides the usual ones (the system's, or
            those of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``).
        pairs: PEM files of client certificates with the files of their keys.
    """

    authorities: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


def usual_folders(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return where certificates of registries are kept (containers-certs.d(5), Docker's manual)."""
    home = environ.get("HOME", "")
    config = environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else "")
    own = (f"{config}/containers/certs.d", f"{config}/docker/certs.d") if config else ()
    return (*own, *_SYSTEM)


def trust_for(host: str, port: int, folders: Iterable[str], ca_file: str = "") -> Trust:
    """Return what the folders hold for a host.

    A folder holds one directory for each ``host:port`` or ``host``, with ``*.crt`` (authorities)
    and ``*.cert`` with ``*.key`` (client certificates). Directories nobody lets us look into do
    not count.

    Args:
        host: Host name or address.
        port: TCP port; the directory of port 443 may go without it.
        folders: ``certs.d`` directories, the most important first; the first that has a
            directory for the host counts alone.
        ca_file: PEM file of authorities for every host, or empty.

    Raises:
        InputError: If a client certificate has no key.
    """
    always = (ca_file,) if ca_file else ()
    # A host comes from a URL, so it is never "..": but it must not lead out of the folder either.
    if not host or "/" in host or host.startswith("."):
        return Trust(always)
    names = (f"{host}:{port}", host) if port == 443 else (f"{host}:{port}",)
    for folder in folders:
        for name in names:
            files = _inside(Path(folder) / name)
            if files is not None:
                found = _sorted(files)
                return found._replace(authorities=(*always, *found.authorities))
    return Trust(always)


def _inside(folder: Path) -> list[Path] | None:
    try:
        if not folder.is_dir():
            return None
        return sorted(path for path, _ in zip(folder.iterdir(), range(_MOST), strict=False))
    except OSError:
        return None


def _sorted(files: Sequence[Path]) -> Trust:
    authorities = tuple(str(path) for path in files if path.suffix == ".crt")
    pairs: list[tuple[str, str]] = []
    for path in files:
        if path.suffix != ".cert":
            continue
        key = path.with_suffix(".key")
        if key not in files:
            raise InputError(
                "a client certificate without its key",
                where=str(path),
                advice=f"put the key beside it as {key.name}",
            )
        pairs.append((str(path), str(key)))
    return Trust(authorities, tuple(pairs))


def context(trust: Trust) -> ssl.SSLContext:
    """Return the settings of secure connections: TLS 1.2 or later, certificate and name checked.

    Raises:
        UsageError: If a file cannot be read or is no PEM file of its kind.
    """
    import ssl

    from urllib3.util import create_urllib3_context

    made = create_urllib3_context()
    made.load_default_certs()
    for path in trust.authorities:
        try:
            made.load_verify_locations(path)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"the certificate authorities cannot be read: {_reason(error)}",
                where=path,
                advice="it must be a PEM file of certificates",
            ) from error
    for cert, key in trust.pairs:
        try:
            # An empty password makes OpenSSL fail instead of asking for one at the terminal.
            made.load_cert_chain(cert, key, password="")
        except (OSError, ValueError, ssl.SSLError) as error:
            raise UsageError(
                f"the client certificate cannot be used: {_reason(error)}",
                where=cert,
                advice="certificate and key must be PEM files that belong together, the key unencrypted",
            ) from error
    return made


def _reason(error: BaseException) -> str:
    import ssl

    if isinstance(error, ssl.SSLError):
        return " ".join((error.reason or "not PEM").lower().split("_"))
    return getattr(error, "strerror", None) or "not PEM"
