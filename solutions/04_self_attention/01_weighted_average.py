# %% [markdown]
# ## 1 · A weighted average with weights of its own making
#
# Three words, each with a vector of two numbers, a row of `X`. Attention replaces each vector with an average of all
# three. How much of each? A first idea needs nothing that is learned: words that fit each other count for more, and
# the dot product of two vectors says how well they fit.

# %% [markdown]
# ![Left, the vectors of The, big and dog as arrows of length 1. Right, the table of their dot products: dog has
# −0.11 with The, −0.15 with big and 1.00 with itself.](figures/step_1_dot_products.svg)
#
# *Step 1. A dot product says how much two arrows point the same way. Without weights, each word fits itself
# best.*

# %% given="dot_products"
X = torch.tensor([[0.50, -0.87], [-0.70, 0.70], [0.81, 0.59]])  # The, big, dog: (T, d_model)
print(X @ X.T)  # (T, T)

# %% [markdown]
# A dot product may be negative, and an average needs weights that are positive and sum to 1. Softmax makes such weights
# of any scores. Here is the row of *dog*:

# %% [markdown]
# ![The scores of dog, −0.11, −0.15 and 1.00, their exponentials 0.90, 0.86 and 2.72 with the sum 4.48, and the
# weights 0.20, 0.19 and 0.61, which sum to 1.](figures/step_2_softmax.svg)
#
# *Step 2. Softmax makes weights of scores: positive, and together 1.*

# %% given="dog_weights"
dog_weights = torch.softmax(X[2] @ X.T, dim=0)  # (T,)
print(dog_weights, "sum", dog_weights.sum())

# %% [markdown]
# ![Three arrows set end to end, 0.19 big, 0.61 dog and 0.20 The, lead to the new vector of dog, (0.46, 0.32);
# beside it the same sum in numbers.](figures/step_3_weighted_average.svg)
#
# *Step 3. The new dog is an average of all three words, mostly of itself.*

# %% given="dog_average"
print(dog_weights @ X)  # (d_model,)

# %% [markdown]
# So each word asks for words like itself. But a noun needs its adjective, and the two are not alike. Let *dog* ask with
# another vector than its own: its **query**, made with a matrix $W_q$. Training finds such matrices; this one is chosen
# so that the query of *dog* points nearly along *big*. From here on the scores are divided by $\sqrt 2$, the root of
# the vectors' size; section 3 says why.

# %% [markdown]
# ![W_q turns the vector of dog by a right angle and makes it three times as long, so that its query points nearly
# along big. The scores of dog become −2.12, 2.08 and 0.00, the weights 0.01, 0.88 and
# 0.11.](figures/step_4_turned_query.svg)
#
# *Step 4. With a matrix of its own for the query, dog no longer asks for what it is, but for big.*

# %% given="turned_query"
W_q = torch.tensor([[0.0, 3.0], [-3.0, 0.0]])
dog_query = X[2] @ W_q
print("query of dog:", dog_query)
print("its weights:", torch.softmax(dog_query @ X.T / math.sqrt(2), dim=0))

# %% [markdown]
# That query was chosen to look at *big* alone. Other matrices give other weights: suppose that they give the three rows
# below, one for each word. *dog* then puts 0.15 on *The*, 0.42 on *big* and 0.43 on itself, and the first number of its
# new vector is $0.15 \cdot 0.50 + 0.42 \cdot (-0.70) + 0.43 \cdot 0.81 = 0.13$: a lot of *big*, and a lot of *dog*.
# The averages of all three words are one matrix product.

# %% given="big_dog"
values = torch.tensor([[0.50, -0.87], [-0.70, 0.70], [0.81, 0.59]])  # The, big, dog
weights = torch.tensor([[0.50, 0.20, 0.30], [0.12, 0.45, 0.43], [0.15, 0.42, 0.43]])
print("each row of weights sums to", weights.sum(dim=-1))
print(weights @ values)  # (T, S) @ (S, d_v) → (T, d_v)

