# %% [markdown]
# ## 5 · Fine-tuning
#
# The encoder turns a review into one vector per token. A **head**, a linear layer on top, makes an answer of them. It
# may say something about the text, about each token, or, as until now, which word a mask hides (there BERT puts one
# more small layer in between).

# %% [markdown]
# ![Three heads on the same states. Sentence: a linear layer on the first state, that of CLS, two logits. Tokens: one
# on every state, three logits each, the label of a word at its first piece. Masks: one on the state of a mask, a logit
# for each token of the vocabulary.](figures/heads.svg)
#
# *The encoder is the same in all three. Heads read other states (green) and have other numbers of outputs.*

# %% [markdown]
# For a review: `[CLS]`, the first token, stands for no word, and its last state is free to say what the whole text is
# about. A linear layer on it, new and untrained, gives the logits of the classes. Then **all** weights are trained on
# the labels, the old ones with care.

# %% [markdown]
# ### Exercise 6 · The head (3 points · 20 min · ●●○)
#
# Write `Classifier`. The encoder is called as
#
# `encoder(tokens, attention_mask=mask).last_hidden_state`, which is `(B, T, d_model)`.
#
# The logits `(B, n_classes)` are a linear layer (one `nn.Linear`, with bias) of the state of the **first** token,
# after dropout with probability `dropout`. Neither copy nor re-initialize the encoder, and freeze nothing.
#
# <details><summary>Hint 1: the idea</summary>Two modules of your own in <code>__init__</code>: a dropout and a linear
# layer. Keep the encoder as <code>self.encoder</code>.</details>
# <details><summary>Hint 2: the formula</summary>logits = W · dropout(state of [CLS]) + b</details>
# <details><summary>Hint 3: the line</summary><code>states[:, 0]</code> is the first token of each row.</details>


# %% solution="classifier"
class Classifier(nn.Module):
    """An encoder with a linear head on the state of its first token."""

    def __init__(
        self, encoder: nn.Module, d_model: int, n_classes: int = 2, dropout: float = 0.1
    ) -> None:
        """Keeps the encoder as it is and adds an untrained head."""
        super().__init__()
        self.encoder = encoder
        ### BEGIN SOLUTION
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)
        ### END SOLUTION

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (B, n_classes) for tokens (B, T) and mask (B, T), True where there is a token."""
        ### BEGIN SOLUTION
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
        return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
        ### END SOLUTION


# %% data="small_encoder"
# Data · A small encoder, for the checks
class SmallEncoder(nn.Module):
    """An encoder for checks: d_model 6; each state is the token's vector plus the mean over the tokens of the mask."""

    def __init__(self, vocab_size: int = 50) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 6, dtype=torch.float64)
        self.norm = nn.LayerNorm(6, dtype=torch.float64)
        self.dropout = nn.Dropout(0.5)
        self.counted = nn.BatchNorm1d(6, affine=False, dtype=torch.float64)
        with torch.no_grad():
            self.embedding.weight.copy_(checks.normal(vocab_size, 6, seed=7))

    def forward(
        self, tokens: torch.Tensor, attention_mask: torch.Tensor | None = None
    ) -> SimpleNamespace:
        x = self.dropout(self.embedding(tokens))  # (B, T, 6)
        kept = torch.ones_like(tokens) if attention_mask is None else attention_mask
        mean = (x * kept[..., None]).sum(1) / kept.sum(1, keepdim=True)  # (B, 6)
        return SimpleNamespace(last_hidden_state=self.norm(x + self.counted(mean)[:, None]))


few_tokens = torch.tensor([[2, 9, 4, 3, 0], [2, 7, 3, 0, 0], [2, 8, 8, 5, 3]])
few_mask = few_tokens != 0
lone_state = torch.tensor([1.81399, 0.16456, 0.30841, -1.46446, -0.18289, -0.63962])  # of token 2


