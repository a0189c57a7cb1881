# %% [markdown]
# ### Instructions from reviews
#
# People write the conversations for real assistants. Here a program makes them from reviews whose label is known, of
# three kinds: *Finish* an opening, *Write* a review that is positive or negative, say which of the two a text *is*.
#
# First the reviews are dealt out, so that no part of the lab learns from another's: some of the train split for
# conversations, some for the reward model, some for openings; half of the test split for a judge, half to measure with.
# The base model has read the train split, without labels, and nothing of the test split.


# %% data="reviews"
# Data · Reviews, dealt out by shares
@dataclass
class Reviews:
    """Reviews and whether they are positive."""

    texts: list[str]
    positive: list[bool]

    def __len__(self) -> int:
        return len(self.texts)


def one_line(text: str) -> str:
    """A review as the base model has read it: without HTML's line breaks, one blank between words."""
    return " ".join(text.replace("<br />", " ").split())


def dealt(split, shares: list[float], every: int) -> list[Reviews]:
    """Every n-th review of a split, shuffled and dealt out by shares."""
    order = list(range(0, len(split), every))
    random.Random(0).shuffle(order)
    cuts = [round(sum(shares[:k]) * len(order)) for k in range(len(shares) + 1)]
    parts = [order[a:b] for a, b in itertools.pairwise(cuts)]
    texts, labels = split["text"], split["label"]
    return [
        Reviews([one_line(texts[i]) for i in part], [labels[i] == 1 for i in part])
        for part in parts
    ]


