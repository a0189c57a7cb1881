"""Pictures of a page as files of their own, without loss, which a browser fetches when they come into view."""

import base64
import hashlib
import io
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import Tag
from PIL import Image

from course.files import atomic_write

FOLDER = "images"


def take_out(soup: BeautifulSoup, folder: Path, site: Path) -> None:
    """Writes the pictures of a page into the site and lets the page name them.

    Args:
        soup: the page; it has no pictures of other servers.
        folder: from which the page names files.
        site: the folder of the site.
    """
    for image in soup.find_all("img"):
        source = str(image["src"])
        if source.startswith("data:"):
            content = base64.b64decode(source.partition(",")[2])
        else:
            content = (folder / source).read_bytes()
        width, height, image["src"] = _write(content, site)
        _size(image, width, height)
        image["loading"] = "lazy"


def _write(content: bytes, site: Path) -> tuple[int, int, str]:
    """Writes a picture, unless it is there; returns its width, its height and its address."""
    address = f"{FOLDER}/{hashlib.sha256(content).hexdigest()[:16]}.webp"
    with Image.open(io.BytesIO(content)) as picture:
        if not (site / address).exists():
            with atomic_write(site / address) as part:
                picture.save(part, "WEBP", lossless=True, quality=100, method=4)
        return *picture.size, address


def _size(image: Tag, width: int, height: int) -> None:
    """Says how much room a picture takes, so that the text below it stays where it is when it comes."""
    shown = int(str(image.get("width") or width))
    image["width"], image["height"] = str(shown), str(round(shown * height / width))
