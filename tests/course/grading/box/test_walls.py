"""What a box shows, what it hides, and what an attacker in it tried."""

import os
import subprocess
import sys
import tarfile
import textwrap
from itertools import pairwise

import pytest
from conftest import NEEDS_BOX

from course import layout
from course.grading.box import Limits, WarmBox, landlock, walls
from course.grading.box.walls import Kind, Walls
from course.layout import CourseError

# With the limits of every box: what one process of a submission may take is more than what they may take together.
SMALL = Limits(memory_bytes=1 << 30, cell_seconds=20)


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(walls.shutil, "which", lambda name: f"/usr/bin/{name}")


def shown(command: list[str]) -> set[str]:
    """The folders and files of this machine that a box shows."""
    bound = {path for flag, path in pairwise(command) if "bind" in flag}
    mounts = [word for word in command if word.startswith("type=bind,")]
    return bound | {mount.split("source=")[1].split(",")[0] for mount in mounts}


@pytest.mark.parametrize("kind", Kind)
def test_of_the_course_it_shows_what_students_have_and_nothing_else(course, installed, kind):
    for name in ("solutions", "build", "grading", "labs", "data/stand_in"):
        (course.root / name).mkdir(parents=True, exist_ok=True)
    inside = {path for path in shown(Walls(kind).command()) if path.startswith(str(course.root))}
    expected = ("utils", "pyproject.toml", "data/stand_in")
    assert inside == {str(layout.ROOT / name) for name in expected}


@pytest.mark.parametrize("root", [True, False])
def test_there_is_no_network_no_capability_and_no_environment(course, installed, monkeypatch, root):
    monkeypatch.setattr(walls, "_rules_the_machine", lambda: root)
    monkeypatch.setenv("TOKEN", "secret")
    command = Walls().command()
    apart = {"--unshare-net", "--unshare-pid", "--unshare-ipc"} if root else {"--unshare-all"}
    assert {*apart, "--clearenv", "--die-with-parent", "--new-session"} <= set(command)
    kept = {name for flag, name in pairwise(command) if flag == "--cap-add"}
    assert kept == ({"CAP_SETUID", "CAP_SETGID"} if root else set())
    assert command[command.index("--cap-drop") + 1] == "ALL"
    assert "--share-net" not in command
    assert "secret" not in " ".join(command)
    assert not any(flag in command for flag in ("--bind", "--dev-bind"))
    assert sys.prefix in shown(command)


@pytest.mark.parametrize("kind", [Kind.podman, Kind.docker])
def test_a_container_has_the_same_walls(course, installed, monkeypatch, kind):
    monkeypatch.setenv("TOKEN", "secret")
    command = Walls(kind, "an-image", memory_bytes=2 << 30).command()
    pairs = set(pairwise(command))
    assert pairs >= {
        ("--network", "none"),
        ("--cap-drop", "ALL"),
        ("--security-opt", "no-new-privileges"),
        ("--memory", str(5 << 30)),
        ("--memory-swap", str(5 << 30)),
        ("--pids-limit", "512"),
        ("an-image", "python"),
    }
    assert {"--rm", "--read-only", "--interactive"} <= set(command)
    mounts = [word for word in command if word.startswith("type=bind,")]
    assert mounts
    assert all(mount.endswith(",readonly") for mount in mounts)
    assert not {"--privileged", "--volume", "-v"} & set(command)
    assert "secret" not in " ".join(command)


def test_the_data_folder_of_a_hub_is_shown(course, installed, monkeypatch, tmp_path):
    monkeypatch.setenv("LABS_DATA", str(tmp_path))
    command = Walls().command()
    assert str(tmp_path) in shown(command)
    assert command[command.index("LABS_DATA") + 1] == walls.DATA


def test_without_bubblewrap_the_package_is_named(course, monkeypatch):
    monkeypatch.setattr(walls.shutil, "which", lambda name: None)
    with pytest.raises(CourseError, match="apt install bubblewrap"):
        Walls().check()


# Bubblewrap alone: what holds also where the kernel has no Landlock.


