"""`fit`: one plain training loop with mixed precision, a schedule, checkpoints, a progress bar and a live plot."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

import torch
from torch import nn

from utils import device as devices
from utils.batches import Batch, Batches
from utils.checkpoints import Checkpoint, random_state, saved_run, set_random_state
from utils.history import History
from utils.muon import Muon
from utils.progress import Display

__all__ = ["History", "TrainingStopped", "adamw", "fit", "muon_and_adamw", "warmup_cosine"]

Metrics = dict[str, float]
Loss = Callable[[nn.Module, Batch], torch.Tensor]


class TrainingStopped(RuntimeError):
    """A training that cannot go on. The message says at which step, why, and what to try."""


def adamw(model: nn.Module, lr: float, weight_decay: float = 0.01) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter, 2019) with weight decay on matrices only, not on biases and other vectors."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=lr, fused=True)


def muon_and_adamw(
    model: nn.Module,
    hidden: Iterable[nn.Parameter],
    *,
    muon_lr: float,
    adamw_lr: float,
    betas: tuple[float, float] = (0.9, 0.95),
    muon_decay: float = 0.1,
    adamw_decay: float = 0.01,
) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al., 2024) for the matrices among the hidden parameters, AdamW for all others.

    Args:
        model: what is trained.
        hidden: parameters of the model between embeddings and head, such as `model.blocks.parameters()`.
        muon_lr, adamw_lr: peak learning rates.
        betas: AdamW's decay rates of its running means.
        muon_decay, adamw_decay: weight decay.
    """
    matrices = [p for p in hidden if p.dim() == 2]
    taken = {id(p) for p in matrices}
    others = [p for p in model.parameters() if id(p) not in taken]
    return [
        Muon(matrices, lr=muon_lr, weight_decay=muon_decay),
        torch.optim.AdamW(others, lr=adamw_lr, betas=betas, weight_decay=adamw_decay, fused=True),
    ]


