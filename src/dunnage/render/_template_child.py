"""Fills in a template in a process of its own; started by ``template`` and by nothing else.

Standard input is a JSON object with ``template``, ``escape`` and ``report``; standard output is
the result after a first line ``ok``, or ``error`` and what is wrong, in one line.
"""

from __future__ import annotations

import json
import sys


def main() -> int:
    """Read the job, write the result, and return the exit code."""
    job = json.loads(sys.stdin.buffer.read())
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=bool(job["escape"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"sort_keys": False, "ensure_ascii": False}
    write = sys.stdout.buffer.write
    try:
        template = environment.from_string(str(job["template"]))
        text = template.render(report=job["report"])
        write(b"ok\n" + text.encode("utf-8", "backslashreplace"))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}: " if line else ""
        write(f"error\n{where}{error.message or type(error).__name__}".encode())
    except MemoryError:
        return 9
    except Exception as error:  # noqa: BLE001 - whatever an expression of a stranger raises
        write(f"error\n{type(error).__name__}: {error}"[:2000].encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
