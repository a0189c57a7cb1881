"""`course run` executes a notebook in a real kernel and reads its metrics."""

import json
import subprocess
import sys

from course import notebooks

REPORTING = """\
# %% given="metrics"
from utils.report import report

report("90_tiny", accuracy=0.5, steps=3)
"""


def test_metrics_are_the_only_thing_on_stdout(course_of):
    course = course_of({"90_tiny": REPORTING})
    command = [sys.executable, "-m", "course", "run", "90_tiny", "--preset", "smoke", "--json", "-"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["metrics"] == {"accuracy": 0.5, "steps": 3}
    assert (document["lab"], document["preset"]) == ("90_tiny", "smoke")
    assert document["seconds"] > 0
    assert document["device"]


def test_the_first_error_shows_its_cell_and_stops(course_of):
    cells = {"one": "n = 1", "two": 'raise ValueError("a clear message")', "three": "n = 3"}
    source = "\n\n".join(f'# %% given="{name}"\n{cell}' for name, cell in cells.items())
    output = course_of({"90_tiny": source}).run("run", "90_tiny", code=1)
    assert "solutions/90_tiny/00_card.py:4: two fails." in output
    assert "ValueError: a clear message" in output


def test_a_lab_without_metrics_is_an_error(course):
    assert "reported no metrics" in course.run("run", "90_tiny", code=1)


def test_a_lab_that_reports_under_another_name_is_an_error(course_of):
    course = course_of({"90_tiny": REPORTING.replace("90_tiny", "91_other")})
    assert "reported as '91_other'" in course.run("run", "90_tiny", code=1)


def test_metrics_can_be_written_to_a_file(course_of):
    course = course_of({"90_tiny": REPORTING})
    path = course.root / "metrics.json"
    course.run("run", "90_tiny", "--json", str(path))
    assert json.loads(path.read_text())["metrics"]["steps"] == 3


def test_an_interrupted_training_is_set_aside(course_of, tmp_path, monkeypatch):
    """Resumed, it would take less time than is reported."""
    monkeypatch.setenv("LABS_CACHE", str(tmp_path))
    checkpoint = tmp_path / "checkpoints" / "90_tiny.pt"
    checkpoint.parent.mkdir()
    checkpoint.write_text("half of it")
    course_of({"90_tiny": REPORTING}).run("run", "90_tiny")
    assert not checkpoint.exists()
    assert checkpoint.with_suffix(".old.pt").read_text() == "half of it"


def test_of_a_progress_bar_the_last_state_is_kept(course_of):
    bar = 'for done in range(3):\n    print(f"\\r{done} of 2", end="", flush=True)\n\n'
    course = course_of({"90_tiny": REPORTING.replace("report(", bar + "report(", 1)})
    course.run("run", "90_tiny")
    (cell,) = notebooks.read(course.root / "build" / "executed" / "90_tiny.ipynb").cells
    (printed,) = [output.text for output in cell.outputs if output.output_type == "stream"]
    assert "2 of 2" in printed
    assert "1 of 2" not in printed


def test_several_labs_give_a_list_and_none_is_wrong_usage(course_of, monkeypatch):
    course = course_of({"90_tiny": REPORTING, "91_other": REPORTING.replace("90_tiny", "91_other")})
    out = course.root / "all.json"
    monkeypatch.setenv("LABS_PRESET", "smoke")
    course.run("run", "--all", "--json", str(out))
    results = [(result["lab"], result["preset"]) for result in json.loads(out.read_text())]
    assert results == [("90_tiny", "smoke"), ("91_other", "smoke")]
    assert "say --all" in course.run("run", code=2)
    assert "say --all" in course.run("run", "90_tiny", "--all", code=2)
