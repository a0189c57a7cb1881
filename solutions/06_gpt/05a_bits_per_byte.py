# %% [markdown]
# ## 5 · Pretraining
#
# How good is a language model? The loss per token depends on the tokenizer: longer tokens are harder to guess,
# and there are fewer of them. **Bits per byte** compares all models on equal terms. Add up what the model pays
# for every token of a text, in nats; change nats into bits; divide by the *bytes* of the text:
#
# $$\text{bits per byte} = \frac{1}{\text{bytes}} \sum_t \frac{-\ln p(\text{token}_t)}{\ln 2}$$
#
# Four tokens, each of probability 1/2, cost 4 bits together. If they spell `Hi, you!`, 8 bytes, that is 0.5 bits per
# byte. Guessing each byte among 256 costs 8 bits per byte.

# %% [markdown]
# ### Exercise 8 · Bits per byte (2 points · 10 min · ●○○)
#
# `losses` `(N,)` holds the cross-entropy of each token of `text`, in nats. Return the bits per byte of `text`,
# a float. Count its bytes in UTF-8.
#
# <details><summary>Hint 1: the idea</summary>A text has a cost. The tokens only share it among themselves.</details>
# <details><summary>Hint 2: the formula</summary>Sum, not mean. A nat is 1/ln 2 bits.</details>
# <details><summary>Hint 3: the line</summary><code>len(text.encode())</code> bytes, <code>math.log(2)</code>.</details>


# %% solution="bits_per_byte"
def bits_per_byte(losses: torch.Tensor, text: str) -> float:
    """The bits that a model pays for each UTF-8 byte of the text; losses (N,) are in nats, one per token."""
    ### BEGIN SOLUTION
    return losses.sum().item() / math.log(2) / len(text.encode())
    ### END SOLUTION


# %% check="bits_per_byte_by_hand" points=1
coins = torch.full((4,), math.log(2))
slips = {
    "a text of 4 tokens and 8 bytes: divide by the bytes, not by the tokens.": 1.0,
    "the losses are in nats; divide by ln 2.": 0.5 * math.log(2),
    "divide by ln 2 to get from nats to bits, do not multiply.": 0.5 * math.log(2) ** 2,
    "a loss is a logarithm already: divide it by ln 2, do not take its log2.": 0.5
    * math.log2(math.log(2)),
    "add up the losses; a mean forgets how many tokens there are.": 0.125,
    "that is the mean loss: change nats into bits, add up, and divide by the bytes.": math.log(2),
    "add up the losses, do not take their mean; and they are in nats: divide by ln 2.": math.log(2)
    / 8,
    "that is a perplexity, or the quotient upside down: bits per byte, not bytes per bit.": 2.0,
}
got = checks.run(bits_per_byte, coins, "Hi, you!")
checks.close("four coins for eight bytes", got, 0.5, slips=slips)
### BEGIN HIDDEN TESTS
losses = torch.tensor([0.7, 2.1, 0.05, 1.3, 3.3])
expected = 7.45 / (math.log(2) * 11)
checks.close("five tokens", checks.run(bits_per_byte, losses, "transformer"), expected)
### END HIDDEN TESTS
checks.passed("a text has one cost, however it is cut")

# %% check="bits_per_byte_unicode" points=1
losses = torch.tensor([2.0, 1.0, 3.0])
bits = 6 / math.log(2)
slips = {
    "count bytes, text.encode(), not characters: é has two and 木 has three.": bits / 4,
    "divide by the bytes, not by the tokens.": bits / 3,
    "the losses are in nats: divide by ln 2.": 6 / 7,
    "count bytes, not characters; and the losses are in nats: divide by ln 2.": 6 / 4,
}
got = checks.run(bits_per_byte, losses, "né木!")
checks.close("a text beyond ASCII", got, bits / 7, slips=slips)
number = isinstance(got, float)
checks.that(
    number, f"bits per byte: return a float, not a {type(got).__name__}; .item() makes one."
)
### BEGIN HIDDEN TESTS
checks.close("an emoji", checks.run(bits_per_byte, losses, "🙂"), bits / 4)
### END HIDDEN TESTS
checks.passed("bytes are what counts")

