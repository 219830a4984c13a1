"""The physical limit of reading layers: inflate them and hash both sides, nothing else."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from isal import isal_zlib

CHUNK = 256 * 1024
OUTPUT = 1 << 20


def main(paths: list[str]) -> None:
    """Inflate every gzip file and hash its stored and its uncompressed bytes."""
    for path in paths:
        stored, plain = hashlib.sha256(), hashlib.sha256()
        inflater = isal_zlib.decompressobj(31)
        with Path(path).open("rb") as stream:
            while chunk := stream.read(CHUNK):
                stored.update(chunk)
                while chunk:
                    plain.update(inflater.decompress(chunk, OUTPUT))
                    chunk = inflater.unconsumed_tail
        print(stored.hexdigest(), plain.hexdigest())


if __name__ == "__main__":
    main(sys.argv[1:])
