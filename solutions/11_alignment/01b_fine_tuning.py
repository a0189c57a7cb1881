# %% [markdown]
# ### What is learned, and what is not
#
# The form is worth nothing until the model knows it. **Supervised fine-tuning** (SFT) trains it on conversations as
# pretraining did on reviews: guess the next token. With one difference. The assistant has to learn to *answer*, not to
# ask. So the loss counts its tokens alone: its words, and the `<|end|>` after them, or it would never learn to stop.
# The user's tokens are read, and not learned. In the labels they are −100, which `F.cross_entropy` leaves out.

# %% [markdown]
# ![The row of tokens of a conversation; under yes, the period and the last end stand the tokens themselves, under all
# others minus 100](figures/labels.svg)
#
# *Read is everything; learned are the answer's words and its end.*

# %% [markdown]
# ### Exercise 3 · Labels (2 points · 12 min · ●●○)
#
# `tokens` is `(B, T)`, a conversation a row, maybe of several turns; `endoftext` fills rows that are shorter. Return
# labels `(B, T)`, int64: where a token is to be learned, that token; elsewhere −100.
#
# To be learned are, in each turn of the assistant, all tokens after its marker, up to and with its `end`. The marker
# itself is not: whoever asks for an answer writes it. An answer that was cut off is learned as far as it goes. Nothing
# is shifted here.
#
# <details><summary>Hint 1: the idea</summary>Walk along a row, and remember whether the assistant speaks.</details>
# <details><summary>Hint 2: the formula</summary>The marker of the assistant switches on, after itself;
# <code>end</code> switches off, after itself.</details>
# <details><summary>Hint 3: the line</summary>Begin with <code>torch.full_like(tokens, -100)</code>. The order matters:
# first copy the token if the assistant speaks, then switch.</details>


# %% solution="answer_labels"
def answer_labels(tokens: torch.Tensor, markers: Markers) -> torch.Tensor:
    """What of conversations (B, T) is learned: labels (B, T), −100 outside of the assistant's turns."""
    ### BEGIN SOLUTION
    labels = torch.full_like(tokens, -100)
    for b, row in enumerate(tokens.tolist()):
        speaks = False
        for t, token in enumerate(row):
            if speaks:
                labels[b, t] = token
            speaks = token == markers.assistant or (speaks and token != markers.end)
    return labels
    ### END SOLUTION


# %% check="labels_turn" points=1
rows = [
    "⟨user⟩Hi⟨end⟩⟨assistant⟩Yes⟨end⟩",
    "⟨user⟩2⟨end⟩⟨assistant⟩4⟨end⟩⟨endoftext⟩⟨endoftext⟩⟨endoftext⟩",
]
tokens = torch.tensor([ids_of(row) for row in rows])
got = checks.run(answer_labels, tokens, toy)
checks.shape("labels", got, B=2, T=9)
checks.that(got.dtype == torch.int64, f"labels are int64, as tokens; yours are {got.dtype}.")
learned = got != -100
checks.that(
    (got[learned] == tokens[learned]).all(),
    "a label is the token of the same place; the shift comes later, in the loss.",
)
seen = ["".join("■" if on else "·" for on in row) for row in learned.tolist()]
causes = {
    "the end of an answer is learned too, or the model never stops.": ["·····■■■·", "····■····"],
    "first copy the token, then switch: yours is one place early.": ["····■■■■·", "···■■····"],
    "the marker of the assistant is given, not learned.": ["····■■■■■", "···■■■···"],
    "what the user says is not learned.": ["■■■■■■■■■", "■■■■■■■■■"],
    "after the end of an answer nothing is learned: padding is no text.": [
        "·····■■■■",
        "····■■■■■",
    ],
    "it is the user's turns that you learn.": ["·■■■·····", "·■■······"],
}
cause = next((f"\n  Likely cause: {words}" for words, marks in causes.items() if marks == seen), "")
right = ["·····■■■■", "····■■···"]
checks.that(seen == right, f"learned, ■, should be {right}, and is {seen}.{cause}")
checks.passed("the answer and its end, nothing else")

# %% check="labels_turns" points=1
text = "⟨user⟩a⟨end⟩⟨assistant⟩bc⟨end⟩⟨user⟩def⟨end⟩⟨assistant⟩g⟨end⟩⟨endoftext⟩"
got = checks.run(answer_labels, torch.tensor([ids_of(text)]), toy)
checks.shape("labels", got, B=1, T=16)
seen = "".join("■" if on else "·" for on in (got != -100)[0].tolist())
causes = {
    "every turn of the assistant is learned, not only the last one.": "·············■■·",
    "every turn of the assistant is learned, not only the first one.": "····■■■·········",
    "the user's later turns are not learned.": "····■■■■■■■■■■■·",
}
cause = next((f"\n  Likely cause: {words}" for words, marks in causes.items() if marks == seen), "")
right = "····■■■······■■·"
checks.that(seen == right, f"two answers: learned should be {right}, and is {seen}.{cause}")
rows = ["⟨user⟩a⟨end⟩⟨assistant⟩bc", "⟨user⟩de⟨end⟩⟨assistant⟩f"]
got = checks.run(answer_labels, torch.tensor([ids_of(row) for row in rows]), toy)
seen = ["".join("■" if on else "·" for on in row) for row in (got != -100).tolist()]
anew = "\n  Likely cause: each row begins anew: nobody speaks yet." if seen[1][0] == "■" else ""
right = ["····■■", "·····■"]
checks.that(seen == right, f"cut off: learned should be {right}, and is {seen}.{anew}")
### BEGIN HIDDEN TESTS
text = "x⟨end⟩y⟨assistant⟩⟨end⟩⟨assistant⟩pq"
got = checks.run(answer_labels, torch.tensor([ids_of(text)]), toy)
expected = torch.full((1, 8), -100)
expected[0, 4], expected[0, 6], expected[0, 7] = toy.end, ord("p"), ord("q")
checks.close("an empty answer, and one that is cut off", got, expected)
### END HIDDEN TESTS
checks.any_device(answer_labels, torch.tensor([ids_of(text)]), toy)
checks.passed("every answer of a longer conversation, and each row anew")

