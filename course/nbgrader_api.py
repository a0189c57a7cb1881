"""nbgrader as a library, with the settings of this course."""

import logging
import warnings
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
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
        return Gradebook(config.CourseDirectory.db_url)
    except ArgumentError as error:
        raise CourseError(f"The address of the gradebook: {error}") from None
    except (ImportError, NoSuchModuleError) as error:
        raise CourseError(
            f"The gradebook {url}: {error}. The driver for PostgreSQL is psycopg (postgresql+psycopg://...): "
            "pip install -c constraints.txt -e '.[cluster]'"
        ) from None
    except OperationalError as error:
        raise CourseError(f"The gradebook {url} cannot be opened: {error.orig}") from None


def open_api(config: Config) -> NbGraderAPI:
    """nbgrader's functions, without its talk of how it keeps its database."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="nbgrader|sqlalchemy")
    return NbGraderAPI(config=config)
