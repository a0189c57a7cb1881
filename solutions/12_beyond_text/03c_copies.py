# %% [markdown]
# **Does it copy?** The digits can tell: only 1,297 scans were in training. For each drawn digit take the nearest of
# them. How near is too near? Held-out scans are the measure: nobody copied those, and each has a nearest one, too.


# %% experiment="copies"
# Experiment · How near is the nearest scan?
def nearest(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For images (B, 1, 8, 8) the distance to the nearest scan in training, and which it is, (B,) each."""
    distances = torch.cdist(images.cpu().flatten(1), digit_images[in_training].flatten(1))
    found = distances.min(dim=1)
    return found.values, found.indices


drawn_distance, drawn_nearest = nearest(drawn_digits)
scan_distance, _ = nearest(digit_images[held_out])
for name, distance in (("drawn digits", drawn_distance), ("held-out scans", scan_distance)):
    low, middle = distance.quantile(0.01).item(), distance.median().item()
    print(f"{name:15} median {middle:.2f}, of the nearest hundredth {low:.2f}")

# %% figure="copies_shown"
# Figure · Drawn digits and the scans nearest to them
closest = drawn_distance.argsort()[:8]
pairs = torch.stack(
    [drawn_digits[closest].cpu(), digit_images[in_training][drawn_nearest[closest]]]
)
names = ["drawn"] * len(closest) + ["nearest scan"] * len(closest)
plots.show(
    plots.image_grid(
        ((pairs.flatten(0, 1) + 1) / 2).clamp(0, 1),
        names,
        title="The eight nearest to a scan",
        columns=8,
    ),
    alt="Two rows of eight digits: drawn ones, and below each the scan in training that is nearest to it.",
    caption="Even the nearest are not the same.",
)

# %% [markdown]
# **What you saw.** A copier's distances would be near 0. Those of the drawn digits are like those of scans that nobody
# copied, and the nearest of all are mostly ones, which have little room to differ.
