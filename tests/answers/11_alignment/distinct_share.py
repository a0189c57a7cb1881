# %%
# accept: zip and a counter
def distinct_share(texts, n):
    counts = Counter()
    for words in texts:
        counts.update(zip(*(words[i:] for i in range(n)), strict=False))
    return len(counts) / sum(counts.values()) if counts else 0.0


# %%
# accept: joined to strings, a loop
def distinct_share(texts, n):
    seen, total = set(), 0
    for words in texts:
        i = 0
        while i + n <= len(words):
            seen.add("\n".join(words[i : i + n]))
            total += 1
            i += 1
    if total == 0:
        return 0.0
    return len(seen) / total


# %%
# reject: zero · expects "got 0"


# %%
# reject: the mean of the texts · expects "the mean of the texts' own shares"
def distinct_share(texts, n):
    shares = []
    for words in texts:
        runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
        if runs:
            shares.append(len(set(runs)) / len(runs))
    return sum(shares) / max(len(shares), 1)


# %%
# reject: how many · expects "divide by all runs"
# - return len(set(runs)) / max(len(runs), 1)
# + return float(len(set(runs)))

# %%
# reject: divided by words · expects "divide by runs"
# - return len(set(runs)) / max(len(runs), 1)
# + return len(set(runs)) / max(sum(map(len, texts)), 1)

# %%
# reject: single words · expects "here n = 2"
# - runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]
# + runs = [word for words in texts for word in words]


# %%
# reject: across the ends · expects "across the end of a text"
def distinct_share(texts, n):
    words = [word for text in texts for word in text]
    runs = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    return len(set(runs)) / max(len(runs), 1)


# %%
# reject: the last run is missing · expects "the last run of each text is missing"
# - runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]
# + runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n)]

# %%
# reject: without order · expects "the order inside of a run matters"
# - runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]
# + runs = [frozenset(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]

# %%
# reject: divides by zero · expects "division by zero"
# - return len(set(runs)) / max(len(runs), 1)
# + return len(set(runs)) / len(runs)

# %%
# reject: always pairs · expects "those are pairs, whatever n is"
# - runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]
# + runs = [pair for words in texts for pair in itertools.pairwise(words)]

# %%
# reject: less than no runs · expects "not a negative number of them"
# - return len(set(runs)) / max(len(runs), 1)
# + return len(set(runs)) / (sum(len(words) - n + 1 for words in texts) or 1)

# %%
# reject: shorter runs at the ends · expects "begin no run of n words"
# - runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]
# + runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words))]

# %%
# reject: those that occur once · expects "count each different one"
# - return len(set(runs)) / max(len(runs), 1)
# + return sum(runs.count(run) == 1 for run in runs) / max(len(runs), 1)
