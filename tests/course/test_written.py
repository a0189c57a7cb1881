"""Written answers are marked on a local page, and what is saved is in the gradebook."""

import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from browser import NEEDS_BROWSER, browser, free_port
from browser import served as started
from conftest import NEEDS_POSTGRES, ROOT, Course
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from course import layout, notebooks
from course.layout import CourseError, Lab
from course.nbgrader_api import load_config, open_gradebook
from course.written import Marking, Page, mark_of, page_of, questions_of, save

NAME = "90_words"
SOURCE = """\
# %% [markdown]
# # Lab 90 · Words
# Worth **2 points**.

# %% [markdown]
# ### Question 1 · Why? (2 points · 5 min · ●○○)
#
# Why is $x_1$ twice?

# %% [markdown] manual="why" points=2
# It is copied. (1 point) And summed. (1 point)
"""
TEXTS = {
    "ada": "Since $a<b$.",
    "bob": "It is **copied**. <script>document.title = 'ran'</script>",
    "cy": "I do not know.",
    "dan": "YOUR ANSWER HERE",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Iterator[Course]:
    """A course whose gradebook and graded notebooks are as nbgrader leaves them; dan wrote nothing."""
    patch = pytest.MonkeyPatch()
    patch.setattr(layout, "ROOT", tmp_path_factory.mktemp("course"))
    made = Course(layout.ROOT, {NAME: SOURCE})
    made.run("build")
    (made.root / "grading").mkdir()
    fill_gradebook()
    for student, text in TEXTS.items():
        nb = notebooks.read(made.built(NAME))
        nb.cells[-1].source = text
        notebooks.write(nb, made.autograded(student, NAME))
    yield made
    patch.undo()


def fill_gradebook(db: str | None = None) -> None:
    """All have handed in."""
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        gradebook.add_assignment(NAME)
        gradebook.add_notebook(NAME, NAME)
        gradebook.add_grade_cell("why", NAME, NAME, max_score=2, cell_type="markdown")
        gradebook.add_solution_cell("why", NAME, NAME)
        gradebook.add_grade_cell("check", NAME, NAME, max_score=1, cell_type="code")
        for student in TEXTS:
            gradebook.add_student(student)
            gradebook.add_submission(NAME, student)
            gradebook.find_grade("check", NAME, NAME, student).auto_score = 0
        gradebook.db.commit()


@pytest.fixture
def course(made) -> Course:
    """The same, with nothing read yet."""
    with open_gradebook(load_config(layout.ROOT)) as gradebook:
        for student in TEXTS:
            grade = gradebook.find_grade("why", NAME, NAME, student)
            grade.auto_score = 0 if student == "dan" else None
            grade.manual_score, grade.needs_manual_grade = None, student != "dan"
            gradebook.find_comment("why", NAME, NAME, student).manual_comment = None
        gradebook.db.commit()
    return made


def question():
    (only,) = questions_of(Lab(NAME))
    return only


def fields(page: Page, student: str, mark: str, comment: str = "") -> dict[str, str]:
    """What a browser sends when somebody fills in one answer of a page."""
    form = {}
    for answer in page.answers:
        mine = answer.student == student
        form[f"old-mark-{answer.id}"] = answer.mark
        form[f"mark-{answer.id}"] = mark if mine else answer.mark
        form[f"old-comment-{answer.id}"] = answer.comment
        form[f"comment-{answer.id}"] = comment if mine else answer.comment
    return form


def in_gradebook(course: Course, student: str, db: str | None = None):
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        grade = gradebook.find_grade("why", NAME, NAME, student)
        comment = gradebook.find_comment("why", NAME, NAME, student)
        return grade.manual_score, grade.needs_manual_grade, comment.comment


def test_a_page_has_all_answers_and_beside_them_the_model_answer(course):
    page = page_of(Lab(NAME), question())
    assert {answer.student for answer in page.answers} == {"ada", "bob", "cy"}
    assert (page.untouched, page.read, page.question.points) == (1, 0, 2)
    assert page.question.heading == "Question 1 · Why?"
    assert "(1 point)" in page.question.model
    assert "<math" in page.question.text
    texts = {answer.student: answer.text for answer in page.answers}
    assert "<math" in texts["ada"]
    assert "<strong>copied</strong>" in texts["bob"]
    assert "<script" not in texts["bob"]


def test_a_submission_whose_grading_failed_has_no_answer_to_read(course):
    def score(check: float | None) -> None:
        with open_gradebook(load_config(layout.ROOT)) as gradebook:
            gradebook.find_grade("check", NAME, NAME, "ada").auto_score = check
            gradebook.db.commit()

    score(None)
    assert {answer.student for answer in page_of(Lab(NAME), question()).answers} == {"bob", "cy"}
    score(0)


def test_marks_and_comments_are_those_of_the_gradebook(course):
    lab = Lab(NAME)
    page = page_of(lab, question())
    saved = save(lab, question(), fields(page, "ada", "1,5", "Say\r\nwhy."))
    assert (saved.saved, saved.read) == (1, 1)
    assert in_gradebook(course, "ada") == (1.5, False, "Say\nwhy.")
    assert in_gradebook(course, "bob") == (None, True, None)
    # An emptied field takes a mark back.
    save(lab, question(), fields(page_of(lab, question()), "ada", "", ""))
    assert in_gradebook(course, "ada") == (None, True, None)


@pytest.mark.parametrize("text", ["2.5", "-1", "nan", "inf", "two", "1e9"])
def test_a_mark_out_of_range_is_refused_and_what_was_entered_stays(course, text):
    lab = Lab(NAME)
    page = save(lab, question(), fields(page_of(lab, question()), "ada", text, "Hm."))
    (answer,) = (answer for answer in page.answers if answer.problem)
    assert answer.problem.endswith(f"is not saved: {text} is not a mark from 0 to 2.")
    assert (answer.student, answer.entered, page.saved) == ("ada", (text, "Hm."), 0)
    assert in_gradebook(course, "ada") == (None, True, None)


def test_marks_are_read_as_people_type_them():
    assert [mark_of(text, 2) for text in ("", " 0 ", "1,5", "2.0")] == [None, 0, 1.5, 2]


def test_two_people_do_not_overwrite_each_other(course):
    lab = Lab(NAME)
    one = two = page_of(lab, question())
    save(lab, question(), fields(one, "ada", "1", "Half."))
    # The second one's page is older: their own answer is saved, the other's mark stays.
    assert save(lab, question(), fields(two, "bob", "2")).saved == 1
    assert in_gradebook(course, "ada") == (1, False, "Half.")
    page = save(lab, question(), fields(two, "ada", "0"))
    (answer,) = (answer for answer in page.answers if answer.problem)
    assert answer.problem.endswith("is not saved: somebody else marked it meanwhile.")
    assert (answer.mark, answer.entered) == ("1", ("0", ""))
    assert in_gradebook(course, "ada") == (1, False, "Half.")
    # Whoever has seen it may replace it.
    save(lab, question(), fields(page, "ada", "0"))
    assert in_gradebook(course, "ada") == (0, False, None)


def two_save_at_the_same_moment(course: Course, db: str | None = None) -> None:
    """One of them is told."""
    lab = Lab(NAME)
    page = page_of(lab, question(), db)
    ready = threading.Barrier(2)

    def press_save(mark: str) -> Page:
        ready.wait()
        return save(lab, question(), fields(page, "ada", mark), db)

    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(press_save, ("1", "2")))
    assert sorted(page.saved for page in pages) == [0, 1]
    kept, told = sorted(pages, key=lambda page: page.saved, reverse=True)
    assert [answer.problem for answer in kept.answers if answer.problem] == []
    assert len([answer.problem for answer in told.answers if answer.problem]) == 1
    mark, _, _ = in_gradebook(course, "ada", db)
    assert {answer.mark for answer in kept.answers if answer.student == "ada"} == {f"{mark:g}"}


