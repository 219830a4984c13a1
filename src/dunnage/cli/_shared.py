"""Options that several verbs share."""

from __future__ import annotations

from dunnage.cli._command import Group
from dunnage.cli._option import Option
from dunnage.io.folder import names

_SCHEMES = ", ".join(name for name in names("dunnage.sources") if name != "stdin")
TARGETS = f"image reference, path, or SCHEME:PATH ({_SCHEMES}); - for a tar on stdin"

TARGET = Group(
    "target",
    (
        Option("input", "read a saved image or directory (same as naming it)", "", metavar="PATH"),
        Option(
            "platform",
            "platform to choose from an image index, like linux/arm64",
            "",
            metavar="OS/ARCH",
        ),
        Option(
            "all-platforms",
            "examine every platform of an image index, each as a target of its own",
            default=False,
        ),
        Option(
            "distro",
            "treat the target as this distribution, like debian/12 or alpine/edge",
            "",
            metavar="ID/RELEASE",
        ),
        Option(
            "pkg-types",
            "package types to examine: os, library",
            ("os", "library"),
            metavar="LIST",
            choices=("os", "library"),
        ),
        Option("skip-dirs", "directories to leave out, as patterns", (), metavar="GLOBS"),
        Option("skip-files", "files to leave out, as patterns", (), metavar="GLOBS"),
        Option("exclude", "files and directories to leave out, as patterns", (), metavar="GLOBS"),
    ),
)

OUTPUT_HELP = "FORMAT to stdout or FORMAT=PATH to a file; repeatable"


def output_group(default: str, formats: tuple[str, ...], note: str = "") -> Group:
    """Return the options that choose formats and files; a note about formats stands behind them."""
    listed = ", ".join(formats)
    return Group(
        "output",
        (
            Option(
                "output",
                f"{OUTPUT_HELP}. Formats: {listed}{note} [default: {default}]",
                (),
                short=("-o",),
                metavar="FORMAT[=PATH]",
                split=False,
            ),
            Option(
                "format",
                "format of an -o that only names a file, else of stdout",
                "",
                short=("-f",),
                metavar="FORMAT",
            ),
            Option(
                "template",
                "for the format template: a Jinja template as text, or @FILE",
                "",
                metavar="TEXT|@FILE",
            ),
        ),
    )


REGISTRY = Group(
    "registries",
    (
        Option(
            "registry-mirrors",
            "read images of REGISTRY at HOST first, as in docker.io=mirror.example/hub; repeatable",
            (),
            metavar="REGISTRY=HOST",
        ),
        Option("plain-http", "registries to speak plain HTTP with", (), metavar="HOSTS"),
        Option(
            "ca-file", "PEM file of further certificate authorities to trust", "", metavar="FILE"
        ),
        Option(
            "certs-dirs",
            "directories laid out like Docker's certs.d, read before the usual ones",
            (),
            metavar="DIRS",
        ),
    ),
)
"""For verbs that read images."""

_OFFLINE = Option("offline", "open no network connection at all", default=False)
_EVERYWHERE = (
    Option("cache-dir", "where layer facts and advisories are kept", "", metavar="DIR"),
    Option("config", "configuration file instead of ./dunnage.toml", "", metavar="FILE"),
    Option("quiet", "tell nothing but the result and errors", default=False, short=("-q",)),
    Option("debug", "tell what helps to find errors", default=False, short=("-d",)),
    Option("no-progress", "show no progress bar", default=False),
    Option("no-color", "no colours, as the variable NO_COLOR asks for", default=False),
)

GENERAL = Group("general", (_OFFLINE, *_EVERYWHERE))
"""For verbs that read no target."""

WITHOUT_TARGET = Group("general", tuple(o for o in _EVERYWHERE if o.name != "cache-dir"))
"""For verbs that keep nothing and open no connection."""

READING = Group(
    "general",
    (
        _OFFLINE,
        Option(
            "timeout", "give up on a target after this time (90, 5m, 1h)", "30m", metavar="TIME"
        ),
        Option("jobs", "layers read in parallel; 0 for one per core", 0, metavar="N"),
        *_EVERYWHERE,
    ),
)
"""For verbs that read targets."""
