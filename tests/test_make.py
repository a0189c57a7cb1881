"""What `make` does before it runs anything."""

import os
import subprocess

from conftest import ROOT


def test_make_lets_python_keep_its_bytecode(tmp_path):
    """Where a container forbids it, every process would compile PyTorch anew."""
    probe = tmp_path / "probe.mk"
    probe.write_text("probe:\n\t@env\n")
    command = ["make", "-f", "Makefile", "-f", str(probe), "probe"]
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/elsewhere",
        "KEPT": "1",
    }
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert "KEPT=1" in done.stdout
    assert "PYTHONDONTWRITEBYTECODE" not in done.stdout
    assert "PYTHONPATH" not in done.stdout, "other versions hide those of the book"


def test_students_have_a_makefile_without_what_authors_call(tmp_path):
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"))
    for target, words in (("test", "No rule to make target"), ("lab", "lab.py 01_backprop")):
        command = ["make", "--dry-run", target]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert words in done.stdout + done.stderr
