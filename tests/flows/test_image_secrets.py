"""No secret of a configuration or its history leaves by any way out, whatever was asked for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from dunnage.cli._main import run
from dunnage.io.decompress import zstd_decompress
from dunnage.io.folder import names
from images import write_oci_dir
from surfaces import Item, tar_of

if TYPE_CHECKING:
    from pathlib import Path

_RANDOM = "x9Kq2LmT7vR4"
SECRETS = {
    name: f"{_RANDOM}{name}9" for name in ("env", "arg", "label", "cmd", "run", "url", "old")
}
TOKEN = "gh" + "p_" + "ujOeHwdFcAefAZhnM6Jy8c1rihtYlKNxHddm"
FORMS = [name for name in names("dunnage.render") if name != "template"]
DOCKERFILE = f"""FROM scratch
COPY app /
ARG NPM_TOKEN
ENV DB_PASSWORD={SECRETS["env"]}
RUN chmod 777 /srv
RUN curl -H 'Authorization: Bearer {SECRETS["run"]}' https://h && echo {SECRETS["env"]}
ADD https://u:{SECRETS["url"]}@h/x /x
"""


@pytest.fixture
def image(tmp_path: Path) -> str:
    """An image with secrets wherever its configuration can hold one."""
    layers = [
        tar_of(
            Item("etc/os-release", b'ID=alpine\nVERSION_ID=3.19.4\nNAME="Alpine Linux"\n'),
            Item("lib/apk/db/installed", b"P:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\n\n"),
        ),
        tar_of(Item("srv", None, 0o777), Item("etc/shadow", b"root::1::::::\n", 0o640)),
        tar_of(Item("big", bytes(2_000_000)), Item("lib/apk/db/x", b"x")),
        tar_of(Item(".wh.big")),
    ]
    handed = f"RUN |1 NPM_TOKEN={SECRETS['arg']} /bin/sh -c"
    curl = f"curl -H 'Authorization: Bearer {SECRETS['run']}' https://h && echo {SECRETS['env']}"
    history: list[dict[str, object]] = [
        {"created_by": "COPY app / # buildkit"},
        {"created_by": f"ARG NPM_TOKEN={SECRETS['arg']}", "empty_layer": True},
        {"created_by": f"ENV OLD_PASSWORD={SECRETS['old']}", "empty_layer": True},
        {"created_by": f"ENV DB_PASSWORD={SECRETS['env']}", "empty_layer": True},
        {"created_by": f"{handed} chmod 777 /srv # buildkit"},
        {"created_by": f"{handed} {curl} # buildkit"},
        {"created_by": f"ADD https://u:{SECRETS['url']}@h/x /x # buildkit"},
        {"created_by": f'CMD ["serve" "--token" "{SECRETS["cmd"]}"]', "empty_layer": True},
    ]
    config = {
        "User": TOKEN,
        "Env": ["PATH=/bin", f"DB_PASSWORD={SECRETS['env']}", TOKEN],
        "Labels": {"api-token": SECRETS["label"], "org.opencontainers.image.title": TOKEN},
        "Entrypoint": ["sh", "-c", f"x --password={SECRETS['cmd']}"],
        "Cmd": ["serve", "--token", SECRETS["cmd"]],
    }
    write_oci_dir(tmp_path / "image", layers, history=history, config=config)
    return f"oci-dir:{tmp_path}/image"


def _silent(*outputs: bytes) -> None:
    for output in outputs:
        for secret in (_RANDOM, TOKEN):
            assert secret.encode() not in output
            # Nor what is left of one that was cut.
            assert secret[:11].encode() not in output


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("verb", ["scan", "sbom", "compare"])
def test_no_format_shows_a_secret(
    form: str, verb: str, image: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Neither what is found nor what is said of layers, labels and packages holds one."""
    fixed = ["-o", form, f"--cache-dir={tmp_path}/cache", "--offline"]
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    words = {
        "scan": ["scan", image, "--scanners=image", "-d", f"--dockerfile={tmp_path}/Dockerfile"],
        "sbom": ["sbom", image, "-d"],
        "compare": ["compare", image, image, "--explain", "-d"],
    }
    code = run([*words[verb], *fixed], {})
    out, err = capsysbinary.readouterr()
    assert bool(out) == (code != 2), err
    assert verb != "scan" or out
    _silent(out, err)
    if verb == "scan" and not form.startswith(("spdx", "syft", "github-snapshot")):
        assert b"secret-in-" in out.lower()
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            _silent(body)
            if path.parent.name == "layers":
                _silent(zstd_decompress(body[body.index(b"\n") + 33 :], 1 << 28))


