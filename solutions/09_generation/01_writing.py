# %% [markdown]
# ## 1 · A model that writes
#
# A language model does one thing: from the tokens so far it computes a score, a **logit**, for each token of its
# vocabulary to come next. The next two cells, folded, hold the model that does it: attention, block and GPT as you
# built them in Labs 05 and 06, on PyTorch's fused kernel. Open them when you need a name.


# %% data="gpt_blocks"
# Data · Attention and block, as in Lab 06
class Attention(nn.Module):
    """Causal multi-head self-attention on PyTorch's fused kernel."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)

    def project(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x (B, T, d_model) → q, k, v, each (B, n_heads, T, d_head)."""
        split = (t.unflatten(-1, (self.n_heads, -1)) for t in self.qkv(x).chunk(3, dim=-1))
        q, k, v = (t.transpose(1, 2) for t in split)
        return q, k, v

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = self.project(x)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, n_heads, T, d_head)
        return self.out(y.transpose(1, 2).flatten(2))  # (B, T, d_model)


class Block(nn.Module):
    """A pre-LN decoder block: causal attention, then a feed-forward network, each added to its input."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.attention = Attention(d_model, n_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, 4 * d_model),
            nn.GELU(approximate="tanh"),
            nn.Linear(4 * d_model, d_model),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, d_model) → (B, T, d_model)."""
        x = x + self.attention(self.norm1(x))
        return x + self.feed_forward(self.norm2(x))


# %% data="gpt"
# Data · The GPT of Lab 06
class GPT(nn.Module):
    """A decoder-only transformer (Radford et al., 2019), with learned positions and a tied head."""

    def __init__(
        self, vocab_size: int, context: int, d_model: int, n_layers: int, n_heads: int
    ) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        for embedding in (self.token_embedding, self.position_embedding):
            nn.init.normal_(embedding.weight, std=0.02)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens (B, T) int64 → logits (B, T, vocab_size)."""
        at = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding(at)  # (B, T, d_model)
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.token_embedding.weight.T


# %% [markdown]
# Now its weights. If you ran the pretraining of Lab 06 to its end on this machine, your model is in the cache folder,
# and it writes here. If not, the one that comes with the book does; its card,
# `data/models/prose-gpt-mini/README.md`, says how it was trained. The last line below says which one you have.

# %% experiment="load_model"
# Experiment · The model that writes here
own = settings.cache_dir() / "models" / "my-gpt"  # where Lab 06 leaves yours
folder = own if own.is_dir() else find_model("prose-gpt-mini")
gpt_sizes = json.loads((folder / "config.json").read_text())
gpt = GPT(**gpt_sizes).to(place).eval()
gpt.load_state_dict(load_file(folder / "model.safetensors"))
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
context, END = gpt_sizes["context"], "<|endoftext|>"
end_id = tokenizer.token_to_id(END)
prose = datasets.load_prose(modules=scaled(full=None, smoke=40), held_out=0.05)
whose = "yours, of Lab 06" if folder == own else "the one that comes with the book"
print(f"The model that writes: {whose}; {gpt_sizes}")


# %% [markdown]
# Two small functions: text as tokens, and tokens as text. What comes next after an opening?


# %% experiment="token_names"
# Experiment · Text as tokens, and tokens as text
def encoded(text: str) -> torch.Tensor:
    """The token ids of a text, (T,), on the lab's device."""
    return torch.tensor(tokenizer.encode(text).ids, device=place)


def shown(token: int) -> str:
    """A token as text, with signs for white space."""
    text = tokenizer.decode([token], skip_special_tokens=False)
    text = text.replace(" ", "␣").replace("\n", "⏎").replace("$", r"\$")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text) or "∅"


opening = "If the argument is not a string, a"
with torch.no_grad():
    logits = gpt(encoded(opening)[None])[0, -1].float().cpu()  # (V,)
best = logits.softmax(dim=-1).topk(6)
for probability, token in zip(best.values.tolist(), best.indices.tolist(), strict=True):
    print(f"{probability:6.1%}  {shown(token)}")

# %% [markdown]
# To write, choose one of them, append it, and ask again. How to choose is a question of its own, so it comes in as a
# function: `choose` takes the logits `(B, V)` of the next tokens and returns one token for each text, `(B, 1)`.
#
# The simplest choice is **greedy**: always the token with the largest logit.


# %% given="greedy"
def greedy(logits: torch.Tensor) -> torch.Tensor:
    """The token with the largest logit of each row: (B, V) → (B, 1)."""
    return logits.argmax(dim=-1, keepdim=True)


