"""What can make the boxes in which submissions run."""

from enum import StrEnum


class Kind(StrEnum):
    """What makes a box: a program of this machine that needs no service, or a container."""

    bubblewrap = "bubblewrap"
    podman = "podman"
    docker = "docker"

    @property
    def program(self) -> str:
        """The program that is started."""
        return "bwrap" if self is Kind.bubblewrap else self.value
