"""What rewriting a Dockerfile in two stages needs to know, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dunnage.parsers.base_image import Base
    from dunnage.parsers.dockerfile import Dockerfile, Instruction
    from dunnage.parsers.dockerfile_stages import Stage
    from dunnage.parsers.shell import Command, Script


class Context(Protocol):
    """The build context."""

    def exists(self, path: str) -> bool:
        """Tell whether a path is there and is sent to the builder."""

    def text(self, path: str) -> str | None:
        """Return a small text file, or None."""

    def texts(self, suffixes: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
        """Give paths and texts of files by suffix; None where one could not be read."""

    @property
    def has_ignore_file(self) -> bool:
        """Return True if there is a ``.dockerignore``."""


class Run(Protocol):
    """A RUN instruction with its commands."""

    @property
    def instruction(self) -> Instruction:
        """Return the instruction."""

    @property
    def shell(self) -> str:
        """Return ``posix`` if a POSIX shell runs it."""

    @property
    def script(self) -> Script:
        """Return its commands."""


class Facts(Protocol):
    """A Dockerfile with what is known besides, as the rules about Dockerfiles see it."""

    @property
    def file(self) -> Dockerfile:
        """Return the file."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return its stages."""

    @property
    def runs(self) -> Sequence[Run]:
        """Return its RUN instructions."""

    def base(self, stage: Stage) -> Base | None:
        """Return what is known about the image a stage rests on."""


class Reason(NamedTuple):
    """Why a file is not rewritten.

    Attributes:
        code: In kebab case: ``shell-in-start``.
        message: What cannot be known, in one line.
        line: One-based line it is about, or 0.
        advice: What to do, or empty.
        path: Another file it is about, or empty.
    """

    code: str
    message: str
    line: int = 0
    advice: str = ""
    path: str = ""


class Claim(NamedTuple):
    """What holds for the rewritten file, and why.

    Attributes:
        about: ``base``, ``artefact``, ``user``, ``start``, ``files``, ``left-out``, ``build`` ...
        what: What holds.
        why: From what it follows.
        basis: ``shown`` by the file, ``checked`` in the build context, or ``assumed``.
    """

    about: str
    what: str
    why: str
    basis: str = "shown"


class Copied(NamedTuple):
    """What goes from the builder to the runtime.

    Attributes:
        source: Path in the builder.
        target: Path in the runtime; with a slash behind it a directory.
    """

    source: str
    target: str


class Plan(Struct, frozen=True, dict=True):
    """The runtime stage, and what is put into the builder.

    Attributes:
        image: Base of the runtime stage.
        copies: What it gets from the builder.
        entry: What is started, in exec form.
        arguments: CMD, or None for none.
        user: Numeric user and group.
        claims: Why it holds.
        first: Lines put behind FROM of the builder.
        last: Lines put at the end of the builder.
        lines: Lines of the runtime stage before anything is copied.
        workdir: Where it is started, if not in the last working directory of the file.
    """

    image: str
    copies: tuple[Copied, ...]
    entry: tuple[str, ...]
    user: str
    claims: tuple[Claim, ...]
    arguments: tuple[str, ...] | None = None
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    workdir: str = ""


class Start(Struct, frozen=True, dict=True):
    """What a container starts.

    Attributes:
        words: Program and arguments of ENTRYPOINT, or of CMD where there is none.
        arguments: Words of CMD beside an ENTRYPOINT, or None.
        line: One-based line.
        form: ``ENTRYPOINT`` or ``CMD``.
        script: The call of a package manager it stands for, or empty.
    """

    words: tuple[str, ...]
    arguments: tuple[str, ...] | None
    line: int
    form: str
    script: str = ""


class Placed(NamedTuple):
    """A command of a RUN, and where it works.

    Attributes:
        command: The command.
        cwd: Its working directory, or None if it is not known.
        line: One-based line of its RUN.
    """

    command: Command
    cwd: str | None
    line: int


class Build(Struct, frozen=True, dict=True):
    """The final stage of a Dockerfile, read for a recipe.

    Attributes:
        facts: The whole file.
        stage: The stage.
        base: What is known of its base.
        language: Name of the recipe: the language of the base, or that its steps build on a
            distribution.
        workdir: The last working directory; ``/`` if none is set.
        workdirs: All of them.
        commands: All commands of its RUN instructions, in order.
        start: What is started.
        context: The build context, or None.
        wrong: What is not known of it; then no recipe can be asked.
    """

    facts: Facts
    stage: Stage
    base: Base
    language: str
    workdir: str
    workdirs: tuple[str, ...]
    commands: tuple[Placed, ...]
    start: Start
    context: Context | None = None
    wrong: tuple[Reason, ...] = ()

    @property
    def on_distribution(self) -> bool:
        """Return True if the base brings no language, so that its version is no language's."""
        return self.base.language != self.language


class Recipe(Struct, frozen=True):
    """How applications of a language are taken apart.

    Attributes:
        title: The language, for people.
        tools: Commands that build, and leave nothing a runtime needs but what is copied.
        plan: Returns the runtime stage, or why it cannot be known.
        whole: True if the application's directory is what runs (interpreted languages).
        native: Returns whether what is built may need libraries of the builder.
    """

    title: str
    tools: frozenset[str]
    plan: Callable[[Build], Plan | Reason]
    whole: bool
    native: Callable[[Build], bool] = field(default=lambda _: True)


class Hardened(Struct, frozen=True, dict=True):
    """What came of it.

    Attributes:
        outcome: ``offered``, ``refused`` or ``done`` (there is nothing left to do).
        recipe: Name of the recipe, or empty.
        data: The new Dockerfile; the old one if none is offered.
        claims: What holds for it.
        reasons: Why it is refused.
        ignore: Content of a ``.dockerignore`` to be made, or empty.
    """

    outcome: str
    data: bytes
    recipe: str = ""
    claims: tuple[Claim, ...] = ()
    reasons: tuple[Reason, ...] = ()
    ignore: bytes = b""
