"""Compilers or build tools are in the image.

## What it does

Fires if compilers, linkers or build tools can be run in the final image; once for all of them.

## Why it matters

They are what an attacker needs to build tools where none can be brought in, and they bring hundreds of
packages with their vulnerabilities.

## Instead

```dockerfile
FROM golang:1.24 AS build
RUN go build -o /app .

FROM gcr.io/distroless/static
COPY --from=build /app /app
```

## Sources

- https://docs.docker.com/build/building/multi-stage/
"""

from __future__ import annotations

from dunnage.model.rule import Rule
from dunnage.model.severity import Severity
from dunnage.rules.image._programs import programs
from dunnage.rules.image._rule import ImageRule

rule = ImageRule(
    Rule("compilers or build tools are in the image", Severity.MEDIUM),
    programs("compiler", "build tools", "build in an earlier stage and copy the result"),
)
