"""The program in the box: imports once what a lab imports, runs the cells before its first exercise, and then each
submission in a fork of itself.

Of the course, the box holds this file, `landlock.py`, `seccomp.py` and `watch.py`, and nothing else. It is trusted
until it forks; the child is a stranger. The child has no way back but two pipes, which are cut when it sends too
much: one for what its cells put out, one for what `watch.py` tells of it. When it has ended, every other process in
the box is killed and every file that it left is removed.

Messages are JSON, each behind its length in eight bytes.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import re
import resource
import secrets
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from course.grading.box import landlock, seccomp, watch

Message = dict[str, Any]
WRITABLE = ("/tmp", "/dev/shm")
WORK = "/tmp/work"
LONGEST = 1 << 30  # bytes of a message
TICK = 0.05  # seconds between two looks at a running cell
MOST_TEXT = 1 << 20  # characters that one cell may print
MOST_OUTPUTS = 1000  # of one cell
FIRST_IN_BUBBLEWRAP = 2  # the number of this process; its own is 1
MOST_THREADS = 256
NICE = 10  # so that among hundreds of its processes the one that ends them gets its turn
MOST_LOOKED_AT = 256  # processes
GRACE = 5.0  # seconds that an interrupted cell has to end by itself
MOST_CANARIES = 12  # for one submission
QUICK = 0.1  # seconds of a check that is run once more
CANARY_SECONDS = 5.0  # for all of them, beside what their checks took before
PR_SET_DUMPABLE, PR_SET_PDEATHSIG = 4, 1


def send(file: BinaryIO, message: Message) -> None:
    """Writes one message."""
    file.write(_packed(message))
    file.flush()


def _packed(message: Message) -> bytes:
    data = json.dumps(message, default=str).encode("utf-8", "replace")
    return len(data).to_bytes(8, "big") + data


def receive(file: BinaryIO) -> Message | None:
    """Reads one message; None at the end."""
    head = file.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    if size > LONGEST:
        raise ValueError(f"a message of {size} bytes")
    message: Message = json.loads(file.read(size))
    return message


def main() -> None:
    """Serves stdin and stdout until the other end is closed. The arguments are what submissions may read."""
    if os.getpid() > FIRST_IN_BUBBLEWRAP:
        sys.exit("This program kills every process that it sees. It runs in a box alone.")
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    if os.getuid() == 0 and os.getpid() == FIRST_IN_BUBBLEWRAP:
        _be_nobody()
    # Nobody with the same user id may look into this process or change it.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)
    start = receive(requests) or {}
    for module in start.get("imports", []):
        with contextlib.suppress(Exception):  # the cell that imports it says what is wrong
            importlib.import_module(module)
    _work()
    shell = _shell()
    outputs = [shell.outputs_of(source) for source in start.get("given", [])]
    released = _Released(shell)
    os.chdir("/tmp")
    _leave_nothing()
    send(replies, {"ready": True, "outputs": outputs})
    while (job := receive(requests)) is not None:
        ended = _run_submission(job, replies, shell, released)
        _leave_nothing()
        send(replies, {"ended": ended})


def _be_nobody() -> None:
    """Becomes a user whom nobody on this machine knows, so that its limits count no other processes.

    Root has no limit of processes. Where a box leaves root no right to change, it stays what it is.
    """
    user = (1 << 30) + secrets.randbelow(1 << 20)
    with contextlib.suppress(PermissionError):
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def _threads_are_counted() -> bool:
    """Whether a limit of threads counts those in the box alone: containers have another, old kernels count all."""
    release = tuple(int(part) for part in re.findall(r"\d+", os.uname().release)[:2])
    return os.getpid() == FIRST_IN_BUBBLEWRAP and (os.getuid() > 1 << 30 or release >= (5, 14))


def _work() -> None:
    """Makes the folder in which notebooks run, and goes there."""
    os.makedirs(WORK)
    os.chdir(WORK)


def _run_submission(job: Message, replies: BinaryIO, shell: Any, released: _Released) -> str:
    """Forks a child for a submission, hands it one cell after the other, and cuts it when it takes too much.

    Each cell goes with a token that its outputs must come back with. So what a cell knows is enough to forge its own
    outputs, and not those of a later check, whose text it does not know either.

    Returns:
        Why it ended: "done", or "died", "time", "output", "memory" or "processes" when cells are missing.
    """
    limits, cells, canaries = job["limits"], list(job["cells"]), list(job["canaries"])
    counted = _threads_are_counted()
    from_child, child_out = os.pipe()
    child_in, to_child = os.pipe()
    flagged, flags_out = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for cell in (*cells, *canaries):
                cell.clear()
            _close_all_but(child_in, child_out, flags_out)
            if job["afresh"]:
                shell.user_ns.clear()
                shell.init_user_ns()
            if counted:
                resource.setrlimit(resource.RLIMIT_NPROC, (MOST_THREADS, MOST_THREADS))
            _be_submission(limits, child_in, child_out, flags_out, shell, released)
        finally:
            os._exit(1)
    os.close(child_out)
    os.close(child_in)
    os.close(flags_out)
    os.set_blocking(to_child, False)
    flags = _Flags(flagged, replies)
    clock = _Clock()
    received, buffer, pending = 0, bytearray(), bytearray()
    token = ""
    interrupted: float | None = None
    began, seconds, deadline = 0.0, dict[str, float](), 0.0
    try:
        while cells or canaries:
            if not cells:
                cells, canaries = _chosen(canaries, seconds), []
                known = sum(seconds.get(cell["check"], 0.0) for cell in cells)
                deadline = clock.whole + CANARY_SECONDS + 4 * known
                continue
            if not token:
                token, began = secrets.token_hex(16), time.monotonic()
                # Its name would tell which cell is a canary.
                pending += _packed(
                    {key: cells[0][key] for key in ("source", "graded")} | {"token": token}
                )
            ready, room, _ = select.select([from_child], [to_child] if pending else [], [], TICK)
            if room:
                del pending[: os.write(to_child, pending)]
            if ready:
                chunk = os.read(from_child, 1 << 16)
                if not chunk:
                    return flags.ended("died", cells)
                received += len(chunk)
                if received > limits["output_bytes"]:
                    return flags.ended("output", cells)
                buffer += chunk
                size = 8 + int.from_bytes(buffer[:8], "big")
                if len(buffer) >= max(8, size):
                    message = json.loads(buffer[8:size])
                    del buffer[:size]
                    if message["token"] != token:
                        return flags.ended("died", cells)
                    flags.take(cells[0])
                    cell = cells.pop(0)
                    seconds[cell["id"]] = time.monotonic() - began
                    # Made anew: whatever else a stranger sends goes no further.
                    send(replies, {"cell": cell["id"], "outputs": message["outputs"]})
                    clock.next_cell()
                    token, interrupted = "", None
            clock.tick()
            if cells:
                flags.take(cells[0])
            if clock.processes > limits["processes"]:
                return flags.ended("processes", cells)
            if clock.memory > limits["memory_bytes"] < _shared_out():
                return flags.ended("memory", cells)
            if deadline:
                if clock.whole > deadline:
                    return flags.ended("time", cells)
                continue
            if clock.whole > limits["submission_seconds"]:
                return "time"
            if interrupted is None and clock.this_cell > limits["cell_seconds"]:
                os.kill(child, signal.SIGINT)
                send(replies, {"interrupted": True})
                interrupted = clock.this_cell
            elif interrupted is not None and clock.this_cell > interrupted + GRACE:
                return "time"
        return "done"
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return flags.ended("died", cells)  # or it sends what no cell puts out
    finally:
        os.close(flagged)
        os.close(from_child)
        os.close(to_child)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _chosen(canaries: list[Message], seconds: dict[str, float]) -> list[Message]:
    """Some canaries at random, of checks that took no time; nobody knows beforehand which."""

    def took(canary: Message) -> float:
        return seconds.get(canary["check"], 0.0)

    ranked = sorted(canaries, key=took)
    quick = [c for n, c in enumerate(ranked) if n < MOST_CANARIES or took(c) < QUICK]
    return secrets.SystemRandom().sample(quick, min(MOST_CANARIES, len(quick)))


class _Flags:
    """What a child told of itself, on a pipe of its own; and what can be seen from here."""

    def __init__(self, pipe: int, replies: BinaryIO) -> None:
        os.set_blocking(pipe, False)
        self._pipe, self._replies, self._sent = pipe, replies, set[tuple[str, int]]()
        self._open = True

    def take(self, cell: Message) -> None:
        """Takes what has come, and hands on what is new of this cell."""
        while self._open:
            try:
                told = os.read(self._pipe, 1 << 12)
            except BlockingIOError:
                return
            self._open = bool(told)
            for reason in set(told) if told else {watch.CUT}:
                self._send(cell, reason)

    def ended(self, why: str, cells: list[Message]) -> str:
        """Why a submission ended; one that ended in a canary had no cell left, and is looked at."""
        if cells and "check" in cells[0]:
            self._send(cells[0], watch.SILENT)
            return "done"
        return why

    def _send(self, cell: Message, reason: int) -> None:
        name = str(cell.get("check", cell["id"]))
        if (name, reason) not in self._sent and reason < len(watch.REASONS):
            self._sent.add((name, reason))
            send(self._replies, {"cell": name, "flag": reason})


class _Clock:
    """The time that a submission takes for itself: what it computes, and what it waits of its own accord.

    A process that wants to compute and may not, on a busy machine, is runnable; that time does not count. So no mark
    depends on what else the machine does.
    """

    def __init__(self) -> None:
        self._ticks = os.sysconf("SC_CLK_TCK")
        self._computed = self._waited = 0.0
        self._began = 0.0
        self._looked = time.monotonic()
        self.processes, self.memory = 1, 0

    @property
    def whole(self) -> float:
        """Seconds of the submission so far."""
        return self._computed + self._waited

    @property
    def this_cell(self) -> float:
        """Seconds of the cell that runs."""
        return self.whole - self._began

    def next_cell(self) -> None:
        """Notes that a cell ended and the next one begins."""
        self._began = self.whole

    def tick(self) -> None:
        """Looks at the processes in the box, all of which are the submission's but this one."""
        now = time.monotonic()
        computed, memory, runnable = 0.0, 0, False
        others = _others()
        self.processes = len(others)
        for process in others[:MOST_LOOKED_AT]:  # a look at thousands would take too long
            with contextlib.suppress(OSError, IndexError, ValueError):
                with open(f"/proc/{process}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
                runnable = runnable or fields[0] == "R"
                # its own time, and that of children that have ended
                computed += sum(map(int, fields[11:15])) / self._ticks
                memory += _memory_of(process)
        self.memory = memory
        self._computed = max(self._computed, computed)
        if not runnable:
            self._waited += now - self._looked
        self._looked = now


def _memory_of(process: int) -> int:
    """Bytes that a process has of its own or shares with others; those of files do not count."""
    with open(f"/proc/{process}/status") as file:
        return _bytes_of(file, "RssAnon:", "RssShmem:")


def _shared_out() -> int:
    """Bytes of all processes of a submission, where those that several share count once.

    They stand still meanwhile: one that changes its memory all the time would keep whoever counts it waiting.
    """
    total = 0
    os.kill(-1, signal.SIGSTOP)
    for process in _others()[:MOST_LOOKED_AT]:
        try:
            with open(f"/proc/{process}/smaps_rollup") as file:
                total += _bytes_of(file, "Pss_Anon:", "Pss_Shmem:")
        except PermissionError:  # it hides; then all that it seems to have counts
            total += _memory_of(process)
        except OSError:
            pass  # it has ended
    os.kill(-1, signal.SIGCONT)
    return total


def _bytes_of(file: TextIO, *names: str) -> int:
    lines = [line.split() for line in file if line.startswith(names)]
    return sum(int(kilobytes) for _, kilobytes, _ in lines) << 10


def _others() -> list[int]:
    """The processes in the box but this one and bubblewrap's own, which is the first."""
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [number for number in numbers if number not in (1, os.getpid())]


def _leave_nothing() -> None:
    """Kills whatever a submission left running, and removes whatever it wrote.

    Raises:
        SystemExit: something is left, and the next submission must not see it.
    """
    while _others():
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # all at once, so that none can fork in the meantime
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.002)
    for folder in _emptied():
        with contextlib.suppress(PermissionError):  # of a container: nobody could change it
            os.chmod(folder, 0o1777)
    for path in _left():
        with contextlib.suppress(OSError, RecursionError):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
    if left := _left():  # folders that nobody may enter, or deeper than Python can go
        for program in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):
            subprocess.run([*program, "--", *left], stderr=subprocess.DEVNULL, check=False)
    if left := _left():
        print(f"cannot remove {left}", file=sys.__stderr__)
        raise SystemExit(1)


