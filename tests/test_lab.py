"""Setting up says in one line what is missing, and a second call does nothing."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import lab as program  # noqa: E402

WINDOWS = sys.platform == "win32"
NO_PYTHON = "sys._base_executable = '/gone/python3'"  # ends a start where it would make .venv
# pip and uv find no index here, and nothing in a cache.
OFFLINE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_CONFIG_FILE": os.devnull,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that setting up reads, in a folder without .venv and with a space in its path."""
    return a_project(tmp_path / "a folder")


def a_project(folder: Path) -> Path:
    (folder / "labs" / "01_backprop").mkdir(parents=True)
    for name in ("lab.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def start(project: Path, before: str = "", **variables: str) -> subprocess.CompletedProcess:
    """Sets up by the project's lab.py, after some Python statements."""
    script = str(project / "lab.py")
    arguments = f"sys.argv = [{script!r}, '--environment']"
    code = (
        f"import runpy, sys\n{before}\n{arguments}\nrunpy.run_path({script!r}, run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **OFFLINE, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def in_project(project: Path, code: str) -> subprocess.CompletedProcess:
    """Runs Python that calls the project's lab.py as a module, `i`."""
    command = [sys.executable, "-c", f"import lab as i\n{code}"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def package(project: Path, name: str, version: str) -> Path:
    """What the metadata of an installed package looks like from far."""
    metadata = project / Path(program.PACKAGES).relative_to(ROOT) / f"{name}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "INSTALLER").write_text("uv")
    return metadata


def whole(project: Path, torch: str = "default") -> Path:
    """A .venv of two packages that was installed whole, up to what lab.py looks at; gives its Python."""
    python = project / Path(program.VENV_PYTHON).relative_to(ROOT)
    python.parent.mkdir(parents=True)
    python.touch()
    package(project, "matplotlib", "3.11.2")
    package(project, "torch", "2.15.0")
    package(project, "pip", "26.0")
    state = f"dict(i.foundation({torch!r}), lists=i.lists(), versions=i.versions())"
    assert in_project(project, f"i.record({state})").stderr == ""
    return python


def test_a_python_that_is_too_old_is_named(project):
    done = start(project, "sys.version_info = (3, 9, 18)")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_old_python_can_read_it():
    ast.parse((ROOT / "lab.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_a_missing_venv_module_names_the_package(project):
    done = start(project, "sys.modules['ensurepip'] = None")
    assert done.returncode == 1
    assert "has no venv module" in done.stderr
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """A moved project, of whose new .venv only the packages are missing, and what the start said that made it."""
    project = moved(tmp_path_factory.mktemp("first") / "a folder", "/gone/python3")
    return project, start(project)


def test_no_network_is_one_line_and_is_tried_again(first):
    project, done = first
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert done.stderr.count("\n") == 1
    state = json.loads((project / ".venv" / "installed").read_text())
    assert state["folder"] == str(project)
    assert "lists" not in state, "the packages count as installed"
    kept = project / ".venv" / "something"
    kept.touch()
    torn, other = package(project, "numpy", "2.4.6"), package(project, "torch", "2.15.0")
    (torn / "INSTALLER").unlink()
    again = start(project)
    assert "interrupted" in again.stdout
    assert "no network" in again.stderr
    assert kept.exists(), "what is there is thrown away for want of a network"
    assert other.exists()
    assert not torn.exists(), "half a package counts as installed"


@pytest.mark.skipif(WINDOWS, reason="links need rights there")
def test_an_environment_that_is_a_link_is_left_as_it_is(project, tmp_path_factory):
    shared = tmp_path_factory.mktemp("shared")
    (shared / "kept").write_text("")
    (project / ".venv").symlink_to(shared)
    done = start(project)
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
        (
            "PermissionError: [Errno 13] Permission denied: '/books/.venv/bin/pip'",
            "cannot be written",
        ),
        ("error: failed to remove: Access is denied. (os error 5)", "cannot be written"),
        ("OSError: [Errno 30] Read-only file system: '/books/.venv'", "cannot be written"),
        ("error: The filename or extension is too long. (os error 206)", "too long"),
        ("error: something else", "install.log"),
    ],
)
def test_the_cause_of_a_failure_is_named(output, words):
    assert words in program.cause(output)


def test_a_second_call_does_nothing_and_a_changed_pyproject_installs(project):
    whole(project)
    done = start(project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    settings = project / "pyproject.toml"
    with settings.open("a") as file:
        file.write("\n# changed\n")
    assert start(project).stdout == ""
    settings.write_text(settings.read_text().replace('"torch>=2.9"', '"torch>=2.10"'))
    assert "Installing into .venv" in start(project).stdout


def test_versions_that_were_changed_are_told_and_mended_and_added_packages_are_the_users(project):
    whole(project)
    package(project, "plotly", "6.0.0")
    assert start(project).stdout == ""
    packages = package(project, "matplotlib", "3.7.1").parent
    shutil.rmtree(packages / "matplotlib-3.11.2.dist-info")
    shutil.rmtree(packages / "torch-2.15.0.dist-info")
    done = start(project)
    words = "Mending .venv: matplotlib is 3.7.1 and was 3.11.2, torch is missing\n"
    assert words in done.stdout
    assert done.returncode == 1, "an empty Python cannot install"
    assert words in start(project).stdout, "a mending that failed counts as done"


def test_pytorch_without_cuda_is_remembered_and_another_choice_makes_the_environment_anew(project):
    whole(project, "cpu")
    assert start(project).stdout == ""
    assert start(project, LABS_TORCH="cpu").stdout == ""
    done = start(project, LABS_TORCH="gpu")
    assert done.stderr == "lab.py: LABS_TORCH is gpu, and can be default, cpu or auto.\n"
    assert "Installing into .venv" in start(project, NO_PYTHON, LABS_TORCH="default").stdout


def test_variables_and_a_configuration_that_lead_an_installer_astray_are_overruled(first, tmp_path):
    project, _ = first
    elsewhere = str(tmp_path / "elsewhere")
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[install]\nuser = true\n")
    variables = {"PIP_TARGET": elsewhere, "PIP_USER": "1", "PYTHONPATH": elsewhere}
    done = start(project, PIP_CONFIG_FILE=str(configuration), **variables)
    assert "left out here: PIP_TARGET, PIP_USER, PYTHONPATH\n" in done.stdout
    # With any of the three that concern it, pip refuses before it looks for a network.
    assert "no network" in done.stderr


READ_ONLY = [] if WINDOWS or os.getuid() else ["bwrap", "--ro-bind", "/", "/"]  # root may write


@pytest.mark.skipif(WINDOWS, reason="a folder is protected in another way there")
@pytest.mark.skipif(bool(READ_ONLY and not shutil.which("bwrap")), reason="root needs bubblewrap")
def test_a_folder_that_cannot_be_written_is_named(project):
    project.chmod(0o555)
    command = [*READ_ONLY, sys.executable, "lab.py", "--environment"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    project.chmod(0o755)
    assert done.stderr.startswith(f"lab.py: making .venv: {project} cannot be written")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a file that is always full")
def test_a_disk_that_is_full_is_named(project):
    (project / ".venv").mkdir()
    (project / ".venv" / "installed.part").symlink_to("/dev/full")
    done = in_project(project, "i.record({})")
    assert done.stderr.startswith("lab.py: recording what is installed: the disk is full")
    assert done.stderr.count("\n") == 1


def test_a_file_in_the_place_of_the_environment_is_named(project):
    (project / ".venv").write_text("")
    done = start(project)
    assert f"lab.py: {project / '.venv'} is a file" in done.stderr


def test_an_interruption_is_one_line(project):
    before = (
        "import subprocess\ndef stop(*a, **k): raise KeyboardInterrupt\nsubprocess.Popen = stop"
    )
    done = start(project, before)
    assert done.stderr == "lab.py: interrupted; the next start goes on from here.\n"


def test_a_lab_that_is_not_there_is_named(project):
    command = [sys.executable, "lab.py", "99_all", "--no-install"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.stderr == "lab.py: There is no lab 99_all. The labs are: 01_backprop\n"


@pytest.mark.skipif(WINDOWS, reason="a script cannot stand for a program there")
def test_jupyterlab_gets_the_lab_and_an_environment_without_what_leads_astray(project):
    (project / "labs" / "01_backprop" / "01_backprop.ipynb").write_text("{}")
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\npwd; echo "$@"; echo "path $PATH"; env | grep -c ^PYTHONPATH\n')
    python.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "../lab.py", "--no-install", "--port", "8899"],
        cwd=project / "labs",
        env={**os.environ, "PYTHONPATH": "/elsewhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    folder, arguments, path, count = done.stdout.splitlines()
    assert folder == str(project)
    assert arguments.startswith("-m jupyterlab ")
    assert "--port=8899" in arguments
    assert arguments.endswith("=/lab/tree/labs/01_backprop/01_backprop.ipynb")
    assert path.startswith(f"path {python.parent}:")
    assert count == "0"


def moved(folder: Path, python: str) -> Path:
    """A project with a .venv, whose Python is a link, in a folder that has got another name since."""
    program_of_venv = whole(a_project(folder))
    if not WINDOWS:  # where a link needs rights
        program_of_venv.unlink()
        program_of_venv.symlink_to(python)
    jupyter = program_of_venv.with_name("jupyter")
    jupyter.write_text("#!/where/it/was/before/.venv/bin/python")
    return folder.rename(folder.with_name("another folder"))


@pytest.mark.parametrize("python", ["gone", sys.executable])
def test_a_folder_that_was_moved_gets_its_environment_anew(python, first, tmp_path):
    """The programs of .venv name its Python by the path it had, and pip leaves installed packages alone."""
    if python == "gone":
        project, done = first
    else:
        project = moved(tmp_path / "a folder", python)
        done = start(project)
    assert "no network" in done.stderr
    programs = project / Path(program.PROGRAMS).relative_to(ROOT)
    assert not (programs / "jupyter").exists()
    assert (project / Path(program.VENV_PYTHON).relative_to(ROOT)).exists()
