# %% [markdown]
# ## 6 · A set has no order
#
# Nothing in attention knows where a token stands. Shuffle the tokens, and the outputs are shuffled in the
# same way, nothing else: attention is **permutation equivariant**. *The dog bites the man* and *the man
# bites the dog* are the same set.
#
# In symbols, with a permutation of the tokens: $f(x_\pi) = f(x)_\pi$. How far a function is from this can be measured:


# %% given="permutation_gap"
def permutation_gap(
    f: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, order: torch.Tensor
) -> float:
    """The largest difference between shuffling before f (B, T, d) → (B, T, d) and after; order is (T,)."""
    return (f(x[:, order]) - f(x)[:, order]).abs().max().item()


x, order = checks.normal(2, 5, 4, seed=190), torch.tensor([3, 0, 4, 2, 1])
gap = permutation_gap(lambda x: F.scaled_dot_product_attention(x, x, x), x, order)
print(f"attention:  gap {gap:.1e}")
print(f"x + place:  gap {permutation_gap(lambda x: x + torch.arange(5)[:, None], x, order):.1f}")

# %% [markdown]
# So order has to be put into the tokens. The **sinusoidal encoding** adds to token $t$ a vector of sines
# and cosines, in pairs, each pair slower than the one before:
#
# $$PE_{t,\,2i} = \sin(t\,\omega_i) \qquad PE_{t,\,2i+1} = \cos(t\,\omega_i) \qquad
# \omega_i = 10000^{-2i / d_{model}}$$
#
# With $d_{model} = 10$ the second token, $t = 1$, gets $\sin 1 = 0.84$, $\cos 1 = 0.54$, then with
# $\omega_1 = 10000^{-0.2} = 0.158$: $\sin 0.158 = 0.16$, $\cos 0.158 = 0.99$, and so on.

# %% [markdown]
# ### Exercise 8 · Sinusoidal encoding (3 points · 12 min · ●●○)
#
# Return the encoding of the positions $0 \dots T-1$, shape `(T, d_model)`, `d_model` even. Sines stand in
# the even columns, cosines in the odd ones.
#
# <details><summary>Hint 1: the idea</summary>First the table of angles t · ω_i, shape (T, d_model / 2). Then fill
# every second column.</details>
# <details><summary>Hint 2: the formula</summary>The exponents 2i / d_model are 0, 2/d_model, 4/d_model, …: an
# arange with step 2, divided by d_model.</details>
# <details><summary>Hint 3: the line</summary><code>encoding[:, 0::2] = torch.sin(angles)</code></details>


# %% solution="sinusoidal_encoding"
def sinusoidal_encoding(T: int, d_model: int) -> torch.Tensor:
    """Sines and cosines of the position (Vaswani et al., 2017, section 3.5): (T, d_model)."""
    ### BEGIN SOLUTION
    frequencies = 10000 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    angles = torch.arange(T)[:, None] * frequencies  # (T, d_model / 2)
    encoding = torch.empty(T, d_model)
    encoding[:, 0::2], encoding[:, 1::2] = angles.sin(), angles.cos()
    return encoding
    ### END SOLUTION


