"""A download from the hub that is cut goes on where it stopped, and the next load needs no network."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from utils import settings

FOLDER = settings.ROOT / "data" / "stand_in" / "cifar10"
FILES = {str(path.relative_to(FOLDER)): path.read_bytes() for path in FOLDER.rglob("*.parquet")}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
CUT: set[str] = set()  # files whose first answer broke off
RESUMED: list[int] = []  # where later requests began


class Hub(BaseHTTPRequestHandler):
    """The four requests of a dataset's download. The first answer with the training images breaks off halfway."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(body=True)

    def do_HEAD(self):
        self.answer(body=False)

    def answer(self, *, body: bool) -> None:

        path = self.path.split("?")[0]
        if path.startswith("/api/datasets/uoft-cs/cifar10/revision/"):
            return self.send(
                json.dumps({"id": "uoft-cs/cifar10", "sha": COMMIT, "siblings": []}).encode()
            )
        if path.startswith("/api/datasets/uoft-cs/cifar10/tree/"):
            entries = [
                {"type": "file", "path": name, "size": len(data), "oid": f"{i:040x}"}
                for i, (name, data) in enumerate(FILES.items())
            ]
            return self.send(json.dumps(entries).encode())
        name = path.removeprefix(f"/datasets/uoft-cs/cifar10/resolve/{COMMIT}/")
        if name not in FILES:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        data, start = FILES[name], 0
        if asked := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            start = int(asked[1])
            RESUMED.append(start)
        breaks = body and "train" in name and name not in CUT
        if breaks:
            CUT.add(name)
        return self.send(data[start:], start=start, total=len(data), body=body, breaks=breaks)

    def send(self, data, *, start=0, total=0, body=True, breaks=False):
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{self.path.split("?")[0][-40:].replace("/", "-")}"')
        self.send_header("Accept-Ranges", "bytes")
        if start:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        if body:
            self.wfile.write(data[: len(data) // 2] if breaks else data)
        if breaks:
            self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


CODE = """
from huggingface_hub import constants
from utils import datasets, pretrained, settings
constants.DOWNLOAD_CHUNK_SIZE = 2**14  # small, as our files are
print(datasets.load_cifar10().source)
print(datasets.load_cifar10().source)
next((settings.cache_dir() / "hub").rglob("snapshots/*/plain_text/train-*")).unlink()
print(datasets.load_cifar10().source)
try:
    pretrained.find_model("nobody/nothing")
except datasets.DataError as error:
    print(error)
"""


def test_a_cut_download_is_resumed_and_then_found_in_the_cache(hub, tmp_path):
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub,
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(tmp_path / "home"),
        "LABS_CACHE": str(tmp_path / "cache"),
        "LABS_PRESET": "full",
        "PYTHONPATH": str(settings.ROOT),
    }
    environment.pop("LABS_DATA", None)
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in ("hub", "cache", "stand-in")] == [
        "hub",
        "cache",
        "hub",
    ]
    assert "the hub has it not" in lines[-1]
    assert RESUMED
    assert 0 < RESUMED[0] <= len(FILES["plain_text/train-00000-of-00001.parquet"]) // 2
    assert done.stderr == ""
