"""Findings about the configuration of an image point at the instruction that set it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from dunnage.cli._main import run
from dunnage.io.folder import names
from images import layer_tar, write_docker_archive
from schemas import report_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Pointed = Callable[..., dict[str, int]]

SECRET = "x9Kq2LmT7vR4pW8z"
OTHER = "b3Nf6YhJ1cXe5QaU"
STEPS = ("COPY app /app", "RUN make")
FORMS = [name for name in names("dunnage.render") if name != "template"]


def made(*lines: str) -> list[dict[str, Any]]:
    """Return the history of BuildKit for some instructions; COPY and RUN make a layer."""
    return [
        {"created_by": f"{line} # buildkit", "empty_layer": not re.match(r"COPY|RUN", line)}
        for line in lines
    ]


def write(
    folder: Path,
    dockerfile: str,
    config: Mapping[str, object],
    history: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write a Dockerfile, and a saved image of a base with the two steps, or of another history."""
    history = history or made("COPY base /", *STEPS)
    count = sum(not line["empty_layer"] for line in history)
    layers = [layer_tar({f"app/{number}": b"1"}) for number in range(count)]
    write_docker_archive(folder / "app.tar", layers, config=config, history=history)
    (folder / "Dockerfile").write_text(dockerfile)


@pytest.fixture
def pointed(
    tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Pointed:
    """Scan an image with its Dockerfile; return the line of each finding about its configuration."""
    monkeypatch.chdir(tmp_path)

    def call(*image: Any) -> dict[str, int]:  # noqa: ANN401 - as ``write`` takes it
        write(tmp_path, *image)
        fixed = ("--offline", "--cache-dir=cache", "--scanners=image", "--dockerfile=Dockerfile")
        code = run(["scan", "docker-archive:app.tar", *fixed, "-o=json=r.json", "-o=sarif"], {})
        out = capsysbinary.readouterr().out
        assert code == 0
        assert SECRET.encode() not in out
        assert report_errors(json.loads((tmp_path / "r.json").read_bytes())) == []
        found = {}
        for result in json.loads(out)["runs"][0]["results"]:
            place = result["locations"][0]["physicalLocation"]
            assert place["artifactLocation"]["uri"] == "Dockerfile"
            related = result.get("relatedLocations", [])
            inside = [one["physicalLocation"]["artifactLocation"]["uri"] for one in related]
            name = inside[0].removeprefix("config.json/") if inside else result["ruleId"]
            found[name] = place["region"]["startLine"]
        return found

    return call


def test_variables_and_labels_point_at_what_set_them(pointed: Pointed) -> None:
    """Several names of one instruction have its line, whatever its values are made of."""
    dockerfile = """FROM alpine:3.20
COPY app /app
ARG TOKEN
ENV MODE=fast DB_PASSWORD=$TOKEN \\
    API_SECRET="{a b}"
RUN make
LABEL org.example.api-token={secret}
ENTRYPOINT ["/app", "--password={secret}"]
CMD ["--token", "{secret}"]
"""
    config = {
        "Env": ["MODE=fast", f"DB_PASSWORD={SECRET}", f"API_SECRET={OTHER}"],
        "Labels": {"org.example.api-token": SECRET},
        "Entrypoint": ["/app", f"--password={SECRET}"],
        "Cmd": ["--token", SECRET],
    }
    found = pointed(dockerfile.replace("{secret}", SECRET), config)
    assert {
        "Env/DB_PASSWORD": 4,
        "Env/API_SECRET": 4,
        "Labels/org.example.api-token": 7,
        "Entrypoint": 8,
        "Cmd": 9,
    }.items() <= found.items()


@pytest.mark.parametrize(
    ("dockerfile", "line"),
    [
        # The stage that is shipped, and not the one that only builds.
        ("FROM a AS b\nENV DB_PASSWORD=x\nFROM c\n{steps}ENV DB_PASSWORD=y\n", 6),
        # A stage it rests on.
        ("FROM a AS b\nENV DB_PASSWORD=x\nFROM b AS c\nRUN true\nFROM c\n{steps}", 2),
        # Both: the image has what the last one sets.
        ("FROM a AS b\nENV DB_PASSWORD=x\nFROM b\n{steps}ENV DB_PASSWORD=y\n", 6),
        ("FROM c\n{steps}ENV DB_PASSWORD=x\nENV DB_PASSWORD=y\n", 5),
        # Nobody: the base image has it.
        ("FROM c\n{steps}", 1),
        ("FROM c\nARG DB_PASSWORD=x\n{steps}LABEL DB_PASSWORD=x\n", 1),
        ("FROM c\nARG N=DB_PASSWORD\n{steps}ENV $N=x\n", 5),
        ("FROM c\nARG N\n{steps}ENV DB_PASSWORD=x\nENV $N=y\n", 1),
    ],
)
def test_the_last_instruction_of_several(dockerfile: str, line: int, pointed: Pointed) -> None:
    """Of several stages, several instructions, and none; what is left stays where it was."""
    steps = "".join(f"{step}\n" for step in STEPS)
    text = dockerfile.replace("{steps}", steps)
    assert pointed(text, {"Env": [f"DB_PASSWORD={SECRET}"]})["Env/DB_PASSWORD"] == line


@pytest.mark.parametrize(
    ("steps", "user", "line"),
    [
        ("USER root\n", "root", 4),
        ("ARG WHO=0\nUSER $WHO:0\n", "0:0", 5),
        ("USER app\nUSER root\n", "root", 5),
        # Nobody has set the user of the image, so it is not this instruction.
        ("USER app\n", "", 1),
    ],
)
def test_the_user(steps: str, user: str, line: int, pointed: Pointed) -> None:
    """The finding is about USER, where the image has one."""
    text = "FROM alpine:3.20\nCOPY app /app\nRUN make\n" + steps
    assert pointed(text, {"User": user})["image/root-user"] == line


@pytest.mark.parametrize(
    ("steps", "settings", "line"),
    [
        ("HEALTHCHECK CMD true\nHEALTHCHECK NONE\n", {"Healthcheck": {"Test": ["NONE"]}}, 5),
        ("HEALTHCHECK CMD true\n", {"Healthcheck": {"Test": ["NONE"]}}, 1),
        ("", {}, 1),
    ],
)
def test_the_health_check(
    steps: str, settings: dict[str, object], line: int, pointed: Pointed
) -> None:
    """The finding is about what took it away."""
    text = "FROM alpine:3.20\nCOPY app /app\nRUN make\n" + steps
    assert pointed(text, settings)["image/missing-healthcheck"] == line


def test_build_arguments_point_at_arg(pointed: Pointed) -> None:
    """The instruction that declares one, and not the RUN that was given it."""
    text = "FROM a\nCOPY app /app\nARG NPM_TOKEN\nARG PLAIN\nRUN make\n"
    history = made("COPY app /app", f"RUN |1 NPM_TOKEN={SECRET} /bin/sh -c make")
    assert pointed(text, {}, history)["history/NPM_TOKEN"] == 3
    again = "FROM a\nCOPY app /app\nARG NPM_TOKEN\nARG NPM_TOKEN=x\nRUN make\n"
    assert pointed(again, {}, history)["history/NPM_TOKEN"] == 5


def test_what_the_base_image_has_set_before_is_not_of_the_file(pointed: Pointed) -> None:
    """A secret of its history stays at FROM, though the file sets the same name to another."""
    text = "FROM a\nCOPY app /app\nENV DB_PASSWORD=$X\nRUN make\n"
    history = made(
        f"ENV DB_PASSWORD={OTHER}",
        "COPY base /",
        "COPY app /app",
        f"ENV DB_PASSWORD={SECRET}",
        "RUN make",
    )
    found = pointed(text, {"Env": [f"DB_PASSWORD={SECRET}"]}, history)
    assert (found["Env/DB_PASSWORD"], found["history/DB_PASSWORD"]) == (3, 1)


def test_a_file_in_the_image_is_not_its_configuration(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that lies at the path of a place there is of its layer."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "FROM a\nCOPY app /\nENV A_KEY=1\n", {"Env": ["A_KEY=1"]})
    key = b"-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0IHRoYXQgbm9ib2R5IG1heSBzZWU\n"
    layer = layer_tar({"config.json/Env/A_KEY": key})
    write_docker_archive(
        tmp_path / "app.tar", [layer], config={"Env": ["A_KEY=1"]}, history=made("COPY app /")
    )
    fixed = ("--offline", "--cache-dir=cache", "--scanners=image", "--dockerfile=Dockerfile")
    run(["scan", "docker-archive:app.tar", *fixed, "-o=rdjson"], {})
    found = json.loads(capsysbinary.readouterr().out)["diagnostics"]
    lines = {one["code"]["value"]: one["location"]["range"]["start"]["line"] for one in found}
    assert lines["image/credential-file"] == 2


def test_annotations_are_apart_where_lines_are(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told together elsewhere has one annotation for each line, with what is there only."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "FROM a\nCOPY app /app\nRUN make\nUSER 0\n", {"User": "0"})
    fixed = ("--offline", "--cache-dir=cache", "--scanners=image", "--dockerfile=Dockerfile")
    run(["scan", "docker-archive:app.tar", *fixed, "-o=github-annotations"], {})
    user, others, _ = capsysbinary.readouterr().out.decode().splitlines()
    assert user.startswith(
        "::warning file=Dockerfile,line=4,title=Misconfiguration%3A 1 finding%2C"
    )
    assert "image/root-user" in user
    assert others.startswith("::notice file=Dockerfile,line=1,title=Misconfiguration%3A 2 findings")
    assert "image/missing-healthcheck" in others
    assert "image/missing-label" in others


@pytest.mark.parametrize("form", FORMS)
def test_no_format_shows_the_value(
    form: str,
    tmp_path: Path,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line is told and not what stands on it; a stored report says the same as the scan."""
    monkeypatch.chdir(tmp_path)
    text = f"FROM a\nCOPY app /app\nRUN make\nENV A=1 DB_PASSWORD={SECRET}\nUSER 0\n"
    write(tmp_path, text, {"Env": ["A=1", f"DB_PASSWORD={SECRET}"], "User": "0"})
    fixed = ["--offline", "--cache-dir=cache", "--scanners=image", "docker-archive:app.tar"]
    file = "--dockerfile=Dockerfile"
    run(["scan", *fixed, file, "-q", "-o=json=with.json", f"-o={form}=out"], {})
    run(["scan", *fixed, "-q", "-o=json=without.json"], {})
    for name in ("out", "with.json", "without.json"):
        assert SECRET not in (tmp_path / name).read_text()
    lines = json.loads((tmp_path / "with.json").read_bytes())["subjects"][0]["image"][
        "config_lines"
    ]
    assert lines == {
        "config.json/Env/A": 4,
        "config.json/Env/DB_PASSWORD": 4,
        "config.json/User": 5,
    }
    plain = json.loads((tmp_path / "without.json").read_bytes())["subjects"][0]["image"]
    assert plain["config_lines"] == {}
    capsysbinary.readouterr()
    run(["convert", "with.json", f"-o={form}"], {})
    assert capsysbinary.readouterr().out == (tmp_path / "out").read_bytes()
    run(["convert", "without.json", file, "-o=gitlab-codequality"], {})
    found = {
        issue["check_name"]: issue["location"]["lines"]["begin"]
        for issue in json.loads(capsysbinary.readouterr().out)
    }
    assert (found["image/secret-in-config"], found["image/root-user"]) == (4, 5)
