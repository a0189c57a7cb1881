# %% [markdown]
# ## 6 · Prompts
#
# A language model does one thing: it continues text. A **template** turns another task into that. `[X]` is the
# input, `[Z]` what the model should fill in:
#
# | task | template | answers |
# |---|---|---|
# | sentiment | [X] The movie is [Z]. | great, terrible |
# | topic | [X] The text is about [Z]. | sports, science |
# | sentence pair | [X1]? [Z], [X2] | yes, no |
# | summary | [X] TL;DR: [Z] | free text |
#
# Free text is generated. For a choice you need no generation: score each answer, and take the best one. The score
# is the probability that the model continues the prompt with this answer, token by token:
#
# $$\ln P(\text{answer} \mid \text{prompt}) = \sum_i \ln P(a_i \mid \text{prompt}, a_1, \dots, a_{i-1})$$

# %% [markdown]
# ### Exercise 8 · The score of an answer (2 points · 15 min · ●●○)
#
# `model` takes tokens `(1, T)` and returns logits `(1, T, V)`; those at place $t$ are for token $t + 1$.
# `prompt` `(P,)` and `answer` `(A,)` are token ids, one or more in each. Return the log-probability of the
# answer after the prompt, a number or a tensor without dimensions: the *sum* over its tokens.
#
# Two tokens with probabilities ½ and ¼ have the score ln ½ + ln ¼ = −2.08.
#
# <details><summary>Hint 1: the idea</summary>One call of the model with prompt and answer joined gives all that you
# need. Which logits speak about the first token of the answer?</details>
# <details><summary>Hint 2: the formula</summary>Answer token i is token P + i of the whole (counted from 0), so the
# logits at place P + i − 1 are its own: the last prompt token's for i = 0.</details>
# <details><summary>Hint 3: the line</summary><code>log_probs.gather(-1, answer[:, None])</code> picks one number
# from each row of (A, V).</details>


# %% solution="answer_log_prob"
def answer_log_prob(
    model: Callable[[torch.Tensor], torch.Tensor], prompt: torch.Tensor, answer: torch.Tensor
) -> torch.Tensor:
    """The log-probability of the answer (A,) after the prompt (P,), summed over its tokens: a scalar."""
    ### BEGIN SOLUTION
    logits = model(torch.cat([prompt, answer])[None])[0, len(prompt) - 1 : -1]  # (A, V)
    return logits.log_softmax(dim=-1).gather(-1, answer[:, None]).sum()
    ### END SOLUTION


# %% data="table_model"
# Data · Models that know a table, for the checks
class TableModel:
    """Knows a table: row i holds the logits of the next token after token i, whatever came before."""

    def __init__(self, table: torch.Tensor) -> None:
        self.table = table  # (V, V)

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        one = tokens.dim() == 2 and len(tokens) == 1
        checks.that(one, f"the model takes tokens (1, T), not {tuple(tokens.shape)}.")
        return self.table[tokens]


class Urn(TableModel):
    """An urn with a ball for each of n tokens; each token that is read adds one more ball of its kind."""

    def __init__(self, n: int) -> None:
        super().__init__(torch.zeros(n, n))

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        read = F.one_hot(tokens, len(self.table)).cumsum(dim=1)  # how often each token was read
        return super().__call__(tokens) + (1.0 + read).log()


ways = {  # what else can be done with numbers, in place of adding up their logarithms
    "the mean is taken, not the sum": lambda row: sum(math.log(c) for c in row) / len(row),
    "a probability is returned, not its logarithm": math.prod,
    "probabilities are added, not their logarithms": sum,
    "the sign is flipped": lambda row: -math.log(math.prod(row)),
    "the logarithm is that of base 2": lambda row: math.log2(math.prod(row)),
}