# %% check="encoding_table" points=1
table = torch.tensor(
    [
        [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
        [0.84, 0.54, 0.16, 0.99, 0.03, 1.00, 0.00, 1.00, 0.00, 1.00],
        [0.91, -0.42, 0.31, 0.95, 0.05, 1.00, 0.01, 1.00, 0.00, 1.00],
    ]
)
encoding = checks.run(sinusoidal_encoding, 3, 10)
checks.shape("sinusoidal_encoding(3, 10)", encoding, positions=3, d_model=10)
swapped = table.unflatten(1, (5, 2)).flip(2).flatten(1)
slips = {
    "sines and cosines stand in two blocks; they alternate.": torch.cat(
        [table[:, 0::2], table[:, 1::2]], dim=1
    ),
    "sine and cosine are swapped.": swapped,
    "the exponent is 2i / d_model, where i counts pairs: is the 2 missing?": torch.tensor(
        [
            [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.84, 0.54, 0.39, 0.92, 0.16, 0.99, 0.06, 1.00, 0.03, 1.00],
            [0.91, -0.42, 0.71, 0.70, 0.31, 0.95, 0.13, 0.99, 0.05, 1.00],
        ]
    ),
    "the exponent is doubled twice: an arange with step 2 is 2i already.": torch.tensor(
        [
            [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.84, 0.54, 0.03, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.91, -0.42, 0.05, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
        ]
    ),
    "the exponent is negative, −2i / d_model: each pair is slower than the one before.": (
        torch.tensor(
            [
                [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
                [0.84, 0.54, 0.03, 1.00, 0.86, -0.51, -0.14, 0.99, 1.00, 0.04],
                [0.91, -0.42, 0.05, 1.00, -0.88, -0.47, -0.27, 0.96, 0.08, -1.00],
            ]
        )
    ),
    "sine and cosine of a pair share one ω; yours has another ω in every column.": torch.tensor(
        [
            [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.84, 0.92, 0.16, 1.00, 0.03, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.91, 0.70, 0.31, 0.99, 0.05, 1.00, 0.01, 1.00, 0.00, 1.00],
        ]
    ),
    "position 0 should be 0, 1, 0, 1, …: do your positions start at 1?": torch.stack(
        [*table[1:], torch.tensor([0.14, -0.99, 0.46, 0.89, 0.08, 1.00, 0.01, 1.00, 0.00, 1.00])]
    ),
}
checks.close("the table for d_model = 10", encoding.float(), table, rtol=0, atol=0.006, slips=slips)
checks.passed("the first three positions, as computed by hand")

# %% check="encoding_circle" points=1
encoding = checks.run(sinusoidal_encoding, 50, 16).double()
checks.shape("sinusoidal_encoding(50, 16)", encoding, positions=50, d_model=16)
pairs = encoding.unflatten(1, (8, 2))  # (50, 8, 2)
checks.close("sin² + cos² of each pair", pairs.norm(dim=-1), torch.ones(50, 8), rtol=1e-4)
turn = (pairs[1:] * pairs[:-1]).sum(dim=-1)  # the cosine of the angle between two neighbors
checks.close(
    "the turn from one position to the next", turn, turn[:1].expand(49, 8), rtol=1e-3, atol=1e-5
)
step = torch.atan2(encoding[1, 0::2], encoding[1, 1::2])
checks.that((step > 0).all(), "the angle should grow with the position.")
ratio = step[1:] / step[:-1]
slips = {"the exponent is 2i / d_model: is the 2 missing?": torch.full((7,), 10**-0.25)}
expected = torch.full((7,), 10**-0.5)
checks.close("ω₁ / ω₀, … for d_model = 16", ratio, expected, rtol=1e-3, slips=slips)
checks.passed("each pair turns on a circle, at its own speed")

# %% check="encoding_other_sizes" points=1
encoding = checks.run(sinusoidal_encoding, 7, 6)
checks.shape("sinusoidal_encoding(7, 6)", encoding, positions=7, d_model=6)
checks.close("position 1, column 2", encoding[1, 2], math.sin(10000 ** (-1 / 3)), rtol=1e-4)
checks.close("position 1, column 3", encoding[1, 3], math.cos(10000 ** (-1 / 3)), rtol=1e-4)
checks.close("position 6, column 0", encoding[6, 0], math.sin(6), rtol=1e-4)
### BEGIN HIDDEN TESTS
encoding = checks.run(sinusoidal_encoding, 200, 12)
for t, i in ((199, 0), (150, 3), (77, 5), (1, 2)):
    angle = t / 10000 ** (2 * i / 12)
    wanted = torch.tensor([math.sin(angle), math.cos(angle)])
    slips = {
        "the exponent is 2i / d_model, where i counts pairs.": torch.tensor(
            [math.sin(t / 10000 ** (i / 12)), math.cos(t / 10000 ** (i / 12))]
        )
    }
    got = encoding[t, 2 * i : 2 * i + 2]
    checks.close(f"position {t}, pair {i}", got, wanted, rtol=1e-3, atol=1e-3, slips=slips)
### END HIDDEN TESTS
checks.passed("for any length and width")

# %% [markdown]
# Why sines? Shift the position by $k$, and each pair turns by the fixed angle $k\,\omega_i$, wherever it
# was:
#
# $$\begin{pmatrix} \sin((t+k)\omega) \\ \cos((t+k)\omega) \end{pmatrix} =
# \begin{pmatrix} \cos k\omega & \sin k\omega \\ -\sin k\omega & \cos k\omega \end{pmatrix}
# \begin{pmatrix} \sin t\omega \\ \cos t\omega \end{pmatrix}$$
#
# So $PE_{t+k} = M_k\, PE_t$ with a matrix that does not depend on $t$. A linear layer, such as the one that
# makes the keys, can learn "three to the left". Can it really be learned? Fit the matrix to the first 40 positions, and
# try it on positions that it has not seen.

# %% experiment="shift_experiment"
# Experiment · A matrix that moves three places to the left
encoding = sinusoidal_encoding(100, 8).double()
move = torch.linalg.lstsq(encoding[3:40], encoding[0:37]).solution  # (8, 8), least squares
error = (encoding[43:] @ move - encoding[40:-3]).abs().max()
print(f"learned on positions 0 to 39, largest error on 40 to 99: {error:.1e}")

# %% [markdown]
# The matrix holds where it was not fitted. (The error is not $10^{-15}$, as it could be in float64, because the
# encoding itself is computed in float32.)
#
# **Experiment.** The encoding as a picture, beside the positions that the two-headed model of section 5 has
# learned. How similar are two positions?

# %% figure="encoding_experiment"
# Figure · Sinusoidal and learned positions
sinusoids = sinusoidal_encoding(64, 32)
learned = trained[2].positions.detach().cpu()
fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
words = {"xlabel": "feature", "ylabel": "position", "center": 0.0}
plots.heat_map(axes[0], sinusoids, title="sinusoidal", colorbar="value", **words)
plots.heat_map(axes[1], learned, title="learned, 10 positions", colorbar="value", **words)
similar = sinusoids @ sinusoids.T / 16  # (64, 64); every row has the squared length 16
words = {"xlabel": "position", "ylabel": "position", "colorbar": "cosine similarity"}
plots.heat_map(axes[2], similar, title="sinusoidal: similarity", **words)
plots.show(
    fig,
    alt="Three maps. Left: waves that get slower from left to right. Middle: learned positions look random. "
    "Right: similarity is highest on the diagonal.",
    caption="Fast waves on the left, slow ones on the right. Similarity depends only on the distance of two "
    "positions. The learned positions show no order that the eye could see.",
)

# %% experiment="order_experiment"
# Experiment · What attention knows of the order of its tokens
module = MultiHeadAttention(32, 4)
x, order = (
    torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(1)),
    torch.arange(64).flip(0),
)
causal = attention_mask(torch.tensor([64, 64]), 64, True)
with torch.no_grad():
    print(f"attention:                gap {permutation_gap(module, x, order):.1e}")
    gap = permutation_gap(lambda x: module(x + sinusoids), x, order)
    print(f"attention with positions: gap {gap:.1e}")
    gap = permutation_gap(lambda x: module(x, mask=causal), x, order)
    print(f"attention, causal mask:   gap {gap:.1e}")

# %% [markdown]
# **What you saw.** A causal mask breaks the symmetry as well: the first token sees one key, the second sees
# two. So a decoder can count even without an encoding. But a single layer cannot tell, among the tokens that it sees,
# the near one from the far one; with an encoding it can.