def warmup_cosine(progress: float, warmup: float = 0.1) -> float:
    """The default schedule: the factor on the learning rate at a progress between 0 and 1.

    It rises linearly during the first `warmup` of the training, then falls along half a cosine to 0
    (Loshchilov and Hutter, 2017).
    """
    if progress < warmup:
        return progress / warmup
    return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def fit(
    model: nn.Module,
    batches: Batches,
    loss: Loss,
    *,
    steps: int | None = None,
    seconds: float | None = None,
    lr: float = 1e-3,
    optimizer: torch.optim.Optimizer | Sequence[torch.optim.Optimizer] | None = None,
    schedule: Callable[[float], float] = warmup_cosine,
    accumulate: int = 1,
    clip: float | None = 1.0,
    precision: torch.dtype | None = None,
    evaluate: Callable[[nn.Module], Metrics] | None = None,
    evaluate_every: int | None = None,
    stop_when: Callable[[Metrics], bool] | None = None,
    checkpoint: str | None = None,
    checkpoint_seconds: float = 60.0,
    title: str = "Training",
    show: bool = True,
) -> History:
    """Trains a model for a number of steps or of seconds, and returns what it recorded.

    Args:
        model: on its device; it is left in eval mode.
        batches: `batches[k]` is the k-th batch, a tuple of tensors on the same device.
        loss: `loss(model, batch)` → the mean loss of the batch, a scalar.
        steps, seconds: the length; give one of the two. Seconds are wall time, evaluations included.
        lr: peak learning rate of the default optimizer.
        optimizer: one or several torch optimizers; by default `adamw(model, lr)`.
        schedule: progress from 0 to 1 → factor on each optimizer's learning rate.
        accumulate: batches whose gradients are averaged for one step.
        clip: largest norm of the whole gradient; None leaves it as it is.
        precision: of matrix products; by default `device.faster_precision` chooses by the first batch, and a resumed
            run keeps its own. With float16 the loss is scaled.
        evaluate: `evaluate(model)` → metrics by name; called in eval mode without gradients, and after the last step.
        evaluate_every: steps between evaluations; without it only the last one.
        stop_when: `lambda metrics: metrics["accuracy"] >= 0.99` ends the training early.
        checkpoint: a name in the cache folder. The state is saved there every `checkpoint_seconds`; after an
            interruption the same call resumes and, on a CPU and with `steps`, ends with the very same weights.
        checkpoint_seconds: seconds between two saves.
        title: stands above the plot and before the progress bar.
        show: whether to show a progress bar and, in a notebook, the plot.

    Raises:
        ValueError: both or neither of steps and seconds are given, the length is not above 0, or model and batches are
            on different devices.
        TrainingStopped: the loss became NaN or infinite, or the device ran out of memory.
    """
    length = seconds if steps is None else steps
    if length is None or None not in (steps, seconds):
        raise ValueError("fit needs its length: steps=... or seconds=..., one of the two.")
    if length <= 0:
        raise ValueError(
            f"fit cannot train for {length:g} {'seconds' if steps is None else 'steps'}."
        )
    device = next(model.parameters()).device
    if device != batches.device:
        raise ValueError(
            f"the model is on {device} and the batches are on {batches.device}; "
            "write model.to(device) and Batches(..., device=device) with one device."
        )
    # With the kind of device: what suits one may not run on the other.
    precision_of = f"precision on {device.type}"
    if precision is None:
        # What a CPU is faster in is measured, and may fall otherwise the next time.
        kept = saved_run(checkpoint).get(precision_of)
        precision, gain = (
            (getattr(torch, kept), None) if kept else _faster_precision(model, batches, loss)
        )
        if show and gain is not None:
            print(
                f"Computes in {str(precision).removeprefix('torch.')}: bfloat16 is {gain:.2f} times as fast as float32 "
                "in the first steps."
            )
    scaler = torch.amp.GradScaler(device.type, enabled=precision == torch.float16)
    optimizers = [adamw(model, lr)] if optimizer is None else optimizer
    optimizers = [optimizers] if isinstance(optimizers, torch.optim.Optimizer) else optimizers
    peaks = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]

    run: dict[str, object]
    run = {"steps": steps, "seconds": seconds, "learning rates": peaks, "accumulate": accumulate}
    run |= {"batch size": batches.batch_size, "seed": batches.seed, "batches": len(batches)}
    run |= {precision_of: str(precision).removeprefix("torch.")}
    saved = Checkpoint(checkpoint, [model, *optimizers, scaler], run, checkpoint_seconds)
    history = History(**saved.resume())
    param_groups = [one for optimizer in optimizers for one in optimizer.param_groups]
    display = Display(history, title, length=length, timed=steps is None, show=show)
    began = time.perf_counter() - history.seconds
    # of the steps not yet in the history: reading a loss makes the CPU wait for the GPU
    losses: list[torch.Tensor] = []

    def record() -> None:
        new = torch.stack(losses).tolist() if losses else []
        losses.clear()
        history.loss.extend(new)
        history.seconds = time.perf_counter() - began
        if not math.isfinite(sum(new)):
            saved.set_aside()
            raise TrainingStopped(_why_diverged(history, max(peaks), precision))

    model.train()
    step, evaluating = history.steps, False
    batch: Batch | None = None
    progress = (history.seconds if steps is None else step) / length
    # at 0 and at 1 the default schedule would waste a step
    half_step = 0.0 if steps is None else 0.5 / length
    try:
        while progress < 1:
            for param_group, peak in zip(param_groups, peaks, strict=True):
                param_group["lr"] = peak * schedule(progress + half_step)
            total = torch.zeros((), device=device)
            for k in range(step * accumulate, (step + 1) * accumulate):
                batch = batches[k]
                total += _backward(model, batch, loss, scaler, precision, accumulate)
                history.samples += len(batch[0])
            for optimizer in optimizers:
                scaler.unscale_(optimizer)
            if clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            for optimizer in optimizers:
                scaler.step(optimizer)
                optimizer.zero_grad()
            scaler.update()

            losses.append(total)
            step += 1
            progress = (time.perf_counter() - began if steps is None else step) / length
            if evaluate and (progress >= 1 or (evaluate_every and step % evaluate_every == 0)):
                record()
                model.eval()
                evaluating = True
                with torch.no_grad(), devices.autocast(device, precision):
                    metrics = evaluate(model)
                evaluating = False
                model.train()
                history.evaluated_at.append(step)
                for name, value in metrics.items():
                    history.metrics.setdefault(name, []).append(value)
                if stop_when and stop_when(metrics):
                    break
            if saved.due():
                record()
                saved.save(asdict(history))
            if device.type == "cpu" or display.due():
                record()
            if display.due():
                display.update()
        record()
    except KeyboardInterrupt:
        print(f"\nInterrupted after step {step}. {saved.advice()}")
        raise
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        # the activations that fill the memory hang there
        traceback.clear_frames(error.__traceback__)
        if evaluating:
            raise TrainingStopped(
                f"Out of memory on {device} in the evaluation after step {step}. "
                "Let evaluate() take its examples in smaller pieces."
            ) from None
        if batch is None:
            raise TrainingStopped(
                f"Out of memory on {device} before the first batch of {batches.batch_size} was there. "
                "Take smaller batches."
            ) from None
        raise TrainingStopped(
            f"Out of memory on {device} at step {step + 1} with batches of {batches.batch_size}. "
            + _what_fits(model, batch, loss, scaler, precision, accumulate)
        ) from None
    finally:
        display.close()
        model.eval()
    saved.remove()
    return history


