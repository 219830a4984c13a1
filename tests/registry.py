"""Runs a real ``docker-registry`` and puts images into it with ``skopeo``."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support import need

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def command(*words: str | Path) -> str:
    """Run a command that must succeed, and return what it prints."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def registry(
    folder: Path,
    htpasswd: str = "",
    tls: Mapping[str, object] | None = None,
    proxy: str = "",
) -> Iterator[str]:
    """Run a registry on a free port and give its host.

    Args:
        folder: Where its configuration, log and blobs are kept.
        htpasswd: Content of the file of passwords; empty for a registry without a login.
        tls: Its ``certificate``, ``key`` and ``clientcas``; None for plain HTTP.
        proxy: URL of the registry it is a pull-through cache of, or empty.
    """
    need("docker-registry", "skopeo")
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"127.0.0.1:{free.getsockname()[1]}"
    config: dict[str, object] = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "store")}},
        "http": {"addr": host},
    }
    if tls:
        config["http"] = {"addr": host, "tls": tls}
    if proxy:
        config["proxy"] = {"remoteurl": proxy}
    if htpasswd:
        (folder / "htpasswd").write_text(htpasswd)
        config["auth"] = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
    (folder / "config.yml").write_text(json.dumps(config))
    with (folder / "log").open("wb") as log:
        serve = ["docker-registry", "serve", str(folder / "config.yml")]
        process = subprocess.Popen(serve, stdout=log, stderr=log)
    try:
        wait_for(host)
        yield host
    finally:
        process.terminate()
        process.wait(10)


def wait_for(host: str) -> None:
    """Wait until something listens."""
    address, _, port = host.partition(":")
    for _ in range(100):
        try:
            socket.create_connection((address, int(port)), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens on {host}")


def copied(source: str, target: str, *options: str) -> str:
    """Copy an image with ``skopeo`` and return the name of the copy.

    Args:
        source: What to copy, as skopeo names it (``oci:image:latest``).
        target: Where to, likewise; a registry is spoken to without TLS.
        options: Further words (``-f``, ``v2s2``).
    """
    need("skopeo")
    tls = ["--dest-tls-verify=false"] if target.startswith("docker://") else []
    command("skopeo", "--insecure-policy", "copy", "-q", *tls, *options, source, target)
    return target