# %% data="head_parts"
# Data · The parts of your classifier, for the checks
def head_of(model: nn.Module) -> nn.Linear:
    """The one linear layer outside of the encoder."""
    inside = set(model.encoder.modules())
    layers = [m for m in model.modules() if isinstance(m, nn.Linear) and m not in inside]
    checks.that(
        len(layers) == 1,
        f"Classifier has {len(layers)} linear layers outside of its encoder; expected one, from d_model to n_classes.",
    )
    return layers[0]


def classifier_example(**options) -> nn.Module:
    """The student's classifier over a small encoder, in eval mode and float64."""
    model = checks.run(Classifier, SmallEncoder(), 6, may_change=True, **options)
    checks.that(isinstance(model, nn.Module), "Classifier must be an nn.Module.")
    model = model.double().eval()
    head = head_of(model)
    checks.that(head.bias is not None, "the head has no bias.")
    with torch.no_grad():
        head.weight.copy_(checks.normal(len(head.weight), head.in_features, seed=8))
        head.bias.copy_(torch.linspace(0.5, -0.5, len(head.bias)))
    return model


# %% check="classifier_logits" points=1
for n_classes in (2, 3):
    model = classifier_example(n_classes=n_classes)
    head = head_of(model)
    wanted = {"in": 6, "out": n_classes}
    got = {"in": head.in_features, "out": head.out_features}
    checks.that(
        got == wanted,
        f"the head: expected {wanted} features, got {got}. Use d_model and n_classes.",
    )
    logits, again = (checks.run(model, few_tokens, few_mask) for _ in range(2))
    with checks.hint(
        "The head reads one state of each text, that of its first token: states[:, 0]."
    ):
        checks.shape("logits", logits, batch=3, n_classes=n_classes)
    checks.finite("logits", logits, "is the mask inverted? True is for tokens.")
    checks.that(
        torch.equal(logits, again),
        "two calls in eval mode gave different logits: dropout must stop there. nn.Dropout does; F.dropout needs "
        "training=self.training.",
    )
slips = {
    "the head reads the last token; [CLS] is the first one.": [2.54001, -2.10627],
    "the head reads the last real token; [CLS] is the first one.": [2.36848, 0.35521],
    "the head reads the mean over the tokens; it should read the first one.": [1.76175, -2.54374],
    "the head reads the mean over all places, padding too; it should read the first token.": [
        1.9174,
        -2.45625,
    ],
    "return logits, not probabilities: the loss applies softmax itself.": [0.98997, 0.01003],
    "return logits, not their log_softmax: the loss applies it itself.": [-0.01008, -4.60227],
    "the attention mask is forgotten: pass attention_mask=mask to the encoder.": [
        1.46214,
        -3.29408,
    ],
    "the state passes through tanh; the task asks for dropout and a linear layer only.": [
        1.29214,
        -2.63173,
    ],
}
slips = {cause: torch.tensor(wrong) for cause, wrong in slips.items()}
logits = checks.run(classifier_example(), few_tokens, few_mask)
wanted = torch.tensor([[1.33318, -3.25901], [1.42667, -1.41422], [1.00783, -2.5893]])
near = {"rtol": 1e-4, "atol": 1e-4}
checks.close("logits of the first text", logits[0], wanted[0], slips=slips, **near)
checks.close("logits", logits, wanted, **near)
### BEGIN HIDDEN TESTS
model = classifier_example(n_classes=3)
states = model.encoder(few_tokens, attention_mask=few_mask).last_hidden_state
wanted = head_of(model)(states[:, 0])
checks.close("logits of three classes", checks.run(model, few_tokens, few_mask), wanted)
### END HIDDEN TESTS
checks.passed("a linear layer on the first token")

# %% check="classifier_mask" points=1
small = SmallEncoder()
own = checks.run(Classifier, small, 6, may_change=True)
checks.that(
    own.encoder is small, "keep the encoder that you got, and no copy of it, as self.encoder."
)
with checks.hint("Keep the weights of the encoder as they are: initialize the head alone."):
    checks.close("the encoder's embedding", small.embedding.weight, SmallEncoder().embedding.weight)
