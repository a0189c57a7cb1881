# %%
# accept: a matrix of cosines and sines
def spectrogram(wave, width, hop):
    n = torch.arange(width, dtype=wave.dtype, device=wave.device)
    w = 0.5 - 0.5 * torch.cos(2 * math.pi * n / width)
    k = torch.arange(width // 2 + 1, dtype=wave.dtype, device=wave.device)
    angle = 2 * math.pi * n[:, None] * k / width
    x = wave.unfold(-1, width, hop) * w
    return ((x @ angle.cos()) ** 2 + (x @ angle.sin()) ** 2).sqrt()


# %%
# accept: a loop over frames
def spectrogram(wave, width, hop):
    w = torch.hann_window(width).to(wave)
    rows = []
    start = 0
    while start + width <= wave.shape[-1]:
        rows.append(torch.abs(torch.fft.rfft(wave[..., start : start + width] * w)))
        start += hop
    return torch.stack(rows, dim=-2)


# %%
# accept: indices, and the whole fft cut
def spectrogram(wave, width, hop):
    starts = torch.arange(0, wave.size(-1) - width + 1, hop, device=wave.device)
    index = starts[:, None] + torch.arange(width, device=wave.device)
    window = torch.hann_window(width, device=wave.device, dtype=wave.dtype)
    z = torch.fft.fft(wave[..., index] * window)[..., : width // 2 + 1]
    return (z.real**2 + z.imag**2).sqrt()


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: no window · expects "Hann's window is missing"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.rfft(frames).abs()

# %%
# reject: the power · expects "it is a power, the square"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.rfft(frames * window).abs() ** 2

# %%
# reject: complex numbers · expects "take their absolute values"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.rfft(frames * window)

# %%
# reject: the real part · expects "a size is not negative"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.rfft(frames * window).real

# %%
# reject: all of fft · expects "16 pitches: rfft gives the 9 that differ"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.fft(frames * window).abs()

# %%
# reject: frames last · expects "frames come first"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.rfft(frames * window).abs().mT

# %%
# reject: a symmetric window · expects "the window is not periodic"
# - window = torch.hann_window(width, dtype=wave.dtype, device=wave.device)
# + window = torch.hann_window(width, periodic=False, dtype=wave.dtype, device=wave.device)

# %%
# reject: Hamming's · expects "it is Hamming's window"
# - window = torch.hann_window(width, dtype=wave.dtype, device=wave.device)
# + window = torch.hamming_window(width, dtype=wave.dtype, device=wave.device)

# %%
# reject: scaled by the width · expects "the result is scaled"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.rfft(frames * window).abs() / window.sum()

# %%
# reject: the window twice · expects "the window is applied twice"
# - return torch.fft.rfft(frames * window).abs()  # (..., frames, width // 2 + 1)
# + return torch.fft.rfft(frames * window * window).abs()

# %%
# reject: hop and width swapped · expects "print both shapes"
# - frames = wave.unfold(-1, width, hop)  # (..., frames, width)
# + frames = wave.unfold(-1, hop, width)


# %%
# reject: stft as it comes, padded · expects "only whole frames count"
def spectrogram(wave, width, hop):
    window = torch.hann_window(width, dtype=wave.dtype, device=wave.device)
    return torch.stft(wave, width, hop, window=window, return_complex=True).abs().mT


# %%
# reject: a window on the CPU · expects "GPU"
# - window = torch.hann_window(width, dtype=wave.dtype, device=wave.device)
# + window = torch.hann_window(width, dtype=wave.dtype)


# %%
# reject: stft with the right arguments · expects "write it without torch.stft"
def spectrogram(wave, width, hop):
    window = torch.hann_window(width, dtype=wave.dtype, device=wave.device)
    return torch.stft(wave, width, hop, window=window, center=False, return_complex=True).abs().mT


# %%
# reject: the same as a method of the tensor · expects "write it without torch.stft"
def spectrogram(wave, width, hop):
    window = torch.hann_window(width, dtype=wave.dtype, device=wave.device)
    return wave.stft(width, hop, window=window, center=False, return_complex=True).abs().mT
