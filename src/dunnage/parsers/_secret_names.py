"""Tells whether the name of a variable or setting says that its value is a secret.

A name is cut into its words (``DB_PASSWORD_FILE``, ``apiToken``). The last word of all decides:
``..._PASSWORD`` holds one, ``..._PASSWORD_FILE`` names a file, ``PASSWORD_MIN_LENGTH`` is a number.
"""

from __future__ import annotations

import re
from functools import lru_cache

SPOKEN = (b"pass", b"pwd", b"secret", b"token", b"key", b"credential", b"_auth")
"""In lower case: one of these is in every name that tells."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = frozenset({
    "password", "passwd", "passphrase", "pass", "pwd", "secret", "secrets", "token", "apikey",
    "credential", "credentials", "passcode", "authtoken", "apitoken", "accesskey", "secretkey",
    "privatekey", "pat",
})  # fmt: skip
_KEYS = frozenset({
    "api", "access", "secret", "private", "auth", "encryption", "signing", "master", "deploy",
    "account", "session", "jwt", "ssh", "license", "admin", "service", "subscription", "crypt",
    "cipher", "app", "application", "shared", "client", "tsig", "hmac", "webhook", "write",
    "cookie", "hash", "fernet", "aes", "unseal", "storage",
})  # fmt: skip
"""Words in front of ``key`` that make it a secret one."""
_BESIDE = frozenset({
    "public", "pubkey", "pub", "allow", "disable", "disabled", "enable", "enabled", "skip", "use",
    "require", "required", "no", "has", "is", "min", "max", "tokenizer", "tokenizers",
    "parallelism", "random", "generate", "reset", "cancellation", "by",
})  # fmt: skip
"""Words anywhere in a name that make it a setting about secrets."""
_WHOLE = frozenset({
    "composer_auth", "docker_auth_config", "npm_config__auth", "npm_auth", "secret_key_base",
    "rails_master_key", "pgpassword", "mysql_pwd", "sshpass", "_auth", "rediscli_auth",
})  # fmt: skip


@lru_cache(maxsize=4096)
def telling(name: str) -> bool:
    """Tell whether a name says that its value is a secret.

    Args:
        name: Of a variable, an option or a key; ``DB_PASSWORD``, ``apiToken``, ``--auth-token``.
    """
    lower = name.lower().strip("-.").replace("-", "_")
    if lower in _WHOLE:
        return True
    if lower in {"pwd", "oldpwd", "secret_key_base_dummy"}:
        return False
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or _BESIDE & {*words}:
        return False
    last = words[-1]
    if last in _SECRET:
        return last not in {"pat", "pass", "pwd"} or len(words) > 1
    if last in {"key", "keys"} and len(words) > 1:
        return words[-2] in _KEYS
    # One word of several: MYSQLPASSWORD, githubtoken.
    return len(last) > 8 and last.endswith(("password", "passwd", "passphrase", "apikey", "secret"))
