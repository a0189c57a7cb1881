# %% [markdown]
# ## 6 · GPT-2 in your own class
#
# Your class has the form of GPT-2, only smaller. So the weights of GPT-2 must fit into it. If they do, and the logits
# are equal to those of the library that the world uses, then your model *is* GPT-2: no part is missing, none is wrong.
#
# The library has other names, and one more difference. GPT-2's linear layers are stored as $(d_{in}, d_{out})$, ready
# for $x W$; `nn.Linear` holds $(d_{out}, d_{in})$.

# %% given="gpt2_names"
GPT2_NAMES = {  # GPT-2's → yours
    "wte": "token_embedding",
    "wpe": "position_embedding",
    "h": "blocks",
    "ln_1": "norm1",
    "attn": "attention",
    "c_attn": "qkv",
    "ln_2": "norm2",
    "mlp": "feed_forward",
    "c_fc": "0",
    "ln_f": "norm",
}  # and c_proj: "out" in attention, "2" in the feed-forward network
for name, size in {"wte.weight": "(V, d)", "h.3.attn.c_attn.weight": "(d, 3 d)"}.items():
    print(f"{name:28} {size}")

# %% [markdown]
# ### Exercise 9 · Another model's weights (2 points · 15 min · ●●○)
#
# `theirs` maps GPT-2's names to tensors. Return a dict with your names and the same numbers, so that your GPT can load
# it. `h.3.attn.c_attn.weight` becomes `blocks.3.attention.qkv.weight`, and `h.3.mlp.c_proj.bias` becomes
# `blocks.3.feed_forward.2.bias`.
#
# - Rename each part of a name, between the dots, by `GPT2_NAMES`; parts that are not in it stay, such as `3` and
#   `bias`.
# - Transpose the weights of the four linear layers `c_attn`, `c_fc` and both `c_proj`, and nothing else.
#
# <details><summary>Hint 1: the idea</summary>A loop over <code>theirs.items()</code>. Cut a name at the dots, look up
# each part, join them again.</details>
# <details><summary>Hint 2: the formula</summary>c_proj depends on its neighbor: "out" if "attn" is a part of the name,
# else "2". A linear layer is a part that begins with "c_".</details>
# <details><summary>Hint 3: the line</summary><code>[table.get(part, part) for part in name.split(".")]</code>, where
# <code>table = GPT2_NAMES | {"c_proj": …}</code>; <code>tensor.T</code>.</details>


# %% solution="from_gpt2"
def from_gpt2(theirs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """GPT-2's parameters under the names of the class GPT.

    Args:
        theirs: `wte.weight`, `h.0.attn.c_attn.weight` and so on; linear weights are (d_in, d_out).

    Returns:
        `token_embedding.weight`, `blocks.0.attention.qkv.weight` and so on; linear weights are (d_out, d_in).
    """
    ### BEGIN SOLUTION
    ours = {}
    for name, tensor in theirs.items():
        table = GPT2_NAMES | {"c_proj": "out" if ".attn." in name else "2"}
        new = ".".join(table.get(part, part) for part in name.split("."))
        ours[new] = tensor.T if ".c_" in name and name.endswith("weight") else tensor
    return ours
    ### END SOLUTION


# %% data="small_gpt2"
# Data · A small random GPT-2 of the library, for the checks
def small_gpt2(seed: int, d_model: int = 12, n_layers: int = 2) -> GPT2LMHeadModel:
    """The library's model in the form of GPT-2, every parameter drawn anew, so that each of them matters."""
    sizes = {
        "vocab_size": 23,
        "n_positions": 9,
        "n_embd": d_model,
        "n_layer": n_layers,
        "n_head": 3,
    }
    with stderr_to_stdout():
        model = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=0, eos_token_id=0)).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
    return model


def renamed(model: GPT2LMHeadModel) -> dict[str, torch.Tensor]:
    """What a student's function makes of the library's parameters, its names and shapes checked."""
    theirs = {name: p.detach().clone() for name, p in model.transformer.named_parameters()}
    got = checks.run(from_gpt2, theirs)
    checks.that(isinstance(got, dict), f"expected a dict, got a {type(got).__name__}.")
    d, n_layers = model.config.n_embd, model.config.n_layer
    expected = {"token_embedding.weight": (23, d), "position_embedding.weight": (9, d)}
    for i in range(n_layers):
        block = Block(d, 3)
        expected |= {f"blocks.{i}.{name}": tuple(p.shape) for name, p in block.named_parameters()}
    expected |= {"norm.weight": (d,), "norm.bias": (d,)}
    lost = [name for name in expected if name not in got]
    more = [name for name in got if name not in expected]
    found = f" Yours has {more[0]}, which the class GPT has not." if more else ""
    checks.that(not lost, f"{lost[0] if lost else ''} is missing.{found}")
    checks.that(not more, f"a name is left over.{found}")
    for name, shape in expected.items():
        checks.tensor(name, got[name])
        turned = tuple(got[name].shape) == shape[::-1] != shape
        cause = (
            " Is it transposed? Linear weights alone are, and each of them once." if turned else ""
        )
        checks.that(
            tuple(got[name].shape) == shape,
            f"{name}: expected {shape}, got {tuple(got[name].shape)}.{cause}",
        )
    return got


# %% check="from_gpt2_names" points=1
ours = renamed(small_gpt2(seed=1))
checks.shape("the weight of qkv", ours["blocks.1.attention.qkv.weight"], d_out=36, d_in=12)
ours = renamed(small_gpt2(seed=2, d_model=15, n_layers=12))
checks.shape("the bias of feed_forward.0", ours["blocks.11.feed_forward.0.bias"], d_ff=60)
checks.passed("every name and shape of your class, and none besides")