# %% check="answer_log_prob_table" points=1
chances = torch.tensor(
    [
        [0.50, 0.25, 0.05, 0.20],
        [0.10, 0.30, 0.40, 0.20],
        [0.15, 0.45, 0.05, 0.35],
        [0.25, 0.15, 0.55, 0.05],
    ]
)  # row: this token, column: the next one
model = TableModel(
    chances.log() + torch.tensor([[1.0], [-2.0], [0.5], [3.0]])
)  # softmax undoes this
prompt, answer = torch.tensor([1, 3, 0]), torch.tensor([1, 2, 2])
got = checks.run(answer_log_prob, model, prompt, answer)
words = {  # which of the numbers of the table a mistake takes
    "these are the logits at the answer's own places; those at place t are for token t + 1.": (
        0.30, 0.05, 0.05,
    ),
    "each row gives all tokens of the answer: take one number from each row, as gather does.": (
        0.25, 0.05, 0.05, 0.30, 0.40, 0.40, 0.45, 0.05, 0.05,
    ),
    "the prompt's own tokens are scored too.": (0.20, 0.25, 0.25, 0.40, 0.05),
    "the last token of the answer is missing.": (0.25, 0.40),
    "the first token of the answer is missing: the prompt's last logits speak about it.": (
        0.40, 0.05,
    ),
    "only the first token of the answer is scored.": (0.25,),
    "only the last token of the answer is scored.": (0.05,),
    "the prompt is scored, not the answer.": (0.20, 0.25),
    "off by one: the logits begin one place too early.": (0.15, 0.05, 0.40),
    "every token is scored right after the prompt; the answer before it counts too.": (
        0.25, 0.05, 0.05,
    ),
}  # fmt: skip
right = math.log(0.25 * 0.40 * 0.05)
slips = {cause: sum(math.log(c) for c in row) for cause, row in words.items()}
pairs = {
    f"two slips: {cause.removesuffix('.')}. And {also}.": way(row)
    for cause, row in words.items()
    for also, way in ways.items()
    if abs(way(row)) > 1e-3  # a product so small looks like any 0
}
slips |= {
    "that is the mean over the tokens; take the sum.": right / 3,
    "that is a probability; take its logarithm.": 0.25 * 0.40 * 0.05,
    "probabilities are added; add their logarithms.": 0.25 + 0.40 + 0.05,
    "probabilities are added, then the logarithm is taken; add logarithms.": math.log(0.70),
    "logits are added; they need a log-softmax first.": right + 1.0 - 2.0 + 0.5,
    "that is in bits: use the natural logarithm.": right / math.log(2),
    "the softmax runs over the places; it runs over the vocabulary: dim=-1.": -12.335,
    "the softmax runs over the places, it runs over the vocabulary: dim=-1.": -3.578,
    "the sign is flipped: a log-probability is negative.": -right,
}
slips |= pairs  # after the single ones, some of which come to the same number
checks.close("ln (0.25 · 0.40 · 0.05)", got, torch.tensor(right), rtol=1e-3, slips=slips)
checks.passed("the sum of the logarithms, from the right places")

# %% check="answer_log_prob_memory" points=1
prompt, answer = torch.tensor([4, 0, 0, 2]), torch.tensor([3, 0])
got = checks.run(answer_log_prob, Urn(5), prompt, answer)
# After the prompt there are 9 balls, one of them a 3; after the 3 there are 10, three of them a 0.
slips = {
    "the model does not get the prompt, only its last token.": math.log(1 / 6 * 1 / 7),
    "the model does not get the first token of the prompt.": math.log(1 / 8 * 3 / 9),
    "the model does not get the last token of the prompt.": math.log(1 / 8 * 3 / 9),
    "every token is scored right after the prompt; the answer before it counts too.": math.log(
        1 / 9 * 3 / 9
    ),
    "the model gets each token of the answer alone, without what stands before.": math.log(
        1 / 6 * 1 / 6
    ),
}
expected = torch.tensor(math.log(1 / 9 * 3 / 10))
checks.close("ln (1/9 · 3/10), from an urn", got, expected, rtol=1e-3, slips=slips)
### BEGIN HIDDEN TESTS
model = Urn(7)
for prompt, answer in (([6], [2]), ([1, 5], [5, 5, 0, 3]), ([2, 3, 2, 3], [1])):
    total = 0.0
    for i, token in enumerate(answer):
        z = model(torch.tensor([prompt + answer[:i]]))[0, -1]
        total += torch.distributions.Categorical(logits=z).log_prob(torch.tensor(token)).item()
    got = checks.run(answer_log_prob, model, torch.tensor(prompt), torch.tensor(answer))
    checks.close(f"{answer} after {prompt}", got, torch.tensor(total), rtol=1e-3)
### END HIDDEN TESTS
checks.passed("each token is scored after the prompt and the answer so far")

# %% [markdown]
# **Which model answers?** The pretrained one of section 5 if there was one, else the model of this lab.


# %% data="causal_model"
# Data · How a pretrained causal model is read
@dataclass
class Causal:
    """A causal language model with its tokenizer; `logits` maps tokens (1, T) to (1, T, V)."""

    name: str
    logits: Callable[[torch.Tensor], torch.Tensor]
    encode: Callable[[str], list[int]]
    decode: Callable[[list[int]], str]


def read_pretrained(folder: Path, name: str) -> Causal:
    """A model and its tokenizer from a folder in the form of the hub; DataError if it cannot be read."""
    with stderr_to_stdout():
        from transformers import AutoModelForCausalLM, AutoTokenizer

        try:
            model = AutoModelForCausalLM.from_pretrained(folder).float().to(place).eval()
            words = AutoTokenizer.from_pretrained(folder)
        except Exception as error:
            reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
            raise datasets.DataError(f"{folder}: {reason}. Copy the folder again.") from error

    def encode(text: str) -> list[int]:
        return words(text, add_special_tokens=False).input_ids

    return Causal(name, lambda t: model(t).logits, encode, words.decode)


# %% experiment="answering_model"
# Experiment · The model that answers in this section
if pretrained:
    lm = read_pretrained(*pretrained)
