# %% [markdown]
# ### Exercise 2 · Encoding and decoding (3 points · 20 min · ●●○)
#
# `encode` cuts a text into chunks with `chunks_of`, turns each into bytes, and applies the merges in the order
# in which they were learned, each wherever it fits. It returns one list of ids.
#
# `decode` goes back. Each id stands for some bytes: 0 to 255 for themselves, $256 + i$ for the bytes of both
# halves of merge $i$. Join the bytes of all ids, then turn them into text. Bytes that are no valid text
# become �: `errors="replace"`.
#
# <details><summary>Hint 1: the idea</summary>Encoding: for each chunk one loop over the merges. Decoding: build a
# list with the bytes of every id; each merge appends one entry.</details>
# <details><summary>Hint 2: the formula</summary>A letter can have several bytes, and they can lie in several
# tokens. So text comes last: first all bytes, then one <code>.decode</code>.</details>
# <details><summary>Hint 3: the line</summary><code>ids = merge_pair(ids, pair, 256 + i)</code> for every merge
# in turn; <code>spelled.append(spelled[a] + spelled[b])</code> for the bytes.</details>


# %% solution="encode"
def encode(text: str, merges: list[tuple[int, int]]) -> list[int]:
    """Turns any text into ids: chunk by chunk, the merges in the order in which they were learned."""
    ### BEGIN SOLUTION
    encoded = []
    for chunk in chunks_of(text):
        ids = list(chunk.encode())
        for new, pair in enumerate(merges, start=256):
            ids = merge_pair(ids, pair, new)
        encoded += ids
    return encoded
    ### END SOLUTION


# %% check="encode_order" points=1
# 256 is "bc", 257 "ab", 258 "bcd", 259 "abab", 260 "cd"
merged = [(98, 99), (97, 98), (256, 100), (257, 257), (99, 100)]
got = checks.run(encode, "abcd bcd abab", merged)
nested = isinstance(got, list) and any(isinstance(x, list) for x in got)
checks.that(
    not nested, "the ids of all chunks belong into one flat list; yours has a list per chunk."
)
slips = {
    "the leftmost or longest token wins; the order of the merges decides.": "257 260 32 258 32 259",
    "each chunk is scanned once; a merged token can be merged again.": "257 260 32 256 100 32 257 257",
    "the merges are applied in reverse order.": "257 260 32 98 260 32 257 257",
    "each merge is applied once per chunk; it replaces all.": "97 258 32 258 32 257 97 98",
    "the spaces are lost: cut with chunks_of, not with split().": "97 258 258 259",
    "merge number 0 makes the id 256, not 0.": "97 0 100 32 0 100 32 1 1",
    "merge number 0 makes the id 256, not 257.": "97 257 100 32 257 100 32 258 258",
    "no merge is applied: these are the bytes.": "97 98 99 100 32 98 99 100 32 97 98 97 98",
}
same_list("encode('abcd bcd abab', merges)", got, [97, 258, 32, 258, 32, 259], slips)
same_list("encode('', merges)", checks.run(encode, "", merged), [])
### BEGIN HIDDEN TESTS
got = checks.run(encode, " abababab bcdbcab", [*merged, (259, 259), (258, 256)])
same_list("another text", got, [32, 261, 32, 262, 257])
### END HIDDEN TESTS
checks.passed("merges in the order in which they were learned")

# %% check="encode_chunks_and_bytes" points=1
merged = [(97, 97), (32, 32), (65, 32), (32, 98)]
got = checks.run(encode, "A aaa\n    b", merged)
slips = {
    "a merge crosses the border of two chunks.": "258 256 97 10 257 257 98",
    "blanks are lost: cut with chunks_of, which keeps every character.": "65 256 97 98",
    "capital letters are lost: encode the text as it is.": "97 32 256 97 10 257 32 259",
    "a pair is replaced from right to left.": "65 32 97 256 10 32 257 259",
}
same_list("encode('A aaa\\n    b', merges)", got, [65, 32, 256, 97, 10, 257, 32, 259], slips)
got = checks.run(encode, "né ñ", [(195, 169), (110, 256)])
slips = {
    "these are the numbers of letters, not bytes: use .encode().": "110 233 32 241",
    "letters are written without their accents: encode the text as it is.": "110 101 32 110",
}
same_list("encode('né ñ', merges)", got, [257, 32, 195, 177], slips)
for text in (" ", "\r\n\t x", "日本語", "👩‍👩‍👧 e\u0301", "\x00\u00a0\u2028½", "a_b__c 1٣"):
    got = checks.run(encode, text, [])
    same_list(f"{text!r} without merges, as bytes", got, [b for c in text for b in c.encode()])
