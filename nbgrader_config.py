"""nbgrader's settings for this course. They make its own commands, and its formgrader, work in this folder as it is."""

import logging
import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
# nbgrader calls alembic by name, also when this environment was not activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

from jupyter_client import KernelManager  # noqa: E402
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor  # noqa: E402
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback  # noqa: E402
from nbgrader.preprocessors import (  # noqa: E402
    CheckCellMetadata,
    ClearOutput,
    Execute,
    GetGrades,
    LimitOutput,
)

from course import grading, notebooks  # noqa: E402

c = get_config()  # noqa: F821

# Where everything is. nbgrader opens the gradebook before it makes a folder for it.
(ROOT / "grading").mkdir(exist_ok=True)
c.CourseDirectory.root = str(ROOT)
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "labs"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.feedback_directory = "grading/feedback"
# Or a server, such as postgresql+psycopg://USER@HOST/NAME: docs/grading.md.
c.CourseDirectory.db_url = f"sqlite:///{ROOT}/grading/gradebook.db"

# labs/ is committed, so a release always exists already: replace it, and register it in the gradebook.
c.GenerateAssignment.force = True
c.ClearSolutions.code_stub = {"python": notebooks.STUB}

# nbgrader's own steps, and the course's between them.
c.GenerateAssignment.preprocessors = [
    *GenerateAssignment.preprocessors.default(),
    grading.Normalize,
]
# Text is made safe last, when its marks are known; and before the run already, should that be cut short. Metadata is
# checked before the run, which does not touch it, and not once more.
c.Autograde.sanitize_preprocessors = grading.after(
    CheckCellMetadata,
    grading.SanitizeText,
    grading.after(ClearOutput, grading.RestoreCells, Autograde.sanitize_preprocessors.default()),
)
c.Autograde.autograde_preprocessors = grading.in_place_of(
    CheckCellMetadata,
    grading.SanitizeText,
    grading.in_place_of(
        Execute,
        grading.ExecuteInBox,
        grading.after(
            LimitOutput, grading.CountErrorsAlone, Autograde.autograde_preprocessors.default()
        ),
    ),
)
c.AssignLatePenalties.plugin_class = grading.LateRule
# Of the points, for each day begun after the due date; with 1.0 what is late counts nothing.
c.LateRule.share_per_day = 0.0
# The page brings its own colors for code, in place of CSSHTMLHeaderPreprocessor's.
c.GenerateFeedback.preprocessors = grading.in_place_of(
    CSSHTMLHeaderPreprocessor,
    grading.SumUp,
    grading.after(GetGrades, grading.HideHiddenTests, GenerateFeedback.preprocessors.default()),
)
c.GenerateFeedback.exporter_class = grading.FeedbackPage
# nbgrader sets these of every page in HTML.
c.FeedbackPage.template_name = "feedback_page"
c.FeedbackPage.extra_template_basedirs = [grading.TEMPLATES]

# For the Validate button; a lab's smoke run takes well under a minute as a whole, and this limit is for one cell.
c.Execute.timeout = 60
# For what a cell has printed; nbgrader's 4 are too few where a class validates at the same time.
c.Execute.iopub_timeout = 60
# A module beside a submission would be imported in place of the book's own.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "*.py",
    "*.so",
]

# What nbgrader's libraries say to its authors is nothing for those who run it.
warnings.filterwarnings("ignore", module="nbgrader|nbconvert|sqlalchemy|alembic")
logging.getLogger("alembic").setLevel(logging.WARNING)
# A kernel warns where others could listen to it: between processes of this machine, too.
if "transport_encryption" in KernelManager.class_trait_names():
    c.KernelManager.transport_encryption = "auto"
