"""Pictures become files, without loss, and the page knows their size before they come."""

import base64

from bs4 import BeautifulSoup
from PIL import Image
from site_book import png

from course.site.pictures import take_out


def test_a_picture_in_the_page_and_a_file_become_files_with_the_same_pixels(tmp_path):
    (tmp_path / "blue.png").write_bytes(base64.b64decode(png("blue")))
    site = tmp_path / "site"
    html = f'<img alt="red" width="10" src="data:image/png;base64,{png()}"><img alt="blue" src="blue.png">'
    soup = BeautifulSoup(html, features="html.parser")
    take_out(soup, tmp_path, site)
    red, blue = soup.find_all("img")
    assert (red["width"], red["height"], red["alt"]) == ("10", "5", "red")
    assert (blue["width"], blue["height"], blue["loading"]) == ("40", "20", "lazy")
    for image, color in ((red, (255, 0, 0)), (blue, (0, 0, 255))):
        with Image.open(site / image["src"]) as picture:
            assert picture.convert("RGB").getcolors() == [(800, color)]


def test_a_picture_that_comes_twice_is_one_file(tmp_path):
    image = f'<img alt="" src="data:image/png;base64,{png()}">'
    soup = BeautifulSoup(image * 2, features="html.parser")
    take_out(soup, tmp_path, tmp_path)
    assert len(list((tmp_path / "images").iterdir())) == 1
