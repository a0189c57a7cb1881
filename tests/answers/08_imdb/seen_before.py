# %%
# accept: a dict, and a tensor that is filled in
def seen_before(test, train):
    seen = dict.fromkeys(train)
    result = torch.zeros(len(test), dtype=torch.bool)
    for i, text in enumerate(test):
        if text in seen:
            result[i] = True
    return result


# %%
# accept: sorted, and found by bisection
def seen_before(test, train):
    import bisect

    train = sorted(train)
    found = torch.zeros(len(test)).bool()
    for i, text in enumerate(test):
        place = bisect.bisect_left(train, text)
        found[i] = place < len(train) and train[place] == text
    return found


# %%
# accept: the common texts first
def seen_before(test, train):
    both = set(test) & set(train)
    return torch.tensor(list(map(both.__contains__, test))).bool()


# %%
# accept: a number for each text, compared by torch
def seen_before(test, train):
    numbers = {}
    for text in [*train, *test]:
        numbers.setdefault(text, len(numbers))
    old, new = (torch.tensor([numbers[t] for t in texts]) for texts in (train, test))
    return torch.isin(new, old)


# %%
# reject: nothing returned · expects "end with `return`"
# - return torch.tensor([text in seen for text in test], dtype=torch.bool)
# + torch.tensor([text in seen for text in test])

# %%
# reject: all False · expects "every value is zero"


# %%
# reject: an empty tensor · expects "expected (test,) = (6,), got (0,)"
def seen_before(test, train):
    return torch.zeros(0, dtype=torch.bool)


# %%
# reject: a list · expects "expected a torch.Tensor, got a list"
# - return torch.tensor([text in seen for text in test], dtype=torch.bool)
# + return [text in seen for text in test]

# %%
# reject: zeros and ones · expects "expected a bool tensor"
# - return torch.tensor([text in seen for text in test], dtype=torch.bool)
# + return torch.tensor([int(text in seen) for text in test])


# %%
# reject: as a part of a train text · expects "only when it is the whole of a train text"
def seen_before(test, train):
    return torch.tensor([any(text in other for other in train) for text in test])


# %%
# reject: as a part of all train texts joined · expects "only when it is the whole of a train text"
# - seen = set(train)
# + seen = " ".join(train)


# %%
# reject: train texts inside of test texts · expects "a part of the test text does not count"
def seen_before(test, train):
    return torch.tensor([any(other in text for other in train) for text in test])


# %%
# reject: bags of words · expects "the order of the words counts"
# + test, train = ([" ".join(sorted(text.split())) for text in texts] for texts in (test, train))
#   seen = set(train)


# %%
# reject: words instead of texts · expects "single words are looked up"
def seen_before(test, train):
    seen = {word for text in train for word in text.split()}
    return torch.tensor([all(word in seen for word in text.split()) for text in test])


# %%
# reject: inverted · expects "True is for those that were seen"
# - return torch.tensor([text in seen for text in test], dtype=torch.bool)
# + return torch.tensor([text not in seen for text in test], dtype=torch.bool)


# %%
# reject: each train text counts once · expects "the second copy in test was seen in train as well"
def seen_before(test, train):
    seen, result = set(train), []
    for text in test:
        result.append(text in seen)
        seen.discard(text)
    return torch.tensor(result, dtype=torch.bool)


# %%
# reject: looked up in the list · expects "A list is searched from its start"
# - seen = set(train)
# + seen = train

# %%
# reject: the set is made for each text · expects "Is the set made once, before the loop?"
# - return torch.tensor([text in seen for text in test], dtype=torch.bool)
# + return torch.tensor([text in set(train) for text in test], dtype=torch.bool)

# %%
# reject: train asked for in test · expects "got (4,)"
# + test, train = train, test
#   seen = set(train)

# %%
# reject: only the beginnings are compared · expects "the same beginning or the same end"
# + test, train = ([text[:100] for text in texts] for texts in (test, train))
#   seen = set(train)


# %%
# reject: what test has shown counts too · expects "twice in test, and not in train"
def seen_before(test, train):
    seen, result = set(train), []
    for text in test:
        result.append(text in seen)
        seen.add(text)
    return torch.tensor(result, dtype=torch.bool)


# %%
# reject: sorts the list of the caller · expects "changes its input in place"
# + train.sort()
#   seen = set(train)