# %% [markdown]
# ### Exercise 1 · The loop (2 points · 12 min · ●○○)
#
# `model` turns tokens `(B, T)` into logits `(B, T, V)`; those at place $t$ are for token $t + 1$. Append `n` tokens to
# each text of `tokens` `(B, T)`, one after the other, and return all of them, `(B, T + n)`.
#
# - Ask the model for each new token, with the ones before it appended.
# - A model has `context` positions. Of a text that is longer it gets the last `context` tokens; the text itself stays
#   whole.
# - `choose` sees the logits of all texts, `(B, V)`, and returns a token for each, `(B, 1)`.
#
# <details><summary>Hint 1: the idea</summary>A loop of n rounds: read, choose, append.</details>
# <details><summary>Hint 2: the formula</summary>Only the logits at the last place speak about a token that is not there
# yet.</details>
# <details><summary>Hint 3: the line</summary><code>tokens[:, -context:]</code> are the last tokens of each text, or all
# of a shorter one; <code>torch.cat([…, …], dim=1)</code> appends.</details>


# %% solution="generate"
@torch.no_grad()
def generate(
    model: Callable[[torch.Tensor], torch.Tensor],
    tokens: torch.Tensor,
    n: int,
    choose: Callable[[torch.Tensor], torch.Tensor],
    context: int,
) -> torch.Tensor:
    """Appends n tokens to each text: tokens (B, T) → (B, T + n).

    Args:
        model: tokens (B, T), T at most context → logits (B, T, V).
        choose: logits (B, V) → tokens (B, 1).
    """
    ### BEGIN SOLUTION
    for _ in range(n):
        logits = model(tokens[:, -context:])[:, -1]  # (B, V)
        tokens = torch.cat([tokens, choose(logits)], dim=1)
    return tokens
    ### END SOLUTION


# %% data="adder"
# Data · A model that adds, for the checks
class Adder:
    """Is sure that the next token is the sum of all tokens so far, modulo 7; reads `context` tokens at most."""

    def __init__(self, context: int) -> None:
        self.context, self.calls = context, 0

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        checks.that(tokens.dim() == 2, f"the model takes tokens (B, T), not {tuple(tokens.shape)}.")
        T = tokens.shape[1]
        too_long = (
            f"the model gets {T} tokens and has {self.context} positions: give it the last ones."
        )
        checks.that(self.context >= T, too_long)
        return F.one_hot(tokens.cumsum(dim=1) % 7, 7).float()


def written(tokens: list[list[int]], n: int, context: int, choose=greedy) -> torch.Tensor:
    """Your loop with the model that adds: all tokens, their shape checked."""
    model, start = Adder(context), torch.tensor(tokens)
    beside = {  # what torch.cat says → why
        "must match": "append along the tokens: torch.cat([…, …], dim=1).",
        "same number of dim": "what choose returns is (B, 1) and fits beside the tokens as it is.",
    }
    try:
        got = checks.run(generate, model, start, n, choose, context)
    except checks.CheckFailed as failure:
        what = str(failure).split("\n  Likely cause")[0]
        for sign, cause in beside.items():
            if sign in what:
                raise checks.CheckFailed(f"{what}\n  Likely cause: {cause}") from None
        raise
    checks.tensor("generate(…)", got)
    checks.that(
        got.dim() == 2 and len(got) == len(tokens),
        f"expected {len(tokens)} texts, got a tensor {tuple(got.shape)}: append along the tokens, dim=1.",
    )
    left = got.shape[1]
    cut = left < start.shape[1] + n and left in (context, context + 1, context + n)
    checks.that(
        not cut, "the text is cut; only what the model reads is, the text itself stays whole."
    )
    alone = got.shape == (len(tokens), n)
    checks.that(not alone, "these are the new tokens alone; the text that came in stands before.")
    checks.shape("generate(…)", got, B=len(tokens), tokens=start.shape[1] + n)
    checks.that(model.calls == n, f"{n} new tokens take {n} calls of the model, not {model.calls}.")
    return got


# %% check="generate_texts" points=1
start, shapes = [[1, 2], [4, 4]], []


def watched(logits: torch.Tensor) -> torch.Tensor:
    shapes.append(tuple(logits.shape))
    B = len(start)
    wanted = f"choose should get the logits of {B} texts, (B, V) = ({B}, 7), in each round; it got {shapes}"
    checks.that(logits.dim() == 2, f"{wanted}. Of all places take the last one, [:, -1].")
    checks.that(len(logits) <= B, f"{wanted}. [-1] is the last text, [:, -1] the last place.")
    as_given = ((logits == 0) | (logits == 1)).all()
    checks.that(
        as_given, "choose should get the logits as the model gives them, not probabilities."
    )
    return greedy(logits)