# %% [markdown]
# ### Exercise 4 · The loss of the answers (2 points · 10 min · ●○○)
#
# `model(tokens)` gives logits `(B, T, V)`; those at place $t$ are for token $t + 1$. Return the mean cross-entropy of
# all tokens of the batch whose label is not −100, a scalar:
#
# $$L = -\frac{1}{N} \sum_{(b, t)\text{ learned}} \ln p(\text{labels}_{b,t} \mid \text{tokens}_{b,<t})$$
#
# Two answers of 2 and 8 tokens: each *token* counts one tenth, not each answer one half.
#
# <details><summary>Hint 1: the idea</summary>It is the loss of Lab 06. The labels do the rest.</details>
# <details><summary>Hint 2: the formula</summary>Logits without the last place belong to labels without the
# first.</details>
# <details><summary>Hint 3: the line</summary><code>F.cross_entropy</code> takes logits (N, V) and labels (N,), and
# leaves out −100: <code>.flatten(0, 1)</code> and <code>.flatten()</code>.</details>


# %% solution="chat_loss"
def chat_loss(
    model: Callable[[torch.Tensor], torch.Tensor], tokens: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    """The mean cross-entropy of the tokens that are learned: tokens and labels (B, T) → a scalar."""
    ### BEGIN SOLUTION
    logits = model(tokens)[:, :-1]  # (B, T - 1, V)
    return F.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
    ### END SOLUTION


# %% data="sure"
# Data · A model whose probabilities are known, for the checks
two = math.log(2)


def sure_of(tokens: torch.Tensor) -> torch.Tensor:
    """Gives 1/2 to the token one higher than the last, 1/8 to each of the other four: logits (B, T, 5)."""
    chances = torch.full((*tokens.shape, 5), 1 / 8)
    return chances.scatter(-1, ((tokens + 1) % 5)[..., None], 1 / 2).log()


# %% check="chat_loss_values" points=1
tokens = torch.tensor([[0, 1, 2, 4, 0, 0]])
labels = torch.tensor([[-100, -100, 2, 4, 0, -100]])  # probabilities 1/2, 1/8, 1/2
got = checks.run(chat_loss, sure_of, tokens, labels)
checks.that(got.dim() == 0, f"the loss is a scalar; yours is {tuple(got.shape)}.")
slips = {
    "the logits at place t are for token t + 1: shift.": 3 * two,
    "divide by the tokens that are learned, not by all.": 5 * two / 5,
    "divide by the tokens that are learned, not by all places.": 5 * two / 6,
    "that is the sum; take the mean.": 5 * two,
    "the user's tokens count too; the labels say which are learned.": 9 * two / 5,
}
checks.close("−(ln ½ + ln ⅛ + ln ½) / 3 = 5/3 ln 2", got, 5 * two / 3, slips=slips)
checks.passed("the next token's probability, only where it is learned")

# %% check="chat_loss_batch" points=1
tokens = torch.tensor([[0, 1, 2, 3, 4], [3, 1, 1, 4, 3]])
labels = torch.tensor([[-100, -100, -100, -100, 4], [-100, 1, 1, 4, 3]])
got = checks.run(chat_loss, sure_of, tokens, labels)  # 1/2, and four times 1/8
slips = {"each token counts the same, whatever its row; here each row does.": 2 * two}
checks.close("one answer of one token and one of four", got, (1 + 4 * 3) / 5 * two, slips=slips)
### BEGIN HIDDEN TESTS
logits_of = torch.randn(7, 7, generator=torch.Generator().manual_seed(0), requires_grad=True)
tokens = torch.tensor([[3, 1, 6, 2]])
loss = checks.run(
    lambda: chat_loss(lambda t: logits_of[t], tokens, torch.tensor([[-100, -100, 6, -100]]))
)
checks.that(loss.requires_grad, "no gradient flows back to the logits.")
(gradient,) = torch.autograd.grad(loss, logits_of)
expected = logits_of.detach()[1].softmax(-1) - F.one_hot(torch.tensor(6), 7)
checks.close("the gradient", gradient[1], expected)
checks.that(gradient[[0, 2, 3, 4, 5, 6]].eq(0).all(), "what is not learned has no gradient.")
### END HIDDEN TESTS
checks.passed("each learned token of a batch counts the same")
