# %%
# accept: bernoulli and masked_fill, as in the transformers library
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    inputs, labels = tokens.clone(), tokens.clone()
    chance = torch.full(tokens.shape, share, device=tokens.device).masked_fill(special, 0.0)
    chosen = torch.bernoulli(chance, generator=generator).bool()
    labels[~chosen] = -100
    masked = torch.bernoulli(torch.full_like(chance, 0.8), generator=generator).bool() & chosen
    inputs[masked] = mask_id
    half = torch.bernoulli(torch.full_like(chance, 0.5), generator=generator).bool()
    replaced = half & chosen & ~masked
    words = torch.randint(vocab_size, tokens.shape, generator=generator, device=tokens.device)
    inputs[replaced] = words[replaced]
    return inputs, labels


# %%
# accept: token by token
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    draws = torch.rand(3, tokens.numel(), generator=generator, dtype=torch.float64).tolist()
    inputs, labels = [], []
    for token, fixed, u, v, w in zip(
        tokens.flatten().tolist(), special.flatten().tolist(), *draws, strict=True
    ):
        chosen = u < share and not fixed
        labels.append(token if chosen else -100)
        if chosen and v < 0.8:
            token = mask_id
        elif chosen and v < 0.9:
            token = int(w * vocab_size)
        inputs.append(token)
    return torch.tensor(inputs).view(tokens.shape), torch.tensor(labels).view(tokens.shape)


# %%
# accept: the chosen are dealt out by a permutation
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    u = torch.rand(tokens.shape, generator=generator, device=tokens.device)
    chosen = u.masked_fill(special, 1.0) < share
    labels = tokens.masked_fill(~chosen, -100)
    index = chosen.flatten().nonzero()[:, 0]
    index = index[torch.randperm(len(index), generator=generator, device=tokens.device)]
    n = len(index) // 10
    inputs = tokens.flatten().clone()
    inputs[index[2 * n :]] = mask_id
    inputs[index[:n]] = torch.randint(vocab_size, (n,), generator=generator, device=u.device)
    return inputs.view_as(tokens), labels


# %%
# accept: one number tells all, since its scaled rest is uniform too
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = dict(generator=generator, device=tokens.device)
    u = torch.rand(tokens.shape, **place).masked_fill(special, 1.0)
    words = torch.randint(0, vocab_size, tokens.shape, **place)
    inputs = torch.where(u < share, tokens, tokens)
    inputs = torch.where(u < 0.9 * share, words, inputs)
    inputs = torch.where(u < 0.8 * share, mask_id, inputs)
    return inputs, torch.where(u < share, tokens, -100)


# %%
# accept: three kinds from multinomial
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    weights = torch.tensor([1 - share, 0.8 * share, 0.1 * share, 0.1 * share], device=tokens.device)
    kind = torch.multinomial(weights, tokens.numel(), replacement=True, generator=generator)
    kind = kind.view(tokens.shape) * ~special
    words = torch.empty_like(tokens).random_(0, vocab_size, generator=generator)
    inputs = tokens * ((kind == 0) | (kind == 3)) + mask_id * (kind == 1) + words * (kind == 2)
    return inputs, tokens * (kind > 0) - 100 * (kind == 0)


# %%
# reject: zeros · expects "the labels of special tokens are not -100"


# %%
# reject: nothing is chosen · expects "no token was chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    return tokens.clone(), torch.full_like(tokens, -100)


# %%
# reject: inputs alone · expects "returns 2 values, inputs, labels; yours returns a Tensor"
# - return inputs, torch.where(chosen, tokens, -100)
# + return inputs

# %%
# reject: special tokens masked · expects "Take them out with `& ~special`"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
# + chosen = torch.rand(tokens.shape, **place) < share

# %%
# reject: special tokens only · expects "Take them out with `& ~special`"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape, **place) < share) & special

# %%
# reject: always [MASK] · expects "all chosen tokens become [MASK]"
# - inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
# - inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
# + inputs = torch.where(chosen, mask_id, tokens)

# %%
# reject: one draw for both decisions · expects "Draw a second number for what happens"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
#
# + chosen = (fate < share) & ~special
#   random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)

# %%
# reject: labels are the tokens · expects "are those not ignored"
# - return inputs, torch.where(chosen, tokens, -100)
# + return inputs, tokens.clone()

# %%
# reject: the chosen are ignored · expects "is it the other way round"
# - return inputs, torch.where(chosen, tokens, -100)
# + return inputs, torch.where(chosen, -100, tokens)

# %%
# reject: the other tokens are ignored, special ones not · expects "the labels of special tokens"
# - return inputs, torch.where(chosen, tokens, -100)
# + return inputs, tokens.masked_fill(~chosen & ~special, -100)

# %%
# reject: labels hold the new ids · expects "They hold the new id"
# - return inputs, torch.where(chosen, tokens, -100)
# + return inputs, torch.where(chosen, inputs, -100)

