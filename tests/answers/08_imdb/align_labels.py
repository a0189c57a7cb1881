# %%
# accept: a set of the words that were seen
def align_labels(word_labels, word_ids):
    seen, labels = {None}, []
    for word in word_ids:
        labels.append(-100 if word in seen else word_labels[word])
        seen.add(word)
    return labels


# %%
# accept: pairs of neighbors
def align_labels(word_labels, word_ids):
    return [
        word_labels[word] if word is not None and word != before else -100
        for before, word in zip([None, *word_ids], word_ids)
    ]


# %%
# accept: a list of −100, the first place of each word is found
def align_labels(word_labels, word_ids):
    labels = [-100] * len(word_ids)
    for word, label in enumerate(word_labels):
        if word in word_ids:
            labels[word_ids.index(word)] = label
    return labels


# %%
# accept: groupby
def align_labels(word_labels, word_ids):
    from itertools import groupby

    labels = []
    for word, pieces in groupby(word_ids):
        count = sum(1 for _ in pieces)
        first = -100 if word is None else word_labels[word]
        labels.extend([first] + [-100] * (count - 1))
    return labels


# %%
# accept: the place of the first piece in a dict, from the back
def align_labels(word_labels, word_ids):
    first = {}
    for place in reversed(range(len(word_ids))):
        first[word_ids[place]] = place
    first.pop(None, None)
    return [
        word_labels[w] if w is not None and first[w] == k else -100 for k, w in enumerate(word_ids)
    ]


# %%
# reject: all zeros · expects "all labels are 0"

# %%
# reject: nothing returned · expects "Does your function end with `return`?"
# - return labels

# %%
# reject: each piece has the label · expects "only the first piece of a word carries the label"
# - first = word is not None and word != before
# + first = word is not None

# %%
# reject: the last piece has the label · expects "carries the label, not the last one"
# in: pairs of neighbors
# - word_labels[word] if word is not None and word != before else -100
# - for before, word in zip([None, *word_ids], word_ids)
# + word_labels[word] if word is not None and word != after else -100
# + for word, after in zip(word_ids, [*word_ids[1:], None])

# %%
# reject: 0 for special tokens · expects "special tokens get -100; 0 is a label like others"
# - first = word is not None and word != before
# - labels.append(word_labels[word] if first else -100)
# + if word is None:
# +     labels.append(0)
# + else:
# +     labels.append(word_labels[word] if word != before else -100)

# %%
# reject: 0 for the other pieces · expects "pieces after the first get -100"
# - first = word is not None and word != before
# - labels.append(word_labels[word] if first else -100)
# + if word is None:
# +     labels.append(-100)
# + else:
# +     labels.append(word_labels[word] if word != before else 0)

# %%
# reject: labels are compared · expects "compare words, not labels"
# - first = word is not None and word != before
# - labels.append(word_labels[word] if first else -100)
# - before = word
# + label = -100 if word is None else word_labels[word]
# + labels.append(label if label != before else -100)
# + before = label

# %%
# reject: None is taken for a word · expects "not NoneType"
# - labels, before = [], None
# + labels, before = [], -1
#
# - first = word is not None and word != before
# - labels.append(word_labels[word] if first else -100)
# + labels.append(word_labels[word] if word != before else -100)

# %%
# reject: word 0 is taken for None · expects "0 is the number of a word: ask `is None`"
# - first = word is not None and word != before
# - labels.append(word_labels[word] if first else -100)
# + labels.append(word_labels[word] if word and word != before else -100)

# %%
# reject: special tokens are skipped · expects "one label per token is wanted"
# - first = word is not None and word != before
# - labels.append(word_labels[word] if first else -100)
# + if word is None:
# +     continue
# + labels.append(word_labels[word] if word != before else -100)


# %%
# reject: the labels of the words, one by one · expects "one label per token is wanted"
def align_labels(word_labels, word_ids):
    return [-100, *word_labels, -100]


# %%
# reject: words are counted · expects "a word may have no token"
# - labels, before = [], None
# + labels, before, remaining = [], None, iter(word_labels)
#
# - labels.append(word_labels[word] if first else -100)
# + labels.append(next(remaining) if first else -100)

# %%
# reject: a tensor · expects "expected a list, got a Tensor"
# - return labels
# + return torch.tensor(labels)

# %%
# reject: the input is used up · expects "changes its input in place"
# - labels.append(word_labels[word] if first else -100)
# + labels.append(word_labels.pop(0) if first else -100)
