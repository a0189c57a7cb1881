"""pyproject.toml, constraints.txt and environment.yml describe one environment."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def constraints() -> dict[str, str]:
    lines = [
        line
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if not line.startswith("#")
    ]
    return {
        canonicalize_name(name): version for name, version in (line.split("==") for line in lines)
    }


def requirements() -> list[Requirement]:
    return [
        Requirement(text) for group in (PROJECT["dependencies"], *EXTRAS.values()) for text in group
    ]


def test_constraints_are_names_and_exact_versions_only():
    for line in (ROOT / "constraints.txt").read_text().splitlines()[1:]:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.!+_-]*", line)


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_dependency_has_an_exact_version_within_its_bound(requirement):
    version = constraints()[canonicalize_name(requirement.name)]
    assert requirement.specifier
    assert requirement.specifier.contains(version)


def test_every_dependency_is_justified_beside_its_name():
    for line in (ROOT / "pyproject.toml").read_text().splitlines():
        if re.match(r'  "[a-z-]+>=', line):
            assert re.search(r",\s+# \S", line), line


def test_conda_describes_the_same_environment():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (pip,) = [entry["pip"] for entry in conda if isinstance(entry, dict)]
    assert pip[0] == "-c constraints.txt"
    assert set(re.fullmatch(r"-e \.\[(.+)\]", pip[1])[1].split(",")) == set(EXTRAS)
    (python,) = [entry for entry in conda if str(entry).startswith("python")]
    # Binder's repo2docker takes its own, older Python for all but this form.
    version = re.fullmatch(r"python=(\d+\.\d+)", python)[1]
    assert SpecifierSet(PROJECT["requires-python"]).contains(version)
