"""What the workflows call is there: targets of make, commands of the course, files."""

import re

import pytest
import yaml
from conftest import ROOT
from typer.testing import CliRunner

from course.__main__ import app

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def commands(path) -> str:
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()
    return "\n".join(step.get("run", "") for job in jobs for step in job["steps"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_targets_and_commands_exist(path):
    made = "".join((ROOT / name).read_text() for name in ("Makefile", "course/author.mk"))
    for target in re.findall(r"^make (\w+)", commands(path), re.M):
        assert re.search(rf"^{target}:", made, re.M), target
    for command, options in re.findall(r"-m course (\w+)(.*)", commands(path)):
        said = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
        for option in re.findall(r"--\w+", options):
            assert option in said, f"{command} {option}"
    for file in re.findall(r"\btests/[\w/]+\.py\b", commands(path)):
        assert (ROOT / file).exists(), file


def test_the_site_is_published_from_the_runs_of_a_release_and_only_when_complete():
    text = (ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8")
    assert "course site --complete" in text
    guide = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    assert "runs.zip" in text
    assert "zip ../runs.zip" in guide