# %% check="from_gpt2_numbers" points=1
model = small_gpt2(seed=3)
ours, theirs = renamed(model), dict(model.transformer.named_parameters())
for part, place_of in (("feed_forward.2", "mlp.c_proj"), ("attention.out", "attn.c_proj")):
    weight = theirs[f"h.1.{place_of}.weight"].detach()
    slips = {
        "the weight is reshaped; that mixes its numbers up. Turn it over.": weight.reshape(
            weight.shape[::-1]
        )
    }
    if weight.shape[0] == weight.shape[1]:  # a shape that cannot tell
        slips = {"a square weight has to be transposed too: nn.Linear holds (d_out, d_in).": weight}
    x = checks.normal(5, len(weight), seed=4).to(weight)
    got = F.linear(x, ours[f"blocks.1.{part}.weight"])
    wrong = {cause: F.linear(x, value) for cause, value in slips.items()}
    checks.close(f"{part} of five vectors", got, x @ weight, rtol=1e-4, atol=1e-4, slips=wrong)
for mine, name in (
    ("token_embedding.weight", "wte.weight"),
    ("position_embedding.weight", "wpe.weight"),
    ("blocks.0.norm1.weight", "h.0.ln_1.weight"),
    ("blocks.0.norm2.bias", "h.0.ln_2.bias"),
    ("blocks.1.attention.qkv.bias", "h.1.attn.c_attn.bias"),
    ("norm.weight", "ln_f.weight"),
):
    checks.close(mine, ours[mine], theirs[name].detach())
x = checks.normal(5, 12, seed=5).float()
for mine, name in (("attention.qkv", "attn.c_attn"), ("feed_forward.0", "mlp.c_fc")):
    for i in (0, 1):
        right = x @ theirs[f"h.{i}.{name}.weight"].detach()
        got = F.linear(x, ours[f"blocks.{i}.{mine}.weight"])
        checks.close(f"{mine} of five vectors in block {i}", got, right, rtol=1e-4, atol=1e-4)
### BEGIN HIDDEN TESTS
model = small_gpt2(seed=6, d_model=18, n_layers=11)
ours = renamed(model)
for name, value in model.transformer.named_parameters():
    if name.endswith("c_proj.weight"):
        i, part = name.split(".")[1], "attention.out" if "attn" in name else "feed_forward.2"
        checks.close(f"{part} of block {i}", ours[f"blocks.{i}.{part}.weight"].T, value.detach())
### END HIDDEN TESTS
checks.passed("the same numbers, in the form of nn.Linear")

# %% [markdown]
# **Experiment.** Where a GPT-2 is at hand (in `models/` of the data folder, in the cache, or on the hub, 350 MB for the
# small DistilGPT-2), its weights go into your class; elsewhere those of a small random one. Are the logits equal?


# %% experiment="gpt2_in_your_class"
# Experiment · The library's weights in your class
def read_gpt2(folder: Path) -> GPT2LMHeadModel:
    """A GPT-2 from a folder in the form of the hub; DataError if it cannot be read."""
    try:
        with stderr_to_stdout():
            return GPT2LMHeadModel.from_pretrained(folder)
    except Exception as error:
        says = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        raise datasets.DataError(f"{folder}: {says}. Copy the folder again.") from error


def own_gpt(library: GPT2LMHeadModel) -> GPT:
    """Your GPT with the weights of a model of the library."""
    c = library.config
    model = GPT(c.vocab_size, c.n_positions, c.n_embd, c.n_layer, c.n_head)
    weights = from_gpt2(dict(library.transformer.named_parameters()))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
    return model.eval()


download = scaled(full=True, smoke=False)
found = find_kind("GPT2LMHeadModel$", "distilbert/distilgpt2", download=download)
folder, name = found or (None, "a small random model, since no GPT-2 is within reach")
library = (read_gpt2(folder) if folder else small_gpt2(seed=0)).float().eval()
mine = own_gpt(library)
tokens = torch.randint(library.config.vocab_size, (2, 9))
with torch.no_grad():
    logits, theirs = mine(tokens), library(tokens).logits
print(f"{name}: {sum(p.numel() for p in mine.parameters()):,} parameters")
gpt2_logit_error = (logits - theirs).abs().max().item()
print(f"logits up to {theirs.abs().max():.1f}, largest difference {gpt2_logit_error:.1e}")

# %% experiment="gpt2_writes"
# Experiment · What the pretrained model writes, in your class
if folder and (folder / "tokenizer.json").exists():
    words = Tokenizer.from_file(str(folder / "tokenizer.json"))
    device.seed_everything(0)
    written = torch.tensor([words.encode("The capital of France is").ids])
    with torch.no_grad():
        while written.shape[1] < 40:
            chances = mine(written)[0, -1].softmax(dim=-1)
            written = torch.cat([written, torch.multinomial(chances, 1)[None]], dim=1)
    print(textwrap.fill(words.decode(written[0].tolist()), 100))
else:
    print("A random model has nothing to say.")

# %% [markdown]
# **What you saw.** The difference is rounding: a few units in the sixth or seventh digit. A class of some thirty lines,
# a block of ten and a tokenizer are all that GPT-2 is. What makes it write better than yours is not in the code. GPT-2
# has a hundred times the parameters, and it has read 40 gigabytes of text, yours two megabytes.
