"""Finds the user and password, or the token, for a registry."""

from __future__ import annotations

import os
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from dunnage.model.errors import InputError, TargetError
from dunnage.parsers.bounded_json import loads
from dunnage.sources._stored import open_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dunnage.model.limits import Limits
    from dunnage.parsers.reference import Reference
    from dunnage.sources._helper import Secret

    Ask = Callable[[str, str], Secret]

_HUB = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")


class Credentials(Struct, frozen=True):
    """Who we are to a registry.

    Attributes:
        user: User name, or empty for nobody.
        password: Password or token.
        origin: Where they were found.
        hint: Why none could be used although some may be there, or empty.
        identity: Refresh token that buys tokens for the registry (OAuth 2.0), or empty.
        bearer: Token for the registry itself, or empty.
    """

    user: str = ""
    password: str = ""
    origin: str = ""
    hint: str = ""
    identity: str = ""
    bearer: str = ""

    def __bool__(self) -> bool:
        """Return True if there is anything to log in with."""
        return bool(self.user or self.identity or self.bearer)

    def __repr__(self) -> str:
        """Return the origin alone, so that no password gets into a log."""
        return f"Credentials(origin={self.origin!r})"


def credentials_for(
    reference: Reference,
    environ: Mapping[str, str],
    config: str,
    limits: Limits,
    ask: Ask | None = None,
) -> Credentials:
    """Return the credentials for the registry of a reference.

    ``DUNNAGE_REGISTRY_USERNAME`` and ``DUNNAGE_REGISTRY_PASSWORD`` come first, unless
    ``DUNNAGE_REGISTRY_HOST`` says that they are for another registry; then Docker's ``config.json`` and ``auth.json`` (containers-auth.json(5): the longest key that is a prefix
    of the repository wins). In each of these the helper of the registry counts before what is
    written down, and that before the helper of all registries.

    Args:
        reference: The image.
        environ: Environment variables.
        config: File to read instead of the usual ones, or empty.
        limits: ``text_bytes`` and ``json_depth`` count.
        ask: Asks the helper of a name about a registry, or None if none may be asked.

    Raises:
        InputError: If ``config`` was named and cannot be read.
    """
    user = environ.get("DUNNAGE_REGISTRY_USERNAME", "")
    if user and _is_meant(environ.get("DUNNAGE_REGISTRY_HOST", ""), reference):
        password = environ.get("DUNNAGE_REGISTRY_PASSWORD", "")
        return Credentials(user, password, "DUNNAGE_REGISTRY_USERNAME")
    hint = ""
    for path in [Path(config)] if config else _places(environ):
        if not config and not os.path.lexists(path):
            continue
        try:
            value = loads(_content(path, limits), limits, where=str(path))
        except (TargetError, InputError) as error:
            message = f"the credentials cannot be read: {error.message}"
            if config:
                raise InputError(message, where=config, advice=error.advice) from error
            hint = hint or f"{path}: {message}"
            continue
        found = _in_file(value, reference, str(path), ask)
        if found:
            return found
        hint = hint or found.hint
    return Credentials(hint=hint)


def _is_meant(host: str, reference: Reference) -> bool:
    """Tell whether the credentials of the environment are for the registry of a reference."""
    name = _bare(host.strip()).lower()
    hub = map(_bare, _HUB) if reference.domain == "docker.io" else ()
    return not name or name in {reference.domain.lower(), reference.host.lower(), *hub}


def _content(path: Path, limits: Limits) -> bytes:
    """Return what a file of credentials holds; nothing but a regular file is ever read.

    Raises:
        TargetError: If it cannot be read.
        InputError: Likewise.
    """
    try:
        stored = open_file(str(path))
    except ValueError as error:  # a zero byte, which settings may hold
        raise TargetError("no path of a file") from error
    return stored.read_at(0, limits.text_bytes + 1)


