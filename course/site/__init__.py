"""The book on the web: a folder of pages that needs no server and no network."""

from course.site.writing import write_site

__all__ = ["write_site"]
