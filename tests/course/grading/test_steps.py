"""The course's steps stand among nbgrader's own, all of which are kept."""

import pytest
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import DeduplicateIds
from traitlets.config.loader import PyFileConfigLoader

from course import grading
from course.layout import ROOT


def names(steps: list[type]) -> list[str]:
    return [step.__name__ for step in steps]


@pytest.fixture(scope="module")
def config():
    return PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()


@pytest.mark.parametrize(
    ("converter", "trait", "own", "before"),
    [
        (GenerateAssignment, "preprocessors", "Normalize", "CheckCellMetadata"),
        (Autograde, "sanitize_preprocessors", "RestoreCells", "ClearOutput"),
        (Autograde, "autograde_preprocessors", "CountErrorsAlone", "LimitOutput"),
        (GenerateFeedback, "preprocessors", "HideHiddenTests", "GetGrades"),
    ],
)
def test_nbgraders_steps_are_kept_and_one_is_added(config, converter, trait, own, before):
    steps = names(config[converter.__name__][trait])
    assert steps[steps.index(own) - 1] == before
    steps.remove(own)
    if converter is Autograde:
        assert steps.pop() == "SanitizeText"  # last, when marks and comments are known
    replaced = {"ExecuteInBox": "Execute", "SumUp": "CSSHTMLHeaderPreprocessor"}
    steps = [replaced.get(step, step) for step in steps]
    nbgraders = names(converter.class_traits()[trait].default())
    if trait == "autograde_preprocessors":
        assert nbgraders.pop() == "CheckCellMetadata"  # it was checked before the run
    assert steps == nbgraders


def test_a_step_that_nbgrader_no_longer_has_is_an_error():
    with pytest.raises(ValueError, match="is not in list"):
        grading.after(DeduplicateIds, grading.RestoreCells, [])
