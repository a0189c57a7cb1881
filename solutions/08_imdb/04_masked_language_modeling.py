# %% [markdown]
# ## 4 · Masked-language modeling
#
# What can one learn from text without labels? BERT ([Devlin et al., 2019](https://arxiv.org/abs/1810.04805)) hides some
# of the tokens and guesses them from all the others, left and right:
#
# $$\max_\theta \sum_{t \in M} \log P(x_t \mid x_{\setminus M})$$
#
# where $M$ are the hidden places. In *the [MASK] was brilliant and I cried*, the words on both sides say that it was
# a film or an ending, and *cried* that it was moving. To guess well, the model must learn grammar, facts, and which
# opinions go together. That last one is what you need.


# %% given="fill_in"
@torch.no_grad()
def fill_in(sentence: str, count: int = 5) -> None:
    """Prints the likeliest words for each [MASK] of a sentence."""
    tokens = tokenizer(sentence, return_tensors="pt").to(place)
    logits = masked_model(tokens["input_ids"], attention_mask=tokens["attention_mask"]).logits[0]
    print(sentence)
    for position in (tokens["input_ids"][0] == tokenizer.mask_token_id).nonzero():
        probabilities, ids = logits[position[0]].float().softmax(dim=-1).topk(count)
        guesses = zip(tokenizer.convert_ids_to_tokens(ids.tolist()), probabilities, strict=True)
        print("    " + ", ".join(f"{token} {p:.0%}" for token, p in guesses))


fill_in("The [MASK] was brilliant and I cried.")

# %% [markdown]
# Three details:
#
# - A share of 15% of the tokens is **chosen**, and only they count in the loss. Special tokens, `[CLS]`, `[SEP]` and
#   `[PAD]`, are never chosen.
# - Of the chosen, 80% become `[MASK]`, 10% a random token, and 10% stay as they are. Fine-tuning never shows a
#   `[MASK]`: the model must not believe that only masks matter. (The shipped model chose a little otherwise; its
#   `README.md` says how.)
# - Places that do not count get the label **−100**, which `F.cross_entropy` ignores.

# %% [markdown]
# ![A row of nine tokens. Three are chosen: one becomes a mask, one a random token, one stays. Their labels are the
# tokens that stood there; all other labels are −100.](figures/masking.svg)
#
# *One draw chooses, a second one decides what becomes of the chosen. The labels know what stood there.*

# %% [markdown]
# ### Exercise 5 · Masking (3 points · 25 min · ●●○)
#
# `mask_tokens` gets `tokens (B, T)` and `special (B, T)`, True for special tokens. Each other token is chosen with
# probability 0.15, independently of all others. It returns
#
# - `inputs (B, T)`: a chosen token becomes `mask_id` with probability 0.8, an id drawn from all `0 … vocab_size − 1`
#   with probability 0.1, and stays as it is with probability 0.1; whatever is not chosen is unchanged;
# - `labels (B, T)`: the original id at chosen places, also where it stays; −100 elsewhere.
#
# Draw everything with `generator`, and leave `tokens` as they are.
#
# <details><summary>Hint 1: the idea</summary>One uniform number per place chooses; a second one, drawn anew, decides
# what happens to the chosen.</details>
# <details><summary>Hint 2: the formula</summary>For u uniform in [0, 1): u &lt; 0.8 happens in 80% of all cases, u ≥
# 0.9 in 10%.</details>
# <details><summary>Hint 3: the line</summary><code>torch.rand(tokens.shape, generator=generator)</code>,
# <code>torch.randint(vocab_size, tokens.shape, generator=generator)</code>, and
# <code>torch.where(condition, a, b)</code>.</details>