def test_findings(image: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each with its place; quoted history lines have stars; the gate counts them."""
    fixed = [f"--cache-dir={tmp_path}/cache", "--offline", "--scanners=image"]
    assert run(["scan", image, *fixed, "--fail-on=high", f"-o=json={tmp_path}/r.json"], {}) == 1
    capsysbinary.readouterr()
    (subject,) = json.loads((tmp_path / "r.json").read_bytes())["subjects"]
    secret = [f for f in subject["findings"] if "/secret-in-" in f["id"]]
    assert {f["locations"][0]["path"] for f in secret} == {
        "config.json/Env/DB_PASSWORD",
        "config.json/Env",
        "config.json/Labels/api-token",
        "config.json/Labels/org.opencontainers.image.title",
        "config.json/Entrypoint",
        "config.json/Cmd",
        "config.json/User",
        "config.json/history/NPM_TOKEN",
        "config.json/history/OLD_PASSWORD",
        "config.json/history/RUN",
        "config.json/history/ADD",
    }
    assert len({f["fingerprint"] for f in subject["findings"]}) == len(subject["findings"])
    token = next(f for f in secret if f["locations"][0]["path"].endswith("NPM_TOKEN"))
    assert token["locations"][0]["layer"] == 1
    quoted = "(RUN |1 NPM_TOKEN=*** /bin/sh -c chmod 777 /srv)"
    assert token["message"] == (
        "ARG NPM_TOKEN holds a secret, which stays in the history (lines 2, 5, 6); replace it, and"
        f" use --mount=type=secret {quoted}"
    )
    open_ = next(f for f in subject["findings"] if f["id"] == "image/world-writable-directory")
    assert open_["message"].endswith(quoted)
    assert len(subject["surface"]["secrets"]) == len(secret)
    assert run(["convert", f"{tmp_path}/r.json", "-o", "json"], {}) == 1
    assert capsysbinary.readouterr().out == (tmp_path / "r.json").read_bytes()


def test_the_dockerfile_still_fits(
    image: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Layers point at their instructions, though the history has stars and the file has not."""
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    fixed = [f"--cache-dir={tmp_path}/cache", "--offline", "--scanners=image", "-o=json"]
    run(["scan", image, *fixed, f"--dockerfile={tmp_path}/Dockerfile"], {})
    (subject,) = json.loads(capsysbinary.readouterr().out)["subjects"]
    assert [layer["line"] for layer in subject["image"]["layers"]] == [2, 5, 6, 7]


def test_a_report_of_others_is_cleaned(
    image: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """History lines and labels of a stored report or SBOM are not believed to be clean."""
    fixed = [f"--cache-dir={tmp_path}/cache", "--offline"]
    run(["scan", image, *fixed, "--scanners=image", "-o=json"], {})
    stored = capsysbinary.readouterr().out
    dirty = stored.replace(b"NPM_TOKEN=***", f"NPM_TOKEN={SECRETS['arg']}".encode())
    dirty = re.sub(rb'"message": "[^"]*"', b'"message": "x"', dirty)
    (tmp_path / "r.json").write_bytes(dirty)
    assert _RANDOM.encode() in dirty
    run(["convert", f"{tmp_path}/r.json", "-o", "html"], {})
    _silent(capsysbinary.readouterr().out)
    run(["sbom", image, *fixed, "-o=cyclonedx-json"], {})
    bom = capsysbinary.readouterr().out
    dirty = bom.replace(b"NPM_TOKEN=***", f"NPM_TOKEN={SECRETS['arg']}".encode())
    assert _RANDOM.encode() in dirty
    (tmp_path / "bom.json").write_bytes(dirty)
    run(["sbom", f"sbom:{tmp_path}/bom.json", *fixed, "-o=cyclonedx-json"], {})
    out = capsysbinary.readouterr().out
    assert b"NPM_TOKEN=***" in out
    _silent(out)