def bare(code: str) -> str:
    """What code prints in a box in which nothing but bubblewrap stands around it."""
    command = [*Walls().box(), sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@NEEDS_BOX
def test_nothing_can_be_written_to_but_the_temporary_folders():
    """Also by root, which owns the kernel's switches under /proc/sys and needs no capability to turn them."""
    said = bare(
        """
        import os
        for line in open('/proc/mounts'):
            place, flags = line.split()[1], line.split()[3]
            if 'rw' in flags.split(',') and os.path.isdir(place):
                print(place)
        for top, folders, files in os.walk('/proc/sys'):
            for path in (os.path.join(top, name) for name in files):
                if os.access(path, os.W_OK):
                    print(path)
        """
    )
    assert sorted(said.split()) == ["/dev/pts", "/dev/shm", "/tmp"]


@NEEDS_BOX
def test_it_has_no_network_and_sees_no_process_of_the_machine():
    said = bare(
        """
        import os, socket
        print(socket.if_nameindex(), len([n for n in os.listdir('/proc') if n.isdigit()]))
        print(os.listdir('/proc/1/root') == os.listdir('/') if os.access('/proc/1/root', os.R_OK) else 'shut')
        """
    )
    interfaces, root = said.splitlines()
    assert interfaces == "[(1, 'lo')] 2"
    assert root in ("True", "shut")


# Attackers, in a box as it is.


@pytest.fixture(scope="module")
def box():
    with WarmBox([]) as box:
        yield box


def tried(box: WarmBox, code: str, limits: Limits = SMALL) -> str:
    """What a submission of one cell prints, and what ended it."""
    outcome = box.run({"a": textwrap.dedent(code)}, limits=limits)
    if "a" not in outcome.outputs:
        return outcome.ended
    return "".join(out.get("text", out.get("evalue", "")) for out in outcome.outputs["a"]).strip()


WARM = """
import ctypes, os, signal, subprocess, sys, time
warm = os.getppid()
libc = ctypes.CDLL(None, use_errno=True)
def works(what):
    try:
        return what()
    except OSError as error:
        return type(error).__name__
"""
# Each must print what stands beside it.
ATTACKS = {
    "memory_of_the_parent": (
        "works(lambda: open(f'/proc/{warm}/mem', 'rb').read(1))",
        "PermissionError",
    ),
    "files_of_the_parent": (
        "works(lambda: [os.readlink(f'/proc/{warm}/fd/{n}') for n in range(9)])",
        "PermissionError",
    ),
    "environment_of_the_parent": (
        "works(lambda: open(f'/proc/{warm}/environ').read())",
        "PermissionError",
    ),
    "root_of_the_first": ("works(lambda: os.listdir('/proc/1/root/root/.ssh'))", "Error"),
    "traces_the_parent": ("libc.ptrace(16, warm, 0, 0)", "-1"),
    "reads_the_parent": (
        "libc.process_vm_readv(warm, None, 0, None, 0, 0) or libc.syscall(438, 3, 0, 0)",
        "-1",
    ),
    "is_root_by_su": (
        "subprocess.run(['su', '-c', 'echo root'], capture_output=True, text=True, stdin=-3).stdout == ''",
        "True",
    ),
    "is_root_by_a_program_of_its_own": (
        "works(lambda: os.chmod('/tmp/work', 0o4755)) or "
        "[line.split()[1] for line in open('/proc/self/status') if line.startswith('NoNewPrivs')]",
        "['1']",
    ),
    "has_a_capability": (
        "[line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')]",
        "['0000000000000000']",
    ),
    "mounts": ("libc.mount(b'none', b'/tmp/work', b'tmpfs', 0, None)", "-1"),
    "boxes_of_its_own": (
        "subprocess.run(['unshare', '-Ur', 'true'], capture_output=True).returncode == 0",
        "False",
    ),
    "sets_the_clock": (
        "works(lambda: time.clock_settime(time.CLOCK_REALTIME, 0))",
        "PermissionError",
    ),
    "types_into_the_terminal": ("works(lambda: open('/dev/tty', 'w'))", "OSError"),
    "changes_the_kernel": (
        "works(lambda: open('/proc/sys/kernel/core_pattern', 'w'))",
        ("PermissionError", "OSError"),
    ),
    "dumps_core": ("__import__('resource').getrlimit(4)", "(0, 0)"),
    "raises_its_limits": (
        "works(lambda: __import__('resource').setrlimit(2, (-1, -1)))",
        "not allowed to raise maximum limit",
    ),
    "keys": ("libc.syscall(248, b'user', b'name', b'value', 5, -4)", "-1"),
    "io_uring": ("libc.syscall(425, 8, b'0' * 120)", "-1"),
    "listens": (
        "works(lambda: __import__('socket').socket().bind(('127.0.0.1', 0)))",
        "PermissionError",
    ),
    "names_a_socket_of_the_machine": (
        "works(lambda: __import__('socket').socket(1).connect('\\0/tmp/.X11-unix/X0'))",
        "ConnectionRefusedError",
    ),
    "preloads_a_library": (
        "os.environ.update(LD_PRELOAD='/tmp/x.so') or "
        "subprocess.run(['su', '--version'], capture_output=True).returncode",
        "0",
    ),
}
NEEDS_LANDLOCK = {"listens": 4}


@NEEDS_BOX
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_does_not_get_through(box, name):
    if landlock.version() < NEEDS_LANDLOCK.get(name, 0):
        pytest.skip("this kernel's Landlock is too old")
    code, expected = ATTACKS[name]
    said = tried(box, f"{WARM}\nprint({code})")
    assert any(word in said for word in ([expected] if isinstance(expected, str) else expected)), (
        said
    )


@NEEDS_BOX
@pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock knows no signals")
def test_no_signal_reaches_the_parent(box):
    code = (
        f"{WARM}\nfor number in (0, 2, 9, 15, 19):\n    print(works(lambda: os.kill(warm, number)))"
    )
    assert tried(box, code) == "\n".join(["PermissionError"] * 5)
    assert box.alive


LEFT = {
    "in_tmp": "open('/tmp/left', 'w').write('x')",
    "in_shared_memory": "open('/dev/shm/left', 'w').write('x')",
    "behind_a_shut_door": "import os\nos.makedirs('/tmp/a/b')\nopen('/tmp/a/b/left', 'w')\nos.chmod('/tmp/a/b', 0)\n"
    "os.chmod('/tmp/a', 0)",
    "in_a_shut_folder": "import os\nopen('/tmp/left', 'w')\nos.chmod('/tmp', 0)\nos.chmod('/dev/shm', 0o500)",
    "very_deep": "import os\nos.chdir('/tmp')\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')",
    "as_a_link": "import os\nos.symlink('/book', '/tmp/left')\nos.symlink('/nowhere', '/tmp/work/left')",
    "as_a_process": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)",
}


