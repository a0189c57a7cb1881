# %% [markdown]
# ## 8 · The price
#
# There are $T \times T$ scores. Twice the length, four times the scores. If a cost grows like
# $c \cdot T^a$, then $\ln \text{cost} = \ln c + a \ln T$: on log-log axes a straight line with the slope
# $a$.

# %% given="fitted_exponent"
def fitted_exponent(lengths: list[int], costs: list[float]) -> float:
    """The exponent a of cost ≈ c · length ** a, by least squares on the logarithms."""
    slope, _ = np.polyfit(np.log(lengths), np.log(costs), 1)
    return float(slope)


# %% [markdown]
# **Experiment.** Your function keeps all $T \times T$ weights in memory, several times. PyTorch's own is
# **fused**: it works through the keys block by block and never stores the whole matrix. Same arithmetic,
# same result. What is it worth?


# %% data="peak_bytes"
# Data · A meter for the memory of tensors that live together
class PeakBytes(TorchDispatchMode):
    """The most bytes that tensors made while it is on hold at one time; what a kernel needs inside does not count."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        old = {t.untyped_storage().data_ptr() for t in args if isinstance(t, torch.Tensor)}
        for tensor in result if isinstance(result, tuple) else (result,):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage().data_ptr() not in old:
                self._count(tensor.untyped_storage())
        self.peak = max(self.peak, self.now)
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        self.now += storage.nbytes()
        weakref.finalize(storage, self._forget, storage.nbytes())

    def _forget(self, nbytes: int) -> None:
        self.now -= nbytes


# %% experiment="price_measurement"
# Experiment · Time and memory of the naive and the fused version
@torch.no_grad()
def cost_of(function: Callable, T: int) -> tuple[float, float]:
    """The best time of five runs in milliseconds, and the peak of new tensors in MiB; 4 heads of 64, no mask."""
    q, k, v = (torch.randn(1, 4, T, 64, device=place) for _ in range(3))
    with PeakBytes() as new:  # this run also warms up
        function(q, k, v)
    seconds = []
    for _ in range(5):
        with device.measure(place) as cost:
            function(q, k, v)
        seconds.append(cost.seconds)
    return 1e3 * min(seconds), new.peak / 2**20


functions = {"naive": attention, "fused": F.scaled_dot_product_attention}
lengths = scaled(full=[128, 256, 512, 1024, 2048, 4096], smoke=[256, 512, 1024, 2048])
costs = {name: [cost_of(f, T) for T in lengths] for name, f in functions.items()}
times = {name: [time for time, _ in row] for name, row in costs.items()}
memory = {name: [mebibytes for _, mebibytes in row] for name, row in costs.items()}

# %% figure="price_plot"
# Figure · Time and memory against length
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
plots.curves(axes[0], times, title="Time", xlabel="length T", ylabel="milliseconds", x=lengths)
plots.curves(
    axes[1], memory, title="Memory", xlabel="length T", ylabel="MiB at the peak", x=lengths
)
for ax in axes:
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
plots.show(
    fig,
    alt="Log-log plots of time and memory against length for naive and fused attention. Naive lies above fused, "
    "in memory the gap grows with the length.",
    caption="Twice the length: four times the arithmetic for both. The memory of the naive version grows "
    "fourfold too, that of the fused one twofold.",
)
long = [i for i, T in enumerate(lengths) if T >= 512]
cost_exponent = fitted_exponent([lengths[i] for i in long], [times["naive"][i] for i in long])
at_2048 = lengths.index(2048)
fused_speedup_at_2048 = times["naive"][at_2048] / times["fused"][at_2048]
fused_exponent = fitted_exponent([lengths[i] for i in long], [times["fused"][i] for i in long])
print(f"from T = 512 on: naive T^{cost_exponent:.2f}, fused T^{fused_exponent:.2f}")
print(f"at T = 2048 the fused kernel is {fused_speedup_at_2048:.1f} times faster")

# %% [markdown]
# **What you saw.** The arithmetic grows like $T^2$, and no cleverness in the kernel changes that: it saves
# memory. The naive version may grow faster than $T^2$, where its weights no longer fit into the
# processor's cache. This is why context length is expensive, and why the labs that follow use the fused
# kernel.
