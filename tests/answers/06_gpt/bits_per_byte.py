# %%
# accept: in another order
def bits_per_byte(losses, text):
    n = len(bytes(text, "utf-8"))
    return float((losses / n).sum() / torch.log(torch.tensor(2.0)))


# %%
# accept: a loop and log2
def bits_per_byte(losses, text):
    bits = 0.0
    for loss in losses.tolist():
        bits += loss * math.log2(math.e)
    return bits / len(text.encode("utf-8"))


# %%
# accept: the product of the probabilities, in float64
def bits_per_byte(losses, text):
    total = losses.double().sum()
    return (
        (-torch.log2(torch.exp(-total))).item() / len(text.encode())
        if total < 700
        else (total.item() / math.log(2) / len(text.encode()))
    )


# %%
# reject: zero · expects "got 0."

# %%
# reject: per token · expects "divide by the bytes, not by the tokens"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.mean().item() / math.log(2)

# %%
# reject: nats · expects "the losses are in nats"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.sum().item() / len(text.encode())

# %%
# reject: multiplied by ln 2 · expects "do not multiply"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.sum().item() * math.log(2) / len(text.encode())

# %%
# reject: mean instead of sum · expects "a mean forgets how many tokens"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.mean().item() / math.log(2) / len(text.encode())

# %%
# reject: characters · expects "count bytes, text.encode(), not characters"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.sum().item() / math.log(2) / len(text)

# %%
# reject: perplexity · expects "that is a perplexity"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return math.exp(losses.mean().item())

# %%
# reject: upside down · expects "bits per byte, not bytes per bit"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return len(text.encode()) / (losses.sum().item() / math.log(2))

# %%
# reject: a tensor · expects "bits per byte: return a float, not a Tensor"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.sum() / math.log(2) / len(text.encode())

# %%
# reject: nothing returned · expects "Does your function end with `return`"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + losses.sum().item() / math.log(2) / len(text.encode())

# %%
# reject: characters and nats · expects "count bytes, not characters; and the losses are in nats"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.sum().item() / len(text)

# %%
# reject: the mean loss · expects "that is the mean loss"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.mean().item()

# %%
# reject: a mean, and nats · expects "do not take their mean; and they are in nats"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return losses.mean().item() / len(text.encode())

# %%
# reject: log2 of the losses · expects "a loss is a logarithm already"
# - return losses.sum().item() / math.log(2) / len(text.encode())
# + return torch.log2(losses).sum().item() / len(text.encode())
