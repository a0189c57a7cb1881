# %% [markdown]
# ## 9 · Why it does not scale
#
# The steps of a recurrent network wait for each other: $h_t$ needs $h_{t-1}$. A processor that could work
# on all $T$ steps at once has to take them one after the other. The cell compares an RNN on sequences of
# growing length with one matrix product of the same arithmetic: $B \cdot T$ rows, $d_{in} + d_{hidden}$
# columns, the same number of multiplications.

# %% experiment="scaling_experiment"
# Experiment · Time of an RNN and of one matrix product
device = get_device()
B, d = 1, 256
layer = nn.RNN(d, d, batch_first=True, device=device)
weight = torch.randn(2 * d, d, device=device)
lengths = [16, 32, 64, 128, 256, 512, 1024]
seconds = {"RNN": [], "one matrix product": []}
with torch.no_grad():
    for T in lengths:
        x = torch.randn(B, T, d, device=device)
        flat = torch.randn(B * T, 2 * d, device=device)
        work = {"RNN": lambda: layer(x), "one matrix product": lambda: flat @ weight}
        times = {name: [] for name in work}
        for _ in range(scaled(full=8, smoke=2)):  # in turns: what else the machine does hits both
            for name, function in work.items():
                with measure(device) as cost:
                    function()
                times[name].append(cost.seconds)
        for name, found in times.items():
            seconds[name].append(min(found))
rnn, product = (times[-1] for times in seconds.values())
print(f"T = {T}: {T} steps that wait for each other, and 1")
print(f"T = {T}: {1e3 * rnn:.1f} ms and {1e3 * product:.2f} ms, a factor of {rnn / product:.0f}")

# %% figure="scaling_plot"
# Figure · Time against sequence length
fig, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
words = {
    "title": f"Forward pass on {device.type}",
    "xlabel": "sequence length T",
    "ylabel": "seconds",
}
plots.curves(ax, seconds, x=lengths, **words)
ax.set(xscale="log", yscale="log")
ax.set_xticks(lengths, [str(T) for T in lengths], minor=False)
ax.minorticks_off()
plots.show(
    fig,
    alt="Time against sequence length on logarithmic axes, for the RNN and for one matrix product.",
    caption="The same number of multiplications, but the RNN has to take them step by step."
    + quick,
)

# %% [markdown]
# **What you saw.** Both do the same arithmetic. But the RNN's 1,024 steps wait for each other, in many small products,
# and the one product waits for nothing. How much that costs depends on your machine, and on what else it is doing. More
# cores would help the one product, and hardly the RNN. And whatever the network knows of a long text must fit into one
# state of fixed size. Both problems have the same answer: let each token look at all others directly. That is
# attention, and it begins in the next lab.
