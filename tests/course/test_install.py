"""Setting up says in one line what is missing, and a second call does nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "course"))

import install  # noqa: E402

# pip and uv find no index here, and nothing in a cache.
OFFLINE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that setting up reads, in a folder without .venv."""
    (tmp_path / "course").mkdir()
    shutil.copy(ROOT / "course" / "install.py", tmp_path / "course")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def set_up(project: Path, before: str = "") -> subprocess.CompletedProcess:
    """Runs the project's install.py after some Python statements."""
    script = project / "course" / "install.py"
    code = f"import runpy, sys\n{before}\nrunpy.run_path({str(script)!r}, run_name='__main__')"
    environment = {**os.environ, **OFFLINE}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


def test_a_python_that_is_too_old_is_named(project):
    done = set_up(project, "sys.version_info = (3, 9, 18)")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_venv_module_names_the_package(project):
    done = set_up(project, "sys.modules['ensurepip'] = None")
    assert done.returncode == 1
    assert "has no venv module" in done.stderr
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_network_is_one_line_and_is_tried_again(project):
    done = set_up(project)
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert done.stderr.count("\n") == 1
    place = (project / ".venv" / "installed").read_text()
    assert " " not in place, "the packages count as installed"
    kept = project / ".venv" / "bin" / "something"
    kept.touch()
    assert "no network" in set_up(project).stderr
    assert kept.exists(), "what is there is thrown away for want of a network"


def test_an_environment_that_is_a_link_is_left_as_it_is(project, tmp_path_factory):
    shared = tmp_path_factory.mktemp("shared")
    (shared / "kept").write_text("")
    (project / ".venv").symlink_to(shared)
    done = set_up(project)
    assert done.returncode == 1
    assert "is a link" in done.stdout + done.stderr
    assert (shared / "kept").exists()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        (
            "error: Failed to extract\n  Caused by: No space left on device (os error 28)",
            "disk is full",
        ),
        (
            "error: Request failed after 3 retries\n  Caused by: error sending request for url",
            "no network",
        ),
        ("WARNING: Retrying after connection broken by 'NewConnectionError'", "no network"),
        ("error: something else", "install.log"),
    ],
)
def test_the_cause_of_a_failure_is_named(output, words):
    assert words in install.cause(output)


def test_a_second_call_does_nothing_and_a_changed_pyproject_installs(project):
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    code = "import install as i; open(i.STAMP, 'w').write(i.foundation() + ' ' + i.packages())"
    subprocess.run([sys.executable, "-c", code], cwd=project / "course", check=True)
    done = set_up(project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    settings = project / "pyproject.toml"
    with settings.open("a") as file:
        file.write("\n# changed\n")
    assert set_up(project).stdout == ""
    settings.write_text(settings.read_text().replace('"torch>=2.9"', '"torch>=2.10"'))
    assert "Installing into .venv" in set_up(project, "sys.modules['ensurepip'] = object()").stdout


@pytest.mark.parametrize("python", [sys.executable, "/gone/python3"])
def test_a_folder_that_was_moved_gets_its_environment_anew(project, python):
    """The programs of .venv name its Python by the path it had, and pip leaves installed packages alone."""
    made = project / ".venv" / "bin"
    made.mkdir(parents=True)
    (made / "python").symlink_to(python)
    (made / "jupyter").write_text("#!/where/it/was/before/.venv/bin/python")
    (project / ".venv" / "installed").write_text("another-place some-packages")
    assert "no network" in set_up(project).stderr
    assert not (made / "jupyter").exists()
    assert (made / "python").exists()
