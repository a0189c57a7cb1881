"""Landlock alone, without a box around: what a process that has shut itself in can still do, and what it cannot."""

import os
import subprocess
import sys
import textwrap

import pytest

from course.grading.box import landlock, walls

pytestmark = pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")
PYTHON = (*walls.SYSTEM, *walls.SYSTEM_FILES, sys.prefix, sys.base_prefix)


def shut_in(code: str, writable: os.PathLike[str]) -> list[str]:
    """Runs code in a process that may read the interpreter and write to a folder; the lines that it prints."""
    start = f"""
        import os, signal, socket, sys
        sys.path.insert(0, {str(walls.HERE)!r})
        import landlock
        landlock.restrict({PYTHON!r}, [{str(writable)!r}])
        def tried(what):
            try:
                print(what())
            except OSError as error:
                print(type(error).__name__)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(start) + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_it_reads_what_it_may_and_nothing_else(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    (tmp_path / "own").mkdir()
    said = shut_in(
        f"""
        tried(lambda: open({str(secret)!r}).read())
        tried(lambda: sorted(os.listdir({str(tmp_path)!r})))
        tried(lambda: len(os.listdir(sys.prefix)) > 0)
        tried(lambda: 'Name' in open('/proc/self/status').read())
        tried(lambda: len(open('/dev/urandom', 'rb').read(2)))
        """,
        tmp_path / "own",
    )
    assert said == ["PermissionError", "['own', 'secret']", "True", "True", "2"]


def test_it_writes_to_its_own_folder_and_nowhere_else(tmp_path):
    (tmp_path / "own").mkdir()
    kept = tmp_path / "kept"
    kept.write_text("x")
    said = shut_in(
        f"""
        os.chdir({str(tmp_path / "own")!r})
        tried(lambda: open('new', 'w').write('xy'))
        tried(lambda: os.mkdir('folder'))
        tried(lambda: os.rename('new', 'folder/moved'))
        tried(lambda: open('/dev/null', 'w').write('xy'))
        for change in (
            lambda: open('../new', 'w'),
            lambda: os.truncate('../kept', 0),
            lambda: os.unlink('../kept'),
            lambda: os.rename('folder/moved', '../moved'),
            lambda: os.mkdir('../folder'),
            lambda: open('/proc/self/oom_score_adj', 'w'),
        ):
            tried(change)
        """,
        tmp_path / "own",
    )
    assert said[:4] == ["2", "None", "None", "2"]
    assert set(said[4:]) <= {"PermissionError", "OSError"}
    assert len(said) == 10
    assert kept.read_text() == "x"


def test_a_program_that_it_starts_is_shut_in_as_well(tmp_path):
    said = shut_in(
        """
        import subprocess
        done = subprocess.run(['cat', '/etc/hostname'], capture_output=True, text=True)
        print(done.returncode, 'Permission denied' in done.stderr)
        tried(lambda: subprocess.run(['/etc/hostname']))
        """,
        tmp_path,
    )
    assert said == ["1 True", "PermissionError"]


@pytest.mark.skipif(landlock.version() < 4, reason="this kernel's Landlock knows no network")
def test_it_neither_connects_nor_listens(tmp_path):
    said = shut_in(
        """
        tried(lambda: socket.create_connection(('127.0.0.1', 9)))
        tried(lambda: socket.socket().bind(('127.0.0.1', 0)))
        tried(lambda: socket.create_connection(('::1', 9)))
        """,
        tmp_path,
    )
    assert said == ["PermissionError"] * 3


@pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock knows no signals")
def test_no_signal_reaches_another_process_and_its_own_children_get_theirs(tmp_path):
    said = shut_in(
        """
        tried(lambda: os.kill(os.getppid(), 0))
        child = os.fork()
        if child == 0:
            signal.pause()
        tried(lambda: os.kill(child, signal.SIGKILL))
        os.waitpid(child, 0)
        """,
        tmp_path,
    )
    assert said == ["PermissionError", "None"]


def test_what_does_not_exist_is_left_out(tmp_path):
    assert shut_in("print(1)", tmp_path / "nowhere") == ["1"]


def test_there_is_no_way_back(tmp_path):
    said = shut_in(
        """
        landlock.restrict(['/'], ['/'])
        tried(lambda: open('/etc/hostname'))
        print([line.split()[1] for line in open('/proc/self/status') if line.startswith('NoNewPrivs')])
        """,
        tmp_path,
    )
    assert said == ["PermissionError", "['1']"]
