# %% [markdown]
# ### The menu of your program
#
# Your model translates the program that you are using. Its lines were never seen in training; the last column is what
# people wrote.

# %% free="your_lines"
# Your own lines, which the model translates below.
MY_LINES = ["Open the file", "Thursday, May 4, 2045", "Delete %s?"]

# %% experiment="menu"
# Experiment · JupyterLab in French
best = max(translators, key=lambda name: results[name]["messages, BLEU"])
translator = translators[best]
print(f"{best:58} people")
jupyter = [pair for pair in messages.test if pair.source.startswith("jupyter")]
menu = [pair for pair in jupyter if 2 <= len(pair.english.split()) <= 4][
    :: scaled(full=9, smoke=40)
]
for pair, line in zip(
    menu, write(translator, FRENCH, [pair.english for pair in menu]), strict=True
):
    print(f"{pair.english:28.28}  {line:28.28}  {pair.french:.34}")
for english, line in zip(MY_LINES, write(translator, FRENCH, MY_LINES), strict=True):
    print(f"{english:28.28}  {line}")

# %% experiment="rows_to_judge"
# Experiment · Twenty messages, the model and people side by side
rows = zip(held_out["messages"], written[best]["messages"], strict=True)
rows = [(pair, line) for pair, line in rows if 3 <= len(pair.english.split()) <= 9]
for pair, line in rows[:: max(1, len(rows) // 20)][:20]:
    letters = sacrebleu.sentence_chrf(line, [pair.french]).score
    print(
        f"chrF {letters:3.0f}  {pair.english:.90}\n  model   {line:.90}\n  people  {pair.french:.90}\n"
    )

# %% [markdown]
# ### Question 1 · What BLEU does not see (1 point · 8 min · ●●○)
#
# Read the lines above. Find one that BLEU would punish though it is right, and one that it would hardly punish though
# it is wrong. If you read no French, ask a dictionary, or look for what needs none: a number, a name, `%s`, a
# *ne … pas* that got lost. Answer in two or three sentences: *what does BLEU measure, and who should judge a
# translation that many people will read?*

# %% [markdown] manual="blind_bleu" points=1
# BLEU counts runs of words that a line shares with one reference. (¼ point) A synonym or another order is punished
# though it is right: "Effacer" for "Supprimer". (¼ point) A wrong number, a lost "ne ... pas" or an exchanged name
# costs one word, and the rest of the line still counts. (¼ point) So BLEU can rank systems over many lines, and says
# little about one line. Before many people read a translation, somebody who knows both languages and the program
# should. (¼ point)

# %% [markdown]
# ### A beam
#
# Greedy decoding takes the likeliest token and never goes back; a beam keeps several beginnings (Lab 03). Here is one
# for your model, with all beginnings in one batch. How much is it worth?


# %% given="beam"
@torch.no_grad()
def write_by_beam(model: TextToText, task: str, line: str, width: int = 4) -> str:
    """The line with the highest mean log-probability of a token, among `width` beginnings."""
    source = torch.tensor([read(task, line)], device=place)
    memory = model.encode(source, source.ne(PAD))
    lines = torch.full((1, 1), PAD, device=place)
    total = torch.zeros(1, device=place)
    for _ in range(60):
        n = len(lines)
        seen = memory.expand(n, -1, -1), source.ne(PAD).expand(n, -1)
        step = model.decoder(lines, *seen)[:, -1].log_softmax(-1)  # (n, V)
        ended = lines.eq(END).any(dim=1, keepdim=True)
        only_pad = torch.full_like(step, -math.inf).index_fill(1, lines.new_tensor([PAD]), 0.0)
        total, chosen = (total[:, None] + torch.where(ended, only_pad, step)).flatten().topk(width)
        before, token = chosen // step.shape[1], chosen % step.shape[1]
        lines = torch.cat([lines[before], token[:, None]], dim=1)
        if lines.eq(END).any(dim=1).all():
            break
    mean = total / lines.ne(PAD).sum(dim=1)
    return pieces.decode(lines[mean.argmax()].tolist())


# %% experiment="beam_scores"
# Experiment · Greedy and beam
some = held_out["messages"][:: scaled(full=4, smoke=10)]
references = [pair.french for pair in some]
ways = {
    "greedy": write(translator, FRENCH, [pair.english for pair in some]),
    "beam of 4": [write_by_beam(translator, FRENCH, pair.english) for pair in some],
}
for name, lines in ways.items():
    score = sacrebleu.corpus_bleu(lines, [references], force=True).score
    letters = sacrebleu.corpus_chrf(lines, [references]).score
    print(f"{name:10} BLEU {score:.1f}, chrF {letters:.1f}, {len(some)} lines")

# %% [markdown]
# **What you saw.** A beam finds lines that the model thinks likelier; whether they are better, the scores of the same
# lines tell. In a run of ours BLEU rose from 26.5 to 31.6, chrF from 44.0 to 48.3, and nothing was trained for it.
# A single point of BLEU would be within chance on a few hundred lines.
#
# ### What it reads while it writes
#
# English puts *Thursday* and *May* before the day, French the day before the month; *access token* becomes *jeton
# d'accès*. When words cross, the weights of the cross-attention should leave the diagonal. Below are two lines of the
# test part that the model translates without a mistake.


# %% experiment="cross_attention"
# Experiment · Cross-attention of lines whose words cross
def looked_at(model: TextToText, pair: datasets.Pair) -> tuple[torch.Tensor, list[str], list[str]]:
    """Weights of the last layer, the mean of its heads, (T, S); pieces written and read."""
    source = torch.tensor([read(FRENCH, pair.english)], device=place)
    target = torch.tensor([[*pieces.encode(pair.french).ids, END]], device=place)
    model.decoder.keep_weights = True
    with torch.no_grad():
        mask = source.ne(PAD)
        model.decoder(F.pad(target, (1, 0), value=PAD)[:, :-1], model.encode(source, mask), mask)
    model.decoder.keep_weights = False
    weights = model.decoder.cross_weights[-1][0].mean(dim=0).cpu()  # (T, S)
    names = [[pieces.id_to_token(i) for i in ids[0].tolist()] for ids in (target, source)]
    return weights, names[0], ["(prefix)", *names[1][1:]]


def crossings(pair: datasets.Pair) -> int:
    """How often a piece looks farther back than the one before it; 0 where a line is too long to draw."""
    weights, written_pieces, _ = looked_at(translator, pair)
    return int((weights.argmax(dim=1).diff() < 0).sum()) if len(written_pieces) <= 10 else 0


crossed = []
for part in held_out:
    right = [
        pair
        for pair, line in zip(held_out[part], written[best][part], strict=True)
        if line == pair.french and (part == "messages" or pair.source == "date")
    ]
    crossed.append(max(right[:100] or held_out[part][:1], key=crossings))
print([pair.english for pair in crossed])

# %% figure="cross_attention_maps"
# Figure · What the decoder reads
fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
for ax, pair in zip(axes, crossed, strict=True):
    weights, target_names, source_names = looked_at(translator, pair)
    drawn = ax.imshow(weights, vmin=0, vmax=1, cmap="viridis", aspect="auto")
    ax.set_xticks(range(len(source_names)), source_names, rotation=60, ha="right")
    ax.set_yticks(range(len(target_names)), target_names)
    ax.set(title=pair.english[:40], xlabel="read", ylabel="written")
fig.colorbar(drawn, ax=axes, label="weight")
plots.show(
    fig,
    alt="Two maps of attention weights: pieces written, top to bottom, against pieces read, left to right, for "
    "a message and for a date whose words change places.",
    caption="Each row is a piece that is written. Where the bright cells go back to the left, words have crossed.",
)

# %% figure="cross_attention_explorer"
# Figure · Point at a piece of the translation
explored_weights, written_names, read_names = looked_at(translator, crossed[1])
plots.explore_attention(
    explored_weights,
    written_names,
    read_names,
    caption="Point at a piece that was written: what did the decoder read for it?",
)

# %% [markdown]
# **What you saw.** In the date, most pieces look at the one they translate, and the day and the month cross. In the
# message the weights are spread: pieces of words mean little alone, the encoder has mixed them with their neighbors,
# and where nothing is needed, the prefix is a place to rest. A map shows where a layer looks, not why a word came.
#
# **And where?** The tables of the relative bias began at 0. What stands in them now is what the heads have learned
# about distances. A head whose curve has a peak at −1 prefers the token before, whatever it is; adding 1 to a score
# makes a weight $e = 2.7$ times as large, before all are divided by their sum.

# %% figure="position_bias"
# Figure · What the heads learned about distances
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
for ax, (name, stack) in zip(
    axes, (("encoder", translator.encoder), ("decoder", translator.decoder)), strict=True
):
    offset = torch.arange(-12, 13 if stack.bias.two_ways else 1)
    buckets = relative_bucket(offset, 32, 128, stack.bias.two_ways)
    added = stack.bias.table.weight.detach().cpu()[buckets].T  # (n_heads, offsets)
    plots.curves(
        ax,
        {f"head {i}": row.tolist() for i, row in enumerate(added, 1)},
        x=offset.tolist(),
        title=name,
        xlabel="place of the key − place of the query",
        ylabel="added to the score",
    )
    ax.get_legend().remove()
fig.legend(*ax.get_legend_handles_labels(), loc="outside right upper")  # one for both
plots.show(
    fig,
    alt="Two plots, for encoder and decoder: what each of four heads adds to the score of a key, against its distance "
    "from the query.",
    caption="Each head has its own taste for distances; both layers of a stack share it.",
)

# %% [markdown]
# **What you saw.** In a run of ours one head of the encoder gave the token before 2.2 more, nine times the weight;
# another took 1.9 from that token; the other two like tokens a few places off, on both sides. In the decoder all four
# curves fall with the distance: what was written last matters most. Such tastes cost 32 numbers a head.
