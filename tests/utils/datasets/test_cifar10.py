"""Images are decoded once, and a cache that cannot be used or written costs nothing but time."""

import os

import torch

from utils import datasets, settings
from utils.datasets import cifar10


def test_without_a_network_there_is_the_stand_in_and_a_warning(capfd):
    cifar = datasets.load_cifar10()
    assert cifar.source == "stand-in"
    assert cifar.train_images.shape == (2000, 3, 32, 32)
    assert cifar.test_images.dtype == torch.uint8
    assert len(cifar.classes) == 10
    out, err = capfd.readouterr()
    assert "CIFAR-10: 2,000 + 500 examples from the stand-in" in out
    assert "figures on it mean nothing" in out
    assert err == ""


def test_the_folder_comes_first_and_a_second_load_decodes_nothing(folder, capsys, monkeypatch):
    first = datasets.load_cifar10()
    assert first.source == "folder"
    assert f"from the folder, {folder / 'cifar10'}" in capsys.readouterr().out
    monkeypatch.setattr(cifar10, "_decode", None)
    again = datasets.load_cifar10()
    assert torch.equal(again.train_images, first.train_images)
    assert again.classes == first.classes


def test_the_drawn_shapes_are_there_beside_the_real_images(folder, capsys):
    real, shapes = datasets.load_cifar10(), datasets.load_shapes()
    assert real.source == "folder"
    assert (shapes.source, shapes.train_images.shape) == ("stand-in", (2000, 3, 32, 32))
    assert "hourglass" in shapes.classes
    out = capsys.readouterr().out
    assert "Drawn shapes: 2,000 + 500 images" in out
    assert "mean nothing" not in out


def test_a_damaged_cache_is_made_anew(folder, capsys):
    wanted = datasets.load_cifar10().test_images
    (cached,) = settings.cache_dir().glob("cifar10-*.pt")
    cached.write_bytes(cached.read_bytes()[:5000])
    assert torch.equal(datasets.load_cifar10().test_images, wanted)
    assert "was damaged and is made anew" in capsys.readouterr().out


def test_a_full_disk_costs_the_cache_only(folder, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert datasets.load_cifar10().source == "folder"
    assert "are not kept in" in capsys.readouterr().out
    assert not list(settings.cache_dir().glob("cifar10*"))
