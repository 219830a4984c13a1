"""The digest is SHA-256, wherever it comes from."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256

from dunnage.policy._digest import sha256_hex


def test_digest() -> None:
    """It is that of the standard library."""
    for data in (b"", b"abc", b"x" * 1000):
        assert sha256_hex(data) == sha256(data).hexdigest()


def test_digest_without_openssl() -> None:
    """A process that loads no hashlib gets the same, and still loads none."""
    code = (
        "import sys; from dunnage.policy._digest import sha256_hex;"
        "print(sha256_hex(b'abc'), 'hashlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == sha256(b"abc").hexdigest()
    assert done.stdout.split()[1] == "False"
