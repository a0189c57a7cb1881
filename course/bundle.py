"""What students receive, as one zip file: the labs and what they need, no solution and no hidden test."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from course import layout
from course.files import atomic_write
from course.layout import CourseError, Lab
from course.release import released_texts

FOLDER = "transformer-labs"  # what the zip unpacks to
FOLDERS = (
    "utils",
    "data/stand_in",
    "data/models/segment-mini",
    "data/models/imdb-bert-mini",
    "data/models/imdb-gpt-mini",
    "data/models/prose-gpt-mini",
    "data/models/cifar-vit-mini",
    "data/models/scenes-dit-mini",
    "data/translations",
)
FILES = (
    ".gitignore",
    "Makefile",
    "lab.py",
    "environment.yml",
    "pyproject.toml",
    "constraints.txt",
    "LICENSE",
    "data/README.md",
    "data/make_stand_ins.py",
    "data/make_translations.py",
    "data/pretrain_imdb_bert.py",
    "data/pretrain_imdb_views.py",
)
NBGRADER = """# nbgrader's Validate button: seconds that a cell and what it prints may take, on a slow laptop too.
c = get_config()
c.Execute.timeout = 60
c.Execute.iopub_timeout = 60
"""
README = "docs/students.md"  # becomes the README of the students' copy
ROW = re.compile(r"\| \[[^]]*\]\(labs/(?P<lab>\w+)/")  # of its table of labs
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
DATE = (2000, 1, 1, 0, 0, 0)  # the same in every bundle: equal contents give equal bytes


def write_bundle(labs: list[Lab], out: Path) -> list[str]:
    """Writes the students' zip file. The notebooks come from the sources, whatever lies in labs/.

    Returns:
        The paths in the zip file, without its folder.

    Raises:
        CourseError: a lab breaks a rule, or the zip file cannot be written. An old one stays.
    """
    contents = {"README.md": _readme(labs)}
    contents["nbgrader_config.py"] = NBGRADER.encode()
    for lab, text in zip(labs, released_texts(labs).values(), strict=True):
        contents[lab.released.relative_to(layout.ROOT).as_posix()] = text.encode()
    for path in _files():
        contents[path.relative_to(layout.ROOT).as_posix()] = path.read_bytes()
    conda = contents["environment.yml"]  # students have nothing to release, grade or prove
    contents["environment.yml"] = conda.replace(b"[lab,course,cluster,test]", b"[lab]")
    try:
        with atomic_write(out) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:
            for name in sorted(contents):
                info = zipfile.ZipInfo(f"{FOLDER}/{name}", DATE)
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                file.writestr(info, contents[name])
    except OSError as error:
        raise CourseError(f"Could not write {out}: {error}.") from error
    return sorted(contents)


def _readme(labs: list[Lab]) -> bytes:
    """The page for students, whose table has the labs that they receive alone."""
    names = {lab.name for lab in labs}
    lines = (layout.ROOT / README).read_text(encoding="utf-8").splitlines(keepends=True)
    rows = ((ROW.match(line), line) for line in lines)
    return "".join(line for row, line in rows if row is None or row["lab"] in names).encode()


def _files() -> Iterator[Path]:
    """The files that are copied as they are."""
    for name in FILES:
        yield layout.ROOT / name
    for folder in FOLDERS:
        for path in (layout.ROOT / folder).rglob("*"):
            inside = path.relative_to(layout.ROOT)
            if path.is_file() and not LEFT_OUT.intersection(inside.parts):
                yield path