# %% [markdown]
# Keys and values get matrices of their own, too: the lookup of Lab 03, with all three made from the same tokens. Each
# token sends out a **query** (what am I looking for?), holds up a **key** (what do I offer?) and hands over a **value**
# (what do I tell?):
#
# $$q = X W_q \qquad k = X W_k \qquad v = X W_v$$

# %% [markdown]
# ![X (T, d_model) times W_q, W_k and W_v, each (d_model, d_head), gives q, k and v, (T, d_head). The dot products
# of q and k over the root of d_head are the scores (T, T), softmax makes them weights, and the output (T, d_head)
# is the weighted average of v.](figures/projections.svg)
#
# *Self-attention in one picture. The only sizes that meet are `d_model` and `d_head`; `T` may be anything.*

# %% given="projections"
W_k = torch.tensor([[1.0, -0.5], [0.0, 1.0]])
W_v = torch.tensor([[0.0, 1.0], [1.0, 0.0]])  # swaps the two numbers
q, k, v = X @ W_q, X @ W_k, X @ W_v  # (T, d_head) each
print("queries:", q, "keys:", k, "values:", v, sep="\n")

# %% [markdown]
# The score of token $i$ for token $j$ is $q_i \cdot k_j$, divided by $\sqrt{d_k}$, where $d_k$ is the size of a query
# and a key. In the picture, with one head, it is `d_head`. Softmax turns each row of scores into weights, and the
# weights average the values:
#
# $$\text{Attention}(Q, K, V) = \text{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$
#
# You did it above for *dog*; now for all tokens at once.

# %% [markdown]
# ### Exercise 1 · Attention (2 points · 15 min · ●○○)
#
# Return the output `(..., T, d_v)` and the weights `(..., T, S)` for queries `q` `(..., T, d_k)`, keys `k`
# `(..., S, d_k)` and values `v` `(..., S, d_v)`. The dots stand for any leading dimensions, such as a batch, or none.
# Use matrix products and softmax, not PyTorch's built-in attention.
#
# <details><summary>Hint 1: the idea</summary>What you did for the row of dog, a softmax and a matrix product do
# for all rows.</details>
# <details><summary>Hint 2: the formula</summary>scores = q kᵀ / √d_k; each row of weights sums to 1.</details>
# <details><summary>Hint 3: the line</summary>The transpose of the last two dimensions is <code>k.mT</code>, and
# <code>torch.softmax(scores, dim=-1)</code> runs over the keys.</details>


