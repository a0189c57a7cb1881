# %%
# accept: a random number for each territory
def split_by_territory(names, test_share, generator):
    codes = sorted(set(n[2] for n in names))
    keys = torch.rand(len(codes), generator=generator)
    drawn = [codes[i] for i in keys.argsort()[: round(test_share * len(codes))]]
    train, test = [], []
    for name in names:
        (test if name[2] in drawn else train).append(name)
    return train, test


# %%
# accept: groups, in the order of their first name
def split_by_territory(names, test_share, generator):
    groups = {}
    for name in names:
        groups.setdefault(name[2], []).append(name)
    groups = list(groups.values())
    n_test = round(test_share * len(groups))
    order = torch.randperm(len(groups), generator=generator)
    train = [name for i in order[n_test:] for name in groups[i]]
    return train, [name for i in order[:n_test] for name in groups[i]]


# %%
# accept: dict.fromkeys keeps the order of the names
def split_by_territory(names, test_share, generator):
    codes = list(dict.fromkeys(code for _, _, code in names))
    first = torch.randperm(len(codes), generator=generator)[: round(test_share * len(codes))]
    drawn = [codes[i] for i in first.tolist()]
    return [n for n in names if n[2] not in drawn], [n for n in names if n[2] in drawn]


# %%
# reject: every result is zero · expects "as they came"


# %%
# reject: two empty lists · expects "the two parts hold 0 and 0"
def split_by_territory(names, test_share, generator):
    return [], []


# %%
# reject: names are drawn, not territories · expects "draw territories, not names"
def split_by_territory(names, test_share, generator):
    order = torch.randperm(len(names), generator=generator).tolist()
    n_test = round(test_share * len(names))
    return [names[i] for i in order[n_test:]], [names[i] for i in order[:n_test]]


# %%
# reject: swapped parts · expects "the parts are swapped"
# - return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]
# + return [n for n in names if n[2] in test], [n for n in names if n[2] not in test]

# %%
# reject: the first territories of the alphabet · expects "draw the territories at random"
# - order = torch.randperm(len(territories), generator=generator).tolist()
# - test = {territories[i] for i in order[: round(test_share * len(territories))]}
# + test = set(territories[: round(test_share * len(territories))])

# %%
# reject: the global generator · expects "draw from the generator alone"
# - territories = sorted({territory for _, _, territory in names})
# - order = torch.randperm(len(territories), generator=generator).tolist()
# + territories = sorted({n[2] for n in names})
# + order = torch.randperm(len(territories)).tolist()

# %%
# reject: a set, whose order changes with the kernel · expects "a set has no fixed order"
# - territories = sorted({territory for _, _, territory in names})
# + territories = list({territory for _, _, territory in names})

# %%
# reject: each territory by chance · expects "do not decide each territory by chance"
# - order = torch.randperm(len(territories), generator=generator).tolist()
# - test = {territories[i] for i in order[: round(test_share * len(territories))]}
# + drawn = (torch.rand(len(territories), generator=generator) < test_share).tolist()
# + test = {t for t, is_drawn in zip(territories, drawn, strict=True) if is_drawn}

# %%
# reject: languages are drawn · expects "not names or languages"
# - territories = sorted({territory for _, _, territory in names})
# + territories = sorted({language for _, language, _ in names})
#
# - return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]
# + return [n for n in names if n[1] not in test], [n for n in names if n[1] in test]

# %%
# reject: the training part keeps everything · expects "are in both parts"
# - return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]
# + return list(names), [n for n in names if n[2] in test]

# %%
# reject: a share of the names · expects "0.28 of 20 territories is"
# - test = {territories[i] for i in order[: round(test_share * len(territories))]}
# + test = set()
# + while sum(n[2] in test for n in names) < test_share * len(names) * 0.8:
# +     test.add(territories[order.pop()])
# + test = test - {max(test)}

# %%
# reject: as many territories as a share of the names · expects "not of the names"
# - test = {territories[i] for i in order[: round(test_share * len(territories))]}
# + test = {territories[i] for i in order[: round(test_share * len(names))]}

# %%
# reject: cuts off instead of rounding · expects "round, do not truncate"
# - test = {territories[i] for i in order[: round(test_share * len(territories))]}
# + test = {territories[i] for i in order[: int(test_share * len(territories))]}

# %%
# reject: only the spellings · expects "should hold the names as they came"
# - return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]
# + return [n[0] for n in names if n[2] not in test], [n[0] for n in names if n[2] in test]


# %%
# reject: one name for each territory · expects "every name belongs to exactly one part"
def split_by_territory(names, test_share, generator):
    by_territory = {n[2]: n for n in names}
    territories = sorted(by_territory)
    order = torch.randperm(len(territories), generator=generator).tolist()
    n_test = round(test_share * len(territories))
    pick = [by_territory[territories[i]] for i in order]
    return pick[n_test:], pick[:n_test]