# %%
# reject: the unchanged ones are not in the loss · expects "Those that stay unchanged are chosen too"
# - return inputs, torch.where(chosen, tokens, -100)
# + return inputs, torch.where(inputs != tokens, tokens, -100)

# %%
# reject: 85% are chosen · expects "Is 15% of all tokens chosen, or 85%?"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape, **place) > share) & ~special

# %%
# reject: one row for all · expects "all rows have the same places chosen"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape[1], **place) < share) & ~special

# %%
# reject: whole rows · expects "all tokens of a row are chosen together"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
# + chosen = (torch.rand(len(tokens), 1, **place) < share) & ~special

# %%
# reject: exactly 15% of each row · expects "each row has the same share of chosen tokens"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
# + rank = torch.rand(tokens.shape, **place).masked_fill(special, 2.0).argsort(1).argsort(1)
# + chosen = (rank < (share * (~special).sum(1, keepdim=True)).round()) & ~special

# %%
# reject: changes tokens in place · expects "changes its input in place"
# - inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
# - inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
# - return inputs, torch.where(chosen, tokens, -100)
# + inputs = torch.where(chosen, tokens, -100)
# + tokens[chosen & (fate < 0.8)] = mask_id
# + replaced = chosen & (fate >= 0.8) & (fate < 0.9)
# + tokens[replaced] = random[replaced]
# + return tokens, inputs

# %%
# reject: forgets the generator · expects "draw everything with the generator that you got"
# - place = {"generator": generator, "device": tokens.device}
# + place = {"device": tokens.device}

# %%
# reject: forgets the generator for the ids · expects "draw everything with the generator that you got"
# - random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)
#
# + random = torch.randint_like(tokens, vocab_size)
#   inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)

# %%
# reject: ids below 1000 alone · expects "drawn from the whole vocabulary"
# - random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)
# + random = torch.randint(1000, tokens.shape, **place)

# %%
# reject: ids up to the largest of the batch · expects "drawn from the whole vocabulary"
# - random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)
# + random = torch.randint(int(tokens.max()) + 1, tokens.shape, **place)

# %%
# reject: one random id for all · expects "one for each place"
# - random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)
# + random = torch.randint(vocab_size, (1,), **place)

# %%
# reject: share ignored · expects "Is 0.15 hard-coded?"
# - chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
# + chosen = (torch.rand(tokens.shape, **place) < 0.15) & ~special

# %%
# reject: none stays as it is · expects "no chosen token stays as it is"
# - inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
# - inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
# + inputs = torch.where(chosen, torch.where(fate < 0.8, mask_id, random), tokens)

# %%
# reject: 10% of the 20% · expects "half of the 20% that are not masked"
# - fate = torch.rand(tokens.shape, **place)  # (B, T)
# + fate = chosen & (torch.rand(tokens.shape, **place) < 0.8)
# + replaced = chosen & ~fate & (torch.rand(tokens.shape, **place) < 0.1)
#
# - inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
# - inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
# + inputs = torch.where(replaced, random, torch.where(fate, mask_id, tokens))

# %%
# reject: random ids over masks · expects "use one number for all three"
# - fate = torch.rand(tokens.shape, **place)  # (B, T)
# + fate = chosen & (torch.rand(tokens.shape, **place) < 0.8)
# + replaced = chosen & (torch.rand(tokens.shape, **place) < 0.1)
#
# - inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
# - inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
# + inputs = torch.where(replaced, random, torch.where(fate, mask_id, tokens))

# %%
# reject: u < 0.9 replaces the masks · expects "they are for 0.8 ≤ u < 0.9 alone"
# - inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
# + inputs = torch.where(chosen & (fate < 0.9), random, inputs)

# %%
# reject: 80% stay, 10% are masked · expects "10% and 80% are swapped"
# - inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
# + inputs = torch.where(chosen & (fate >= 0.9), mask_id, tokens)

# %%
# reject: random ids everywhere · expects "inputs changed at places that were not chosen"
# - inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
# + inputs = torch.where((fate >= 0.8) & (fate < 0.9), random, inputs)

# %%
# reject: draws on the CPU · expects "It would fail on a GPU"
# - place = {"generator": generator, "device": tokens.device}
# + place = {"generator": generator}

# %%
# reject: labels are floats · expects "labels: expected int64, got torch.float32"
# - return inputs, torch.where(chosen, tokens, -100)
# + labels = torch.full(tokens.shape, -100.0)
# + labels[chosen] = tokens[chosen].float()
# + return inputs, labels

# %%
# reject: a generator of its own · expects "do not make one"
# - place = {"generator": generator, "device": tokens.device}
# + place = {"generator": torch.Generator().manual_seed(0)}

# %%
# reject: one id beyond the vocabulary · expects "expected the random ids 0 … 5, each of them"
# - random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)
# + random = torch.randint(vocab_size + 1, tokens.shape, **place)
