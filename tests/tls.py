"""A certificate authority made with ``openssl``, and certificates of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from registry import command
from support import need

if TYPE_CHECKING:
    from pathlib import Path


class Pair(NamedTuple):
    """A certificate and its key, as PEM files."""

    cert: Path
    key: Path


class Authority:
    """A certificate authority.

    Args:
        folder: Where its files are kept; it is made.
    """

    def __init__(self, folder: Path) -> None:
        need("openssl")
        folder.mkdir(parents=True)
        self._folder = folder
        self.cert = folder / "ca.crt"
        self._key = folder / "ca.key"
        new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
        use = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
        command(
            *new, "-nodes", "-days", "2", "-subj", "/CN=Test authority", *use,
            "-keyout", self._key, "-out", self.cert,
        )  # fmt: skip

    def pair(self, name: str, alternatives: str = "") -> Pair:
        """Return a new certificate.

        Args:
            name: Common name, and name of its files.
            alternatives: Names and addresses of a server (``DNS:a.example,IP:127.0.0.1``);
                empty for the certificate of a client.
        """
        key, cert = self._folder / f"{name}.key", self._folder / f"{name}.cert"
        request, settings = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        usage = "serverAuth" if alternatives else "clientAuth"
        names = f"subjectAltName={alternatives}\n" if alternatives else ""
        identifiers = "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
        settings.write_text(f"{names}{identifiers}extendedKeyUsage={usage}\n")
        new = ("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        command(*new, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        sign = ("openssl", "x509", "-req", "-days", "2", "-CAcreateserial", "-extfile", settings)
        command(*sign, "-in", request, "-CA", self.cert, "-CAkey", self._key, "-out", cert)
        return Pair(cert, key)
