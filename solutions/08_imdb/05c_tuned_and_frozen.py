# %% [markdown]
# **Fine-tune it.** The given functions put your pieces together. `batches_of` cuts each review to its two ends, and
# `TextBatches` sorts by length and pads; `fit` trains with your groups.

# %% given="batches_of"
TRAIN_LENGTH = scaled(full=256, smoke=32)
BATCH = scaled(full=32, smoke=8)


def batches_of(
    ids: list[list[int]], labels: torch.Tensor, length: int, seed: int | None = None
) -> TextBatches:
    """Batches (tokens, mask, labels) of texts cut to `length`: shuffled with a seed, sorted by length without one."""
    cut = [truncate(text, length, "both", cls, sep) for text in ids]
    order = sorted(range(len(cut)), key=lambda i: len(cut[i])) if seed is None else range(len(cut))
    return TextBatches(
        [cut[i] for i in order],
        labels[list(order)],
        batch_size=2 * BATCH if seed is None else BATCH,
        pad=pad,
        pad_to_multiple_of=16,
        device=place,
        shuffle=seed is not None,
        seed=seed or 0,
    )


# %% given="fine_tune"
def classification_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    tokens, mask, labels = batch
    return F.cross_entropy(model(tokens, mask), labels)


def fine_tune(
    ids: list[list[int]],
    labels: torch.Tensor,
    *,
    steps: int,
    lr: float,
    seed: int = 0,
    from_scratch: bool = False,
    show: bool = False,
) -> tuple[nn.Module, History]:
    """Trains a classifier over the pretrained encoder, or over one with random weights; and what `fit` recorded."""
    device.seed_everything(seed)
    if from_scratch:  # where nothing is known, all layers learn alike
        encoder, factor = AutoModel.from_config(config), 1.0
    else:
        encoder, factor = AutoModel.from_pretrained(folder), 0.8
    model = Classifier(encoder, config.hidden_size).to(place)
    optimizer = torch.optim.AdamW(parameter_groups(model, lr, factor, weight_decay=0.01))
    history = fit(
        model,
        batches_of(ids, labels, TRAIN_LENGTH, seed),
        classification_loss,
        steps=steps,
        optimizer=optimizer,
        precision=precision,
        evaluate=lambda model: {"validation accuracy": accuracy(model, valid_batches)},
        evaluate_every=max(1, steps // 3) if show else None,
        title="Fine-tuning",
        show=show,
    )
    return model, history


# %% experiment="tuned"
# Experiment · The pretrained encoder, fine-tuned with all labels
valid_batches = batches_of(valid_ids, valid_labels, LENGTH)
steps = scaled(full=len(fit_ids) // BATCH, smoke=2)  # each review once, but for the rest
tuned, tuned_history = fine_tune(fit_ids, fit_labels, steps=steps, lr=LR, show=True)
tuned_accuracy = tuned_history.metrics["validation accuracy"][-1]
print(f"fine-tuned: {tuned_accuracy:.1%} on validation after {tuned_history.seconds:.0f} s")
print(f"the bar, naive Bayes: {nb_accuracy:.1%}")

# %% [markdown]
# Whether it clears the bar depends on the encoder. The one that comes with this book is small, and was pretrained for
# less than five hours on one or two cores. But all these labels cost somebody money, and text is free: the question of
# this lab is what pretraining is worth when labels are **few**. First the cheapest way to use it.
#
# **Frozen.** Run each review through the encoder once, pool the states into one vector, and fit a logistic regression
# on that. Which pooling? In plain masked-language modeling nobody tells `[CLS]` what to gather. The shipped model had
# more to do there: to guess from `[CLS]` alone which words are hidden, and from one part of a review what the rest of
# it is like. The mean over the tokens needs no such task.

# %% [markdown]
# ### Exercise 8 · Mean pooling (2 points · 10 min · ●○○)
#
# `mean_pool` gets `states (B, T, d_model)` and `mask (B, T)`. It returns the mean over the *real* tokens, `(B,
# d_model)`. What stands at the places of padding must leave no trace, even if it is infinite or NaN.
# Make new tensors on the device of `states`.
#
# <details><summary>Hint 1: the idea</summary>Put zeros where there is padding, add up, and divide by the number of
# real tokens of each row.</details>
# <details><summary>Hint 2: the formula</summary>Σ over real t of states[b, t], divided by the sum of
# mask[b].</details>
# <details><summary>Hint 3: the line</summary>0 times NaN is NaN, so do not multiply:
# <code>states.masked_fill(~mask[..., None], 0)</code></details>


# %% solution="mean_pool"
def mean_pool(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean over the real tokens.

    Args:
        states: (B, T, d_model).
        mask: (B, T) bool, True for real tokens, at least one in each row.

    Returns:
        (B, d_model).
    """
    ### BEGIN SOLUTION
    kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)
    return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (B, d_model)
    ### END SOLUTION


# %% data="pooled_texts"
# Data · Three texts whose means can be worked out by hand
pooled_mask = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()
pooled_states = torch.tensor(
    [
        [[1, 4, 3, 0], [3, 0, 1, 4], [2, -1, 5, 8], [5, 1, -4, 3], [1, 9, 2, 7]],
        [[6, 2, -3, 1], [8, 8, 5, 0], [4, -7, 1, 1], [0, 3, 2, 6], [9, 1, 1, 5]],
        [[0, 1, 2, 3], [5, 0, 1, 2], [2, 4, -6, 1], [1, 1, 1, -1], [2, -1, 7, 0]],
    ],
    dtype=torch.float64,
)
pooled_means = torch.tensor([[2, 1, 3, 4], [6, 2, -3, 1], [2, 1, 1, 1]], dtype=torch.float64)


# %% check="mean_pool_values" points=1
got = checks.run(mean_pool, pooled_states, pooled_mask)
checks.shape("mean_pool(states, mask)", got, batch=3, d_model=4)
checks.that(
    got.dtype == torch.float64, f"expected torch.float64, as the states have, got {got.dtype}."
)
slips = {
    "the padding is counted: divide by the number of real tokens, not by T.": [1.2, 0.6, 1.8, 2.4],
    "the mean runs over the padding too; the mask is not used.": [2.4, 2.6, 1.4, 4.4],
    "that is the sum; divide by the number of real tokens.": [6, 3, 9, 12],
    "that is the largest state, not the mean.": [3, 4, 5, 8],
    "the sum is divided by the number of real tokens in the whole batch; count them row by row.": [
        2 / 3,
        1 / 3,
        1,
        4 / 3,
    ],
    "the mask is turned around: True is for real tokens.": [2, 10 / 3, -2 / 3, 10 / 3],
    "that is the first token.": [1, 4, 3, 0],
}
slips = {cause: torch.tensor(wrong) for cause, wrong in slips.items()}
padding = torch.tensor([3.0, 5, -1, 5]).double()
checks.that(
    not torch.allclose(got[0].double(), padding),
    "mean_pool: that is the mean over the padding. The mask is turned around: True is for real tokens.",
)
checks.close("mean_pool of the first text", got[0], pooled_means[0], slips=slips)
checks.close("mean_pool", got, pooled_means)
checks.passed("the mean over real tokens")

# %% check="mean_pool_padding" points=1
for bad in (1e30, float("inf"), float("nan")):
    spoiled = pooled_states.clone()
    spoiled[~pooled_mask] = bad
    got = checks.run(mean_pool, spoiled, pooled_mask)
    about = "0 · inf and 0 · NaN are NaN: fill with zeros instead of multiplying."
    about = "It must leave no trace." if bad == 1e30 else about
    with checks.hint(f"The padding holds {bad}. {about}"):
        checks.close("mean_pool of states with spoiled padding", got, pooled_means)
checks.any_device(mean_pool, pooled_states, pooled_mask)
### BEGIN HIDDEN TESTS
agree = torch.randint(2, (2, 90), generator=torch.Generator().manual_seed(1)).bool()
agree[:, 0] = True
checks.agrees(
    "mean_pool",
    mean_pool,
    lambda x, m: torch.einsum("btd,bt->bd", x, m.to(x) / m.sum(1, keepdim=True)),
    checks.normal(2, 90, 3, seed=2),
    agree,
    gradients=True,
)
### END HIDDEN TESTS
checks.passed("whatever the padding holds")


# %% experiment="pooled"
# Experiment · The vectors of a frozen encoder
@torch.no_grad()
def pooled(ids: list[list[int]], labels: torch.Tensor) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """For both poolings the vectors (N, d_model) of texts from the frozen encoder, and their labels, by length."""
    found: dict[str, list[torch.Tensor]] = {"[CLS]": [], "mean of the tokens": []}
    ordered = []
    for tokens, mask, truth in batches_of(ids, labels, TRAIN_LENGTH):
        with device.autocast(place, precision):
            states = encoder(tokens, attention_mask=mask).last_hidden_state.float()
        found["[CLS]"].append(mean_pool(states[:, :1], mask[:, :1]).cpu())
        found["mean of the tokens"].append(mean_pool(states, mask).cpu())
        ordered.append(truth.cpu())
    vectors = {name: torch.cat(parts).numpy() for name, parts in found.items()}
    return vectors, torch.cat(ordered).numpy()


# %% experiment="frozen"
# Experiment · A linear layer on a frozen encoder
def linear_probe() -> Pipeline:
    """Logistic regression on vectors that are scaled first."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))


start = time.perf_counter()
some = scaled(full=5_000, smoke=200)
fit_vectors, fit_truth = pooled(fit_ids[:some], fit_labels[:some])
valid_vectors, valid_truth = pooled(valid_ids, valid_labels)
frozen_accuracies = {
    name: linear_probe().fit(vectors, fit_truth).score(valid_vectors[name], valid_truth)
    for name, vectors in fit_vectors.items()
}
for name, value in frozen_accuracies.items():
    print(f"frozen encoder, {name}: {value:.1%} on validation")
pooling = max(frozen_accuracies, key=frozen_accuracies.get)
frozen_accuracy = frozen_accuracies[pooling]
print(f"{len(fit_truth):,} reviews, {time.perf_counter() - start:.0f} s")