# %% solution="attention"
def attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Averages values with the weights softmax(q kᵀ / √d_k) (Vaswani et al., 2017, equation 1).

    Args:
        q: (..., T, d_k). k: (..., S, d_k). v: (..., S, d_v).

    Returns:
        output (..., T, d_v) and weights (..., T, S).
    """
    ### BEGIN SOLUTION
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
    weights = torch.softmax(scores, dim=-1)
    return weights @ v, weights  # (..., T, d_v), (..., T, S)
    ### END SOLUTION


# %% data="torch_weights"
# Data · PyTorch's attention weights, for the checks
def by_torch(q, k, **options) -> torch.Tensor:
    """The weights alone: attention whose values are the identity."""
    return F.scaled_dot_product_attention(q, k, torch.eye(k.shape[-2]).to(k), **options)


# %% check="attention_sentence" points=1
x = torch.tensor([[0.50, -0.87], [-0.70, 0.70], [0.81, 0.59]])  # The, big, dog
q, v = x @ torch.tensor([[0.0, 3.0], [-3.0, 0.0]]), torch.eye(3)[:, :2]
output, weights = checks.unpack("the function", checks.run(attention, q, x, v), "output", "weights")
checks.that(
    getattr(output, "shape", None) != (3, 3) or getattr(weights, "shape", None) != (3, 2),
    "the order is output, weights; yours is weights, output.",
)
checks.shape("weights", weights, queries=3, keys=3)
checks.shape("output", output, queries=3, d_v=2)
slips = {
    "the scores are not divided by √d_k.": by_torch(q, x, scale=1),
    "the scores are divided by d_k: take its square root.": by_torch(q, x, scale=0.5),
    "the scores are multiplied by √d_k.": by_torch(q, x, scale=2**0.5),
    "d_k is the last dimension, not the number of tokens.": by_torch(q, x, scale=3**-0.5),
    "the softmax runs over the queries; each row should sum to 1: dim=-1.": by_torch(x, q).T,
}
printed = torch.tensor([[0.10, 0.06, 0.84], [0.61, 0.35, 0.04], [0.01, 0.88, 0.11]])
checks.close(
    "the weights, dog as under the picture with W_q",
    weights,
    printed,
    rtol=0,
    atol=0.02,
    slips=slips,
)
checks.close("the output", output, weights[:, :2])
checks.passed("The big dog, as computed by hand")

# %% check="attention_like_torch" points=1
q, k, v = (checks.normal(2, 3, n, d, seed=n) for n, d in ((5, 8), (7, 8), (7, 6)))
output, weights = checks.unpack("the function", checks.run(attention, q, k, v), "output", "weights")
checks.shape("output", output, batch=2, heads=3, queries=5, d_v=6)
checks.shape("weights", weights, batch=2, heads=3, queries=5, keys=7)
checks.that(
    (weights.sum(dim=1) - 1).abs().max() > 1e-6,
    "dim=1 is the heads here; the softmax runs over the keys: dim=-1.",
)
by_kernel = F.scaled_dot_product_attention
slips = {
    "the scores are not divided by √d_k.": by_kernel(q, k, v, scale=1),
    "the scores are divided by d_k: take its square root.": by_kernel(q, k, v, scale=1 / 8),
    "d_k is the size of queries and keys, not of values.": by_kernel(q, k, v, scale=6**-0.5),
    "d_k is the last dimension; yours is the first, the batch.": by_kernel(q, k, v, scale=2**-0.5),
    "d_k is the last dimension, not the number of tokens.": by_kernel(q, k, v, scale=5**-0.5),
    "d_k is the last dimension of the keys, not their number.": by_kernel(q, k, v, scale=7**-0.5),
    "the softmax runs over the queries; it runs over the keys: dim=-1.": by_torch(k, q).mT @ v,
    "the scores are multiplied by √d_k.": by_kernel(q, k, v, scale=8**0.5),
}
checks.close("the output", output, F.scaled_dot_product_attention(q, k, v), slips=slips)
checks.close("the sum of each row of weights", weights.sum(dim=-1), torch.ones(2, 3, 5).double())
checks.close("weights @ v", weights @ v, output)
### BEGIN HIDDEN TESTS
q, k, v = (checks.normal(n, d, seed=10 + n) for n, d in ((4, 9), (6, 9), (6, 3)))
output, _ = checks.unpack("the function", checks.run(attention, q, k, v), "output", "weights")
checks.close(
    "the output without leading dimensions", output, F.scaled_dot_product_attention(q, k, v)
)
### END HIDDEN TESTS
checks.passed("equal to PyTorch's attention, for any leading dimensions")

# %% [markdown]
# Your function on the sentence, with the matrices $W_q$, $W_k$ and $W_v$ from above:

# %% figure="sentence_weights"
# Figure · Who asks whom in The big dog
sentence = ["The", "big", "dog"]
output, weights = attention(X @ W_q, X @ W_k, X @ W_v)
print("output:", output, sep="\n")
plots.show(
    plots.attention(weights, sentence, sentence, title="The weights of The big dog"),
    alt="A table of three queries by three keys. The row of dog has nearly all of its weight on big.",
    caption="Each row is a query and sums to 1. The query of dog finds big.",
)
