"""How much memory each lab takes, solved, in a box under smoke: what the limit of a submission is set by, times two.

    python tests/benchmarks/memory.py 01_backprop 02_rnn

Prints MiB: what a submission has of its own and shares with the box (resident), and what its limit counts (asked for).
"""

import os
import sys
import threading
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from course.grading.box import Limits, WarmBox, imports_of  # noqa: E402

PAUSE = 0.02  # seconds between two looks


def descendants(process: int) -> list[int]:
    """The processes that a process started, and those that they started; the box comes first."""
    found = []
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found += [child, *descendants(child)]
    return found


def watch(box: WarmBox, over: threading.Event, peaks: dict[str, int]) -> None:
    """Notes the largest figures of the submission that runs in a box."""
    while not over.wait(PAUSE):
        try:
            _, _, *submission = descendants(box._process.pid)  # bubblewrap's own, and the warm one
            lines = [Path(f"/proc/{process}/status").read_text() for process in submission]
        except (OSError, ValueError):
            continue
        for name in peaks:
            parts = [text.partition(f"{name}:")[2].split() for text in lines]
            peaks[name] = max(peaks[name], sum(int(words[0]) for words in parts if words) >> 10)


def main() -> None:
    os.environ["LABS_PRESET"] = "smoke"
    for lab in sys.argv[1:]:
        nb = nbformat.read(ROOT / "build" / "source" / lab / f"{lab}.ipynb", as_version=4)
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        locked = [cell for cell in code if cell.metadata.get("nbgrader", {}).get("locked")]
        peaks, over = {"RssAnon": 0, "VmData": 0}, threading.Event()
        with WarmBox(imports_of(locked)) as box:
            watcher = threading.Thread(target=watch, args=(box, over, peaks))
            watcher.start()
            cells = {str(number): cell.source for number, cell in enumerate(code)}
            outcome = box.run(cells, limits=Limits(memory_bytes=16 << 30))
            over.set()
            watcher.join()
        figures = f"resident {peaks['RssAnon']:5}  asked for {peaks['VmData']:5}"
        print(f"{lab:20} {outcome.ended}  {figures}", flush=True)


if __name__ == "__main__":
    main()
