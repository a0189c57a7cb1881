"""A local page for each written question: all answers, the model answer beside them, marks into the gradebook."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from urllib.parse import parse_qs, unquote

import jinja2
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader.api import Comment, Grade

from course import layout, notebooks
from course.exercises import HEADING, GradedCell, graded_cells
from course.grading.formulas import with_formulas
from course.grading.sanitize_text import safe_markdown
from course.layout import CourseError, Lab
from course.nbgrader_api import load_config, open_gradebook

LARGEST_FORM = 8 << 20  # bytes
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Question:
    """A written question of a lab, as HTML."""

    name: str  # its grade id
    heading: str
    points: float
    text: str
    model: str  # the model answer; what each part of it is worth stands in it


@dataclass
class Answer:
    """What a student wrote, and what a person gave for it."""

    id: str  # of its grade in the gradebook, which tells nobody who wrote it
    student: str
    text: str  # as HTML
    mark: str  # in the gradebook; empty while nobody has read it
    comment: str
    entered: tuple[str, str] | None = None  # a mark and a comment that could not be saved
    problem: str = ""  # why


@dataclass
class Page:
    """All answers to a question."""

    question: Question
    answers: list[Answer] = field(default_factory=list)
    untouched: int = 0  # left as it came: 0 points without a look
    saved: int | None = None  # how many the last request changed
    focus: str = ""  # the id of the answer that comes next

    @property
    def read(self) -> int:
        return sum(bool(answer.mark) for answer in self.answers)


def questions_of(lab: Lab) -> list[Question]:
    """The written questions of a lab, in order.

    Raises:
        CourseError: the instructor notebook is not built, or the lab has no such question.
    """
    if not lab.built.exists():
        raise CourseError(f"{lab.name} is not built yet: python -m course release {lab.name}")
    nb = notebooks.read(lab.built)
    found = []
    for heading, graded in graded_cells(nb, lab.name).items():
        for name, cell in graded.items():
            if cell.written:
                found.append(_question(nb, name, heading, cell))
    if not found:
        raise CourseError(f"{lab.name} asks for no written answer.")
    return found


def _question(nb: NotebookNode, name: str, heading: str, graded: GradedCell) -> Question:
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells]
    place = names.index(name)
    before = next((c for c in reversed(nb.cells[:place]) if HEADING.match(c.source)), None)
    if before is not None:
        before.source = before.source.partition("\n")[2]  # the heading is the title of the page
    text = shown(before) if before is not None else ""
    return Question(name, heading, graded.points, text, shown(nb.cells[place]))


def shown(cell: NotebookNode) -> str:
    """A cell of prose as HTML that runs nothing."""
    attachments = cell.get("attachments", NotebookNode())
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    text = safe_markdown(cell.source, attachments)
    return with_formulas(MarkdownWithMath(renderer=renderer).render(text))


def page_of(lab: Lab, question: Question, db: str | None = None) -> Page:
    """The answers in all graded submissions to a question, in an order that says nothing of who wrote them.

    Raises:
        CourseError: the gradebook cannot be opened.
    """
    page = Page(question)
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        for submission in gradebook.notebook_submissions(lab.name, lab.name):
            checks = (grade for grade in submission.grades if grade.cell.cell_type == "code")
            if any(check.auto_score is None for check in checks):  # its grading failed
                continue
            (grade,) = (grade for grade in submission.grades if grade.name == question.name)
            comment = gradebook.find_comment(
                question.name, lab.name, lab.name, submission.student.id
            )
            if grade.auto_score is not None and grade.manual_score is None:
                page.untouched += 1
                continue
            page.answers.append(
                Answer(
                    id=grade.id,
                    student=submission.student.id,
                    text=_answer(lab, submission.student.id, question.name),
                    mark="" if grade.manual_score is None else f"{grade.manual_score:g}",
                    comment=plain(comment.manual_comment or ""),
                )
            )
    page.answers.sort(key=lambda answer: hashlib.sha256(answer.id.encode()).digest())
    page.focus = next((answer.id for answer in page.answers if not answer.mark), "")
    return page


def _answer(lab: Lab, student: str, name: str) -> str:
    path = lab.autograded(student)
    for cell in notebooks.read(path).cells if path.exists() else []:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == name:
            return shown(cell)
    return "<p><em>The graded notebook is missing: python -m course grade</em></p>"


def plain(text: str) -> str:
    """A comment without what a browser does to its ends of lines."""
    return text.replace("\r\n", "\n").strip()


def mark_of(text: str, most: float) -> float | None:
    """The mark that somebody typed, with a point or a comma; None for an empty field.

    Raises:
        ValueError: it is no number from 0 to `most`; its message is one sentence.
    """
    text = text.strip()
    if not text:
        return None
    try:
        mark = float(text.replace(",", "."))
    except ValueError:
        mark = -1.0
    if not 0 <= mark <= most:  # not a number is not, either
        raise ValueError(f"{text} is not a mark from 0 to {most:g}.")
    return mark


def save(lab: Lab, question: Question, form: Mapping[str, str], db: str | None = None) -> Page:
    """Writes the marks and comments that were changed on a page, and returns the page as it is now.

    What cannot be saved stays on the page as it was entered, with the reason: a mark out of range, or an answer that
    somebody else marked since the page was made.

    Args:
        lab: the lab.
        question: the question.
        form: for each answer what was entered, and what stood there before: mark-ID, comment-ID, old-mark-ID,
            old-comment-ID.
        db: the address of another gradebook.

    Raises:
        CourseError: the gradebook cannot be opened.
    """
    refused: dict[str, tuple[tuple[str, str], str]] = {}
    saved, last = 0, ""
    answers = page_of(lab, question, db).answers
    for place, answer in enumerate(answers, 1):
        new, old = (
            (
                form.get(f"{which}mark-{answer.id}", "").strip(),
                plain(form.get(f"{which}comment-{answer.id}", "")),
            )
            for which in ("", "old-")
        )
        now = (answer.mark, answer.comment)
        if new in (old, now):
            continue
        try:
            mark = mark_of(new[0], question.points)
        except ValueError as error:
            refused[answer.id] = (new, f"Answer {place} is not saved: {error}")
            continue
        if old == now and _write(answer.id, now, (mark, new[1]), db):
            saved, last = saved + 1, answer.id
        else:
            refused[answer.id] = (
                new,
                f"Answer {place} is not saved: somebody else marked it meanwhile.",
            )
    page = page_of(lab, question, db)
    for answer in page.answers:
        if answer.id in refused:
            answer.entered, answer.problem = refused[answer.id]
    page.saved = saved
    places = [answer.id for answer in page.answers]
    after = places[places.index(last) + 1 :] if last else []
    page.focus = next(iter([*refused, *after]), page.focus)
    return page


def _write(
    grade_id: str, old: tuple[str, str], new: tuple[float | None, str], db: str | None
) -> bool:
    """Writes a mark and a comment, unless they are no longer what they were; says whether it did."""
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        grade = gradebook.find_grade_by_id(grade_id)
        comment = gradebook.find_comment(
            grade.name, grade.notebook.name, grade.assignment.name, grade.student.id
        )
        was = (grade.manual_score, comment.manual_comment)
        if (_number(was[0]), plain(was[1] or "")) != old:
            return False
        # In one step each, so that two programs cannot both find what they expect.
        wrote = [
            gradebook.db.query(Grade)
            .filter(Grade.id == grade.id, Grade.manual_score == was[0])
            .update(
                {"manual_score": new[0], "needs_manual_grade": new[0] is None},
                synchronize_session=False,
            ),
            gradebook.db.query(Comment)
            .filter(Comment.id == comment.id, Comment.manual_comment == was[1])
            .update({"manual_comment": new[1] or None}, synchronize_session=False),
        ]
        if wrote != [1, 1]:
            gradebook.db.rollback()
            return False
        gradebook.db.commit()
        return True


def _number(mark: float | None) -> str:
    return "" if mark is None else f"{mark:g}"


class Marking(ThreadingHTTPServer):
    """Serves the pages of one lab to whoever knows its address, on this machine alone."""

    daemon_threads = True

    def __init__(
        self, lab: Lab, *, port: int = 0, names: bool = False, db: str | None = None
    ) -> None:
        """Binds a port.

        Args:
            lab: the lab.
            port: 0 for any that is free.
            names: whether the pages say who wrote an answer.
            db: the address of another gradebook.

        Raises:
            CourseError: the port is taken, or as `questions_of`.
        """
        self.lab, self.names, self.gradebook = lab, names, db
        self.questions = questions_of(lab)
        self.token = secrets.token_urlsafe(24)
        environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        environment.filters["number"] = _number
        text = files("course").joinpath("written.html").read_text(encoding="utf-8")
        self.template = environment.from_string(text)
        try:
            super().__init__(("127.0.0.1", port), _Request)
        except OSError as error:
            raise CourseError(
                f"Port {port} cannot be used ({error.strerror}): choose another one with --port."
            ) from None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{self.token}/"


class _Request(BaseHTTPRequestHandler):
    """The pages of a `Marking`: TOKEN/ is the list of questions, TOKEN/NAME one of them."""

    server: Marking

    def do_GET(self) -> None:
        self._respond(None)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_FORM:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        text = self.rfile.read(length).decode("utf-8", errors="replace")
        fields = parse_qs(text, keep_blank_values=True)
        self._respond({name: values[-1] for name, values in fields.items()})

    def _respond(self, form: dict[str, str] | None) -> None:
        marking = self.server
        token, _, name = self.path.partition("?")[0].removeprefix("/").partition("/")
        wanted = [question for question in marking.questions if question.name == unquote(name)]
        known = hmac.compare_digest(token.encode(), marking.token.encode())
        if not known or (name and not wanted):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            if wanted and form is not None:
                with _ONE_AT_A_TIME:
                    pages = [save(marking.lab, wanted[0], form, marking.gradebook)]
            else:
                asked = wanted or marking.questions
                pages = [page_of(marking.lab, question, marking.gradebook) for question in asked]
        except CourseError as error:
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, explain=str(error))
            return
        page = marking.template.render(
            lab=marking.lab.name, pages=pages, one=bool(wanted), names=marking.names
        ).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        # Nothing runs in these pages, and the address with its token goes to nobody.
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
        )
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing: the address is a secret."""
