# %%
# accept: by replacing in the whole name
def from_gpt2(theirs):
    pairs = [("wte", "token_embedding"), ("wpe", "position_embedding"), ("ln_f", "norm")]
    pairs += [("attn.c_proj", "attention.out"), ("mlp.c_proj", "feed_forward.2")]
    pairs += [("attn.c_attn", "attention.qkv"), ("mlp.c_fc", "feed_forward.0")]
    pairs += [("ln_1", "norm1"), ("ln_2", "norm2")]
    ours = {}
    for name, tensor in theirs.items():
        linear = "c_" in name and tensor.dim() == 2
        for old, new in pairs:
            name = name.replace(old, new)
        name = "blocks." + name[2:] if name.startswith("h.") else name
        ours[name] = tensor.t().contiguous() if linear else tensor.clone()
    return ours


# %%
# accept: a part at a time, with the part before it
def from_gpt2(theirs):
    def new_name(name):
        parts, before = [], ""
        for part in name.split("."):
            if part == "c_proj":
                parts.append("out" if before == "attn" else "2")
            else:
                parts.append(GPT2_NAMES[part] if part in GPT2_NAMES else part)
            before = part
        return ".".join(parts)

    turned = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
    return {
        new_name(name): tensor.transpose(0, 1) if name.endswith(turned) else tensor
        for name, tensor in theirs.items()
    }


# %%
# reject: an empty dict · expects "token_embedding.weight is missing"
def from_gpt2(theirs):
    return {}


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: nothing is renamed · expects "Yours has wte.weight, which the class GPT has not"
# -     ours[new] = tensor.T if ".c_" in name and name.endswith("weight") else tensor
# +     ours[name] = tensor.T if ".c_" in name and name.endswith("weight") else tensor

# %%
# reject: nothing is transposed · expects "Is it transposed?"
# -     ours[new] = tensor.T if ".c_" in name and name.endswith("weight") else tensor
# +     ours[new] = tensor

# %%
# reject: embeddings transposed too · expects "token_embedding.weight: expected (23, 12), got (12, 23)"
# -     ours[new] = tensor.T if ".c_" in name and name.endswith("weight") else tensor
# +     ours[new] = tensor.T if tensor.dim() == 2 else tensor

# %%
# reject: the square one is not transposed · expects "a square weight has to be transposed too"
# -     ours[new] = tensor.T if ".c_" in name and name.endswith("weight") else tensor
# +     linear = ".c_" in name and name.endswith("weight")
# +     ours[new] = tensor.T if linear and len(set(tensor.shape)) == 2 else tensor

# %%
# reject: every c_proj is out · expects "blocks.0.feed_forward.2.weight is missing"
# -     table = GPT2_NAMES | {"c_proj": "out" if ".attn." in name else "2"}
# +     table = GPT2_NAMES | {"c_proj": "out"}

# %%
# reject: reshaped instead of transposed · expects "the weight is reshaped"
# -     ours[new] = tensor.T if ".c_" in name and name.endswith("weight") else tensor
# +     linear = ".c_" in name and name.endswith("weight")
# +     square = len(set(tensor.shape)) == 1
# +     ours[new] = tensor.T if linear and square else tensor.reshape(tensor.shape[::-1]) if linear else tensor

# %%
# reject: the two norms are swapped · expects "blocks.0.norm1.weight"
# -     table = GPT2_NAMES | {"c_proj": "out" if ".attn." in name else "2"}
# +     table = GPT2_NAMES | {"c_proj": "out" if ".attn." in name else "2"}
# +     table |= {"ln_1": "norm2", "ln_2": "norm1"}

# %%
# reject: the first block for all · expects "blocks.1"
# -     new = ".".join(table.get(part, part) for part in name.split("."))
# +     new = ".".join(table.get(part, part) for part in name.replace("h.1.", "h.0.").split("."))

# %%
# reject: reshaped, the square one too · expects "the weight is reshaped"
# -     ours[new] = tensor.T if ".c_" in name and name.endswith("weight") else tensor
# +     linear = ".c_" in name and name.endswith("weight")
# +     ours[new] = tensor.reshape(tensor.shape[::-1]) if linear else tensor
