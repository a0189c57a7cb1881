# %% [markdown]
# A **batch** is a rectangle of numbers, and reviews have different lengths: short ones are filled up with `[PAD]`. A
# mask says which tokens are real, and attention looks at those alone. Padding costs as much time as words do.

# %% [markdown]
# ![Three reviews of 4, 5 and 3 tokens as a table of three rows and five columns, filled up with PAD on the right, and
# beside it the mask, True where there is a token](figures/padding.svg)
#
# *The longest review decides how wide the batch is. Hatched places cost time and hold nothing.*

# %% [markdown]
# ### Exercise 4 · Collate (2 points · 10 min · ●●○)
#
# `collate` turns a list of token sequences into `tokens (B, T)`, int64, filled up **on the right** with `pad`, and
# `mask (B, T)`, bool, True where there is a token. T is the longest length *in this batch*.
#
# <details><summary>Hint 1: the idea</summary>Make a tensor full of <code>pad</code> and write each sequence into its
# row.</details>
# <details><summary>Hint 2: the formula</summary>mask[b, t] = t &lt; length of sequence b: from the lengths, not from
# the ids, since a pad id may be a word elsewhere.</details>
# <details><summary>Hint 3: the line</summary><code>torch.arange(longest) &lt; lengths[:, None]</code> is the
# mask, (B, T).</details>


