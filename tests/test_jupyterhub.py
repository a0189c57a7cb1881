"""Ten students and a teacher on a real JupyterHub: fetch, solve, validate, submit, collect, grade, feedback.

Not part of `make test`, for it needs packages that the book does not: docs/hub/README.md. Each student's server runs
behind walls of its own, with a home of its own and as the user jovyan, as in the containers of a cluster. What the
buttons of JupyterLab ask of nbgrader is asked here in the same words.
"""

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import nbformat
import pytest
import requests
from browser import free_port, served
from conftest import NEEDS_BOX, ROOT, Course
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.utils import is_solution

from course.answers import read_answers
from course.build import build_notebook
from course.layout import Lab

LAB, COURSE, EXCHANGE = "01_backprop", "transformers-2027", "/srv/nbgrader/exchange"
NOTEBOOK = f"{LAB}/{LAB}.ipynb"
PROXY = shutil.which("configurable-http-proxy")
pytestmark = [
    pytest.mark.hub,
    NEEDS_BOX,
    pytest.mark.skipif(
        importlib.util.find_spec("jupyterhub") is None or PROXY is None,
        reason="needs a hub and its proxy: pip install jupyterhub; npm install -g configurable-http-proxy",
    ),
]
STUDENTS = [f"s{number:02}" for number in range(1, 11)]
WRONG = {"s07": "forgets to divide by the batch size", "s08": "up the slope"}
HALF, UNTOUCHED = "s09", "s10"
WAIT = 900  # seconds for an answer of a machine that ten students share