model = classifier_example()
longer = F.pad(few_tokens, (0, 4), value=0)
short, long = (checks.run(model, x, x != 0) for x in (few_tokens, longer))
checks.close(
    "logits of a batch with four more places of padding",
    long,
    short,
    slips={
        "the attention mask is forgotten: pass attention_mask=mask to the encoder.": torch.tensor(
            [[1.76163, -3.30112], [2.01621, -2.45212], [1.54222, -3.08924]]
        )
    },
    rtol=1e-4,
    atol=1e-4,
)
checks.shape(
    "logits of one text", checks.run(model, longer[:1], longer[:1] != 0), batch=1, n_classes=2
)
hiding = few_mask & (few_tokens != 8)  # a mask may hide real tokens too
got = checks.run(model, few_tokens, hiding)[2]
seen = "pass on the mask that you got; do not make one from the tokens."
checks.close(
    "logits of the third text with a real token masked",
    got,
    torch.tensor([1.10892, -1.42756]),
    slips={seen: torch.tensor([1.00783, -2.5893])},
    rtol=1e-4,
    atol=1e-4,
)
logits = checks.run(own.double().eval(), few_tokens, few_mask)
if logits.requires_grad:
    logits.square().sum().backward()
checks.that(
    small.embedding.weight.grad is not None and small.embedding.weight.grad.any(),
    "no gradient reaches the encoder: all weights are trained. Freeze none, and use neither detach nor no_grad.",
)
checks.passed("padding leaves no trace, and the encoder learns")

# %% check="classifier_dropout" points=1
for dropout in (0.1, 0.4):
    device.seed_everything(0)
    model = classifier_example(dropout=dropout)
    rows = few_tokens[:1, :1].expand(20_000, 1)  # one token: the first, the last and their mean
    still = checks.run(model, rows, rows != 0)
    checks.shape("logits", still, batch=20_000, n_classes=2)
    checks.that(
        bool((still - still[0]).abs().max() < 1e-9),
        "in eval mode equal rows gave other logits: dropout must stop there.",
    )
    model.train()
    model.encoder.eval()
    with torch.no_grad():
        head_of(model).weight.zero_()
        head_of(model).bias.zero_()
        head_of(model).weight[0] = lone_state.sign()  # no term hides another in their sum
        # Dropout p: variance p / (1 - p) · Σ (weight · state)².
        sums = checks.run(model, rows, rows != 0)[:, 0]
    terms = lone_state.double().abs()  # (6,)
    expected = dropout / (1 - dropout) * terms.square().sum()
    checks.that(
        sums.var() > 1e-9,
        "in train mode equal rows gave equal logits: is there dropout on the state, before the linear layer?",
    )
    checks.close(
        f"the variance that dropout {dropout} causes",
        sums.var(),
        expected,
        rtol=0.12,
        slips={
            "dropout is applied to the logits; it goes before the linear layer.": dropout
            / (1 - dropout)
            * terms.sum() ** 2,
            "dropout is applied twice.": ((1 - dropout) ** -2 - 1) * terms.square().sum(),
            "0.1 is hard-coded; use dropout.": 0.1 / 0.9 * terms.square().sum(),
            "0.5 is the default of nn.Dropout; use dropout.": terms.square().sum(),
            "dropout is the probability of dropping a number, not of keeping it.": (1 - dropout)
            / dropout
            * terms.square().sum(),
        },
    )
checks.passed("dropout in training, none in evaluation")

# %% [markdown]
# The accuracy of a classifier is measured as in Lab 07, batch by batch; every *review* counts once.


# %% given="accuracy"
@torch.no_grad()
def accuracy(model: nn.Module, batches: TextBatches) -> float:
    """The share of right answers over one pass of batches (tokens, mask, labels); `fit` calls it in eval mode."""
    right = [model(tokens, mask).argmax(dim=-1) == labels for tokens, mask, labels in batches]
    return torch.cat(right).float().mean().item()
