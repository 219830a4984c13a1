"""The entry point of the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    import gc

    from dunnage.cli._main import run

    # A scan makes many long-lived values and hardly any cycles: look for those less often.
    gc.set_threshold(100_000, 20, 20)
    code = run(sys.argv[1:])
    gc.freeze()  # leaving is quicker when nobody looks for cycles any more
    sys.exit(code)


if __name__ == "__main__":
    main()