# The interpreter may lie in a folder that is emptied: then it stays, and the folders that lead to it.
_STAYS = {
    folder
    for prefix in map(Path, (sys.prefix, sys.base_prefix))
    for folder in (prefix, *prefix.parents)
}


def _emptied() -> list[str]:
    """The folders that must be empty before a submission."""
    leading = {folder for stays in _STAYS for folder in stays.parents}
    within = {str(f) for f in leading if any(f.is_relative_to(w) for w in WRITABLE)}
    return sorted(within | set(WRITABLE))


def _left() -> list[str]:
    paths = [Path(folder, name) for folder in _emptied() for name in os.listdir(folder)]
    return [str(path) for path in paths if path not in _STAYS]


def _close_all_but(*kept: int) -> None:
    """In the child: closes every file that the parent had open, its way to the driver above all."""
    for number in sorted(map(int, os.listdir("/proc/self/fd"))):
        if number not in (0, 1, 2, *kept):
            with contextlib.suppress(OSError):
                os.close(number)


def _be_submission(
    limits: Message, readable: int, writable: int, flags: int, shell: Any, released: _Released
) -> None:
    """In the child: its limits, then its cells, one after the other."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(PR_SET_DUMPABLE, 1)  # so that its memory can be counted
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for which, most in (
        (resource.RLIMIT_DATA, limits["memory_bytes"]),
        (resource.RLIMIT_FSIZE, limits["file_bytes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(which, (most, most))
    os.nice(NICE)
    _work()
    landlock.restrict([*sys.argv[1:], sys.prefix, sys.base_prefix], WRITABLE)
    seccomp.forbid()
    requests, replies = os.fdopen(readable, "rb"), os.fdopen(writable, "wb")
    book = f"{os.environ.get('PYTHONPATH')}/utils"
    tell = watch.teller(flags)
    # Bound before any cell runs: the shell and this file's own names can be reached from a cell.
    run_check, run_cell, restore = shell.outputs_of_check, shell.outputs_of, released.restore
    own_thread, disturbed = watch.threads_of_its_own, dict(DISTURBED)
    watch.watch(flags, book)
    while (cell := receive(requests)) is not None:
        if cell["graded"]:
            for reason in restore():
                tell(reason)
        run = run_check if cell["graded"] else run_cell
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            outputs = run(cell["source"])
        except KeyboardInterrupt:  # at the very moment in which the cell ended
            outputs = []
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if cell["graded"]:
            if own_thread(book):
                tell(watch.THREAD)
            if restore():
                tell(watch.MEANWHILE)
                outputs.append(disturbed)
        send(replies, {"token": cell["token"], "outputs": outputs})


DISTURBED = {
    "output_type": "error",
    "ename": "CheckDisturbed",
    "evalue": "Functions that this check relies on were replaced while it ran.",
    "traceback": [
        "CheckDisturbed: functions that this check relies on were replaced while it ran, so it gives no points. "
        "Give functions of your own other names than torch.…, and do not replace those of modules."
    ],
}


RELIED_ON = (
    *(
        "math",
        "contextlib",
        "torch",
        "torch.testing",
        "torch.testing._comparison",
        "torch.autograd",
    ),
    *("torch.autograd.gradcheck", "torch.nn.functional", "torch.linalg", "torch.special", "numpy"),
)


class _Released:
    """What the checks rely on, as it was before the submission ran: modules of the book, of PyTorch and of Python."""

    def __init__(self, shell: Any) -> None:
        import builtins

        self._shell, self._streams = shell, shell.streams
        book = [m for name, m in sys.modules.items() if f"{name}.".startswith("utils.")]
        owners: list[Any] = [*book, *(sys.modules[n] for n in RELIED_ON if n in sys.modules)]
        owners += [type(shell), type(shell.streams[0]), contextlib._GeneratorContextManager]
        if torch := sys.modules.get("torch"):
            owners.append(torch.Tensor)
        self._modules = {module.__name__: module for module in book}
        # Pairs: a dict could be found and changed by who searches the memory.
        self._first = [(names, tuple(names.items())) for names in (vars(builtins), globals())]
        # torch.set_default_dtype gives torch.Storage another value.
        self._names = [
            (owner, tuple((n, v) for n, v in vars(owner).items() if n != "Storage"))
            for owner in owners
        ]
        self._code = [
            (f, f.__code__, f.__defaults__, f.__kwdefaults__) for m in book for f in _functions(m)
        ]

    def restore(self) -> set[int]:
        """Puts back whatever was changed.

        Returns:
            The numbers of the reasons in watch.py for functions and classes that were replaced.
        """
        # What this function itself calls comes first.
        found = []
        for names, released in self._first:
            found.append((names.copy(), released))
            names.update(released)
        told = set()
        for seen, released in found:
            if any(callable(v) and seen.get(n) is not v for n, v in released):
                told.add(watch.OTHERS)
        sys.modules.update(self._modules)
        sys.stdout, sys.stderr = self._streams
        for owner, released in self._names:
            current = vars(owner)
            changed = [(n, v) for n, v in released if current.get(n) is not v]
            added: set[str] = set()
            if isinstance(owner, type):
                # copy.deepcopy leaves its notes in a class.
                added = set(current) - {name for name, _ in released} - {"__slotnames__"}
            if added or any(callable(value) for _, value in changed):
                of_checks = f"{owner.__name__}.".startswith("utils.checks.")
                told.add(watch.CHECKS if of_checks else watch.OTHERS)
            for name in added:
                delattr(owner, name)  # it would hide what the class inherits
            for name, value in changed:
                if isinstance(owner, type):
                    setattr(owner, name, value)
                else:
                    current[name] = value
        for function, code, defaults, keywords in self._code:
            now = function.__code__, function.__defaults__, function.__kwdefaults__
            if any(a is not b for a, b in zip(now, (code, defaults, keywords), strict=True)):
                told.add(watch.CHECKS)
                function.__code__, function.__defaults__ = code, defaults
                function.__kwdefaults__ = keywords
        vars(self._shell).pop("_showtraceback", None)
        if checks := self._modules.get("utils.checks"):
            self._shell.user_ns["checks"] = checks
        return told


def _functions(owner: Any) -> Iterator[Any]:
    """The functions of a module of the book, those of its classes, and what decorators wrapped."""
    for value in list(vars(owner).values()):
        if isinstance(value, type) and value.__module__ == getattr(owner, "__name__", None):
            yield from _functions(value)
        while isinstance(value, types.FunctionType):
            yield value
            value = getattr(value, "__wrapped__", None)


def _shell() -> Any:
    """IPython's shell, whose outputs are kept as a notebook would keep them."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Type
    from traitlets.config import Config

    outputs: list[Message] = []
    written = [0]  # characters of the cell that runs

    class Stream:
        """stdout or stderr of a cell: text in a row becomes one output."""

        encoding, errors = "utf-8", "replace"

        def __init__(self, name: str) -> None:
            self.name = name

        def write(self, text: str) -> int:
            room = MOST_TEXT - written[0]
            written[0] += len(text)
            kept = str(text)[: max(0, room)] + (
                "\n[cut: too much text]" if 0 < room < len(text) else ""
            )
            if not kept:
                return len(text)
            if outputs and outputs[-1].get("name") == self.name:
                outputs[-1]["parts"].append(kept)
            elif len(outputs) < MOST_OUTPUTS:
                kind = {"output_type": "stream", "name": self.name}
                outputs.append({**kind, "parts": [kept]})
            return len(text)

        def writelines(self, lines: Any) -> None:
            for line in lines:
                self.write(line)

        def flush(self) -> None:
            pass

        def isatty(self) -> bool:
            return False

        def fileno(self) -> int:
            return 1 if self.name == "stdout" else 2

    class Publisher(DisplayPublisher):
        """What display() shows."""

        def publish(
            self,
            data: Message,
            metadata: Message | None = None,
            source: Any = None,
            *,
            transient: Message | None = None,
            update: bool = False,
            **rest: Any,
        ) -> None:
            name = (transient or {}).get("display_id")
            shown = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
            if update:
                for output in outputs:
                    if name is not None and output.get("display_id") == name:
                        output.update(shown)
                return
            if len(outputs) < MOST_OUTPUTS:
                outputs.append({**shown, "display_id": name})

        def clear_output(self, wait: bool = False) -> None:
            outputs.clear()

    class Hook(DisplayHook):
        """The value of a cell's last line."""

        def write_output_prompt(self) -> None:
            pass

        def write_format_data(self, format_dict: Message, md_dict: Message | None = None) -> None:
            outputs.append(
                {
                    "output_type": "execute_result",
                    "data": format_dict,
                    "metadata": md_dict or {},
                    "execution_count": self.prompt_count,
                }
            )

        def finish_displayhook(self) -> None:
            pass

    class Shell(InteractiveShell):
        """A shell without a terminal, a history or a prompt."""

        streams: tuple[Stream, Stream]
        system = InteractiveShell.system_piped  # what `!command` prints is an output of the cell
        display_pub_class = Type(Publisher)
        displayhook_class = Type(Hook)

        def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
            error = {"ename": etype.__name__, "evalue": str(evalue), "traceback": list(stb)}
            outputs.append({"output_type": "error", **error})

        def ask_exit(self) -> None:
            """exit() ends a notebook that somebody looks at; nobody looks at this one, so it goes on."""

        def enable_gui(self, gui: str | None = None) -> None:
            """`%matplotlib` asks for windows; there is nobody to look at them."""

        def init_sys_modules(self) -> None:
            sys.modules["__main__"] = self.user_module

        def outputs_of(self, source: str) -> list[Message]:
            """Runs a cell; what it put out."""
            outputs.clear()
            written[0] = 0
            try:
                result = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
                failed = result.error_before_exec or result.error_in_exec
            except BaseException as error:
                failed = error
            if failed and not any(output["output_type"] == "error" for output in outputs):
                self._showtraceback(type(failed), failed, [f"{type(failed).__name__}: {failed}"])
            return [_plain(output) for output in outputs]

        def outputs_of_check(self, source: str) -> list[Message]:
            """Runs a check as plain Python, past all that a student can hang into a shell; what it put out.

            Its names are its own while it runs: functions of the submission, which look theirs up among those of the
            notebook, do not see what it expects.
            """
            outputs.clear()
            written[0] = 0
            names = dict(self.user_ns)
            before = dict(names)
            try:
                exec(compile(source, "<check>", "exec"), names)
            except BaseException as error:
                rendered = getattr(type(error), "_render_traceback_", None)
                lines = rendered(error) if rendered else traceback.format_exception(error)
                self._showtraceback(type(error), error, lines)
            # Later cells may use what a check left.
            self.user_ns.update(
                {n: value for n, value in names.items() if before.get(n) is not value}
            )
            return [_plain(output) for output in outputs]

    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    shell = Shell.instance(config=settings)
    shell.streams = Stream("stdout"), Stream("stderr")
    sys.stdout, sys.stderr = shell.streams
    return shell


def _plain(output: Message) -> Message:
    """An output as a notebook keeps it."""
    plain = {key: value for key, value in output.items() if key not in ("parts", "display_id")}
    if "parts" in output:
        plain["text"] = "".join(output["parts"])
    return plain


if __name__ == "__main__":
    main()
