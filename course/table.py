"""The table of measured figures in the README, made from what full runs reported."""

import json
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from course import layout
from course.answers import is_exercise, read_answers
from course.build import build_notebook
from course.layout import CourseError, Lab
from course.rules import HEADING, POINTS

BEGIN, END = "<!-- made by: python -m course table -->", "<!-- end of the table -->"
# What the table says of a lab: "{name}" is a metric as the lab reports it, "{name:%}" a share in percent.
HEADLINES = {
    "01_backprop": "test accuracy: digits {digits_test_accuracy:%}, circles {circles_test_accuracy:%}; four "
    "implementations agree within {max_disagreement:.1e} over 100 steps",
    "02_rnn": "a symbol {lag} steps back named: LSTM {lstm_accuracy_at_lag:%}, RNN {rnn_accuracy_at_lag:%}; language "
    "of a country's name, of 14: {language_accuracy:%}; perplexity of unseen names {name_perplexity:.2f}",
    "03_bahdanau": "dates of unseen years without a mistake: attention {exact_match_attention:%}, one vector "
    "{exact_match_bottleneck:%}; lines of four dates {exact_match_attention_four:%} and "
    "{exact_match_bottleneck_four:%}",
    "04_self_attention": "within {max_error_vs_torch:.1e} of PyTorch's kernel in float32; at 2,048 tokens the fused "
    "kernel is {fused_speedup_at_2048:.2f} times as fast; time grows with the length to the power of "
    "{cost_exponent:.2f}",
    "05_transformer": "unseen sequences reversed without a mistake: encoder {encoder_exact_match:%} after "
    "{encoder_seconds_to_solve:.2f} s of training, encoder–decoder {seq2seq_exact_match:%} after "
    "{seq2seq_seconds:.1f} s; longer than any in training {longer_exact_match:%}",
    "06_gpt": "held-out prose in bits per byte: GPT {bits_per_byte:.3f}, Kneser–Ney n-gram {ngram_bits_per_byte:.3f}, "
    "xz {xz_bits_per_byte:.3f}; 512 tokens are written {kv_cache_speedup_at_512:.2f} times as fast with the cache",
    "07_vit": "CIFAR-10, test accuracy: ViT {vit_test_accuracy:%} ({parameters:,} parameters), LeNet-5 "
    "{lenet_test_accuracy:%}",
    "08_imdb": "IMDB, test accuracy: fine-tuned {finetuned_accuracy:%} ({finetune_seconds:.0f} s, {parameters:,} "
    "parameters), from scratch {scratch_accuracy:%} (every fifth review), TF-IDF with logistic "
    "regression {logistic_regression_accuracy:%}",
}


class Share(float):
    """A number that `{:%}` shows in percent with two decimals, never rounded up."""

    def __format__(self, spec: str) -> str:
        if spec != "%":
            return super().__format__(spec)
        percent = (Decimal(str(float(self))) * 100).quantize(Decimal("0.01"), ROUND_DOWN)
        return f"{percent}%"


def record(files: list[Path]) -> list[str]:
    """Puts results of `course run --json` into docs/measured.json, each in place of an older one of its lab.

    Returns:
        The names of the labs.

    Raises:
        CourseError: a file is missing or is no such result, or was not run at full length on the real data.
    """
    measured = _measured()
    names, refused = [], []
    for file in files:
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            results = found if isinstance(found, list) else [found]
            for result in results:
                name, metrics = result["lab"], result["metrics"]
                if result["preset"] != "full" or metrics.get("data_source") == "stand-in":
                    refused.append(f"{file}: {name} did not run at full length on real data")
                else:
                    measured[name] = result
                    names.append(name)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CourseError(f"{file} is no result of `course run --json`: {error}") from None
    if names:
        text = json.dumps(dict(sorted(measured.items())), indent=1, ensure_ascii=False)
        _replace(layout.ROOT / "docs" / "measured.json", text + "\n")
    if refused:
        kept = f" Recorded, for `course table`: {', '.join(names)}." if names else ""
        raise CourseError(f"{'; '.join(refused)}; the table shows no other.{kept}")
    return names


def table(labs: list[Lab]) -> str:
    """The rows of the README's table, in Markdown.

    Raises:
        CourseError: a source or its answers cannot be read, or a headline names a metric that was not reported.
    """
    measured = _measured()
    rows = [
        "| lab | points | exercises | answers | whole run | figures | measured on |",
        "|---|---|---|---|---|---|---|",
    ]
    for lab in labs:
        nb = build_notebook(lab.source)
        prose = [cell.source for cell in nb.cells if cell.cell_type == "markdown"]
        points = next((int(m[1]) for text in prose if (m := POINTS.search(text))), None)
        if points is None:
            raise CourseError(f"{lab.name}: the card on top has no line like **12 points**.")
        headings = [heading[1] for text in prose for heading in HEADING.finditer(text)]
        exercises = sum(heading.startswith("Exercise") for heading in headings)
        solutions = [c.id for c in nb.cells if c.cell_type == "code" and is_exercise(c)]
        answers = read_answers(lab.answers, solutions)
        right = sum(answer.accept for answer in answers)
        title = lab.name.replace("_", " ", 1)
        known = f"{right} right, {len(answers) - right} wrong"
        figures = _figures(lab.name, measured.get(lab.name))
        rows.append(
            f"| [{title}](labs/{lab.name}/{lab.name}.ipynb) | {points} | {exercises} | {known} | {figures} |"
        )
    return "\n".join(rows)


def write_table(labs: list[Lab]) -> bool:
    """Puts the table into the README; returns whether that changed it.

    Raises:
        CourseError: as `table`, or the README does not say where the table stands.
    """
    readme = layout.ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise CourseError(f"README.md needs one line {BEGIN} and one {END} for the table.")
    before, _, rest = text.partition(BEGIN)
    new = f"{before}{BEGIN}\n\n{table(labs)}\n\n{END}{rest.partition(END)[2]}"
    if new != text:
        _replace(readme, new)
    return new != text


def _measured() -> dict[str, dict]:
    """The recorded results, by lab."""
    path = layout.ROOT / "docs" / "measured.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _figures(name: str, result: dict | None) -> str:
    """The last three columns: seconds of the whole run, headline, device."""
    if result is None:
        return "– | not measured yet | –"
    metrics = {
        key: Share(value) if isinstance(value, float) else value
        for key, value in result["metrics"].items()
    }
    headline = HEADLINES.get(name) or "; ".join(f"{key} {{{key}}}" for key in metrics)
    try:
        said = headline.format(**metrics)
    except KeyError as error:
        raise CourseError(
            f"{name}: the table wants the metric {error}, and the lab reports none."
        ) from None
    return f"{result['seconds']:.1f} s | {said} | {result['device']}"


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
