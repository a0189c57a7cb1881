# %% [markdown]
# ## 9 · Two hops
#
# Reversal needs one look: the place is known, go and read it. Now a treasure hunt. There are 16 places. Each
# holds a digit and a **pointer** to some place. The answer of place $i$: go where its pointer says, read the
# pointer *there*, go where that one says, and read the digit.
#
# With the pointers `2 0 1 …` and the digits `7 4 9 …`, place 0 points to place 2, which points to place 1:
# the answer of place 0 is 4.
#
# A model with one layer of attention; the same with four heads and twice the width; a model with two layers.
# **Predict** what each of them reaches. Naming the most common of the 16 digits gets about 24% right, as in section 3.


# %% given="hops_model"
class Hunter(nn.Module):
    """Digits (B, 16, 10) as logits, from pointers and digits (B, 16)."""

    def __init__(self, layers: int, n_heads: int = 1, d_model: int = 64) -> None:
        super().__init__()
        self.pointers, self.digits = nn.Embedding(16, d_model), nn.Embedding(10, d_model)
        self.positions = nn.Parameter(torch.randn(16, d_model))
        blocks = (EncoderBlock(d_model, n_heads, 2 * d_model) for _ in range(layers))
        self.blocks = nn.Sequential(*blocks)
        self.norm, self.head = nn.LayerNorm(d_model), nn.Linear(d_model, 10)

    def forward(self, pointers: torch.Tensor, digits: torch.Tensor) -> torch.Tensor:
        x = self.pointers(pointers) + self.digits(digits) + self.positions  # (B, 16, d_model)
        return self.head(self.norm(self.blocks(x)))


def hunts(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pointers, digits and answers, all (count, 16)."""
    g = torch.Generator().manual_seed(seed)
    pointers = torch.randint(16, (count, 16), generator=g)
    digits = torch.randint(10, (count, 16), generator=g)
    return pointers, digits, digits.gather(1, pointers.gather(1, pointers))


def hunt_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    pointers, digits, answer = batch
    return F.cross_entropy(model(pointers, digits).flatten(0, 1), answer.flatten())


# %% experiment="hops_experiment"
# Experiment · One layer and two layers follow two pointers
steps = scaled(full=200, smoke=3)
pointers, digits, answer = (t.to(place) for t in hunts(4000, 99))
end, here = pointers.gather(1, pointers), torch.arange(16, device=place)
far = (end != pointers) & (end != here)  # the hunt ends at a place not yet visited
kinds = {
    "1 layer": {"layers": 1},
    "1 layer, 4 heads, width 128": {"layers": 1, "n_heads": 4, "d_model": 128},
    "2 layers": {"layers": 2},
}
commonest = F.one_hot(digits, 10).sum(dim=1).argmax(dim=1, keepdim=True)  # (4000, 1)
right = commonest == answer
print("answers right, all and those that end at a third place")
print(f"  the most common digit       {right.float().mean():7.1%} {right[far].float().mean():7.1%}")
for name, options in kinds.items():
    for seed in range(scaled(full=3, smoke=1)):
        device.seed_everything(seed)
        hunter = Hunter(**options).to(place)
        batches = Batches(*hunts(64 * steps, seed), batch_size=64, device=place)
        fit(hunter, batches, hunt_loss, steps=steps, lr=1e-2, show=False)
        with torch.no_grad():
            right = hunter(pointers, digits).argmax(dim=-1) == answer
        every, third = right.float().mean(), right[far].float().mean()
        print(f"  {name:27} {every:7.1%} {third:7.1%}")

# %% [markdown]
# **What you saw.** Where the hunt ends at a third place, one layer is no better than naming the most common digit,
# however wide it is; two layers are right, all but a few times in a thousand. A layer makes all its queries *before* it
# reads anything. Place $i$ can ask "what stands where my pointer points?", not "what stands where the pointer that I
# am about to read points?". That second question needs a second layer, whose queries contain what the first one
# brought. More heads ask more questions at once, but none that builds on an answer. Depth is the number of questions
# in a row; chains of thought in language models buy more of it, one token at a time.

# %% [markdown]
# ### Question 1 · What did you build in? (1 point · 8 min · ●●○)
#
# Rotary positions counted from the end of the source carry reversal to twice the length. Say in three to
# five sentences: Which fact about the task was built into this model? Why can a learned table not know place 30,
# wherever counting begins? Name a task on which the same choice would be of no help, and say why.

# %% [markdown] manual="built_in" points=1
# The model was told that the answer's token $t$ belongs to the source's token $t$ when the source is counted
# from its end, so the rule it has to learn is "look at difference 0", the same at every length. (½ point)
#
# The learned table has one vector per place; the vectors for places after 20 never got a gradient, so they are
# still random, and nothing ties the rule for place 21 to the rule for place 20. The model learned 20 separate
# look-ups. Copying a sequence forward would not profit: there step $t$ needs place $t + 1$ counted from the
# start, the same difference at every length; counted from the end that place has the number $n - t - 1$, and the
# difference depends on the length. (½ point for one such task with a reason.)