# %% experiment="data"
# Experiment · The reviews, dealt out
imdb = datasets.load_imdb()
every = scaled(full=1, smoke=1 + len(imdb.train) // 1_000)
for_chat, for_reward, for_openings = dealt(imdb.train, [0.4, 0.4, 0.2], every)
for_judge, held_out = dealt(imdb.test, [0.5, 0.5], every)
for name, part in [
    ("conversations", for_chat),
    ("reward model", for_reward),
    ("openings", for_openings),
]:
    print(f"{name:14} {len(part):6,} of the train split, {np.mean(part.positive):.0%} positive")
print(f"judge {len(for_judge):,}, to measure with {len(held_out):,} of the test split")

# %% experiment="conversations"
# Experiment · How a review becomes a conversation
OPENING = 8  # tokens of a review that a user gives to be finished


def whole_sentences(text: str) -> str:
    """The text up to its last end of a sentence; all of it when there is none after some words."""
    ends = [match.end() for match in re.finditer(r"[.!?](?=\s|$)", text)]
    return text[: ends[-1]] if ends and ends[-1] > 40 else text


def conversation(text: str, positive: bool, kind: int) -> list[Message]:
    """A question and an answer from a review; the kind says which of three."""
    words, word = text.split(), "positive" if positive else "negative"
    ids = encode(" ".join(words[:80]))
    if kind == 0:
        answer = whole_sentences(decode(ids[OPENING : OPENING + 40]))
        return [Message("user", "Finish: " + decode(ids[:OPENING])), Message("assistant", answer)]
    if kind == 1:
        answer = whole_sentences(decode(ids[:40]))
        return [Message("user", f"Write a {word} review."), Message("assistant", answer)]
    question = f"Positive or negative? {' '.join(words[-45:])}"
    return [Message("user", question), Message("assistant", word)]


# %% experiment="conversations_made"
# Experiment · Three conversations
def talks_of(reviews: Reviews) -> list[list[Message]]:
    """A conversation from each review, the three kinds in turn."""
    labeled = zip(reviews.texts, reviews.positive, strict=True)
    return [conversation(text, positive, i % 3) for i, (text, positive) in enumerate(labeled)]


talks = talks_of(for_chat)
for talk in talks[:3]:
    for message in talk:
        print(textwrap.fill(f"{message.role:>9}: {message.text}", 100, subsequent_indent=" " * 11))
ids = render(talks[0], encode, markers)
labels = answer_labels(torch.tensor([ids]), markers)[0]
print(f"\n{len(ids)} tokens, {int((labels != -100).sum())} of them learned")

# %% [markdown]
# **A judge.** Whether the assistant follows, a person could say, or something that never meets the models of this lab:
# words and pairs of words, weighted by TF-IDF, and logistic regression, as in Lab 08. It learns from reviews of its
# own, cut to the length that it will have to judge.


# %% data="judge"
# Data · The judge
def excerpts(reviews: Reviews, words: int, seed: int) -> Reviews:
    """A run of words from each review, from anywhere in it."""
    draw, texts = random.Random(seed), []
    for text in reviews.texts:
        all_words = text.split()
        start = draw.randrange(max(1, len(all_words) - words + 1))
        texts.append(" ".join(all_words[start : start + words]))
    return Reviews(texts, reviews.positive)


def train_judge(reviews: Reviews) -> Pipeline:
    """TF-IDF of words and pairs, and logistic regression, on excerpts and on whole reviews."""
    parts = [excerpts(reviews, words=36, seed=seed) for seed in range(3)] + [reviews]
    texts = [text for part in parts for text in part.texts]
    positive = [label for part in parts for label in part.positive]
    words = TfidfVectorizer(
        ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"[\w']+"
    )
    return make_pipeline(words, LogisticRegression(C=3, max_iter=300)).fit(texts, positive)


# %% experiment="judge_trained"
# Experiment · How good is the judge?
judge = train_judge(for_judge)


def positive_share(texts: list[str]) -> float:
    """The share of texts that the judge calls positive."""
    return float(judge.predict(texts).mean())


short = excerpts(held_out, words=36, seed=0)
for name, part in (("36 words", short), ("whole reviews", held_out)):
    right = judge.score(part.texts, part.positive)
    print(f"{name}: right about {right:.1%}; calls {positive_share(part.texts):.1%} positive")

# %% [markdown]
# On 36 words it is less sure than on a whole review: many of them say nothing about the film. Its shares are worth more
# than its single verdicts.
#
# **Fine-tuning.** Now the training, with your labels and your loss. Nothing else differs from pretraining.


# %% experiment="fine_tuned"
# Experiment · Supervised fine-tuning
def chat_batches(talks: list[list[Message]], seed: int = 0) -> TextBatches:
    """Batches (tokens, mask, labels) of conversations; endoftext fills the shorter ones."""

    def labeled(tokens: torch.Tensor, mask: torch.Tensor, *, generator: torch.Generator) -> Batch:
        return tokens, mask, answer_labels(tokens, markers)

    return TextBatches(
        [render(talk, encode, markers) for talk in talks],
        batch_size=scaled(full=32, smoke=4),
        pad=markers.endoftext,
        device=place,
        seed=seed,
        augment=labeled,
    )


def sft_loss(model: GPT, batch: Batch) -> torch.Tensor:
    tokens, _, labels = batch
    return chat_loss(model, tokens, labels)


SFT_STEPS = scaled(full=200, smoke=3)
chat_model = load_base()
sft_history = fit(
    chat_model, chat_batches(talks), sft_loss, steps=SFT_STEPS, lr=1e-3, title="Fine-tuning"
)

# %% [markdown]
# **Before and after.** Ask both models, in the chat format, and read their answers with `parse`.


# %% experiment="answers"
# Experiment · What the assistant answers
def answers(
    model: GPT, prompts: list[list[int]], seed: int = 0, temperature: float = 1.0
) -> list[str]:
    """An answer to each prompt; the prompts have one length."""
    start = torch.tensor(prompts, device=place)
    rows = sample(model, start, 40, temperature, seeded(seed), markers.end)
    return [parse(row, decode, markers)[-1].text for row in rows.tolist()]


def prompt_of(text: str) -> list[int]:
    """The ids of a user's message, up to where the answer begins."""
    return render([Message("user", text)], encode, markers, reply=True)


for question in (
    "Write a positive review.",
    "Write a negative review.",
    "Finish: I watched this film",
):
    print(f"user: {question}")
    for name, model in (("base", base), ("assistant", chat_model)):
        said = answers(model, [prompt_of(question)], temperature=0.8)[0]
        print(textwrap.fill(f"{name:>9}: {said}", 100, subsequent_indent=" " * 11))


# %% experiment="answers_judged"
# Experiment · Does it do what it is told?
def ended_share(model: GPT, prompts: list[list[int]]) -> float:
    """The share of answers that end within 40 tokens."""
    start = torch.tensor(prompts, device=place)
    rows = sample(model, start, 40, 1.0, seeded(0), markers.end)
    return (rows[:, -1] == markers.end).float().mean().item()


many = scaled(full=400, smoke=20)
told = {}
for name, model in (("base", base), ("assistant", chat_model)):
    shares = [
        positive_share(answers(model, [prompt_of(f"Write a {word} review.")] * many))
        for word in ("positive", "negative")
    ]
    ended = ended_share(model, [prompt_of("Write a positive review.")] * many)
    told[name] = shares
    print(
        f"{name:>9}: told positive, {shares[0]:.0%} are; told negative, {shares[1]:.0%}; {ended:.0%} end"
    )


# %% experiment="asked_which"
# Experiment · The third instruction, beside the judge
@torch.no_grad()
def says_positive(model: GPT, text: str) -> bool:
    """Whether `p`, with which `positive` begins as tokens, is likelier than `ne`, with which `negative` does."""
    prompt = torch.tensor([prompt_of(f"Positive or negative? {text}")], device=place)
    logits = model(prompt)[0, -1]  # (V,)
    return bool(logits[encode("positive")[0]] > logits[encode("negative")[0]])


endings = [" ".join(text.split()[-45:]) for text in held_out.texts[: scaled(full=500, smoke=20)]]
truth = held_out.positive[: len(endings)]
for name, model in (("base", base), ("assistant", chat_model)):
    right = np.mean(
        [says_positive(model, text) == y for text, y in zip(endings, truth, strict=True)]
    )
    print(f"{name:>9}: right about {right:.0%} of {len(endings)} endings")
print(f"{'judge':>9}: {judge.score(endings, truth):.0%}")

# %% [markdown]
# **What you saw.** To the base model the markers mean nothing: it never writes `end`. Some thousand conversations teach
# it the form: 78% of its answers ended by themselves in a run of ours. They hardly teach it to obey: told positive or
# negative, 61% and 55% were judged positive, in other runs 58% and 52%, 50% and 50%. The loss pays for each next word,
# and most next words do not depend on the instruction. Section 4 pays for the answer as a whole. Asked which of the two
# a text is, it was right about 61%, the judge about 82%. (The base model only compares `p` with `ne` here.)
#
# For what follows, the openings: users who ask for the end of a review. All have one length, so that a batch needs no
# padding.


# %% experiment="openings"
# Experiment · Openings of one length
def finish_prompts(texts: list[str]) -> list[list[int]]:
    """`Finish: …` for each opening whose prompt has the length that most have."""
    prompts = [prompt_of("Finish: " + decode(encode(text[:200])[:OPENING])) for text in texts]
    usual = Counter(map(len, prompts)).most_common(1)[0][0]
    return [prompt for prompt in prompts if len(prompt) == usual]


openings = finish_prompts(for_openings.texts)
held_out_openings = finish_prompts(held_out.texts)
AT = slice(1 + len(encode("Finish:")), len(openings[0]) - 2)  # where the opening stands
print(
    f"{len(openings):,} openings of {len(openings[0])} tokens; {decode(openings[0][AT])!r} is one"
)


def finished_text(row: list[int]) -> str:
    """The review of a row that sample has finished: its opening and its answer."""
    return decode(row[AT]) + parse(row, decode, markers)[-1].text
