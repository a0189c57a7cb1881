"""What students receive holds the labs and what they need, and nothing that tells an answer."""

import io
import re
import zipfile
from collections import Counter

import nbformat
import pytest
from conftest import ROOT

from course import bundle, layout, notebooks
from course.layout import CourseError

LABS = layout.find_labs()
MODELS = ("cifar-vit-mini", "imdb-bert-mini", "imdb-gpt-mini", "prose-gpt-mini", "scenes-dit-mini")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, bytes]:
    """The files of the bundle of all labs, by their paths."""
    out = tmp_path_factory.mktemp("bundle") / "students.zip"
    bundle.write_bundle(LABS, out)
    with zipfile.ZipFile(out) as file:
        return {name.removeprefix("transformer-labs/"): file.read(name) for name in file.namelist()}


def test_it_holds_every_lab_as_it_is_committed_and_all_that_a_lab_imports(files):
    for lab in LABS:
        assert files[f"labs/{lab.name}/{lab.name}.ipynb"] == lab.released.read_bytes()
    modules = {p.relative_to(ROOT).as_posix() for p in (ROOT / "utils").glob("*.py")}
    assert modules <= set(files)
    wanted = {"README.md", "Makefile", "environment.yml", "pyproject.toml", "constraints.txt"}
    assert wanted <= set(files)
    for model in MODELS:
        assert f"data/models/{model}/model.safetensors" in files
    assert "data/models/segment-mini/model.safetensors" in files
    assert [name for name in files if name.startswith("data/stand_in/imdb/")]


def test_it_holds_no_source_no_test_no_grade_and_no_history(files):
    tops = {name.split("/")[0] for name in files}
    assert tops == {
        *("README.md", "Makefile", "LICENSE", "environment.yml", "pyproject.toml", ".gitignore"),
        *("constraints.txt", "nbgrader_config.py", "lab.py", "data", "labs", "utils"),
    }
    assert b"- -e .[lab]\n" in files["environment.yml"]
    assert not [n for n in files if n.endswith((".db", ".pyc")) or "/." in n or "cache" in n]


def test_validate_waits_on_a_busy_machine_wherever_it_runs(files):
    """nbgrader's 4 s for what a cell has printed ended a right notebook where ten students validated at once."""
    ours = [
        (ROOT / name).read_text() for name in ("nbgrader_config.py", "docs/hub/nbgrader_config.py")
    ]
    for text in (*ours, files["nbgrader_config.py"].decode()):
        patience = dict(re.findall(r"^c\.Execute\.(\w+) = (\d+)", text, re.M))
        assert patience == {"timeout": "60", "iopub_timeout": "60"}


def test_its_page_counts_no_labs_because_students_may_get_some_of_them():
    page = bundle._readme(LABS[:2]).decode()
    assert re.findall(r"\]\(labs/(\w+)/", page) == [lab.name for lab in LABS[:2]]
    counts = (
        r"\b(\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|all) (labs|notebooks)\b"
    )
    assert not re.findall(counts, page, re.IGNORECASE)


def told(lab: layout.Lab, *regions: str) -> set[str]:
    """Lines that stand in a lab's solutions or hidden tests alone, and are long enough to tell something."""
    inside, everywhere = [], []
    for cell in notebooks.read(lab.built).cells:
        everywhere += cell.source.splitlines()
        for region in regions:
            inside += notebooks.region(cell.source, region)
    alone = Counter(map(str.strip, inside)).items() & Counter(map(str.strip, everywhere)).items()
    return {line for line, _ in alone if len(line) >= 40 and line[0] not in "#\"'"}


def test_no_file_shows_a_solution_or_a_hidden_test(files):
    hidden = {lab.name: told(lab, "HIDDEN TESTS") for lab in LABS}
    everything = set().union(*(told(lab, "SOLUTION", "HIDDEN TESTS") for lab in LABS))
    assert len(everything) > 500
    for name, content in files.items():
        if not name.endswith((".py", ".ipynb", ".md")):
            continue
        text = content.decode()
        assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN)", text), name
        forbidden = everything
        if name.endswith(".ipynb"):  # its own solutions were looked for by the release
            text = "\n".join(c.source for c in nbformat.reads(text, as_version=4).cells)
            forbidden = hidden[name.split("/")[1]]
        assert not forbidden.intersection(map(str.strip, text.splitlines())), name


def test_equal_contents_give_equal_bytes_and_what_was_put_into_the_folders_stays_out(
    course, tmp_path, monkeypatch
):
    for name in (
        ".gitignore",
        "Makefile",
        "lab.py",
        "environment.yml",
        "constraints.txt",
        "LICENSE",
        "data/README.md",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "docs").mkdir()
    row = "| [{0}](labs/{0}/{0}.ipynb) | a lab |\n"
    page = "# For students\n" + row.format("90_tiny")
    (tmp_path / "docs" / "students.md").write_text(page + row.format("91_later"))
    pretraining = ("pretrain_imdb_bert.py", "pretrain_imdb_views.py")
    for name in ("make_stand_ins.py", "make_translations.py", *pretraining):
        (tmp_path / "data" / name).write_text("")
    course.run("bundle", "--out", str(tmp_path / "a" / "one.zip"))
    (tmp_path / "data" / "notes.txt").write_text("private")
    (tmp_path / "labs" / "90_tiny").mkdir(parents=True)
    (tmp_path / "labs" / "90_tiny" / "90_tiny.ipynb").write_text("solved by the instructor")
    said = course.run("bundle", "90_tiny", "--out", str(tmp_path / "two.zip"))
    assert "labs/90_tiny/90_tiny.ipynb" in said
    one = (tmp_path / "a" / "one.zip").read_bytes()
    assert one == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(one)) as file:
        assert file.read("transformer-labs/README.md").decode() == page
        assert b"the_number_twice_over" not in b"".join(map(file.read, file.namelist()))


def test_a_zip_file_that_cannot_be_written_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "released_texts", lambda labs: {})
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match=r"Could not write .*one.zip: .*File exists"):
        bundle.write_bundle([], tmp_path / "file" / "one.zip")
    (tmp_path / "two.zip").mkdir()
    with pytest.raises(CourseError, match=r"Could not write .*two.zip: .*Is a directory"):
        bundle.write_bundle([], tmp_path / "two.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "two.zip"]
