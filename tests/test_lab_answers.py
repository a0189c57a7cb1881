"""The graders of every lab are right about every known answer: `python -m course answers`."""

import subprocess
import sys

import pytest

from course.layout import ROOT, find_labs


@pytest.mark.parametrize("lab", [lab.name for lab in find_labs()])
def test_right_answers_pass_and_wrong_ones_fail_as_intended(lab):
    command = [sys.executable, "-m", "course", "answers", lab]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
