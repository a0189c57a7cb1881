# %% [markdown]
# ## 8 · Beyond the head
#
# **A causal model can classify too.** In a GPT-style model a token sees only what comes before it. `[CLS]` at the
# start would see nothing; the **last** token has seen all ([Radford et al.,
# 2018](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf)). So the head
# goes there.

# %% [markdown]
# ### Exercise 14 · The last token (2 points · 15 min · ●●○)
#
# `last_token` gets `states (B, T, d_model)` and `mask (B, T)`. It returns the state of the last *real* token of each
# row, `(B, d_model)`. The padding may be on the right, on the left, or on both sides. Make new
# tensors on the device of `states`.
#
# <details><summary>Hint 1: the idea</summary>Find the largest place at which the mask is True, row by row.</details>
# <details><summary>Hint 2: the formula</summary>place · mask is 0 at padding and the place elsewhere; its argmax is
# the last real one.</details>
# <details><summary>Hint 3: the line</summary><code>(torch.arange(T, device=mask.device) * mask).argmax(dim=1)</code>,
# then <code>states[rows, places]</code>.</details>


# %% solution="last_token"
def last_token(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The state of the last real token of each row.

    Args:
        states: (B, T, d_model).
        mask: (B, T) bool, True for real tokens; padding on the right, on the left, or on both sides.

    Returns:
        (B, d_model).
    """
    ### BEGIN SOLUTION
    places = torch.arange(mask.shape[1], device=mask.device)  # (T,)
    last = (places * mask).argmax(dim=1)  # (B,)
    return states[torch.arange(len(states), device=mask.device), last]
    ### END SOLUTION


# %% check="last_token_right" points=1
states = checks.normal(3, 6, 4, seed=4)
mask = torch.tensor([[1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0]]).bool()
got = checks.run(last_token, states, mask)
with checks.hint(
    "states[:, places] takes every place from every row; states[rows, places] takes one from each."
):
    checks.shape("last_token(states, mask)", got, batch=3, d_model=4)
rows = torch.arange(3)
expected = states[rows, torch.tensor([2, 0, 4])]
slips = {
    "that is the last place, which may be padding.": states[:, -1],
    "that is the first place of padding, one too far.": states[rows, torch.tensor([3, 1, 5])],
    "that is one place too early.": states[rows, torch.tensor([1, -1, 3])],
    "that place is counted from the end; take it from T − 1.": states[
        rows, torch.tensor([3, 5, 1])
    ],
    "that is the first token, [CLS].": states[:, 0],
    "that is the mean over the tokens; take one.": torch.stack(
        [row[keep].mean(dim=0) for row, keep in zip(states, mask, strict=True)]
    ),
    "that is the largest state, not the last one.": states.masked_fill(
        ~mask[..., None], -torch.inf
    ).amax(dim=1),
}
checks.close("padding on the right", got, expected, slips=slips)
checks.any_device(last_token, states, mask)
### BEGIN HIDDEN TESTS
checks.agrees(
    "last_token",
    last_token,
    lambda x, m: x[torch.arange(3), m.sum(1) - 1],
    states,
    mask,
    gradients=True,
)
### END HIDDEN TESTS
checks.passed("padding on the right")

# %% check="last_token_left" points=1
states, rows = checks.normal(3, 6, 4, seed=4), torch.arange(3)
mask = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1]]).bool()
got = checks.run(last_token, states, mask)
slips = {
    "the number of real tokens is their last place only when the padding is on the right.": states[
        rows, torch.tensor([2, 0, 5])
    ],
    "that is the first real token; take the last one.": states[rows, torch.tensor([3, 5, 0])],
}
checks.close("padding on the left", got, states[:, -1], slips=slips)
mask = torch.tensor([[0, 1, 1, 0, 0, 0], [0, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0]]).bool()
got = checks.run(last_token, states, mask)
with checks.hint("Look for the last True of each row, wherever the padding stands."):
    checks.close("padding on both sides", got, states[rows, torch.tensor([2, 3, 0])])
### BEGIN HIDDEN TESTS
states, mask = checks.normal(2, 300, 4, seed=5), torch.zeros(2, 300, dtype=torch.bool)
mask[0, 3:290], mask[1, :7] = True, True
got = checks.run(last_token, states, mask)
checks.close("a text of 300 tokens", got, torch.stack([states[0, 289], states[1, 6]]))
### END HIDDEN TESTS
checks.passed("padding on the left and on both sides")

# %% [markdown]
# **Experiment.** PyTorch's own encoder, two layers that begin with the shipped model's word vectors, learns from the
# same few reviews four times: with attention both ways or with a causal mask, and with the head on the first token or
# on the last.


# %% given="causal"
word_vectors = masked_model.get_input_embeddings().weight.detach().clone()


class Reading(nn.Module):
    """A small encoder, causal or not, with a linear head on the first or the last token."""

    def __init__(self, causal: bool, last: bool) -> None:
        super().__init__()
        d = word_vectors.shape[1]
        self.causal, self.last = causal, last
        self.embedding = nn.Embedding.from_pretrained(word_vectors.clone(), freeze=False)
        layer = nn.TransformerEncoderLayer(
            d, 4, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(d, 2)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        T = tokens.shape[1]
        later = torch.ones(T, T, dtype=torch.bool, device=mask.device).triu(1)  # True: not allowed
        states = self.encoder(
            self.embedding(tokens),
            mask=later if self.causal else None,
            src_key_padding_mask=~mask,  # here too PyTorch's True means not allowed
        )
        first = mask & (mask.cumsum(dim=1) == 1)  # a mask of one token
        return self.head(last_token(states, mask if self.last else first))


# %% experiment="causal_experiment"
# Experiment · Both directions or one, the first token or the last
n = scaled(full=800, smoke=40)
few = batches_of(fit_ids[:n], fit_labels[:n], 128, shuffle=True)
valid_few = batches_of(valid_ids[:n], valid_labels[:n], 128)
for causal in (False, True):
    for last in (False, True):
        device.seed_everything(0)
        model = Reading(causal, last).to(place)
        optimizer = torch.optim.AdamW(parameter_groups(model, 1e-3, 1.0, 0.01))
        steps = scaled(full=2 * n // BATCH, smoke=1)
        fit(model, few, classification_loss, steps=steps, optimizer=optimizer, show=False)
        kind = f"{'causal' if causal else 'both ways'}, {'last' if last else 'first'} token"
        print(f"{kind:24} {accuracy(model, valid_few):.1%}")

# %% [markdown]
# **What you saw.** Under a causal mask `[CLS]`, the first token, sees itself and nothing else: it is the same for
# every review, and its head can only guess. The last token has seen all. With attention both ways either place will
# do.

# %% [markdown]
# **No head at all: prompting.** A large causal model can be *asked* ([Brown et al.,
# 2020](https://arxiv.org/abs/2005.14165)). Put the review into a template, "Review: … It is", and compare how likely
# the model finds the words *negative* and *positive* next. Nothing is trained, and no example is shown: that is called
# *zero-shot*. In Lab 06 you wrote the log-probability of an answer, the sum over its tokens; here it is given.
#
# A model can also be *tuned* so. If it gives *positive*, *negative* and *neutral* the probabilities 0.18, 0.44 and
# 0.38, and the review is negative, the loss is $-\ln 0.44 = 0.82$.


# %% given="answer_log_prob"
@torch.no_grad()
def answer_log_prob(model: nn.Module, prompt: list[int], answer: list[int]) -> float:
    """The log-probability of an answer after a prompt: logits at place t are about token t + 1."""
    tokens = torch.tensor([prompt + answer], device=place)
    log_probs = model(tokens).logits[0, len(prompt) - 1 : -1].float().log_softmax(dim=-1)
    return log_probs.gather(1, tokens[0, len(prompt) :, None]).sum().item()


# %% experiment="zero_shot"
# Experiment · A causal model is asked for the class
def causal_model() -> tuple[object, nn.Module] | None:
    """Tokenizer and causal model, if one is in the data folder or the cache, or a GPU may download one."""
    names = ["distilgpt2"]
    if place.type == "cuda":
        names.insert(0, "HuggingFaceTB/SmolLM2-360M-Instruct")
    for name in names:
        try:
            found = find_model(name)
        except datasets.DataError:
            continue
        model = AutoModelForCausalLM.from_pretrained(found).to(place).eval()
        return AutoTokenizer.from_pretrained(found), model
    print(
        "No causal model is here: this experiment is skipped. To run it, put one into `models/` of the data folder."
    )
    return None


causal = causal_model()
if causal is not None:
    words_of, speaker = causal
    some = [i for i, text in enumerate(valid_texts) if len(text.split()) < 120][
        : scaled(full=100, smoke=4)
    ]
    hits = 0
    for i in some:
        prompt = words_of(f"Review: {valid_texts[i]}\nIs this review negative or positive? It is")[
            "input_ids"
        ]
        negative, positive = (
            answer_log_prob(speaker, prompt, words_of(word, add_special_tokens=False)["input_ids"])
            for word in (" negative", " positive")
        )
        hits += int(positive > negative) == int(valid_labels[i])
    low, high = wilson(hits, len(some))
    print(f"zero-shot: {hits} of {len(some)} right, 95% interval {low:.0%} to {high:.0%}")