# %% solution="mask_tokens"
def mask_tokens(
    tokens: torch.Tensor,
    special: torch.Tensor,
    vocab_size: int,
    mask_id: int,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Hides tokens for masked-language modeling (Devlin et al., 2019, section 3.1).

    Args:
        tokens: (B, T) int64.
        special: (B, T) bool, True for tokens that are never chosen.
        vocab_size: random ids are drawn from 0 … vocab_size − 1.
        mask_id: the id of [MASK].
        generator: every draw comes from it.

    Returns:
        inputs (B, T) int64, and labels (B, T) int64, −100 where a token was not chosen.
    """
    ### BEGIN SOLUTION
    chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
    fate = torch.rand(tokens.shape, generator=generator)  # (B, T)
    random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
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
    checks.that(
        not (labels == tokens)[special].all(),
        "the labels of special tokens are their own ids; where nothing is predicted write -100. Or do the labels "
        "stand at the tokens that were not chosen?",
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
for outside in (101, 102):  # not the seed of a trial, whose numbers would come again
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
    (0.015, 0.114): "The random tokens replace the [MASK] too; they are for the last tenth alone.",
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
agree = torch.cat([row[1:] == row[:-1] for row in becomes]).float().mean().item()
alike = "the chosen tokens of a row share one fate: draw a number for each place, (B, T)."
checks.that(agree < 0.75, alike)  # 0.8² + 0.2² = 0.68 for independent ones
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
checks.passed("independent draws, and random tokens from all ids")

# %% [markdown]
# **Experiment.** Your masks on some reviews: how often does the shipped model name the token that stood there?
# It never knows *which* kind of place it looks at, unless it sees a `[MASK]`. The most frequent token of all is the
# rival that knows nothing.

# %% experiment="guesses"
# Experiment · What is guessed, by what stands at the place
some = [truncate(ids, 128, "head", cls, sep) for ids in valid_ids[: scaled(full=400, smoke=20)]]
tokens, mask = collate(some, pad)  # (B, T)
special = ~mask | (tokens == cls) | (tokens == sep)
hidden = tokenizer.mask_token_id
seeded = torch.Generator().manual_seed(0)
inputs, labels = mask_tokens(tokens, special, len(tokenizer), hidden, seeded)
with torch.no_grad(), device.autocast(place, precision):
    parts = zip(inputs.to(place).split(16), mask.to(place).split(16), strict=True)
    guesses = torch.cat(
        [masked_model(x, attention_mask=m).logits.argmax(dim=-1).cpu() for x, m in parts]
    )
chosen = labels != -100
kinds = {"[MASK]": inputs == hidden, "the token itself": inputs == tokens}
kinds["a random token"] = (inputs != hidden) & (inputs != tokens)
for kind, where in kinds.items():
    at = chosen & where
    print(f"{kind:>16}: {(guesses == labels)[at].float().mean():.1%} of {int(at.sum()):,} guessed")
commonest = torch.mode(tokens[~special]).values
print(f"always {tokenizer.decode(commonest)!r}: {(labels == commonest)[chosen].float().mean():.1%}")

# %% [markdown]
# **What you saw.** Of the tokens behind a mask about one in three is named, out of a vocabulary of 12,000. A word that
# stands there is nearly always believed. And a wrong word is seen through almost as often as a mask is filled in: the
# model reads each word against the others. That is what the two tens are for. If only masks counted, it could look at
# nothing else. (It has read these reviews before, with other masks and without labels; on new text it guesses a little
# less.)

# %% [markdown]
# **Fill in the blank.** Five sentences, and then your own in the cell after them. The model knows film reviews and
# nothing else: ask it about films.


# %% experiment="more_blanks"
# Experiment · More blanks
for sentence in (
    "The [MASK] was boring and much too long.",
    "A wonderful film: I [MASK] it.",
    "A terrible film: I [MASK] it.",
    "One of the [MASK] movies I have ever seen. Avoid it!",
    "One of the [MASK] movies I have ever seen. Do not miss it!",
):
    fill_in(sentence)

# %% free="your_blanks"
# Your own sentence.
fill_in("The director of this movie is a [MASK].")

# %% [markdown]
# **What you saw.** Compare shares, not first words, which may be wrong: how much less is *love* when the film is
# terrible, and *worst* when you should not miss it? The model never saw a label, only which words go together; and yet
# an opinion at one end of a sentence moves the guess at the other. That is what fine-tuning builds on.
