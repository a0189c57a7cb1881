"""nbgrader as a library, with the settings of this course."""

import logging
import warnings
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from course import layout


def load_config(root: Path) -> Config:
    """The settings of nbgrader_config.py, for a course whose folder is `root`."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(layout.ROOT)).load_config()
    folder = {"root": str(root), "db_url": f"sqlite:///{root}/grading/gradebook.db"}
    config.merge(Config(CourseDirectory=folder))
    return config


def open_api(config: Config) -> NbGraderAPI:
    """nbgrader's functions, without its talk of how it keeps its database."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module="nbgrader|sqlalchemy")
    return NbGraderAPI(config=config)