def _places(environ: Mapping[str, str]) -> Iterator[Path]:
    """Give the files that may hold credentials, in the order other tools read them."""
    home, runtime = environ.get("HOME", ""), environ.get("XDG_RUNTIME_DIR", "")
    if environ.get("REGISTRY_AUTH_FILE"):
        yield Path(environ["REGISTRY_AUTH_FILE"])
    if environ.get("DOCKER_CONFIG"):
        yield Path(environ["DOCKER_CONFIG"]) / "config.json"
    elif home:
        yield Path(home) / ".docker" / "config.json"
    if runtime:
        yield Path(runtime) / "containers" / "auth.json"
    if home:
        yield Path(environ.get("XDG_CONFIG_HOME") or f"{home}/.config") / "containers/auth.json"


def _in_file(value: object, reference: Reference, origin: str, ask: Ask | None) -> Credentials:
    if not isinstance(value, dict):
        return Credentials()
    keys = _keys(reference)
    helpers, auths = value.get("credHelpers"), value.get("auths")
    helpers = helpers if isinstance(helpers, dict) else {}
    hint = ""
    for key in keys:
        if key in helpers:
            found = _helped(helpers[key], key, origin, ask)
            if found:
                return found
            hint = hint or found.hint
    auths = auths if isinstance(auths, dict) else {}
    known = {_bare(key): entry for key, entry in auths.items() if isinstance(key, str)}
    for key in keys:
        entry = known.get(_bare(key))
        if isinstance(entry, dict):
            found = _decoded(entry, origin)
            if found or found.hint:
                return found
    if value.get("credsStore"):
        server = _HUB[0] if reference.domain == "docker.io" else reference.domain
        found = _helped(value["credsStore"], server, origin, ask)
        return found or Credentials(hint=hint or found.hint)
    return Credentials(hint=hint)


def _helped(name: object, server: str, origin: str, ask: Ask | None) -> Credentials:
    """Return what a helper program says of a registry."""
    if not isinstance(name, str) or not name:
        return Credentials()
    if ask is None:
        return Credentials(hint=f"{origin} leaves them to a helper program, which is not run")
    try:
        found = ask(name, server)
    except InputError as error:
        return Credentials(hint=f"{origin} leaves them to a helper: {error.message}")
    if not found.secret:
        return Credentials()
    where = f"docker-credential-{name}"
    if found.user in {"<token>", ""}:  # docker-credential-helpers: an identity token
        return Credentials(origin=where, identity=found.secret)
    return Credentials(found.user, found.secret, where)


def _keys(reference: Reference) -> list[str]:
    """Return the keys credentials may be under, the most telling first."""
    parts = f"{reference.domain}/{reference.path}".split("/")
    nested = ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return [*nested, *(_HUB if reference.domain == "docker.io" else ())]


def _bare(key: str) -> str:
    """Return a key without scheme and API version, which old clients wrote."""
    text = key.removeprefix("https://").removeprefix("http://")
    return text.removesuffix("/").removesuffix("/v1").removesuffix("/v2")


def _decoded(entry: Mapping[str, object], origin: str) -> Credentials:
    for name, kind in (("registrytoken", "bearer"), ("identitytoken", "identity")):
        token = entry.get(name)
        if isinstance(token, str) and token:
            if not token.isascii() or not token.isprintable():
                return Credentials(hint=f"the token in {origin} is damaged")
            return Credentials(origin=origin, **{kind: token})
    auth = entry.get("auth")
    if isinstance(auth, str) and auth:
        try:
            plain = b64decode(auth, validate=False).decode("utf-8").strip("\0\n")
        except ValueError:
            return Credentials(hint=f"the entry in {origin} is damaged")
        user, colon, password = plain.partition(":")
        if user and colon and password:
            return Credentials(user, password, origin)
    user_entry, password_entry = entry.get("username"), entry.get("password")
    if isinstance(user_entry, str) and isinstance(password_entry, str) and user_entry:
        return Credentials(user_entry, password_entry, origin)
    return Credentials()
