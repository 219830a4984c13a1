"""Dockerfiles and options that tests of ``lint`` share."""

from __future__ import annotations

ONLY = "--rules=apt-get-without-yes"
BAD = "FROM debian:12\nRUN apt-get update && apt-get install curl\n"
GOOD = "FROM debian:12\nRUN apt-get install -y curl\n"
