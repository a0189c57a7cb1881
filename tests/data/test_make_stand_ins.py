"""The stand-in datasets are what their script makes, small, balanced, and not solved by counting words or colors."""

import importlib.util
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

DATA = Path(__file__).resolve().parents[2] / "data"
SPEC = importlib.util.spec_from_file_location("make_stand_ins", DATA / "make_stand_ins.py")
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)


def stored(name: str, split: str) -> Path:
    return DATA / "stand_in" / name / "plain_text" / f"{split}-00000-of-00001.parquet"


def decode(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)))


@pytest.fixture(scope="module")
def images() -> dict[str, tuple[list[bytes], np.ndarray]]:
    tables = {split: pq.read_table(stored("cifar10", split)) for split in script.IMAGE_SPLITS}
    return {
        split: ([row["bytes"] for row in table["img"].to_pylist()], table["label"].to_numpy())
        for split, table in tables.items()
    }


@pytest.fixture(scope="module")
def reviews() -> dict[str, tuple[list[str], list[int]]]:
    tables = {split: pq.read_table(stored("imdb", split)) for split in script.REVIEW_SPLITS}
    return {
        split: (table["text"].to_pylist(), table["label"].to_pylist())
        for split, table in tables.items()
    }


@pytest.mark.parametrize("split", script.IMAGE_SPLITS)
def test_the_script_draws_the_stored_images(images, split):
    drawn, labels = script.draw_images(*script.IMAGE_SPLITS[split])
    encoded, stored_labels = images[split]
    decoded = np.stack([decode(one) for one in encoded])
    assert decoded.shape == drawn.shape == (len(labels), 32, 32, 3)
    assert np.array_equal(labels, stored_labels)
    # JPEG loses some of each image; another image would differ by 50 levels or more.
    difference = np.abs(decoded.astype(float) - drawn).mean(axis=(1, 2, 3))
    assert difference.mean() < 8
    assert difference.max() < 25


@pytest.mark.parametrize("split", script.REVIEW_SPLITS)
def test_the_script_writes_the_stored_reviews(reviews, split):
    n, seed = script.REVIEW_SPLITS[split]
    texts, labels = script.write_reviews(n, seed)
    stored_texts, stored_labels = reviews[split]
    assert texts == stored_texts
    assert stored_labels == ([-1] * n if split == "unsupervised" else labels)


def test_another_seed_makes_others():
    assert not np.array_equal(script.draw_images(4, 1)[0], script.draw_images(4, 2)[0])
    assert set(script.write_reviews(4, 1)[0]).isdisjoint(script.write_reviews(4, 2)[0])


def test_the_files_are_small():
    sizes = {
        name: sum(path.stat().st_size for path in (DATA / "stand_in" / name).rglob("*.parquet"))
        for name in ("cifar10", "imdb")
    }
    assert sizes["cifar10"] < 700_000
    assert sizes["imdb"] < 200_000


@pytest.mark.parametrize(
    ("name", "split", "names"),
    [
        *(("cifar10", split, list(script.CLASSES)) for split in script.IMAGE_SPLITS),
        *(("imdb", split, ["neg", "pos"]) for split in script.REVIEW_SPLITS),
    ],
)
def test_the_schema_carries_the_class_names(name, split, names):
    metadata = pq.read_schema(stored(name, split)).metadata
    features = json.loads(metadata[b"huggingface"])["info"]["features"]
    assert features["label"]["names"] == names


def test_datasets_decodes_them(tmp_path):
    datasets = pytest.importorskip("datasets")
    for name, column, kind in (("cifar10", "img", Image.Image), ("imdb", "text", str)):
        files = {"test": str(stored(name, "test"))}
        data = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path))["test"]
        assert data.column_names == [column, "label"]
        assert isinstance(data[0][column], kind)
        assert isinstance(data.features["label"], datasets.ClassLabel)


def test_classes_are_balanced(images, reviews):
    for _, labels in images.values():
        assert set(np.bincount(labels, minlength=10)) == {len(labels) // 10}
    for split in ("train", "test"):
        labels = reviews[split][1]
        assert Counter(labels) == {0: len(labels) // 2, 1: len(labels) // 2}


def test_nothing_occurs_twice(images, reviews):
    encoded = [one for own, _ in images.values() for one in own]
    texts = [text for own, _ in reviews.values() for text in own]
    assert len(set(encoded)) == len(encoded)
    assert len(set(texts)) == len(texts)


def test_reviews_are_sentences_of_many_lengths(reviews):
    texts = [text for own, _ in reviews.values() for text in own]
    words = [len(text.split()) for text in texts]
    assert min(words) >= 8
    assert max(words) > 250
    assert np.median(words) < np.mean(words)
    assert any("<br /><br />" in text for text in texts)
    for text in texts:
        assert not set("{}[]|") & set(text)
        sentences = text.replace("<br /><br />", " ").removesuffix(".").split(". ")
        assert all(sentence[0].isupper() for sentence in sentences)
        assert len(set(sentences)) == len(sentences)


def test_counting_words_does_not_solve_the_reviews(reviews):
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10, max_iter=1000))
    accuracy = model.fit(*reviews["train"]).score(*reviews["test"])
    assert 0.5 < accuracy < 0.8


def test_mean_color_does_not_solve_the_images(images):
    colors = {
        split: np.array([decode(one).mean(axis=(0, 1)) / 255 for one in encoded])
        for split, (encoded, _) in images.items()
    }
    model = LogisticRegression(max_iter=1000).fit(colors["train"], images["train"][1])
    assert model.score(colors["test"], images["test"][1]) < 0.25
