# %% [markdown]
# ## 4 · Two objectives
#
# A model learns from raw text by filling in what is missing. There are two classic ways.
#
# **Next token** (GPT): read a text from left to right and predict each token from those before it. The targets
# are the inputs, moved by one. The causal mask hides the answers.
#
# **Masked token** (BERT): hide some tokens and predict them from both sides. The attention mask is full; the
# answers are hidden in the input.
#
# Take the sentence *the cat sat down*. GPT reads *the cat sat* and should say *cat sat down*: three predictions.
# BERT may read *the [MASK] sat down* and should say *cat*: one.

# %% [markdown]
# ### Exercise 6 · Next token (1 point · 5 min · ●○○)
#
# `tokens` is $(B, T + 1)$. Return inputs and targets, both $(B, T)$: the target at a position is the token that
# comes right after it.
#
# <details><summary>Hint 1: the idea</summary>The last token is never an input, the first never a
# target.</details>
# <details><summary>Hint 2: the formula</summary>inputs[b, t] = tokens[b, t] and targets[b, t] = tokens[b, t + 1],
# for t = 0 … T − 1.</details>
# <details><summary>Hint 3: the line</summary><code>tokens[:, :-1]</code> is all but the last
# column.</details>


# %% solution="next_token"
def next_token(tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets of the GPT objective: tokens (B, T + 1) → inputs (B, T), targets (B, T)."""
    ### BEGIN SOLUTION
    return tokens[:, :-1], tokens[:, 1:]
    ### END SOLUTION


# %% check="next_token_values" points=1
for rows in (
    [[3, 1, 4, 1, 5], [9, 2, 6, 5, 8]],
    [[2, 7], [1, 8], [4, 6]],
    [[11, 12, 13, 14], [21, 22, 23, 24], [31, 32, 33, 34], [41, 42, 43, 44], [51, 52, 53, 54]],
):
    tokens = torch.tensor(rows)
    inputs, targets = checks.unpack(
        "next_token", checks.run(next_token, tokens), "inputs", "targets"
    )
    B, T = len(rows), len(rows[0]) - 1
    whole = "tokens has T + 1 columns: the last one is no input, the first no target."
    for name, value in (("inputs", inputs), ("targets", targets)):
        checks.tensor(name, value)
        checks.that(
            value.shape != tokens.shape,
            f"{name}: expected (batch, T) = ({B}, {T}), got ({B}, {T + 1}). {whole}",
        )
        checks.shape(name, value, batch=B, T=T)
        checks.that(value.dtype == torch.int64, f"{name} should stay int64, not {value.dtype}.")
    first = torch.tensor([row[:T] for row in rows])
    last = torch.tensor([row[-T:] for row in rows])
    swapped = (
        torch.equal(inputs, last) and torch.equal(targets, first) and not torch.equal(first, last)
    )
    checks.that(not swapped, "inputs and targets are swapped: the model would predict the past.")
    slips = {"these are the targets.": last}
    checks.close("inputs", inputs, first, slips=slips)
    slips = {
        "the targets are the inputs: not moved by one. The model would only copy.": first,
        "the last target is the first token: nothing comes round.": first.roll(-1, dims=1),
    }
    checks.close("targets", targets, last, slips=slips)
checks.passed("each target is the next token")

# %% [markdown]
# BERT chooses 15% of the tokens. A model that only ever fills in `[MASK]` would learn to do nothing at other
# tokens, and later, when it is used, there is no `[MASK]`. So of the chosen tokens only 80% become `[MASK]`, 10%
# become a random token, and 10% stay as they are. All of them are predicted, and nothing else is.
#
# A target that does not count is written as $-100$: `F.cross_entropy` leaves it out.

# %% [markdown]
# ### Exercise 7 · Masked tokens (3 points · 20 min · ●●○)
#
# Return inputs and labels for BERT, both $(B, T)$ and int64.
#
# - Each token is chosen with probability **0.15**, independently of all others; never where `special` is True.
# - A chosen token becomes `mask_id` with probability 0.8, a token drawn from all `vocab_size` ids with
#   probability 0.1, and stays as it is with probability 0.1.
# - Labels: the original token where one was chosen, also where it stays; $-100$ elsewhere.
#
# `tokens` must not change. Draw everything from `generator`.
#
# <details><summary>Hint 1: the idea</summary>One tensor of uniform numbers says which tokens are chosen, a second
# one what becomes of them.</details>
# <details><summary>Hint 2: the formula</summary>For u uniform in [0, 1): u &lt; 0.8 happens in 80% of all cases,
# 0.8 ≤ u &lt; 0.9 in 10%.</details>
# <details><summary>Hint 3: the line</summary><code>torch.rand(tokens.shape, generator=generator)</code>,
# <code>torch.randint(vocab_size, tokens.shape, generator=generator)</code>, and
# <code>torch.where(chosen, tokens, -100)</code>.</details>


# %% solution="mask_tokens"
def mask_tokens(
    tokens: torch.Tensor,
    special: torch.Tensor,
    vocab_size: int,
    mask_id: int,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and labels of the masked-token objective (Devlin et al., 2019, section 3.1).

    Args:
        tokens: (B, T) int64. special: (B, T) bool, True where a token is never chosen.
        vocab_size, mask_id: the number of ids, and the id of [MASK].

    Returns:
        inputs (B, T) and labels (B, T), which are -100 where nothing is predicted.
    """
    ### BEGIN SOLUTION
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
    inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
    return inputs, tokens.masked_fill(~chosen, -100)
    ### END SOLUTION


# %% data="masking_trial"
# Data · A call of your mask_tokens, for the checks
def masking_trial(seed: int, B: int = 400, T: int = 500, vocab_size: int = 60, mask_id: int = 3):
    """Runs mask_tokens on random tokens: tokens, special, inputs, labels, each (B, T)."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(vocab_size, (B, T), generator=generator)
    special = torch.rand(B, T, generator=generator) < 0.1
    result = checks.run(mask_tokens, tokens, special, vocab_size, mask_id, generator)
    inputs, labels = checks.unpack("mask_tokens", result, "inputs", "labels")
    for name, value in (("inputs", inputs), ("labels", labels)):
        checks.shape(name, value, batch=B, T=T)
        checks.that(value.dtype == torch.int64, f"{name} should be int64, not {value.dtype}.")
    checks.that(not (inputs == -100).any(), "the inputs contain -100: the order is inputs, labels.")
    for wrong in (0, -1, mask_id):
        checks.that(
            not (labels == wrong)[special].all(),
            f"where nothing is predicted, labels are {wrong}; they should be -100.",
        )
    checks.that(
        not torch.equal(labels, tokens),
        "labels are all tokens; where nothing is predicted write -100.",
    )
    return tokens, special, inputs, labels


def decided_at_once(share: Callable[[torch.Tensor, torch.Tensor], float]) -> bool:
    """Whether a share is now about 0, now about 1 in small batches, as when one number is drawn for a whole batch."""
    tokens, found = torch.full((20, 30), 9), set()
    for seed in range(24):
        generator = torch.Generator().manual_seed(seed)
        result = checks.run(mask_tokens, tokens, tokens < 0, 60, 3, generator)
        part = share(*checks.unpack("mask_tokens", result, "inputs", "labels"))
        found.add("none" if part < 0.1 else "all" if part > 0.9 else "some")
    return found == {"none", "all"}


# %% check="mask_tokens_chosen" points=1
again = []
for outside in (1, 2):
    torch.manual_seed(outside)
    again.append(masking_trial(seed=4)[2:])
checks.that(
    all(torch.equal(a, b) for a, b in zip(*again, strict=True)),
    "the same generator gives other results: pass generator=generator wherever you draw.",
)
checks.that(
    not decided_at_once(lambda inputs, labels: (labels != -100).float().mean().item()),
    "one number decides for the whole batch, all tokens or none: draw one for each place, (B, T).",
)
tokens, special, inputs, labels = masking_trial(seed=1)
chosen = labels != -100
checks.that(
    not (chosen & (labels == 3)).sum() > 0.5 * chosen.sum(),
    "labels are the masked inputs; they should be the original tokens.",
)
checks.close("the labels of chosen tokens", labels[chosen], tokens[chosen])
moved = (inputs != tokens) & ~chosen
share = chosen.float().mean().item()
inverted = moved.any() and min(abs(share - 0.765), abs(share - 0.865)) < 0.01
checks.that(not inverted, "the labels stand at the tokens that were not chosen.")
checks.that(not moved.any(), "a token is replaced whose label is -100: label every chosen token.")
checks.that(not (chosen & special).any(), "special tokens are chosen; they never should be.")
rate = chosen[~special].float().mean().item()
lost = {
    0.135: "The chosen tokens that stay as they are need a label too.",
    0.12: "Only those that become [MASK] have a label; the other chosen ones need one too.",
    0.85: "That is the share of those not chosen.",
    1.0: "All tokens are chosen.",
    0.0: "Nothing is chosen.",
    0.1667: "15% of all tokens, special ones included, fall on the others.",
}
cause = next((text for value, text in lost.items() if abs(rate - value) < 0.004), "")
checks.that(
    abs(rate - 0.15) < 0.005, f"of the ordinary tokens {rate:.1%} are chosen, expected 15%. {cause}"
)
### BEGIN HIDDEN TESTS
for seed in range(10, 14):
    tokens, special, inputs, labels = masking_trial(seed, vocab_size=40, mask_id=7)
    rate = (labels != -100)[~special].float().mean().item()
    checks.that(abs(rate - 0.15) < 0.005, f"with another seed {rate:.1%} are chosen, expected 15%.")
### END HIDDEN TESTS
checks.passed("15% are chosen, labeled with the original token, special ones never")

# %% check="mask_tokens_replaced" points=1
tokens, special, inputs, labels = masking_trial(seed=2)
chosen = labels != -100
checks.that(chosen.any(), "no token is chosen.")
checks.that(
    not decided_at_once(lambda i, l: (i == 3)[l != -100].float().mean().nan_to_num().item()),
    "one number decides what becomes of all chosen tokens: draw one for each place, (B, T).",
)
plain = chosen & (tokens != 3)  # where [MASK] and the original differ
masked = (inputs[plain] == 3).float().mean().item()
same = (inputs[plain] == tokens[plain]).float().mean().item()
other = 1 - masked - same
found = (
    f"of the chosen tokens {masked:.1%} become [MASK], {other:.1%} another token, {same:.1%} stay."
)
slips = {
    (1.0, 0.0): "All of them become [MASK].",
    (0.8, 0.0): "The rest should be half random tokens, half unchanged.",
    (0.8, 0.2): "None is random.",
    (0.9, 0.1): "None is random.",
    (0.8, 0.18): "10% random means 10% of the chosen ones, not 10% of what [MASK] left over.",
    (0.702, 0.202): "The random tokens overwrite some of the [MASK].",
    (0.72, 0.18): "Random tokens replace 10% of all chosen ones, those with [MASK] included.",
    (0.1, 0.8): "The shares are in the wrong order.",
    (0.114, 0.114): "The shares are in the wrong order.",
    (0.9, 0.0): "Some chosen tokens should stay as they are, and keep their label.",
    (0.89, 0.0): "Some chosen tokens should stay as they are, and keep their label.",
    (0.12, 0.865): "The 80% are taken of the 15% twice.",
}
near = [c for (a, b), c in slips.items() if abs(masked - a) < 0.012 and abs(same - b) < 0.012]
checks.that(
    abs(masked - 0.8) < 0.015 and abs(same - 0.1) < 0.015,
    f"{found} Expected 80%, 10% and 10%. {near[0] if near else ''}",
)
becomes = [(inputs[row] == 3)[plain[row]] for row in range(len(inputs))]
pairs = torch.cat([row[1:] == row[:-1] for row in becomes]).float().mean().item()
alike = "the chosen tokens of a row share one fate: draw a number for each place, (B, T)."
checks.that(pairs < 0.75, alike)  # 0.8² + 0.2² = 0.68 for independent ones
### BEGIN HIDDEN TESTS
for seed in range(20, 24):
    tokens, special, inputs, labels = masking_trial(seed, vocab_size=90, mask_id=88)
    plain = (labels != -100) & (tokens != 88)
    masked = (inputs[plain] == 88).float().mean().item()
    same = (inputs[plain] == tokens[plain]).float().mean().item()
    checks.that(
        abs(masked - 0.8) < 0.015 and abs(same - 0.1) < 0.015,
        f"with another seed {masked:.1%} become [MASK] and {same:.1%} stay, expected 80% and 10%.",
    )
### END HIDDEN TESTS
checks.passed("80% become [MASK], 10% a random token, 10% stay")

# %% check="mask_tokens_random" points=1
tokens, special, inputs, labels = masking_trial(seed=3)
chosen = labels != -100
checks.that(chosen.any(), "no token is chosen.")
drawn = inputs[chosen & (inputs != tokens) & (inputs != 3)]
checks.that(len(drawn) > 0, "no chosen token becomes a random one.")
checks.that(
    drawn.min() >= 0 and drawn.max() < 60,
    f"random ids reach from {drawn.min()} to {drawn.max()}; ids are 0 to vocab_size − 1 = 59.",
)
counts = torch.bincount(drawn, minlength=60).float()[torch.arange(60) != 3]
kinds = (counts > 0).sum().item()
checks.that(kinds > 5, "the random tokens are nearly all the same: draw one for each place.")
few = torch.randint(20, (400, 500), generator=torch.Generator().manual_seed(6))
result = checks.run(mask_tokens, few, few < 0, 60, 55, torch.Generator().manual_seed(7))
some, said = result[0], result[1]
new = some[(said != -100) & (some != few)]
most = (new == 55).float().mean() > 0.5
checks.that(most, "the id of [MASK] is mask_id; it is not always the same.")
new = new[new != 55]
checks.that((new >= 20).any(), "random tokens come from the text; draw them from all ids.")
for vocab_size in (60, 130):
    result = checks.run(mask_tokens, few, few < 0, vocab_size, 55, torch.Generator().manual_seed(8))
    top = result[0].max().item()
    bound = f"with vocab_size {vocab_size} the largest id is {top}; draw from all vocab_size ids."
    checks.that(vocab_size - 6 < top < vocab_size, bound)
checks.that(
    len(drawn) < 1500 or (counts.min() > 0 and counts.max() < 3 * counts.mean()),
    "the random tokens do not come from all ids 0 to vocab_size − 1, each equally probable.",
)
for what, alike in (
    ("rows", chosen[1:] == chosen[:-1]),
    ("columns", chosen[:, 1:] == chosen[:, :-1]),
):
    checks.that(
        alike.float().mean() < 0.9, f"all {what} have the same chosen places: draw (B, T) numbers."
    )
per_row = chosen.sum(dim=1).float()
checks.that(
    per_row.std() > 2, "each row has the same number of chosen tokens; choose independently."
)
generator = torch.Generator().manual_seed(5)
blank, none = torch.full((300, 7), 9), torch.zeros(300, 7, dtype=torch.bool)
first, second = (checks.run(mask_tokens, blank, none, 60, 3, generator)[1] for _ in range(2))
checks.that(
    not torch.equal(first, second) or (first == 9).all(),
    "a second call chooses the same tokens: do not seed the generator.",
)
checks.passed("independent draws from the generator, and random tokens from all ids")

# %% [markdown]
# **Experiment.** One sentence, both objectives. A row of the picture is a query; yellow are the tokens that it
# may attend to. The label of a row says what is read there and, after the arrow, what should be said.

# %% experiment="objectives_figure"
# Experiment · One sentence, prepared for both objectives
sentence = "the model reads the text from both sides"
sentence_tokens = ["[CLS]", *sentence.split(), "[SEP]"]
known = sorted(set(sentence_tokens) | {"[MASK]", "cat", "runs"})
ids = torch.tensor([[known.index(word) for word in sentence_tokens]])
special = torch.tensor([[word[0] == "[" for word in sentence_tokens]])
gpt_inputs, gpt_targets = next_token(ids[:, 1:-1])  # GPT needs no [CLS] and no [SEP]
for seed in range(10_000):  # a seed that shows [MASK], a random token and one that stays
    drawn = torch.Generator().manual_seed(seed)
    bert_inputs, labels = mask_tokens(ids, special, len(known), known.index("[MASK]"), drawn)
    at = labels != -100
    hidden = (bert_inputs == known.index("[MASK]"))[at]
    stays = (bert_inputs == ids)[at]
    if at.sum() == 3 and hidden.sum() == 1 and stays.sum() == 1:
        break


# %% figure="objectives_plot"
# Figure · What each objective sees and predicts
def draw_objective(
    ax: plt.Axes, inputs: torch.Tensor, targets: torch.Tensor, mask: torch.Tensor, title: str
) -> None:
    """Draws an attention mask (T, T) with "input → target" beside its rows; unpredicted tokens have no arrow."""
    ax.imshow(mask, cmap=plots.SHARES, vmin=0, vmax=1)
    T = len(inputs)
    read = [known[i] for i in inputs]
    said = [f" → {known[i]}" if i != -100 else "" for i in targets.tolist()]
    ax.set_yticks(range(T), [a + b for a, b in zip(read, said, strict=True)])
    ax.set_xticks(range(T), read, rotation=60, ha="right", rotation_mode="anchor")
    for t, label in enumerate(ax.get_yticklabels()):
        label.set_fontweight("bold" if said[t] else "normal")
    ax.set_xticks(np.arange(T + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(T + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white")
    ax.tick_params(which="both", length=0)
    ax.set(title=title, xlabel="key: may be looked at", ylabel="query: input → target")


fig, axes = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
T = gpt_inputs.shape[1]
draw_objective(axes[0], gpt_inputs[0], gpt_targets[0], torch.ones(T, T).tril(), "GPT: next token")
draw_objective(axes[1], bert_inputs[0], labels[0], torch.ones(10, 10), "BERT: masked token")
plots.show(
    fig,
    alt="Two attention masks. GPT: a lower triangle, every row has a target, the next word. BERT: all yellow, and only "
    "three of ten rows have a target: one is [MASK], one a random word, one the word itself.",
    caption="GPT predicts at every token and sees only the past. BERT sees everything and predicts at the few chosen "
    "tokens: one hidden, one replaced, one left as it is.",
)

# %% [markdown]
# **What you saw.** GPT learns from every token, BERT from about one in seven. In return its vectors know both
# sides, which helps when a whole text is to be judged. And only GPT can write: it has never seen the future.
#
# BERT had a second task, **next-sentence prediction**. The input is a pair, `[CLS]` *the file is opened* `[SEP]` *then
# it is read* `[SEP]`, and from the vector at `[CLS]` the model says whether the second sentence really follows (half of
# all pairs) or comes from another text: *lions sleep by day*. The topic alone gives such a stranger away, so little is
# learned. RoBERTa ([Liu et al., 2019](https://arxiv.org/abs/1907.11692)) dropped the task and did as well or better.

# %% [markdown]
# ### Question 1 · Mask or not? (1 point · 5 min · ●○○)
#
# Train GPT with a full mask instead of the causal one, targets still moved by one. Answer in two or three
# sentences: *what happens to its training loss, and what can it generate?* Why does BERT, whose mask is full,
# not have the same problem?

# %% [markdown] manual="mask_or_not" points=1
# With a full mask each token sees the next one, which is its target. The model learns to copy it, and the loss
# falls to nearly 0, far lower than any honest model's. It has learned nothing about language, and when it generates,
# there is no next token to copy, so it writes nonsense. BERT's targets are hidden in the input itself: where a
# token is replaced by [MASK], nothing to copy is left anywhere, so the attention mask may be full.
