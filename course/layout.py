"""Where the parts of a lab lie."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class CourseError(Exception):
    """Something an author or instructor can mend; shown as one message, without a traceback."""


@dataclass(frozen=True)
class Lab:
    """One lab, by its name `NN_name`."""

    name: str

    @property
    def source(self) -> Path:
        """The folder of hand-written percent scripts, one a section."""
        return ROOT / "solutions" / self.name

    @property
    def drawings(self) -> Path:
        """The script that draws the lab's diagrams, beside them; not every lab has one."""
        return self.source / "figures" / "draw.py"

    @property
    def built(self) -> Path:
        """The instructor notebook, solutions included."""
        return ROOT / "build" / "source" / self.name / f"{self.name}.ipynb"

    @property
    def released(self) -> Path:
        """The student notebook."""
        return ROOT / "labs" / self.name / f"{self.name}.ipynb"

    @property
    def executed(self) -> Path:
        """The instructor notebook with the outputs of its last run."""
        return ROOT / "build" / "executed" / f"{self.name}.ipynb"

    def submitted(self, student: str) -> Path:
        """The notebook that a student handed in."""
        return ROOT / "grading" / "submitted" / student / self.name / f"{self.name}.ipynb"

    def autograded(self, student: str) -> Path:
        """The same notebook as it was graded."""
        return ROOT / "grading" / "autograded" / student / self.name / f"{self.name}.ipynb"

    @property
    def answers(self) -> Path:
        """The folder of known right and wrong answers, a file an exercise."""
        return ROOT / "tests" / "answers" / self.name


def find_labs(names: list[str] | None = None) -> list[Lab]:
    """The labs of these names, or all of them.

    Raises:
        CourseError: there is no source for a name, or a source is a single file, as it was in earlier versions.
    """
    for single in sorted((ROOT / "solutions").glob("*.py")):
        raise CourseError(
            f"{relative(single)}: the source of a lab is a folder. Make it solutions/{single.stem}/00_card.py, or one "
            "file a section (docs/authors.md)."
        )
    known = sorted(path.name for path in (ROOT / "solutions").glob("[0-9][0-9]_*/"))
    for name in names or []:
        if name not in known:
            raise CourseError(f"There is no lab {name!r}. The labs are: {', '.join(known)}.")
    return [Lab(name) for name in names or known]


def without_source() -> list[Path]:
    """Folders of student notebooks and of answers that belong to no lab any more."""
    known = {lab.name for lab in find_labs()}
    folders = [*ROOT.glob("labs/[0-9][0-9]_*/"), *ROOT.glob("tests/answers/[0-9][0-9]_*/")]
    return sorted(folder for folder in folders if folder.name not in known)


def relative(path: Path) -> str:
    """A path as an author would type it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def student_repository() -> str:
    """The address of the repository that students get, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    address: str = project["tool"]["course"]["student-repository"]
    return address