# %% [markdown]
# What must a transformer beat? Two models without any training by gradients, on the same text:
#
# - **A byte n-gram** counts what follows each string of $n - 1$ bytes. Kneser–Ney smoothing takes a little off each
#   count and gives it to the shorter strings; those count *in how many surroundings* a byte was seen, not how often
#   ([Kneser and Ney, 1995](https://doi.org/10.1109/ICASSP.1995.479394); the three discounts are [Chen and
#   Goodman's, 1999](https://doi.org/10.1006/csla.1999.0128)). It may take the order that is best on the held-out text.
# - **xz**, a compressor: how many more bytes does it need for both parts than for the training part alone?
#
# Neither knows what a word is, and both have a perfect memory. You need not read the next cell.


# %% data="ngram"
# Data · An n-gram model of bytes, as a baseline
def ngram_bits(train: bytes, held_out: bytes, max_order: int) -> list[float]:
    """Bits per byte of held_out under interpolated Kneser–Ney n-grams of bytes, for the orders 1 to max_order."""
    text = np.frombuffer(train + held_out, np.uint8).astype(np.int64)
    n, grams = len(train), [np.zeros(len(text), np.int64)]
    for _ in range(max_order + 1):  # grams[k][i]: the number of the k bytes that end at place i
        grams.append(np.unique(np.roll(grams[-1], 1) * 256 + text, return_inverse=True)[1])
    lower, bits = np.full(len(text), 1 / 256), []
    for k in range(1, max_order + 1):
        gram, context = grams[k], np.roll(grams[k - 1], 1)
        kinds, first = np.unique(gram[k:n], return_index=True)
        # each k-gram of the training text, and its first k - 1 bytes
        kinds = (kinds, context[k:n][first])
        longer = np.unique(grams[k + 1][k + 1 : n], return_index=True)[1]
        often = np.bincount(gram[k:n], minlength=gram.max() + 1)
        surroundings = np.bincount(gram[k + 1 : n][longer], minlength=gram.max() + 1)
        bits.append(-np.log2(interpolate(often, gram, context, kinds, lower)[n:]).mean())
        lower = interpolate(surroundings, gram, context, kinds, lower)
    return bits


def interpolate(counts, gram, context, kinds, lower) -> np.ndarray:
    """The discounted share of each gram in its context, and the rest shared out as `lower` says."""
    n1, n2, n3, n4 = (max(1, np.sum(counts == j)) for j in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    discounts = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]).clip(0)
    cut, (which, where) = discounts[np.minimum(counts, 3)], kinds
    total = np.bincount(where, counts[which], minlength=context.max() + 1)[context]
    rest = np.bincount(where, cut[which], minlength=context.max() + 1)[context]
    mixed = (counts - cut)[gram] + rest * lower
    return np.where(total > 0, mixed / np.maximum(total, 1), lower)


# %% experiment="peers"
# Experiment · How many bits n-grams and xz need
train_text, held_out_text = "\n\n".join(prose.train), "\n\n".join(prose.held_out)
train_bytes, held_out_bytes = train_text.encode(), held_out_text.encode()
began = time.perf_counter()
ngrams = ngram_bits(train_bytes, held_out_bytes, max_order=scaled(full=20, smoke=8))
ngram_bits_per_byte, best_order = min(zip(ngrams, range(1, 99), strict=False))
print(f"{len(train_bytes):,} bytes to learn from, {len(held_out_bytes):,} held out")
print(
    f"n-gram of {best_order} bytes: {ngram_bits_per_byte:.3f} bits per byte, {time.perf_counter() - began:.0f} s"
)


def xz_size(text: bytes) -> int:
    return len(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


more = xz_size(train_bytes + b"\n\n" + held_out_bytes) - xz_size(train_bytes)
xz_bits_per_byte = 8 * more / len(held_out_bytes)
print(f"xz: {xz_bits_per_byte:.3f} bits per byte")