def test_of_two_at_the_same_moment_one_is_told(course):
    two_save_at_the_same_moment(course)


@NEEDS_POSTGRES
def test_a_gradebook_in_postgresql_is_read_and_marked_in_the_same_way(course, postgres):
    fill_gradebook(postgres)
    two_save_at_the_same_moment(course, postgres)
    with served(db=postgres) as address:
        page = page_of(Lab(NAME), question(), postgres)
        form = urlencode(fields(page, "bob", "1,5", "Say why.")).encode()
        said = urlopen(f"{address}why", form).read().decode()
        assert "1 saved." in said
    assert in_gradebook(course, "bob", postgres) == (1.5, False, "Say why.")
    assert in_gradebook(course, "bob") == (None, True, None)


def test_a_lab_without_written_answers_or_not_built_says_so(course_of):
    made = course_of({NAME: SOURCE.partition("# %% [markdown] manual")[0]})
    with pytest.raises(CourseError, match="is not built yet: python -m course release 90_words"):
        questions_of(Lab(NAME))
    made.card(NAME).write_text(made.card(NAME).read_text() + '\n# %% check="one" points=2\nassert 1\n')  # fmt: skip
    made.run("build")
    assert "90_words asks for no written answer." in made.run("written", NAME, code=1)


@contextmanager
def served(**options: bool | str) -> Iterator[str]:
    with Marking(Lab(NAME), **options) as marking:
        thread = threading.Thread(target=marking.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield marking.address
        finally:
            marking.shutdown()
            thread.join()


def test_only_who_knows_the_address_sees_a_page(course):
    with served() as address:
        page = urlopen(f"{address}why")
        text = page.read().decode()
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"\b(ada|bob|cy|dan)\b", text)
        root = address.partition("/")[0] + "//" + address.split("/")[2]
        for path in ("/", "/why", f"/{'x' * 32}/why", f"{address.partition(root)[2]}nothing"):
            with pytest.raises(HTTPError) as error:
                urlopen(root + path)
            assert error.value.code == 404
    with served(names=True) as address:
        assert "Answer 1 · " in urlopen(f"{address}why").read().decode()


