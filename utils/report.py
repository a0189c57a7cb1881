"""The headline metrics of a lab: shown as a table, and stored in the cell's output for programs."""

from html import escape

METRICS_MIME = "application/vnd.transformer-labs.metrics+json"

Metric = float | int | str | bool


def report(lab: str, **metrics: Metric) -> None:
    """Shows the metrics of a lab and stores the same values in the cell's output as JSON.

    `python -m course run` reads them from there.

    Raises:
        TypeError: a metric is not a plain Python number, string or bool (call `.item()` on a tensor).
    """
    from IPython.display import display

    from utils import device, settings

    for name, value in metrics.items():
        if not isinstance(value, Metric):
            raise TypeError(
                f"the metric {name} is a {type(value).__name__}; report a plain Python number or string"
            )
    payload = {
        "lab": lab,
        "preset": settings.preset(),
        "device": device.describe(device.get_device()),
        "metrics": metrics,
    }
    shown = {name: f"{v:.4g}" if isinstance(v, float) else str(v) for name, v in metrics.items()}
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in shown.items()
    )
    caption = f"Lab {lab}, preset {payload['preset']}, on {payload['device']}"
    bundle = {
        METRICS_MIME: payload,
        "text/html": f"<table><caption>{escape(caption)}</caption>{rows}</table>",
        "text/plain": "\n".join(
            [caption, *(f"  {name}: {value}" for name, value in shown.items())]
        ),
    }
    display(bundle, raw=True)
