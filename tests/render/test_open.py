"""What most formats say of problems."""

from __future__ import annotations

import pytest

from dunnage.model.problem import Problem
from dunnage.model.report import Report, Subject
from dunnage.render._open import beside, incidents


@pytest.mark.parametrize(
    ("name", "where", "told"),
    [
        ("app.tar", "app.tar", ""),
        ("docker-archive:app.tar", "app.tar", ""),
        ("app", "app, index.json", "index.json"),
        ("oci-dir:app", "app, blobs/sha256/1", "blobs/sha256/1"),
        ("app", "app.tar", "app.tar"),
        ("app", "application, x", "application, x"),
        ("alpine", "https://registry-1.docker.io/v2/", "https://registry-1.docker.io/v2/"),
        ("", "app.tar", "app.tar"),
        ("app:", ", x", ", x"),
        ("app", "", ""),
    ],
)
def test_where_a_problem_is_beside_the_name_of_its_target(name: str, where: str, told: str) -> None:
    """What only repeats the name is left out, and nothing else."""
    assert beside(name, where) == told


def test_alone_a_problem_says_where_it_is() -> None:
    """Of one target the name is not told, so the place is whole; of several it is told once."""
    problem = Problem("x", "it is cut", "app.tar, byte 7", "save it again")
    subject = Subject("app.tar", "docker-archive", problems=(problem,))
    assert incidents(Report((subject,), "", "")) == [
        (problem, "it is cut (app.tar, byte 7); save it again")
    ]
    assert incidents(Report((subject, Subject("b", "dir")), "", "")) == [
        (problem, "app.tar: it is cut (byte 7); save it again")
    ]