@NEEDS_BROWSER
def test_marking_with_the_keyboard_in_a_browser_and_after_a_restart(course):
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)

    def marks(driver):
        return driver.find_elements(By.CSS_SELECTOR, "input[name^='mark-']")

    def said(driver, where):
        there = WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, where))
        return there[0].text

    def focused(driver, k):  # a page is loaded a little before its autofocus is heeded
        WebDriverWait(driver, 20).until(lambda d: d.switch_to.active_element == marks(d)[k])

    with browser() as driver:
        with served() as address:
            driver.get(address)
            driver.find_element(By.LINK_TEXT, "Question 1 · Why?").send_keys(Keys.ENTER)
            assert len(marks(driver)) == 3
            marks(driver)[0].send_keys("1.5", Keys.TAB, "Say why.", Keys.TAB, Keys.ENTER)
            assert said(driver, "[role=status]") == (
                "1 saved. 1 of 3 read; 1 left it as it came and have 0 points."
            )
            # The next one has the focus: nobody needs a mouse.
            focused(driver, 1)
            driver.switch_to.active_element.send_keys("3", Keys.ENTER)
            assert (
                said(driver, "[role=alert]")
                == "Answer 2 is not saved: 3 is not a mark from 0 to 2."
            )
            focused(driver, 1)
            assert marks(driver)[1].get_attribute("value") == "3"
            driver.save_screenshot(str(folder / "written.png"))
        port = free_port()
        command = [sys.executable, "-m", "course", "written", NAME, f"--port={port}"]
        with started(command, port, course.root, course.root / "log.txt") as address:
            driver.get(f"{address}why")
            assert [mark.get_attribute("value") for mark in marks(driver)] == ["1.5", "", ""]
            assert driver.find_element(By.TAG_NAME, "textarea").get_attribute("value") == "Say why."
            assert driver.title == "90_words · Question 1 · Why?"
            assert driver.get_log("browser") == []
    read = [student for student in TEXTS if in_gradebook(course, student)[0] == 1.5]
    assert len(read) == 1
    assert in_gradebook(course, read[0]) == (1.5, False, "Say why.")
