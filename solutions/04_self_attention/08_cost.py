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
# **Experiment.** Your function keeps all $T \times T$ weights in memory, at least twice. PyTorch's own is
# **fused**: it works through the keys block by block and never stores the whole matrix. Same arithmetic,
# same result. What is it worth? Count multiplications and additions, and the memory that is held at one time. Both are
# the same on any machine of one kind; the time depends on what else it does.


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
# Experiment · What the naive and the fused version cost
@torch.no_grad()
def cost_of(function: Callable, T: int) -> tuple[float, float, float]:
    """Operations, the peak of new tensors in MiB, and the best time of five in ms; 4 heads of 64, no mask."""
    q, k, v = (torch.randn(1, 4, T, 64, device=place) for _ in range(3))
    with FlopCounterMode(display=False) as counted:
        function(q, k, v)
    with PeakBytes() as new:
        function(q, k, v)
    seconds = []
    for _ in range(5):
        with device.measure(place) as cost:
            function(q, k, v)
        seconds.append(cost.seconds)
    return float(counted.get_total_flops()), new.peak / 2**20, 1e3 * min(seconds)


functions = {"naive": attention, "fused": F.scaled_dot_product_attention}
price_lengths = scaled(full=[128, 256, 512, 1024, 2048, 4096], smoke=[256, 512, 1024, 2048])
operations, memory, times = {}, {}, {}
for name, function in functions.items():
    costs = [cost_of(function, T) for T in price_lengths]
    operations[name], memory[name], times[name] = zip(*costs, strict=True)

# %% figure="price_plot"
# Figure · Operations, memory and time against length
fig, axes = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
words = {"xlabel": "length T", "x": price_lengths}
plots.curves(axes[0], operations, title="Arithmetic", ylabel="operations", **words)
plots.curves(axes[1], memory, title="Memory", ylabel="MiB at the peak", **words)
plots.curves(axes[2], times, title="Time, on this machine", ylabel="milliseconds", **words)
for ax in axes:
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
plots.show(
    fig,
    alt="Log-log plots of operations, memory and time against length for naive and fused attention. The operations "
    "are the same line. The memory of naive attention lies above that of fused, and the gap grows with the length.",
    caption="Twice the length: four times the arithmetic for both. The memory of the naive version grows "
    "fourfold in the end, that of the fused one twofold. The times are those of your machine.",
)

# %% experiment="price_exponents"
# Experiment · The exponents, from T = 512 on
long = slice(price_lengths.index(512), None)
cost_exponent = fitted_exponent(price_lengths[long], operations["naive"][long])
for name in functions:
    a = fitted_exponent(price_lengths[long], operations[name][long])
    b = fitted_exponent(price_lengths[long], memory[name][long])
    print(f"{name}: arithmetic T^{a:.2f}, memory T^{b:.2f}")
at_2048 = price_lengths.index(2048)
naive_mib, fused_mib = (memory[name][at_2048] for name in ("naive", "fused"))
print(f"at T = 2,048: naive {naive_mib:.0f} MiB, fused {fused_mib:.0f} MiB")

# %% [markdown]
# **What you saw.** The arithmetic grows like $T^2$, and no cleverness in the kernel changes that: what it saves is
# memory. Moving less memory also takes less time; how much less depends on the machine. This is why context length is
# expensive, and why the labs that follow use the fused kernel.
