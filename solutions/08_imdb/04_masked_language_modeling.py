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
# Three details. A share of 15% of the tokens is **chosen**; only they count in the loss. Of the chosen, 80% become
# `[MASK]`, 10% a random token, 10% stay as they are: since fine-tuning never shows a `[MASK]`, the model must not
# believe that only masks matter. Special tokens, `[CLS]`, `[SEP]` and `[PAD]`, are never chosen. And places that do
# not count get the label **−100**, which `F.cross_entropy` ignores.

# %% [markdown]
# ### Exercise 6 · Masking (4 points · 30 min · ●●○)
#
# `mask_tokens` gets `tokens (B, T)` and `special (B, T)`, True for special tokens. Each other token is chosen with
# probability `share`, independently. It returns
#
# - `inputs (B, T)`: of the chosen, about 80% are `mask_id`, 10% an id drawn from all `0 … vocab_size − 1`, 10%
#   unchanged; whatever is not chosen is unchanged;
# - `labels (B, T)`: the original id at chosen places, −100 elsewhere.
#
# Draw with `generator`, make new tensors on the device of `tokens`, and leave `tokens` as they are. You wrote a first
# version in Lab 06 (exercise 7); this one also takes `share`, and works on any device.
#
# <details><summary>Hint 1: the idea</summary>One uniform number per place chooses; a second one, drawn anew, decides
# what happens to the chosen.</details>
# <details><summary>Hint 2: the formula</summary>u &lt; 0.8: mask; 0.8 ≤ u &lt; 0.9: random; else:
# unchanged.</details>
# <details><summary>Hint 3: the line</summary><code>torch.rand(tokens.shape, generator=generator,
# device=tokens.device)</code>; <code>torch.where(condition, a, b)</code>.</details>