got = written(start, 4, 10, watched)
expected = torch.tensor([[1, 2, 3, 6, 5, 3], [4, 4, 1, 2, 4, 1]])  # 1 + 2 = 3, 1 + 2 + 3 = 6, …
rows = {
    "each new token is chosen after the same text: append it before the next round.": (
        "123333 441111"
    ),
    "the logits of the first place are used; the last ones speak about the next token.": (
        "121111 444444"
    ),
    "the model reads the last token alone; it needs the text so far.": "122222 444444",
    "new tokens stand in front; they come last.": "356312 142144",
    "all texts get the token that was chosen for the first one.": "123653 443653",
    "all texts get the token that was chosen for the last one.": "121241 441241",
}
slips = {
    cause: torch.tensor([[*map(int, r)] for r in text.split()]) for cause, text in rows.items()
}
checks.close(
    "1 2 … and 4 4 …, each token the sum of all before, modulo 7", got, expected, slips=slips
)
start, shapes = [[1, 2], [4, 4], [0, 5]], []
written(start, 2, 10, watched)
checks.that(shapes, "choose was never called: how a token is chosen is not for the loop to say.")
checks.that(
    shapes == [(3, 7)] * 2,
    f"choose should get the logits of 3 texts, (B, V) = (3, 7), in each round; it got {shapes}.",
)
### BEGIN HIDDEN TESTS
got = written([[6], [3], [5]], 3, 9)
checks.close("texts of one token", got, torch.tensor([[6, 6, 5, 3], [3, 3, 6, 5], [5, 5, 3, 6]]))
checks.close("no new token", written([[3, 1]], 0, 9), torch.tensor([[3, 1]]))
### END HIDDEN TESTS
checks.passed("read, choose, append, for each text of the batch")

# %% check="generate_window" points=1
got = written([[1, 2]], 5, context=3)
rows = {
    "the model gets the first tokens; of a text that is too long it gets the last ones.": "1236666",
    "the model gets one token too few: context is how many fit.": "1235160",
    "the model gets only the new tokens after the first round.": "1233333",
}
slips = {cause: torch.tensor([[*map(int, text)]]) for cause, text in rows.items()}
expected = torch.tensor([[1, 2, 3, 6, 4, 6, 2]])  # 2 + 3 + 6 = 11 and 3 + 6 + 4 = 13, modulo 7
checks.close("1 2 …, with a context of 3", got, expected, slips=slips)
got = written([[5, 1, 2, 3, 0]], 2, context=3)
checks.close("five tokens, with a context of 3", got, torch.tensor([[5, 1, 2, 3, 0, 5, 1]]))
### BEGIN HIDDEN TESTS
checks.close("a context of 1", written([[5, 4]], 2, context=1), torch.tensor([[5, 4, 4, 4]]))
### END HIDDEN TESTS
checks.passed("the model reads the last tokens that fit, the text stays whole")

# %% [markdown]
# **Experiment.** Your loop with the greedy choice, from two openings.


# %% experiment="greedy_texts"
# Experiment · What the greedy choice writes
def read(tokens: torch.Tensor) -> str:
    """The text of one row of tokens, as far as its end."""
    text = tokenizer.decode(tokens.tolist(), skip_special_tokens=False)
    return textwrap.fill(text.removeprefix(END).split(END)[0], 100)


for start in ("Return a list of", "The default value is"):
    row = generate(gpt, encoded(start)[None], scaled(full=80, smoke=8), greedy, context)[0]
    print(read(row), end="\n\n")

# %% [markdown]
# Grammar, the tone of a manual, and hardly any sense: the model is small. But it does something that large models do
# as well when they are greedy: it goes in circles. Count it. Of all runs of four tokens, which share stood in the same
# text before? For comparison, what people wrote: held-out text of the same length. So that all are equally long, the
# end-of-text token is forbidden: its logit becomes −inf.


# %% experiment="repetition"
# Experiment · How much the greedy choice repeats itself
def repeated_share(tokens: torch.Tensor, n: int = 4) -> float:
    """The share of runs of n tokens that stood earlier in their row, the mean over rows (B, T)."""
    shares = []
    for row in tokens.tolist():
        runs = [tuple(row[i : i + n]) for i in range(len(row) - n + 1)]
        shares.append(1 - len(set(runs)) / len(runs))
    return float(np.mean(shares))


def never_ends(choose: Callable[[torch.Tensor], torch.Tensor]) -> Callable:
    ended = torch.tensor([end_id], device=place)
    return lambda logits: choose(logits.index_fill(-1, ended, -torch.inf))


print(f"a b c d e a b c d: {repeated_share(torch.tensor([[*b'abcdeabcd']])):.2f} are repeated")
length = scaled(full=100, smoke=12)
paragraphs = [ids for text in prose.held_out if len(ids := encoded(text)) >= length]
starts = torch.stack([ids[:8] for ids in paragraphs[:12]])  # (12, 8)
greedy_rows = generate(gpt, starts, length - 8, never_ends(greedy), context)
people = repeated_share(torch.stack([ids[:length] for ids in paragraphs[:12]]))
print(f"greedy {repeated_share(greedy_rows):.0%}, people {people:.0%}")

# %% [markdown]
# Why does it loop? The greedy choice has no chance to leave: it always answers the same text with the same token, and
# the last words matter most. Once a phrase has come twice, the next words look like the last time, and a model that has
# learned to copy takes each repetition as evidence for the next. (Has this one? Section 5 looks. The 12 tokens of a
# smoke run are too few to show a loop.) So a writer should not always take the most probable word. People do not either
# ([Holtzman et al., 2020](https://arxiv.org/abs/1904.09751)).