def _faster_precision(
    model: nn.Module, batches: Batches, loss: Loss
) -> tuple[torch.dtype, float | None]:
    """What `device.faster_precision` says of this training; weights, buffers and random numbers stay as they were."""
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers()}
    random = random_state()
    was_training = model.training
    model.train()
    try:
        batch = batches[0]
        return devices.faster_precision(batches.device, lambda: loss(model, batch).backward())
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        return devices.get_precision(batches.device), None  # the training itself says what fits
    finally:
        model.train(was_training)
        model.zero_grad()
        set_random_state(random)
        for name, buffer in model.named_buffers():
            buffer.copy_(buffers[name])


def _backward(
    model: nn.Module,
    batch: Batch,
    loss: Loss,
    scaler: torch.amp.GradScaler,
    precision: torch.dtype,
    accumulate: int,
) -> torch.Tensor:
    """Adds the gradients of one batch, and returns its share of the loss."""
    with devices.autocast(batch[0].device, precision):
        share = loss(model, batch) / accumulate
    scaler.scale(share).backward()
    return share.detach()


def _why_diverged(history: History, lr: float, precision: torch.dtype) -> str:
    step = next(i for i, value in enumerate(history.loss, 1) if not math.isfinite(value))
    causes = [
        f"the learning rate {lr:g} is too high (try {lr / 10:g})",
        "the loss takes log(0), divides by zero, or a softmax has a row that is masked everywhere",
        "the input holds NaN or is not scaled",
    ]
    if precision == torch.float16:
        causes.append("float16 overflows above 65504 (try precision=torch.float32)")
    return f"The loss became {history.loss[step - 1]} at step {step}. Likely causes: {'; '.join(causes)}."


def _is_out_of_memory(error: RuntimeError) -> bool:
    signs = ("can't allocate memory", "not enough memory", "out of memory")
    return isinstance(error, torch.OutOfMemoryError) or any(s in str(error) for s in signs)


def _what_fits(
    model: nn.Module,
    batch: Batch,
    loss: Loss,
    scaler: torch.amp.GradScaler,
    precision: torch.dtype,
    accumulate: int,
) -> str:
    """Halves the batch until its backward pass fits in the memory, and says how to train with that."""
    size = len(batch[0])
    pieces = 1
    while pieces < size:
        pieces *= 2
        model.zero_grad()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        piece = tuple(tensor[: size // pieces] for tensor in batch)
        try:
            _backward(model, piece, loss, scaler, precision, accumulate)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            traceback.clear_frames(error.__traceback__)
            continue
        finally:
            model.zero_grad()
        return (
            f"Batches of {size // pieces} fit: use batch_size={size // pieces} "
            f"and accumulate={accumulate * pieces} for the same training."
        )
    return "Not even one example fits: make the model smaller or the input shorter."