### BEGIN HIDDEN TESTS
got = checks.run(encode, "aa aa  aa", [(97, 32), (97, 97), (257, 32), (32, 257)])
same_list("merges that would cross borders", got, [257, 259, 32, 259])
### END HIDDEN TESTS
checks.passed("chunk by chunk, on the bytes of any text")


# %% solution="decode"
def decode(ids: list[int], merges: list[tuple[int, int]]) -> str:
    """Turns ids back into text; bytes that are no valid UTF-8 become �."""
    ### BEGIN SOLUTION
    spelled = [bytes([byte]) for byte in range(256)]
    for left, right in merges:
        spelled.append(spelled[left] + spelled[right])
    return b"".join(spelled[i] for i in ids).decode("utf-8", errors="replace")
    ### END SOLUTION


# %% check="decode_values" points=1
merged = [(98, 99), (97, 256), (257, 100), (159, 152)]  # bc, abc, abcd, and half of an emoji
got = checks.run(decode, [258, 32, 257, 256, 120], merged)
checks.that(isinstance(got, str), f"expected a str, got a {type(got).__name__}.")
checks.that("\0" not in got, "bytes(65) is 65 zeros; the byte of id 65 is bytes([65]).")
slips = {
    "abc bcbcx": "ids are taken one too low: 257 is merge number 1, not 0.",
    "�� abcdabcx": "ids are taken one too high: 256 is merge number 0, not 1.",
    "dcba cbacbx": "the halves of a merge are put together the wrong way round.",
    "abcdabcbcx": "the space is lost.",
    "abcd abc bc x": "spaces are put between the tokens; they are in the bytes already.",
    "abcd   abc bc x": "spaces are put between the tokens; they are in the bytes already.",
}
checks.that(
    got == "abcd abcbcx",
    f"expected 'abcd abcbcx', got {got!r}. {slips.get(got, '')}",
)
got = checks.run(decode, [195, 169, 240, 259, 128], merged)
cause = "Join the bytes of all ids before you turn them into text." if "�" in got else ""
if "Ã" in got:  # the letter with the number of the first byte
    cause = "Each byte was turned into a letter: join them as bytes and decode as UTF-8."
checks.that(got == "é😀", f"letters of several bytes: expected 'é😀', got {got!r}. {cause}")
broken = "bytes that are no valid text should become �: decode with errors='replace'."
with checks.hint(broken):
    got = checks.run(decode, [104, 195, 105], merged)
checks.that(got == "h�i", f"expected 'h�i' for 104 195 105, got {got!r}: {broken}")
checks.that(checks.run(decode, [], merged) == "", "an empty list should give an empty string.")
text = " \r\n\tİ ß 日本語 👩‍👩‍👧 e\u0301 \x00\u00a0\u2028½ end "
got = checks.run(decode, list(text.encode()), [])
checks.that(
    got == text, f"the bytes of {text!r} give {got!r}; nothing may be added, lost or changed."
)
### BEGIN HIDDEN TESTS
merged = [(206, 177), (206, 178), (256, 257), (258, 258)]
got = checks.run(decode, [259, 206, 257, 256, 206, 179], merged)
checks.that(got == "αβαβ�βαγ", f"Greek letters: expected 'αβαβ�βαγ', got {got!r}.")
### END HIDDEN TESTS
checks.passed("ids become bytes, bytes become text")

# %% [markdown]
# **Experiment.** Does every text survive the round trip, also one that no training text resembles?

# %% experiment="round_trip"
# Experiment · Every text comes back as it was
letters = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10000), *range(0x1F300, 0x1FAFF)]))
hard = [
    "",
    " ",
    "\n\n\n",
    "  two  blanks ",
    "naïve café",
    "日本語",
    "👩‍👩‍👧",
    "e\u0301 é",
    "\x00\r\n",
    "العربية",
]
hard += [letters[i : i + 50] for i in range(0, len(letters), scaled(full=500, smoke=5000))]
merges_here = merges[:30]
for text in hard + prose.held_out[:10]:
    assert decode(encode(text, merges_here), merges_here) == text, repr(text)
