"""How long a class takes from a list of students to marks, report and feedback.

Each member draws one of the known right and wrong answers to each exercise, the better ones more of the right, and
nobody one that runs for ever; one in twenty hands in twice, one in twenty hands in what was fetched. The archive is
named as Moodle names it.

    python tests/benchmarks/whole_class.py 01_backprop 200 FOLDER

Prints the seconds of each command and what it says last. The course stays in FOLDER, which must not exist. Linux.
"""

import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import Course, course_with  # noqa: E402

from course.answers.reading import read_answers  # noqa: E402
from course.build import build_notebook  # noqa: E402
from course.layout import find_labs  # noqa: E402


def handed_in(lab: str, rng: random.Random, skill: float) -> str:
    """A notebook with drawn answers; the share of right ones is about `skill`."""
    (found,) = find_labs([lab])
    drawn: dict[str, list[tuple[bool, str]]] = {}
    for answer in read_answers(found, build_notebook(found)):
        if "stopped" in answer.expects:
            continue
        drawn.setdefault(answer.exercise, []).append((answer.accept, answer.code))
    nb = nbformat.read(found.released, as_version=4)
    for cell in nb.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade_id") in drawn:
            wanted = rng.random() < skill
            of_kind = [code for accept, code in drawn[marks["grade_id"]] if accept == wanted]
            cell.source = rng.choice(of_kind or [code for _, code in drawn[marks["grade_id"]]])
        elif marks.get("solution") and cell.cell_type == "markdown":
            cell.source = f"Because of the sum, {rng.randrange(1000)}."
    return nbformat.writes(nb)


def write_archive(course: Course, lab: str, size: int) -> None:
    """Writes class.csv and class.zip, as Moodle would."""
    rng = random.Random(5)
    fetched = course.released(lab).read_text(encoding="utf-8")
    lines = ["Username,First name,Last name,Email address"]
    with zipfile.ZipFile(course.root / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(size):
            name = f"Ana{number} María Díaz"
            lines.append(f"s{number:03},Ana{number} María,Díaz,s{number:03}@uni.example")
            text = fetched if number % 20 == 19 else handed_in(lab, rng, rng.random() ** 0.6)
            folder = f"{name}_{1000 + number}_assignsubmission_file_"
            archive.writestr(f"{folder}/{lab}.ipynb", text)
            if number % 20 == 7:
                archive.writestr(f"{folder}/Copy of {lab}.ipynb", text)
    (course.root / "class.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    lab, size, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    folder.mkdir(parents=True)
    course = course_with(lab, folder)
    write_archive(course, lab, size)
    python = [sys.executable, "-m"]
    for command in (
        ["course", "roster", "class.csv"],
        ["course", "collect", lab, "class.zip", "--from", "moodle"],
        ["course", "grade", lab],
        ["course", "alike", lab],
        ["course", "report", lab],
        *(["course", "grades", "--for", form] for form in ("moodle", "canvas", "gradescope")),
        ["nbgrader", "generate_feedback", lab],
    ):
        began = time.perf_counter()
        done = subprocess.run(
            [*python, *command], cwd=folder, check=False, capture_output=True, text=True
        )
        seconds = time.perf_counter() - began
        said = (done.stdout + done.stderr).strip().splitlines() or [""]
        print(f"{seconds:8.1f} s  {' '.join(command)}: {said[-1]} ({done.returncode})", flush=True)


if __name__ == "__main__":
    main()