@NEEDS_BOX
@pytest.mark.parametrize("name", LEFT)
def test_nothing_is_left_for_the_next_one(box, name):
    # root's own folders cannot be shut by whom root became
    assert tried(box, LEFT[name]) in ("", "[Errno 1] Operation not permitted: '/tmp'")
    # An interpreter that lies in /tmp stays there.
    look = "import os, sys\nprint([name for name in os.listdir('/tmp') if f'/tmp/{name}/' not in sys.prefix + '/'], "
    look += "os.listdir('/tmp/work'), os.listdir('/dev/shm'))\n"
    look += "print(sum(name.isdigit() for name in os.listdir('/proc')))"
    assert tried(box, look) == "['work'] [] []\n3"
    assert box.alive


@NEEDS_BOX
def test_a_fork_bomb_ends_and_the_box_goes_on(box):
    ended = ("processes", "memory", "[Errno 11] Resource temporarily unavailable")
    assert tried(box, "import os\nwhile True:\n    os.fork()") in ended
    shell = "import subprocess\nsubprocess.run(['sh', '-c', 'f() { f | f & f; }; f'])"
    assert tried(box, shell) in ("processes", "")
    assert tried(box, "print(1)") == "1"


@NEEDS_BOX
def test_the_disk_is_not_filled(box):
    code = """
        import os
        written = 0
        try:
            for number in range(100):
                with open(f'/tmp/{number}', 'wb') as file:
                    for _ in range(200):
                        written += file.write(bytes(1 << 20))
        except OSError as error:
            print(error.strerror, written >> 20)
    """
    words, megabytes = tried(box, code).rsplit(" ", 1)
    assert words == "No space left on device"
    assert 1000 < int(megabytes) <= 1024


MEMORY = {
    "of_one": ("x = bytearray(2 << 30)", ""),
    "of_many": (
        "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = b'x' * (300 << 20)\n        break\n"
        "time.sleep(60)",
        "memory",
    ),
    "shared": (
        "import mmap\nx = mmap.mmap(-1, 3 << 30)\nfor i in range(0, len(x), 4096):\n    x[i] = 1",
        "memory",
    ),
    "files_without_a_folder": ("import os\nos.memfd_create('x')", "Function not implemented"),
}


@NEEDS_BOX
@pytest.mark.parametrize("name", MEMORY)
def test_too_much_memory_is_not_to_be_had(box, name):
    code, expected = MEMORY[name]
    assert expected in tried(box, code)
    assert tried(box, "print(1)") == "1"


@NEEDS_BOX
def test_a_cell_that_takes_too_much_memory_loses_itself_alone(box):
    outcome = box.run({"a": "x = bytearray(2 << 30)", "b": "print('on')"}, limits=SMALL)
    assert outcome.outputs["a"][0].ename == "MemoryError"
    assert outcome.outputs["b"][0].text == "on\n"


@pytest.fixture(scope="module")
def box_of_a_lab():
    with WarmBox(["torch", "torch.utils.data", "matplotlib.pyplot"]) as box:
        yield box