# %% solution="mask_tokens"
def mask_tokens(
    tokens: torch.Tensor,
    special: torch.Tensor,
    vocab_size: int,
    mask_id: int,
    generator: torch.Generator,
    share: float = 0.15,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Hides tokens for masked-language modeling (Devlin et al., 2019, section 3.1).

    Args:
        tokens: (B, T) int64.
        special: (B, T) bool, True for tokens that are never chosen.
        vocab_size: random ids are drawn from 0 … vocab_size − 1.
        mask_id: the id of [MASK].
        generator: every draw comes from it; on the device of the tokens.
        share: the probability with which a token is chosen.

    Returns:
        inputs (B, T) int64, and labels (B, T) int64, −100 where a token was not chosen.
    """
    ### BEGIN SOLUTION
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
    fate = torch.rand(tokens.shape, **place)  # (B, T)
    random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)
    ### END SOLUTION


# %% data="masking_referee"
# Data · A call of your mask_tokens, for the checks
def masked_example(
    seed: int, share: float = 0.15
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens and special (B, T) of a large batch, and the student's inputs and labels for it."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(1000, 5000, (120, 500), generator=generator)
    lengths = torch.randint(100, 500, (120, 1), generator=generator)
    places = torch.arange(500)
    tokens[places.expand(120, 500) >= lengths] = 0  # [PAD]
    special = (places == 0) | (places >= lengths - 1)
    result = checks.run(mask_tokens, tokens, special, 6000, 4, generator, share)
    inputs, labels = checks.unpack("mask_tokens", result, "inputs", "labels")
    for name, got in (("inputs", inputs), ("labels", labels)):
        checks.shape(name, got, batch=120, tokens=500)
        checks.that(got.dtype == torch.int64, f"{name}: expected int64, got {got.dtype}.")
    return tokens, special, inputs, labels


# %% check="mask_tokens_chosen" points=1
tokens, special, inputs, labels = masked_example(seed=0)
chosen = labels != -100
checks.that(chosen.any(), "no token was chosen: all labels are -100.")
checks.that(
    not chosen[special].all(),
    "the labels of special tokens are not -100. The original id stands at chosen places, and -100 at all others; "
    "are those not ignored, or is it the other way round?",
)
checks.that(
    not chosen[special].any(),
    "special tokens were chosen: [CLS], [SEP] and [PAD] are never to be guessed. Take them out with `& ~special`.",
)
checks.that(
    not chosen[:, 1:99].all(dim=1).any(),
    "all tokens of a row are chosen together; draw for each token on its own.",
)
checks.that(
    (chosen[0, 1:99] != chosen[1, 1:99]).any(),
    "all rows have the same places chosen; draw for each token on its own.",
)
share = chosen[~special].double().mean().item()
causes = {
    " Is 15% of all tokens chosen, or 85%?": 0.8 < share < 0.9,
    " Those that stay unchanged are chosen too: their labels are their ids.": 0.13 < share < 0.14,
}
cause = next((text for text, holds in causes.items() if holds), "")
checks.that(
    abs(share - 0.15) < 0.008,
    f"expected 15% of the other tokens to be chosen, got {share:.1%}.{cause}",
)
rows = chosen.double().sum(1) / (~special).double().sum(1)
checks.that(
    rows.std() > 0.008,
    "each row has the same share of chosen tokens; draw for each token on its own.",
)
*_, other = masked_example(seed=4)
checks.that(
    (chosen[:, 1:99] != (other != -100)[:, 1:99]).any(),
    "another generator chose the same places: draw with the generator that you got, do not make one.",
)
_, special, _, labels = masked_example(seed=3, share=0.4)
share = (labels != -100)[~special].double().mean().item()
checks.that(
    abs(share - 0.4) < 0.015,
    f"with share 0.4 expected 40% to be chosen, got {share:.1%}. Is 0.15 hard-coded?",
)
checks.passed("15% are chosen, special tokens never")

# %% check="mask_tokens_labels" points=1
tokens, special, inputs, labels = masked_example(seed=1)
chosen = labels != -100
checks.that(
    chosen.double().mean() < 0.5,
    "labels must be -100 at all places that are not chosen, so that the loss ignores them. Most of yours are not.",
)
checks.that(chosen.any(), "no token was chosen: all labels are -100.")
wrong = chosen & (labels != tokens)
slip = (
    " They hold the new id; the label is what stood there before."
    if wrong.any() and (labels == inputs)[wrong].all()
    else ""
)
checks.that(not wrong.any(), f"labels at chosen places must be the original ids.{slip}")
checks.that(
    (inputs == tokens)[~chosen].all(),
    "inputs changed at places that were not chosen: the loss would never see them.",
)
checks.passed("the original id where chosen, −100 elsewhere")

# %% check="mask_tokens_fates" points=2
tokens, special, inputs, labels = masked_example(seed=2)
chosen = labels != -100
checks.that(chosen.sum() > 100, "too few tokens are chosen to see what became of them.")
checks.that(
    not chosen[special].all(),
    "the labels do not tell which tokens are chosen: let the first check pass first.",
)
masked = (inputs == 4)[chosen].double().mean().item()
same = (inputs == tokens)[chosen].double().mean().item()
other = 1 - masked - same
told = f"of the chosen, expected 80% [MASK], 10% another id, 10% unchanged; got {masked:.0%}, {other:.0%}, {same:.0%}."
causes = {
    "all chosen tokens become [MASK]. Draw a second number for what happens to them: the one that has chosen a "
    "token is below 0.15, and so below 0.8.": masked > 0.98,
    "half of the 20% that are not masked get a random id, which is 10% of the chosen.": same > 0.15
    and other < 0.05,
    "no chosen token stays as it is: 0.9 ≤ u leaves it unchanged.": same < 0.02 and masked > 0.7,
    "the random ids replace the masks too; they are for 0.8 ≤ u < 0.9 alone.": other > 0.85,
    "10% and 80% are swapped.": masked < 0.2,
    "the random ids are drawn over the masks, or the masks over the random ids: use one number for all three.": abs(
        masked - 0.72
    )
    < 0.03
    or abs(same - 0.18) < 0.02,
}
cause = next((f"\n  Likely cause: {text}" for text, holds in causes.items() if holds), "")
good = abs(masked - 0.8) < 0.025 and abs(other - 0.1) < 0.02 and abs(same - 0.1) < 0.02
checks.that(good, told + cause)
random = inputs[chosen & (inputs != 4) & (inputs != tokens)]
different = 6000 * (1 - math.exp(-len(random) / 6000))  # about so many, since some come twice
checks.that(
    random.min() < 600 and random.max() > 5400 and random.unique().numel() > 0.9 * different,
    "the random ids must be drawn from the whole vocabulary, one for each place.",
)
checks.that(
    (random >= 0).all() and (random < 6000).all(),
    "a random id lies outside of 0 … vocab_size − 1.",
)
few, none = torch.full((40, 500), 2), torch.zeros(40, 500, dtype=torch.bool)
few, _ = checks.run(mask_tokens, few, none, 6, 3, torch.Generator().manual_seed(0), 1.0)
checks.that(
    sorted(few.unique().tolist()) == [0, 1, 2, 3, 4, 5],
    f"with vocab_size 6, expected the random ids 0 … 5, each of them, got {sorted(few.unique().tolist())}.",
)
first, second = masked_example(seed=2), masked_example(seed=2)
checks.that(
    torch.equal(first[2], second[2]) and torch.equal(first[3], second[3]),
    "the same seed gave other tokens: draw everything with the generator that you got.",
)
checks.any_device(mask_tokens, tokens[:3], special[:3], 6000, 4, None)
checks.passed("80% masked, 10% random, 10% unchanged")

# %% [markdown]
# **The task, continued.** The shipped model has done this for hours. Here it goes on for a short while, on reviews
# without a label, with your masks. Watch the loss: it wanders, and hardly falls. Those few steps are a drop in the
# bucket; they show that your masking is the kind the model was trained with. Fine-tuning starts from the shipped
# weights again; this model answers the blanks below.


# %% experiment="continue_masking"
# Experiment · The model reads on, in reviews without labels
def hide(tokens: torch.Tensor, mask: torch.Tensor, *, generator: torch.Generator) -> Batch:
    special = ~mask | (tokens == cls) | (tokens == sep)
    inputs, labels = mask_tokens(
        tokens, special, len(tokenizer), tokenizer.mask_token_id, generator
    )
    return inputs, mask, labels


def masked_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy over the chosen tokens."""
    tokens, mask, labels = batch
    return model(tokens, attention_mask=mask, labels=labels).loss  # the library leaves out −100


unlabeled = token_ids(list(imdb.unsupervised["text"][: scaled(full=2000, smoke=40)]))
unlabeled = [truncate(ids, scaled(full=128, smoke=32), "head", cls, sep) for ids in unlabeled]
masking = TextBatches(
    unlabeled, batch_size=8, pad=pad, pad_to_multiple_of=16, device=place, augment=hide
)
device.seed_everything(0)
masking_history = fit(
    masked_model,
    masking,
    masked_loss,
    steps=scaled(full=200, smoke=2),
    lr=MASKING_LR,
    precision=precision,
    title="Masked-language modeling",
)
ends = scaled(full=50, smoke=1)
first, last = (
    np.mean(part) for part in (masking_history.loss[:ends], masking_history.loss[-ends:])
)
print(
    f"mean loss of the first {ends} steps {first:.2f}, of the last {last:.2f}; "
    f"guessing would be {math.log(len(tokenizer)):.2f}"
)

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
# **What you saw.** Look at the words that it puts where an opinion is wanted. It never saw a label, only which words
# go together; and yet *boring* and *wonderful* call for different neighbors. That is what fine-tuning builds on.