HUB = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/school/"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.cmd = ["{folder}/server"]
c.Spawner.http_timeout = c.Spawner.start_timeout = 300
c.Spawner.environment = {{"JUPYTER_CONFIG_PATH": "{folder}/jupyter", "HF_HUB_OFFLINE": "1"}}
c.JupyterHub.services = [{{"name": "school", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [
    {{"name": "school", "services": ["school"], "scopes": ["admin:users", "admin:servers", "tokens"]}}
]
"""
# The server of one student sees the machine, may not change it, and writes to the home and to the exchange.
SERVER = """#!/bin/sh
exec bwrap --unshare-user --unshare-pid --die-with-parent --uid 1000 --gid 100 --ro-bind / / --dev /dev --proc /proc \\
    --tmpfs /tmp --tmpfs /home --ro-bind {folder}/jupyter {folder}/jupyter --ro-bind {folder}/passwd /etc/passwd \\
    --bind {folder}/exchange {folder}/exchange --bind "{folder}/homes/$JUPYTERHUB_USER" /home/jovyan \\
    --chdir /home/jovyan --setenv HOME /home/jovyan --setenv LABS_CACHE /home/jovyan/cache --setenv PATH "{path}" \\
    {python} -m jupyterhub.singleuser "$@"
"""


class Student:
    """Who sits at a browser: asks a server of the hub what the buttons ask."""

    def __init__(self, address: str, token: str, name: str) -> None:
        self.name, self.hub = name, f"{address}hub/api/users/{name}"
        self.server = f"{address}user/{name}"
        self._asks = requests.Session()
        self._asks.headers["Authorization"] = f"token {token}"
        self._call("POST", self.hub)
        mine = self._call("POST", f"{self.hub}/tokens", json={"note": "a test"}).json()["token"]
        self._call("POST", f"{self.hub}/server")
        # The progress of a start is a stream of events, which ends when the server is there.
        self._call("GET", f"{self.hub}/server/progress")
        self._asks.headers["Authorization"] = f"token {mine}"

    def press(self, button: str) -> None:
        """Of the assignment list: fetch, submit, fetch_feedback."""
        data = {"course_id": COURSE, "assignment_id": LAB}
        told = self._call("POST", f"{self.server}/assignments/{button}", json=data).json()
        assert told["success"], told

    def notebook(self) -> NotebookNode:
        """The lab, as it lies in the home."""
        content = self._call("GET", f"{self.server}/api/contents/{NOTEBOOK}").json()["content"]
        return nbformat.from_dict(content)

    def save(self, nb: NotebookNode) -> None:
        """As JupyterLab does."""
        model = {"type": "notebook", "format": "json", "content": nb}
        self._call("PUT", f"{self.server}/api/contents/{NOTEBOOK}", json=model)

    def validate(self) -> list[str]:
        """The errors that the Validate button shows."""
        told = self._call("POST", f"{self.server}/assignments/validate", json={"path": NOTEBOOK})
        answer = told.json()
        assert answer["success"], answer["value"]
        return [failed["error"] for failed in answer["value"].get("failed", [])]

    def feedback(self) -> str:
        """The page that the last press brought."""
        folder = f"{self.server}/api/contents/{LAB}/feedback"
        (time,) = self._call("GET", folder).json()["content"]
        page = self._call("GET", f"{folder}/{time['name']}/{LAB}.html", params={"format": "text"})
        return page.json()["content"]

    def _call(self, method: str, address: str, **request: object) -> requests.Response:
        answer = self._asks.request(method, address, timeout=WAIT, **request)
        assert answer.ok, (
            f"{self.name}, {method} {address}: {answer.status_code} {answer.text[:300]}"
        )
        return answer


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the homes, the exchange, and what stands in /etc/jupyter elsewhere: the files of docs/hub."""
    folder = tmp_path_factory.mktemp("school")
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o777)
    (folder / "jupyter").mkdir()
    for name in ("nbgrader_config.py", "jupyter_server_config.py"):
        text = (ROOT / "docs" / "hub" / name).read_text()
        assert name != "nbgrader_config.py" or EXCHANGE in text
        (folder / "jupyter" / name).write_text(text.replace(EXCHANGE, f"{folder}/exchange"))
    (folder / "passwd").write_text("jovyan:x:1000:100::/home/jovyan:/bin/sh\n")
    path = f"{Path(sys.executable).parent}:{os.defpath}"
    (folder / "server").write_text(SERVER.format(folder=folder, path=path, python=sys.executable))
    (folder / "server").chmod(0o755)
    for student in STUDENTS:
        (folder / "homes" / student).mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def students(school: Path) -> Iterator[list[Student]]:
    """Ten students, whose servers were started at once."""
    port, token = free_port(), os.urandom(16).hex()
    text = HUB.format(
        port=port, hub_port=free_port(), proxy_port=free_port(), proxy=PROXY, folder=school, token=token
    )  # fmt: skip
    (school / "jupyterhub_config.py").write_text(text)
    command, log = [sys.executable, "-m", "jupyterhub"], school / "hub.log"
    with served(command, port, school, log, says="JupyterHub is now running at ") as address:
        with ThreadPoolExecutor(len(STUDENTS)) as pool:
            started = list(pool.map(lambda name: Student(address, token, name), STUDENTS))
        yield started


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, school: Path) -> Iterator[Course]:
    """The teacher's clone, whose commands find the exchange."""
    course = Course(tmp_path_factory.mktemp("clone"), {})
    shutil.copytree(ROOT / "solutions" / LAB, course.root / "solutions" / LAB)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_PATH", str(school / "jupyter"))
        yield course


def answers_of_class() -> dict[str, dict[str, str]]:
    """What each student writes, by exercise, and what two of them got wrong by one line."""
    built = build_notebook(Lab(LAB))
    known = {answer.why: answer for answer in read_answers(Lab(LAB), built)}
    model = {cell.id: cell.source for cell in built.notebook.cells if is_solution(cell)}
    written = {student: dict(model) for student in STUDENTS}
    for student, why in WRONG.items():
        written[student][known[why].exercise] = known[why].code
    written[HALF] = dict(list(model.items())[: len(model) // 2])
    written[UNTOUCHED] = {}
    return written


def words_of(html: str) -> str:
    """What is read of it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def answered(nb: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """The notebook as it was handed out, with these answers."""
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    return nb


def test_a_class_from_the_release_to_the_feedback(teacher, students):
    teacher.python_m_course("release", LAB)
    assert f"Released as: {COURSE} {LAB}" in teacher.nbgrader("release_assignment", LAB)

    written = answers_of_class()

    def work(student: Student) -> list[str]:
        student.press("fetch")
        student.save(answered(student.notebook(), written[student.name]))
        errors = student.validate()
        student.press("submit")
        return errors

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        met = dict(zip(STUDENTS, pool.map(work, students), strict=True))
    wrong = {*WRONG, HALF, UNTOUCHED}
    assert {student: errors for student, errors in met.items() if errors}.keys() == wrong

    said = teacher.nbgrader("collect", LAB)
    assert f"Processing {len(STUDENTS)} submissions of '{LAB}'" in said
    assert "cheating attempt" not in said
    teacher.python_m_course("grade", LAB)
    with Gradebook(teacher.gradebook) as gradebook:
        grades = {s: gradebook.find_submission_notebook(LAB, LAB, s).grades for s in STUDENTS}
        failed = {
            student: {g.name for g in of if g.cell.cell_type == "code" and g.score < g.max_score}
            for student, of in grades.items()
        }
    assert {student for student, checks in failed.items() if checks} == wrong
    assert len(failed[UNTOUCHED]) > len(failed[HALF]) > max(len(failed[who]) for who in WRONG)

    teacher.nbgrader("generate_feedback", LAB)
    teacher.nbgrader("release_feedback", LAB)
    for student in students:
        student.press("fetch_feedback")
        page = words_of(student.feedback())
        for error in met[student.name]:
            kind, _, message = words_of(error.strip().splitlines()[-1]).partition(": ")
            assert message in page, f"{student.name}: {kind}"