HONEST = {
    "figures": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nprint('shown')",
        "shown",
    ),
    "pip": (
        "!pip install a-package-that-nobody-has",
        ("No matching distribution", "externally-managed", "No module named pip"),
    ),
    "programs": (
        "import subprocess\nprint(subprocess.run(['ls', '/usr'], capture_output=True).returncode)",
        "0",
    ),
    "pools": (
        "import multiprocessing as mp\nwith mp.Pool(2) as p:\n    print(p.map(abs, [-1, -2]))",
        "[1, 2]",
    ),
    "loaders": (
        "import torch\nfrom torch.utils.data import DataLoader\n"
        "print(int(sum(DataLoader(torch.arange(10), num_workers=2))))",
        "45",
    ),
    "shared_tensors": ("import torch\nprint(torch.ones(3).share_memory_().sum().item())", "3.0"),
    "itself": (
        "print(open('/proc/self/status').read(5), open('/proc/cpuinfo').read() != '')",
        "Name: True",
    ),
    "devices": (
        "open('/dev/null', 'w').write('x')\nprint(len(open('/dev/urandom', 'rb').read(3)))",
        "3",
    ),
    "temporary": (
        "import tempfile\nwith tempfile.NamedTemporaryFile() as f:\n    f.write(b'x')\n    print(f.name[:5])",
        "/tmp/",
    ),
    "home": (
        "import pathlib\np = pathlib.Path('~/a').expanduser()\np.mkdir(parents=True)\nprint(p)",
        "/tmp/home/a",
    ),
    "cache_of_the_book": (
        "from utils.settings import cache_dir\nprint(cache_dir())",
        "/tmp/home/.cache",
    ),
    "programs_of_its_own": (
        "import os, subprocess\nopen('run', 'w').write('#!/bin/sh\\necho own')\nos.chmod('run', 0o755)\n"
        "print(subprocess.run('./run', capture_output=True, text=True).stdout)",
        "own",
    ),
}


@NEEDS_BOX
@pytest.mark.parametrize("name", HONEST)
def test_honest_work_goes_on_as_ever(box_of_a_lab, name):
    code, expected = HONEST[name]
    said = tried(box_of_a_lab, code, Limits())
    assert any(word in said for word in ([expected] if isinstance(expected, str) else expected)), (
        said
    )


# A container.


@pytest.fixture
def podman(tmp_path, monkeypatch):
    """Podman with an image that holds nothing: interpreter and system are this machine's."""
    system = [path for path in (*walls.SYSTEM, *walls.SYSTEM_FILES) if os.path.exists(path)]
    mounts = [f"{path}:{path}:ro" for path in {*system, sys.prefix, sys.base_prefix}]
    (tmp_path / "containers.conf").write_text(
        f'[containers]\ndefault_ulimits = ["nproc=4096:4096", "nofile=1024:1024"]\nvolumes = {mounts}\n'
    )
    (tmp_path / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{tmp_path}/graph"\nrunroot = "{tmp_path}/run"\n'
    )
    monkeypatch.setenv("CONTAINERS_CONF", str(tmp_path / "containers.conf"))
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(tmp_path / "storage.conf"))
    tarfile.open(tmp_path / "empty.tar", "w").close()
    path = f"ENV PATH={sys.prefix}/bin:/usr/bin:/bin"
    command = ["podman", "import", "--change", path, str(tmp_path / "empty.tar"), "trial"]
    try:
        subprocess.run(command, check=True, capture_output=True)
        made = Walls(Kind.podman, "localhost/trial", SMALL.memory_bytes)
        made.check()
    except (FileNotFoundError, subprocess.CalledProcessError, CourseError) as error:
        pytest.skip(f"Podman runs no container here: {error}")
    return made


def test_a_container_runs_submissions_and_lets_nothing_through(podman):
    with WarmBox(["math"], (), podman) as box:
        first = box.run({"a": "open('/tmp/left', 'w')\nn = 1", "b": "n"}, limits=SMALL)
        assert first.outputs["b"][0].data == {"text/plain": "1"}
        look = "import os, socket\nprint(os.listdir('/tmp'), socket.if_nameindex())\nprint(os.getppid())"
        assert tried(box, look) == "['work'] [(1, 'lo')]\n1"
        places = "['/', '/book', '/run', '/var', '/dev', '/dev/mqueue', '/etc']"
        write = f"for place in {places}:\n    try:\n        open(place + '/x', 'w')\n        print(place)\n"
        assert tried(box, write + "    except OSError:\n        pass") == ""
        for name in ("memory_of_the_parent", "has_a_capability", "changes_the_kernel", "mounts"):
            code, expected = ATTACKS[name]
            said = tried(box, f"{WARM}\nprint({code})")
            assert any(
                word in said for word in ([expected] if isinstance(expected, str) else expected)
            ), said
        assert tried(box, "import os\nwhile True:\n    os.fork()") in ("processes", "memory")
        assert "MemoryError" in str(box.run({"a": "x = bytearray(2 << 30)"}, limits=SMALL).outputs)
        assert tried(box, "print(1)") == "1"