else:
    name = f"the GPT of this lab, {whose}"
    lm = Causal(name, gpt, lambda text: tokenizer.encode(text).ids, tokenizer.decode)
print(f"The model that answers: {lm.name}")

# %% [markdown]
# **Experiment.** Twelve sentences, six about strings, six about numbers; none uses either word. The template asks,
# two answers are scored.

# %% experiment="sentences"
# Experiment · Twelve sentences and two answers
template, answers = "{} This text is about", [" strings", " numbers"]
sentences = [
    ("The method upper() returns a copy with every letter changed to a capital.", 0),
    ("The method split() cuts a line at each comma.", 0),
    ("The search begins at the left and returns the index of the first matching letter.", 0),
    ("The method strip() removes white space from both ends.", 0),
    ("The bytes are decoded with UTF-8, and wrong characters are replaced.", 0),
    ("The words are joined with a separator between them.", 0),
    ("The function abs() returns the distance from zero.", 1),
    ("The result is rounded to the nearest integer.", 1),
    ("The remainder of a division has the sign of the divisor.", 1),
    ("The function pow() raises x to the power of y.", 1),
    ("A float is stored with 53 bits of precision.", 1),
    ("The sum of two integers is exact, however large it is.", 1),
]


@torch.no_grad()
def answer_scores(text: str) -> torch.Tensor:
    """The log-probability of each answer after the template with this text, (2,)."""
    prompt = torch.tensor(lm.encode(template.format(text).strip()), device=place)
    ids = [torch.tensor(lm.encode(answer), device=place) for answer in answers]
    return torch.tensor([float(answer_log_prob(lm.logits, prompt, a)) for a in ids])


# %% experiment="classification_experiment"
# Experiment · Classification without training
empty = answer_scores("")
for answer, score in zip(answers, empty.tolist(), strict=True):
    print(f"without a text: ln P(“{answer}”) = {score:.2f}, tokens: {len(lm.encode(answer))}")
scores = torch.stack([answer_scores(text) for text, _ in sentences])  # (12, 2)
labels = torch.tensor([label for _, label in sentences])
print("\n numbers − strings: as it is, calibrated")
for (text, label), row in zip(sentences, scores, strict=True):
    plain, calibrated = (float(r[1] - r[0]) for r in (row, row - empty))
    print(f"{plain:+7.2f} {calibrated:+7.2f}   [{answers[label].strip()}] {text}")
for name, table in (("as it is", scores), ("calibrated", scores - empty)):
    right = int((table.argmax(dim=1) == labels).sum())
    luck = sum(math.comb(12, n) for n in range(right, 13)) / 2**12
    print(f"{name}: {right} of 12 right; a coin gets {right} or more with probability {luck:.2f}")
leans = scores[:, 1] - scores[:, 0]  # (12,)
pairs = leans[labels == 1, None] > leans[labels == 0]  # (6, 6): numbers against strings
print(f"order: the number sentence is above the string one in {pairs.sum()} of 36 pairs")
halves = int(((leans > leans.median()) == (labels == 1)).sum())
print(f"split in the middle, which uses that half are about numbers: {halves} of 12 right")

# %% [markdown]
# **What you saw.** A model has a favorite answer before it has read anything: the more frequent word, or the one with
# fewer tokens. **Calibration** takes away the score under an empty text ([Zhao et al.,
# 2021](https://arxiv.org/abs/2102.09690)). That is a rough measure: it may take too little or too much, and then most
# answers still fall on one side.
#
# What the model knows is the *order*. Near 36 of 36 pairs, it tells the sentences apart, however few are right; near 18
# it does not. The last line puts the border in the middle: fair only if you know the half and half beforehand.
#
# Other pitfalls: a longer answer has a lower sum, so compare answers of equal length, or means. And the wording
# matters: try another.

# %% experiment="summary_experiment"
# Experiment · A summary for the asking
fits = (text for text in prose.held_out if 40 <= len(lm.encode(text)) <= 90)
text = next(fits, prose.held_out[0][:200])
tokens = torch.tensor([lm.encode(text + "\nTL;DR:")], device=place)
device.seed_everything(0)
with torch.no_grad():
    for _ in range(scaled(full=30, smoke=5)):
        tokens = torch.cat([tokens, sampler(0.7, p=0.9)(lm.logits(tokens)[:, -1].float())], dim=1)
print(textwrap.fill(lm.decode(tokens[0].tolist()), 100))

# %% [markdown]
# Text from the web often has "TL;DR:" before a summary, so a large model that has read the web summarizes when it sees
# these letters ([Radford et al.,
# 2019](https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf)). A small
# one goes on with the topic, more or less, and a model of documentation alone has never seen them. A prompt can only
# call up what training has put in.
#
# Chat models are trained on templates with roles: a *system* text that sets the manner ("speak as a pirate"), then
# what the *user* says, then the mark after which the *assistant* writes. You build such a template in Lab 11.
