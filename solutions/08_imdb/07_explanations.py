# %% [markdown]
# ## 7 · What does it look at?
#
# This section *may wait*: no other needs it.
#
# Two ways to ask for the weight of each token. **Gradient × input** follows the answer back to the vectors that went
# in. How much does the logit fall when the vector $x_t$ of token $t$ shrinks by a small share $\varepsilon$? To first
# order by $\varepsilon s_t$, with
#
# $$s_t = \sum_i \frac{\partial f}{\partial x_{t,i}} \, x_{t,i}$$
#
# For a linear function these scores add up to $f(x) - f(0)$: a fair division. For $f(x_1, x_2) = 3 x_1 - 2 x_2$ at
# $(1, 4)$ they are 3 and −8, in sum −5.

# %% [markdown]
# ### Exercise 10 · Gradient × input (2 points · 20 min · ●●○)
#
# `gradient_times_input` gets a `function` from vectors `(B, T, d_model)` to one number per text, `(B,)`, and the
# vectors. It returns the scores `(B, T)`, detached. The gradients of the model's own weights must stay as they are.
#
# <details><summary>Hint 1: the idea</summary>Cut the vectors off from whatever made them, ask for their gradient, and
# let autograd compute it.</details>
# <details><summary>Hint 2: the formula</summary>Texts do not influence each other, so the gradient of the
# <em>sum</em> of the outputs holds the gradient of each.</details>
# <details><summary>Hint 3: the line</summary><code>torch.autograd.grad(function(x).sum(), x)</code> returns a tuple
# and leaves the weights' <code>.grad</code> alone; <code>.backward()</code> would not.</details>


# %% solution="gradient_times_input"
def gradient_times_input(
    function: Callable[[torch.Tensor], torch.Tensor], vectors: torch.Tensor
) -> torch.Tensor:
    """Scores of the tokens: gradient times input, summed over d_model (Shrikumar et al., 2016).

    Args:
        function: vectors (B, T, d_model) → one number per text, (B,).
        vectors: (B, T, d_model).

    Returns:
        (B, T), without a graph.
    """
    ### BEGIN SOLUTION
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x.detach()).sum(dim=-1)  # (B, T)
    ### END SOLUTION


# %% check="gradient_linear" points=1
weights = checks.normal(5, 4, seed=0)
vectors = checks.normal(2, 5, 4, seed=1)


def linear_function(x: torch.Tensor) -> torch.Tensor:
    return (x * weights).sum(dim=(1, 2)) + 3


got = checks.run(gradient_times_input, linear_function, vectors)
with checks.hint("One score for each token: sum over d_model, the last dimension."):
    checks.shape("the scores", got, batch=2, tokens=5)
right_scores = (vectors * weights).sum(dim=-1)
slips = {
    "that is the gradient alone, summed; multiply it by the vectors.": weights.sum(-1).expand(2, 5),
    "that is the length of the gradient; multiply it by the vectors and sum.": weights.norm(
        dim=-1
    ).expand(2, 5),
    "the products are averaged over d_model; sum them.": right_scores / 4,
    "the scores lost their signs.": right_scores.abs(),
    "absolute values are summed; keep the signs.": (vectors * weights).abs().sum(-1),
    "the gradient of the mean over the texts is smaller; sum the outputs.": right_scores / 2,
    "the scores are scaled; return them as they are.": right_scores
    / right_scores.abs().sum(1, keepdim=True),
    "only the first text has scores; sum the outputs of all.": right_scores
    * torch.tensor([[1.0], [0.0]]),
}
checks.close("the scores of a linear function", got, right_scores, slips=slips)
checks.close("their sum, f(x) − f(0)", got.sum(1), linear_function(vectors) - 3)
checks.passed("the scores of a linear function add up")

# %% check="gradient_model" points=1
layer = nn.Linear(4, 1).double()
vectors = checks.normal(3, 6, 4, seed=2)


def curved_function(x: torch.Tensor) -> torch.Tensor:
    return layer(x).tanh().sum(dim=(1, 2)) * x[:, 0, 0]


step = 1e-6
expected = torch.zeros(3, 6, dtype=torch.float64)
with torch.no_grad():
    for t in range(6):
        up, down = vectors.clone(), vectors.clone()
        up[:, t] *= 1 + step
        down[:, t] *= 1 - step
        expected[:, t] = (curved_function(up) - curved_function(down)) / (2 * step)
got = checks.run(gradient_times_input, curved_function, vectors)
checks.close("the scores, against finite differences", got, expected, rtol=1e-4, atol=1e-7)
checks.that(not got.requires_grad, "the scores still belong to a graph: return them detached.")
checks.that(
    not vectors.requires_grad,
    "the vectors that came in now require a gradient: work on vectors.detach().",
)
checks.that(
    layer.weight.grad is None,
    "the model's weights got a gradient: use torch.autograd.grad, not backward().",
)
made = (vectors * torch.ones((), dtype=torch.float64, requires_grad=True)).mul(1)
with checks.hint("The vectors may be the output of an embedding: detach them first."):
    got = checks.run(gradient_times_input, curved_function, made)
    checks.close("the scores of vectors that hang on a graph", got, expected, rtol=1e-4, atol=1e-7)