print(f"{len(hard) + 10} texts come back as they were")
sentence = "The following statements are different."
ids = encode(sentence, merges)
print(f"{len(sentence.encode())} bytes, {len(ids)} tokens")
print([decode([i], merges) for i in ids])
print("one byte of an emoji alone:", decode("😀".encode()[:1], merges))

# %% [markdown]
# From here on the lab uses the fast library with a larger vocabulary. It shows each byte as one sign: a space as
# `Ġ`, and a byte that is no plain sign as some odd letter. Its chunks are those of GPT-2, which differ from `chunks_of`
# in one thing: an ending such as `'s` or `'ll` is a chunk of its own. The first line below shows both cuts.
#
# It also gets a **special token**, one that stands for no bytes: `<|endoftext|>`. No merge ever makes it. Section 4
# puts it before each paragraph, and the model learns where a text begins and ends. (A text that spells it out gets it
# too, as the last line shows: whoever serves a model to strangers removes such letters first.)

# %% experiment="tokenizer"
# Experiment · A fast tokenizer for the rest of the lab
VOCAB, END = scaled(full=2048, smoke=512), "<|endoftext|>"


def train_tokenizer(texts: list[str], vocab_size: int) -> Tokenizer:
    """Byte-level BPE and an end-of-text token, by Hugging Face `tokenizers`; encode(text).ids and decode(ids)."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    learner.train_from_iterator(texts, trainer)
    return learner


tokenizer = train_tokenizer(prose.train, VOCAB)
end_id = tokenizer.token_to_id(END)
theirs = [chunk for chunk, _ in tokenizer.pre_tokenizer.pre_tokenize_str("It's here.")]
print("chunks_of:", chunks_of("It's here."), "  the library:", theirs)
for text in (sentence, "Dzmitry Bahdanau", "42 + 1000", "😀"):
    print(f"{text}\n    {' · '.join(tokenizer.encode(text).tokens)}")
assert tokenizer.decode(tokenizer.encode(sentence).ids) == sentence
print(f"end of text is {end_id}: ", tokenizer.encode(f"One. {END}Two.").ids)

# %% [markdown]
# Frequent words are one token, a name falls into pieces, an emoji into its four bytes. How many bytes does one
# token hold on average, and does a larger vocabulary help?

# %% experiment="compression"
# Experiment · Bytes per token for many vocabularies
vocab_sizes = scaled(full=[257, 320, 512, 1024, 2048, 4096, 8192], smoke=[257, 512, 1024])
parts = {"text it learned from": prose.train, "held-out text": prose.held_out}
bytes_per_token = {name: [] for name in parts}
for n_tokens in vocab_sizes:
    learner = train_tokenizer(prose.train, n_tokens)
    for name, texts in parts.items():
        n_tokens = sum(len(e.ids) for e in learner.encode_batch(texts))
        bytes_per_token[name].append(sum(len(text.encode()) for text in texts) / n_tokens)
print({name: [round(x, 2) for x in values] for name, values in bytes_per_token.items()})

# %% figure="compression_curves"
# Figure · Bytes per token against the vocabulary
fig, ax = plt.subplots(figsize=(7, 3.4))
words = {"xlabel": "tokens in the vocabulary", "ylabel": "bytes per token", "x": vocab_sizes}
plots.curves(ax, bytes_per_token, title="What a larger vocabulary buys", **words)
ax.set_xscale("log", base=2)
plots.show(
    fig,
    alt="Bytes per token against the size of the vocabulary: two curves that rise from 1, close to each other.",
    caption="At 257, bytes and end of text, each byte is a token. The more tokens there are, the longer they get, "
    "on held-out text too.",
)

# %% [markdown]
# **What you saw.** Longer tokens make shorter sequences, and attention costs the square of the length. But each
# token needs a vector of its own, and a rare token is seen too seldom to learn one. GPT-2, for all texts of the
# Internet, has 50,257 tokens.
#
# A long token is harder to guess than a short one. So the losses of models with different tokenizers cannot be
# compared token by token. Section 5 divides by bytes instead.