# %% solution="collate"
def collate(sequences: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch of sequences, padded on the right to the longest of them.

    Args:
        sequences: B lists of token ids, none empty.
        pad: the id that fills the rest.

    Returns:
        tokens (B, T) int64, and mask (B, T) bool, True where there is a token.
    """
    ### BEGIN SOLUTION
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]  # (B, T)
    tokens = torch.full(mask.shape, pad)
    tokens[mask] = torch.tensor([i for sequence in sequences for i in sequence])
    return tokens, mask
    ### END SOLUTION


# %% check="collate_tokens" points=1
tokens, mask = checks.unpack(
    "collate", checks.run(collate, [[5, 6], [7, 8, 9, 4], [3]], 1), "tokens", "mask"
)
checks.tensor("tokens", tokens)
with checks.hint("T is the longest length in this batch."):
    checks.shape("tokens", tokens, batch=3, tokens=4)
checks.that(
    tokens.dtype == torch.int64,
    f"tokens: expected int64, got {tokens.dtype}. An embedding needs int64.",
)
expected = torch.tensor([[5, 6, 1, 1], [7, 8, 9, 4], [3, 1, 1, 1]])
slips = {
    "the batch is filled with 0; fill it with pad.": torch.tensor(
        [[5, 6, 0, 0], [7, 8, 9, 4], [3, 0, 0, 0]]
    ),
    "the padding stands on the left; it goes to the right.": torch.tensor(
        [[1, 1, 5, 6], [7, 8, 9, 4], [1, 1, 1, 3]]
    ),
    "keep the order of the sequences.": torch.tensor([[7, 8, 9, 4], [5, 6, 1, 1], [3, 1, 1, 1]]),
}
checks.close(
    "tokens, pad 1",
    tokens.double(),
    expected.double(),
    slips={k: v.double() for k, v in slips.items()},
)
for pad_id, sequences, padded in (
    (9, [[4, 4, 4], [6]], [[4, 4, 4], [6, 9, 9]]),
    (0, [[7, 7]], [[7, 7]]),
    (3, [[5], [3, 3, 3, 3], [5]], [[5, 3, 3, 3], [3, 3, 3, 3], [5, 3, 3, 3]]),
):
    got, _ = checks.unpack("collate", checks.run(collate, sequences, pad_id), "tokens", "mask")
    checks.shape(f"tokens for {sequences}", got, batch=len(padded), tokens=len(padded[0]))
    checks.that(
        got.tolist() == padded, f"{sequences}, pad {pad_id}: expected {padded}, got {got.tolist()}."
    )
### BEGIN HIDDEN TESTS
for count in (1, 6):
    sequences = [list(range(2, 3 + (7 * i) % 5)) for i in range(count)]
    tokens, _ = checks.run(collate, sequences, 0)
    checks.shape("tokens", tokens, batch=count, tokens=max(map(len, sequences)))
    checks.that(
        [row[: len(s)].tolist() for row, s in zip(tokens, sequences, strict=True)] == sequences,
        "each row begins with its sequence.",
    )
### END HIDDEN TESTS
checks.passed("padded on the right, to the longest of the batch")

# %% check="collate_mask" points=1
_, mask = checks.unpack(
    "collate", checks.run(collate, [[5, 6], [7, 1, 9, 1], [1]], 1), "tokens", "mask"
)
checks.shape("mask", mask, batch=3, tokens=4)
checks.that(
    mask.dtype == torch.bool, f"mask: expected bool, True where there is a token, got {mask.dtype}."
)
expected = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]], dtype=torch.float64)
slips = {
    "True is for tokens, False for padding.": 1 - expected,
    "a token may have the id of pad: make the mask from the lengths.": torch.tensor(
        [[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]], dtype=torch.float64
    ),
    "everything is marked as a token; the padding is not.": torch.ones(3, 4, dtype=torch.float64),
    "the padding stands on the left; it goes to the right.": expected.flip(1),
}
checks.close("mask", mask.double(), expected, slips=slips)
for rows, wanted in (
    ([[2], [3, 3]], [[1, 0], [1, 1]]),
    ([[1, 1, 1, 1, 1], [1], [0, 1]], [[1, 1, 1, 1, 1], [1, 0, 0, 0, 0], [1, 1, 0, 0, 0]]),
):
    _, got = checks.run(collate, rows, 1)
    got = got.long().tolist()
    checks.that(got == wanted, f"the mask of {rows}: expected {wanted}, got {got}.")
checks.passed("True where there is a token")


# %% [markdown]
# **Experiment.** The same reviews through the encoder, batched in three ways: all padded to the longest text the
# model takes, each batch padded to its own longest review, and batches of similar length.

# %% data="precision"
# Data · The precision in which the encoder reads faster
numbers = torch.randint(len(tokenizer), (8, 256), device=place)
with torch.no_grad():
    precision, gain = device.faster_precision(place, lambda: encoder(numbers))
measured = f": bfloat16 is {gain:.2f} times as fast as float32" if gain else ""
print(f"This lab computes in {str(precision).removeprefix('torch.')}{measured}.")

# %% experiment="padding_experiment"
# Experiment · Padding and time of three plans for batches
LENGTH = scaled(full=512, smoke=64)
some = [truncate(ids, LENGTH, "both", cls, sep) for ids in fit_ids[: scaled(full=400, smoke=24)]]
lengths, B = torch.tensor([len(ids) for ids in some]), scaled(full=32, smoke=8)
plans = {
    f"all to {LENGTH}": torch.arange(len(some)).split(B),
    "to the longest of the batch": torch.arange(len(some)).split(B),
    "neighbors in length": lengths.argsort().split(B),
}
for name, batches in plans.items():
    places = 0
    with device.measure(place) as cost, torch.no_grad(), device.autocast(place, precision):
        for index in batches:
            tokens, mask = collate([some[i] for i in index.tolist()], pad)
            if name.startswith("all"):
                room = (0, LENGTH - tokens.shape[1])
                tokens, mask = F.pad(tokens, room, value=pad), F.pad(mask, room)
            encoder(tokens.to(place), attention_mask=mask.to(place))
            places += tokens.numel()
    share = 1 - lengths.sum().item() / places
    print(f"{name}: {share:.0%} of the places are padding, {cost.seconds:.1f} s")

# %% [markdown]
# **What you saw.** About half of the places hold nothing, and padding batch by batch hardly helps: among 32 reviews
# drawn at random there is nearly always one that fills all 512. Sorted by length, nearly every place holds a
# token. But a model must not see all short reviews first. So from here on `TextBatches` of `utils` sorts, cuts,
# *shuffles the batches*, and pads as you did, on the device.

# %% [markdown]
# **Inside.** Is there anything in a pretrained encoder that you have not built? BERT's is the encoder of Lab 05, with
# the norm *after* each sum, a GELU where Lab 05 has a ReLU, and three embeddings that are added and normed: of the
# token, of its place, and of its *type*, 0 in the first of two texts, 1 in the second. Here it is once more, on
# PyTorch's attention.


# %% given="bert_block"
class Block(nn.Module):
    """The post-LN encoder block of Lab 05."""

    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model)
        )
        self.norm1, self.norm2 = (nn.LayerNorm(d_model, eps=eps) for _ in range(2))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """x (B, T, d_model), mask (B, T), True where there is a token → (B, T, d_model)."""
        parts = self.qkv(x).unflatten(-1, (3, self.n_heads, -1))  # (B, T, 3, n_heads, d_head)
        q, k, v = parts.permute(2, 0, 3, 1, 4)  # each (B, n_heads, T, d_head)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None])
        x = self.norm1(x + self.out(y.transpose(1, 2).flatten(2)))  # (B, T, d_model)
        return self.norm2(x + self.feed_forward(x))


# %% given="bert_encoder"
class OwnBert(nn.Module):
    """The encoder of BERT (Devlin et al., 2019), from the blocks of Lab 05."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        d, eps = c.hidden_size, c.layer_norm_eps
        self.tokens = nn.Embedding(c.vocab_size, d)
        self.positions = nn.Embedding(c.max_position_embeddings, d)
        self.types, self.norm = nn.Embedding(c.type_vocab_size, d), nn.LayerNorm(d, eps=eps)
        parts = d, c.num_attention_heads, c.intermediate_size, eps
        self.blocks = nn.ModuleList(Block(*parts) for _ in range(c.num_hidden_layers))

    def forward(
        self, tokens: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
    ) -> torch.Tensor:
        """tokens, mask and types (B, T) → states (B, T, d_model)."""
        places = torch.arange(tokens.shape[1], device=tokens.device)  # (T,)
        x = self.norm(self.tokens(tokens) + self.positions(places) + self.types(types))
        for block in self.blocks:
            x = block(x, mask)
        return x


# %% [markdown]
# The library has the same parts under other names, and keeps queries, keys and values apart. So loading its weights
# is a table of names and one `cat`. The next cells take a BERT from the data folder or the cache, if one is there,
# else a small one with random weights: what is equal for those is equal for all.


# %% given="bert_names"
RENAMED = {
    "embeddings.word_embeddings": "tokens",
    "embeddings.position_embeddings": "positions",
    "embeddings.token_type_embeddings": "types",
    "embeddings.LayerNorm": "norm",
    "encoder.layer": "blocks",
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "feed_forward.0",
    "output.dense": "feed_forward.2",
    "output.LayerNorm": "norm2",
}


def from_library(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of the library's BERT under the names of OwnBert."""
    own = {}
    for name, weight in state.items():
        for theirs, ours in RENAMED.items():
            name = name.replace(theirs, ours)
        own[name] = weight
    for name in [name for name in own if ".attention.self.query." in name]:
        parts = [own.pop(name.replace("query", part)) for part in ("query", "key", "value")]
        own[name.replace("attention.self.query", "qkv")] = torch.cat(parts)
    return own


# %% experiment="own_bert"
# Experiment · The weights of the library's BERT in the encoder of Lab 05
found = find_kind("^Bert", "google-bert/bert-base-uncased", download=False)
small = {"hidden_size": 48, "num_attention_heads": 4, "intermediate_size": 96}
random = BertConfig(vocab_size=len(tokenizer), num_hidden_layers=2, **small)
theirs = BertModel.from_pretrained(found[0]) if found else BertModel(random)
theirs, own = theirs.eval(), OwnBert(theirs.config).eval()
missing, left_over = own.load_state_dict(from_library(theirs.state_dict()), strict=False)
print(f"without a weight: {missing}; left over: {left_over}")
tokens, mask = collate([truncate(ids, 40, "both", cls, sep) for ids in valid_ids[:3]], pad)
types = (torch.arange(tokens.shape[1]) >= 20).long().expand_as(tokens)  # as if two texts
with torch.no_grad():
    expected = theirs(tokens, attention_mask=mask, token_type_ids=types).last_hidden_state
    states = own(tokens, mask, types)
print(
    f"states {tuple(states.shape)}, largest difference {(states - expected)[mask].abs().max():.1e}"
)

# %% [markdown]
# **What you saw.** All weights found their place but those of the *pooler*, a layer on `[CLS]` for BERT's second
# task, and the states agree to rounding. There is nothing in BERT that you have not built. The encoder of this lab
# has the newer layout of ModernBERT ([Warner et al., 2024](https://arxiv.org/abs/2412.13663)): norms first, rotary
# positions, no types, no biases, and a gate in the feed-forward network.