checks.passed("the gradient of any function, and nothing else touched")

# %% [markdown]
# **Attention** is the other way to ask. In each layer, how much of the state of `[CLS]` comes from which token? The
# weights of the last layer, averaged over its attention heads, say what the classifier reads. The model is loaded
# once more in its plain form, since fused kernels never write the weights down.

# %% figure="attention_model"
# Figure · Attention and gradients on two reviews
plain = AutoModel.from_pretrained(folder, attn_implementation="eager")
plain.load_state_dict(tuned.encoder.state_dict())
plain = plain.to(place).eval()


class FromVectors(nn.Module):
    """The plain encoder, which takes the tokens' vectors where your classifier hands over tokens."""

    def forward(self, vectors: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        return plain(inputs_embeds=vectors, attention_mask=attention_mask)


reader = copy.deepcopy(tuned)
reader.encoder = FromVectors()


def explained(text: str) -> tuple[list[str], torch.Tensor, torch.Tensor]:
    """The tokens of a text, their gradient × input for the logits' difference, and their attention."""
    ids = truncate(token_ids([text])[0], 96, "both", cls, sep)
    tokens = torch.tensor([ids], device=place)
    mask = torch.ones_like(tokens)

    def difference(vectors: torch.Tensor) -> torch.Tensor:
        answer = reader(vectors, mask)
        return answer[:, 1] - answer[:, 0]

    scores = gradient_times_input(difference, plain.get_input_embeddings()(tokens))[0]
    with torch.no_grad():
        layers = plain(tokens, attention_mask=mask, output_attentions=True).attentions
    attention = layers[-1][0].mean(dim=0)[0]  # (T,), from [CLS]
    return tokenizer.convert_ids_to_tokens(ids), scores.cpu(), attention.float().cpu()


for text in (
    "The actors are brilliant, but the story is a boring mess.",
    "I expected a dull film and got a wonderful one.",
):
    names, scores, attention = explained(text)
    plots.token_text(
        names, scores, caption="Gradient × input: orange speaks for positive, blue for negative."
    )
    plots.token_text(
        names, attention, caption="Attention of [CLS] in the last layer: how much, not which way."
    )

# %% [markdown]
# **Which of the two should you believe?** Test them. If a score is right, then hiding the tokens with the largest
# scores must change the answer more than hiding tokens at random. The cell replaces a few tokens of each review with
# `[MASK]` and measures how far the logit of the model's own answer falls.


# %% experiment="deletion"
# Experiment · What happens when the most important words go
@torch.no_grad()
def answer_logit(ids: list[int], hide: list[int], answer: int) -> float:
    """The logit difference for `answer`, with some places of a text masked."""
    hidden = torch.tensor([ids], device=place)
    hidden[0, hide] = tokenizer.mask_token_id
    out = tuned(hidden, torch.ones_like(hidden, dtype=torch.bool))[0]
    return (out[answer] - out[1 - answer]).item()


def deletion(texts: list[str], count: int) -> dict[str, list[float]]:
    """For each way to choose `count` tokens, how far the logit falls for each text."""
    fallen: dict[str, list[float]] = {"gradient × input": [], "attention": [], "at random": []}
    generator = torch.Generator().manual_seed(0)
    for text in texts:
        ids = truncate(token_ids([text])[0], 96, "both", cls, sep)
        _, scores, attention = explained(text)
        answer = int(positive_share(tuned, [text])[0] > 0.5)
        inner = torch.arange(1, len(ids) - 1)
        signed = scores if answer else -scores
        ways = {
            "gradient × input": inner[signed[1:-1].argsort(descending=True)],
            "attention": inner[attention[1:-1].argsort(descending=True)],
            "at random": inner[torch.randperm(len(inner), generator=generator)],
        }
        whole = answer_logit(ids, [], answer)
        for name, order in ways.items():
            fallen[name].append(whole - answer_logit(ids, order[:count].tolist(), answer))
    return fallen


short = [text for text in valid_texts if len(text.split()) < 80][: scaled(full=100, smoke=3)]
short = short or valid_texts[:3]
fallen = deletion(short, count=5)
for name, values in fallen.items():
    print(
        f"hiding 5 tokens, {name}: the logit changes by {-np.mean(values):+.2f} (standard error "
        f"{np.std(values) / math.sqrt(len(values)):.2f})"
    )

# %% [markdown]
# **What you saw.** The more the logit falls, the better the scores name what the answer rests on. Hiding at random is
# the bar that both have to clear.
#
# The two answer different questions. Attention says *from where* a layer takes, never *what* it makes of it: a token
# may be read and then ignored, and by the last layer each state is a mixture of many tokens. It has no sign, either.
# Gradient × input knows the sign and the whole way through the network, but only to first order, at this one point.
# ([Jain and Wallace, 2019](https://arxiv.org/abs/1902.10186); [Wiegreffe and Pinter,
# 2019](https://arxiv.org/abs/1908.04626), argue about how much of an explanation attention is.)
