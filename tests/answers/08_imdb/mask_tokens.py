# %%
# accept: bernoulli_, a copy filled in place
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    p = torch.full(tokens.shape, 0.15).masked_fill(special, 0.0)
    chosen = torch.bernoulli(p, generator=generator).bool()
    labels = torch.where(chosen, tokens, -100)
    inputs = tokens.clone()
    masked = torch.bernoulli(torch.full(tokens.shape, 0.8), generator=generator).bool() & chosen
    inputs[masked] = mask_id
    half = torch.bernoulli(torch.full(tokens.shape, 0.5), generator=generator).bool()
    swapped = half & chosen & ~masked
    inputs[swapped] = torch.randint(vocab_size, tokens.shape, generator=generator)[swapped]
    return inputs, labels


# %%
# accept: one uniform number decides all
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    u = torch.rand(tokens.shape, generator=generator).masked_fill(special, 1.0)
    random = torch.randint(0, vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(u < 0.12, mask_id, torch.where(u < 0.135, random, tokens))
    return inputs, torch.where(u < 0.15, tokens, -100)


# %%
# accept: only the chosen places are drawn for
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    rows, columns = torch.nonzero(~special, as_tuple=True)
    keep = torch.rand(len(rows), generator=generator) < 0.15
    rows, columns = rows[keep], columns[keep]
    inputs, labels = tokens.clone(), torch.full_like(tokens, -100)
    labels[rows, columns] = tokens[rows, columns]
    fate = torch.randint(10, (len(rows),), generator=generator)
    inputs[rows[fate < 8], columns[fate < 8]] = mask_id
    n = int((fate == 8).sum())
    inputs[rows[fate == 8], columns[fate == 8]] = torch.randint(
        vocab_size, (n,), generator=generator
    )
    return inputs, labels


# %%
# accept: token by token
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    draws = torch.rand(3, tokens.numel(), generator=generator, dtype=torch.float64).tolist()
    inputs, labels = [], []
    for token, fixed, u, v, w in zip(
        tokens.flatten().tolist(), special.flatten().tolist(), *draws, strict=True
    ):
        chosen = u < 0.15 and not fixed
        labels.append(token if chosen else -100)
        if chosen and v < 0.8:
            token = mask_id
        elif chosen and v < 0.9:
            token = int(w * vocab_size)
        inputs.append(token)
    return torch.tensor(inputs).view(tokens.shape), torch.tensor(labels).view(tokens.shape)


# %%
# accept: the chosen are dealt out by a permutation
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    u = torch.rand(tokens.shape, generator=generator, device=tokens.device)
    chosen = u.masked_fill(special, 1.0) < 0.15
    labels = tokens.masked_fill(~chosen, -100)
    index = chosen.flatten().nonzero()[:, 0]
    index = index[torch.randperm(len(index), generator=generator, device=tokens.device)]
    n = len(index) // 10
    inputs = tokens.flatten().clone()
    inputs[index[2 * n :]] = mask_id
    inputs[index[:n]] = torch.randint(vocab_size, (n,), generator=generator, device=u.device)
    return inputs.view_as(tokens), labels


# %%
# accept: three kinds from multinomial
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    weights = torch.tensor([0.85, 0.12, 0.015, 0.015], device=tokens.device)
    kind = torch.multinomial(weights, tokens.numel(), replacement=True, generator=generator)
    kind = kind.view(tokens.shape) * ~special
    words = torch.empty_like(tokens).random_(0, vocab_size, generator=generator)
    inputs = tokens * ((kind == 0) | (kind == 3)) + mask_id * (kind == 1) + words * (kind == 2)
    return inputs, tokens * (kind > 0) - 100 * (kind == 0)


# %%
# reject: all zeros · expects "labels are 0; they should be -100"


# %%
# reject: nothing chosen · expects "Nothing is chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    return tokens.clone(), torch.full_like(tokens, -100)


# %%
# reject: the inputs alone · expects "returns 2 values"
def mask_tokens(tokens, special, vocab_size, mask_id, generator):
    return tokens


# %%
# reject: labels and inputs swapped · expects "the order is inputs, labels"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + labels = torch.where(chosen, tokens, -100)
# + return labels, inputs

# %%
# reject: special tokens chosen · expects "special tokens are chosen"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = torch.rand(tokens.shape, generator=generator) < 0.15

# %%
# reject: only special tokens chosen · expects "special tokens are chosen"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & special

# %%
# reject: 10 percent chosen · expects "10.0% are chosen, expected 15%"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape, generator=generator) < 0.1) & ~special

# %%
# reject: 85 percent chosen · expects "the share of those not chosen"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape, generator=generator) > 0.15) & ~special

# %%
# reject: all chosen · expects "All tokens are chosen"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = ~special

# %%
# reject: exactly 15 percent in every row · expects "the same number of chosen tokens"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + u = torch.rand(tokens.shape, generator=generator).masked_fill(special, 2.0)
# + k = ((~special).sum(dim=1, keepdim=True) * 0.15).round().long()
# + chosen = u.argsort(dim=1).argsort(dim=1) < 68 + 0 * k

# %%
# reject: 15 percent of the whole row, special ones included · expects "fall on the others"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + u = torch.rand(tokens.shape, generator=generator).masked_fill(special, 2.0)
# + chosen = u < 0.15 / 0.9

# %%
# reject: labels everywhere · expects "labels are all tokens"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, tokens

# %%
# reject: labels 0 elsewhere · expects "labels are 0; they should be -100"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(chosen, tokens, 0)

# %%
# reject: labels -1 elsewhere · expects "labels are -1; they should be -100"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(chosen, tokens, -1)

# %%
# reject: labels mask_id elsewhere · expects "labels are 3; they should be -100"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(chosen, tokens, mask_id)

# %%
# reject: labels from the masked inputs · expects "labels are the masked inputs"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(chosen, inputs, -100)

# %%
# reject: labels where nothing was chosen · expects "at the tokens that were not chosen"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(~chosen & ~special, tokens, -100)

# %%
# reject: labels only where something changed · expects "need a label too"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(inputs != tokens, tokens, -100)

# %%
# reject: labels only where it says [MASK] · expects "Only those that become [MASK]"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = torch.where(chosen & (fate >= 2), random, inputs)
# + return inputs, torch.where(chosen & (fate < 0.8), tokens, -100)

# %%
# reject: labels one-hot in length · expects "expected (batch, T) = (400, 500)"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(chosen, tokens, -100)[chosen]

# %%
# reject: everything masked · expects "All of them become [MASK]"
# - inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = tokens.masked_fill(chosen & (fate < 2), mask_id)
# + inputs = torch.where(chosen & (fate >= 2), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: no random tokens · expects "10% and 10%. None is random"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = torch.where(chosen & (fate >= 2), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: none stays · expects "half random tokens, half unchanged"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = torch.where(chosen & (fate >= 0.8), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: 10 percent of the rest random · expects "not 10% of what [MASK] left over"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + rest = torch.rand(tokens.shape, generator=generator)
# + inputs = torch.where(chosen & (fate >= 0.8) & (rest < 0.1), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: random ones overwrite the mask · expects "The random tokens overwrite"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = torch.where(chosen & (fate < 0.1), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: drawn independently · expects "Random tokens replace 10% of all chosen ones"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + again = torch.rand(tokens.shape, generator=generator)
# + inputs = torch.where(chosen & (again < 0.1), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: 80 percent stay · expects "in the wrong order"
# - inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = tokens.masked_fill(chosen & (fate < 0.1), mask_id)
# + inputs = torch.where(chosen & ((fate >= 0.1) & (fate < 0.2)), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: 80 percent random · expects "in the wrong order"
# - inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = tokens.masked_fill(chosen & (fate < 0.1), mask_id)
# + inputs = torch.where(chosen & (fate >= 0.2), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: random tokens outside the chosen ones · expects "whose label is -100"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = torch.where(fate >= 0.9, random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: masks outside the chosen ones · expects "whose label is -100"
# - inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
# + inputs = tokens.masked_fill(fate < 0.8, mask_id)

# %%
# reject: one random token for all · expects "nearly all the same"
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + random = torch.randint(vocab_size, (1,), generator=generator)

# %%
# reject: random tokens up to mask_id · expects "nearly all the same"
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + random = torch.randint(mask_id, tokens.shape, generator=generator)

# %%
# reject: random ids beyond the vocabulary · expects "ids are 0 to vocab_size − 1"
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + random = torch.randint(vocab_size + 1, tokens.shape, generator=generator)

# %%
# reject: random tokens from the lower half · expects "draw from all vocab_size ids"
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + random = torch.randint(vocab_size // 2, tokens.shape, generator=generator)

# %%
# reject: the same places in every row · expects "all rows have the same chosen places"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape[1], generator=generator) < 0.15) & ~special

# %%
# reject: whole rows chosen · expects "all columns have the same chosen places"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = (torch.rand(len(tokens), 1, generator=generator) < 0.15) & ~special

# %%
# reject: the generator is not used · expects "pass generator=generator"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# - fate = torch.rand(tokens.shape, generator=generator)  # (B, T)
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + chosen = (torch.rand(tokens.shape) < 0.15) & ~special
# + fate = torch.rand(tokens.shape)
# + random = torch.randint(vocab_size, tokens.shape)

# %%
# reject: the generator is used for the choice only · expects "pass generator=generator"
# - fate = torch.rand(tokens.shape, generator=generator)  # (B, T)
# + fate = torch.rand(tokens.shape)

# %%
# reject: the generator is seeded anew · expects "do not seed the generator"
# + generator = torch.Generator().manual_seed(0)
#   chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)

# %%
# reject: in place · expects "changes its input in place"
# - inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + labels = tokens.masked_fill(~chosen, -100)
# + tokens[chosen & (fate < 0.8)] = mask_id
# + return tokens, labels

# %%
# reject: normal instead of uniform numbers · expects "are chosen, expected 15%"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = (torch.randn(tokens.shape, generator=generator) < 0.15) & ~special

# %%
# reject: 80 percent of the 15 percent counted twice · expects "taken of the 15% twice"
# - inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# - return inputs, tokens.masked_fill(~chosen, -100)
# + inputs = tokens.masked_fill(chosen & (fate < 0.12), mask_id)
# + inputs = torch.where(chosen & ((fate >= 0.12) & (fate < 0.135)), random, inputs)
# + return inputs, torch.where(chosen, tokens, -100)

# %%
# reject: labels inverted, special ones too · expects "stand at the tokens that were not chosen"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, torch.where(chosen, -100, tokens)

# %%
# reject: one fate for a row · expects "the chosen tokens of a row share one fate"
# - fate = torch.rand(tokens.shape, generator=generator)  # (B, T)
# + fate = torch.rand(len(tokens), 1, generator=generator).expand(tokens.shape)

# %%
# reject: random tokens from the text · expects "random tokens come from the text"
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + random = tokens.flatten()[torch.randperm(tokens.numel(), generator=generator)].view_as(tokens)

# %%
# reject: the vocabulary of the check · expects "draw from all vocab_size ids"
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + random = torch.randint(60, tokens.shape, generator=generator)

# %%
# reject: the mask id of the check · expects "the id of [MASK] is mask_id"
# - inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
# + inputs = tokens.masked_fill(chosen & (fate < 0.8), 3)

# %%
# reject: one draw chooses for the whole batch · expects "one number decides for the whole batch"
# - chosen = (torch.rand(tokens.shape, generator=generator) < 0.15) & ~special  # (B, T)
# + chosen = (torch.rand(1, generator=generator) < 0.15) & ~special

# %%
# reject: one fate for the whole batch · expects "one number decides what becomes of all chosen tokens"
# - fate = torch.rand(tokens.shape, generator=generator)  # (B, T)
# + fate = torch.rand(1, generator=generator)

# %%
# reject: u < 0.9 replaces the masks · expects "they are for the last tenth alone"
# - inputs = torch.where(chosen & (fate >= 0.9), random, inputs)
# + inputs = torch.where(chosen & (fate < 0.9), random, inputs)

# %%
# reject: labels are floats · expects "labels should be int64, not torch.float32"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, tokens.float().masked_fill(~chosen, -100)

# %%
# reject: special tokens keep their labels · expects "the labels of special tokens are their own ids"
# - return inputs, tokens.masked_fill(~chosen, -100)
# + return inputs, tokens.masked_fill(~chosen & ~special, -100)

# %%
# reject: one id beyond the vocabulary · expects "ids are 0 to vocab_size − 1"
# - random = torch.randint(vocab_size, tokens.shape, generator=generator)  # (B, T)
# + random = torch.randint(vocab_size + 1, tokens.shape, generator=generator)
