"""nbgrader as a library, with the settings of this course."""

import json
from pathlib import Path

from nbgrader.api import Course, Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from course import layout
from course.layout import CourseError


def load_config(root: Path, db: str | None = None) -> Config:
    """The settings of nbgrader_config.py, for a course whose folder is `root`.

    Args:
        root: this course, or a temporary one, which never sees the gradebook of this one.
        db: the address of a gradebook in place of the one in the settings.
    """
    config = PyFileConfigLoader("nbgrader_config.py", path=str(layout.ROOT)).load_config()
    config.CourseDirectory.root = str(root)
    if root != layout.ROOT:
        db = f"sqlite:///{root}/grading/gradebook.db"
    if db:
        config.CourseDirectory.db_url = db
    return config


def open_gradebook(config: Config) -> Gradebook:
    """The gradebook of these settings, whose tables are made if it is new.

    Raises:
        CourseError: its address is wrong, its driver is missing, or its server does not let us in.
    """
    try:
        url = make_url(config.CourseDirectory.db_url)
        gradebook = Gradebook(config.CourseDirectory.db_url)
    except ArgumentError as error:
        raise CourseError(f"The address of the gradebook: {error}") from None
    except ImportError as error:
        raise CourseError(
            f"The gradebook {url}: {error}. The driver for PostgreSQL is psycopg (postgresql+psycopg://...): "
            "pip install -c constraints.txt -e '.[cluster]'"
        ) from None
    except OperationalError as error:
        raise CourseError(f"The gradebook {url} cannot be opened: {error.orig}") from None
    # nbgrader has labs point to a course without a name, which it never writes. SQLite lets it, PostgreSQL does not.
    if gradebook.db.get(Course, "") is None:
        gradebook.db.add(Course(id=""))
        gradebook.db.commit()
    return gradebook


def open_api(config: Config) -> NbGraderAPI:
    """nbgrader's functions, with these settings."""
    return NbGraderAPI(config=config)


def awaits_grading(submitted: Path) -> bool:
    """Whether a submission is not graded yet, or a newer one was collected since.

    nbgrader writes the notebook once before it runs and once more with what its cells put out. Where grading was cut
    off in between, there is a notebook and no cell of it has run.
    """
    parts = submitted.relative_to(layout.ROOT / "grading" / "submitted")
    autograded = layout.ROOT / "grading" / "autograded" / parts
    try:
        cells = json.loads(autograded.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError):
        return True
    if not any(cell.get("execution_count") or cell.get("outputs") for cell in cells):
        return True
    stamp = CourseDirectory().get_existing_timestamp
    new, old = stamp(str(submitted.parent)), stamp(str(autograded.parent))
    return bool(new and old and new > old)
