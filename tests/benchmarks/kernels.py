"""What the kernels of a lab take, solved, beside each other: what the sizes in docs/hub are taken from.

    python tests/benchmarks/kernels.py 01_backprop 02_rnn              each alone, with short trainings
    python tests/benchmarks/kernels.py 01_backprop --kernels 10        ten at once
    python tests/benchmarks/kernels.py 07_vit --preset full --minutes 5   as far as it gets

Prints, for each lab: cells run; of one kernel the largest resident memory and what of it no other process shares, in
MiB; of all together the memory (what they share is counted once), and for each the seconds of CPU; the MiB that a
student's cache keeps. On Linux.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import nbformat
from memory import descendants
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
PAUSE = 1.0  # seconds between two looks, each of which costs the kernels a little
TICKS = os.sysconf("SC_CLK_TCK")


class Peaks:
    """The largest figures of some kernels, in MiB, and the seconds of CPU that they computed."""

    def __init__(self) -> None:
        self.one = self.own = self.all = 0
        self.seconds: dict[int, float] = {}

    def look(self, kernels: Iterable[int]) -> None:
        """Takes the figures of this moment in."""
        together = 0
        for kernel in kernels:
            resident = own = 0
            for process in (kernel, *descendants(kernel)):
                with suppress(OSError):  # it has just ended
                    sums = _rollup(process)
                    resident, own = resident + sums["Rss"], own + sums["Anonymous"]
                    together += sums["Pss"]
            self.one, self.own = max(self.one, resident), max(self.own, own)
            with suppress(OSError):
                after_name = Path(f"/proc/{kernel}/stat").read_text().rpartition(")")[2].split()
                self.seconds[kernel] = sum(map(int, after_name[11:15])) / TICKS
        self.all = max(self.all, together)


def _rollup(process: int) -> dict[str, int]:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    return {line.partition(":")[0]: int(line.split()[1]) >> 10 for line in lines}


def watch(clients: list[NotebookClient], over: threading.Event, peaks: Peaks) -> None:
    """Looks at the kernels until all have run."""
    while not over.wait(PAUSE):
        managers = [client.km for client in clients if client.km]
        peaks.look([km.provisioner.pid for km in managers if km.provisioner and km.provisioner.pid])


async def run_all(clients: list[NotebookClient], caches: list[Path], minutes: float) -> None:
    """Runs them beside each other, each with a cache of its own, to the end or to the limit."""
    runs = [
        client.async_execute(env={**os.environ, "LABS_CACHE": str(cache)})
        for client, cache in zip(clients, caches, strict=True)
    ]
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*runs), 60 * minutes)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labs", nargs="+")
    parser.add_argument("--kernels", type=int, default=1)
    parser.add_argument("--preset", default="smoke")
    parser.add_argument("--minutes", type=float, default=60)
    options = parser.parse_args()
    os.environ["LABS_PRESET"] = options.preset
    print("lab                       cells    one    own    all   cpu s  wall s  cache", flush=True)
    for lab in options.labs:
        notebook = ROOT / "build" / "source" / lab / f"{lab}.ipynb"
        clients = [
            NotebookClient(
                nbformat.read(notebook, as_version=4),
                timeout=None,
                resources={"metadata": {"path": str(notebook.parent)}},
            )
            for _ in range(options.kernels)
        ]
        peaks, over = Peaks(), threading.Event()
        watcher = threading.Thread(target=watch, args=(clients, over, peaks))
        with tempfile.TemporaryDirectory() as folder:
            caches = [Path(folder) / str(number) for number in range(options.kernels)]
            began = time.perf_counter()
            watcher.start()
            try:
                asyncio.run(run_all(clients, caches, options.minutes))
            finally:
                over.set()
                watcher.join()
            wall = time.perf_counter() - began
            files = [file for file in Path(folder).rglob("*") if file.is_file()]
            kept = sum(file.stat().st_size for file in files) / options.kernels / 2**20
        done = sum(bool(c.execution_count) for nb in clients for c in nb.nb.cells if "outputs" in c)
        total = sum("outputs" in c for nb in clients for c in nb.nb.cells)
        cpu = sum(peaks.seconds.values()) / len(clients)
        print(
            f"{lab:20} {done:5}/{total:<5}{peaks.one:6} {peaks.own:6} {peaks.all:6} {cpu:7.1f} {wall:7.1f} {kept:6.0f}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
