# %%
# accept: a complex product
def rotate(x, positions):
    half = x.shape[-1] // 2
    omega = 10000.0 ** (-torch.arange(half, device=x.device) / half)
    angles = (positions.float()[..., None] * omega)[..., None, :, :]
    pairs = torch.view_as_complex(x.float().unflatten(-1, (half, 2)).contiguous())
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(-2).to(x.dtype)


# %%
# accept: x cos + (x turned by a quarter) sin, repeated frequencies
def rotate(x, positions):
    d = x.shape[-1]
    omega = torch.exp(-math.log(10000) * torch.arange(0, d, 2) / d).to(x.device)
    angles = torch.einsum("...t,i->...ti", positions.float(), omega)
    angles = angles.repeat_interleave(2, dim=-1)
    if positions.dim() == 2:
        angles = angles[:, None]
    quarter = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).reshape(x.shape)
    return (x * angles.cos() + quarter * angles.sin()).to(x.dtype)


# %%
# accept: rotation matrices and einsum
def rotate(x, positions):
    B, _, T, d = x.shape
    omega = 10000 ** (-2 * torch.arange(d // 2, device=x.device) / d)
    angles = positions.expand(B, T)[..., None] * omega
    c, s = angles.cos(), angles.sin()
    turn = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    pairs = x.reshape(*x.shape[:-1], d // 2, 2)
    return torch.einsum("btfij,bhtfj->bhtfi", turn.to(x.dtype), pairs).reshape(x.shape)


# %%
# accept: a loop over the pairs, written into a copy
def rotate(x, positions):
    d, out = x.shape[-1], x.clone()
    at = positions if positions.dim() == 1 else positions[:, None]
    for i in range(d // 2):
        angle = at * 10000 ** (-2 * i / d)
        a, b = x[..., 2 * i], x[..., 2 * i + 1]
        out[..., 2 * i] = a * angle.cos() - b * angle.sin()
        out[..., 2 * i + 1] = a * angle.sin() + b * angle.cos()
    return out


# %%
# reject: zeros · expects "every value is zero"

# %%
# reject: nothing is turned · expects "x comes back as it was"
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return x

# %%
# reject: the other way round · expects "it turns the other way"
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# + turned = torch.stack([even * cos + odd * sin, odd * cos - even * sin], dim=-1)

# %%
# reject: sine and cosine swapped · expects "sine and cosine are swapped"
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# + turned = torch.stack([even * sin - odd * cos, even * cos + odd * sin], dim=-1)

# %%
# reject: both signs positive · expects "both sines are positive"
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# + turned = torch.stack([even * cos + odd * sin, even * sin + odd * cos], dim=-1)

# %%
# reject: positions from 1 · expects "positions count from 0"
# - angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
# + angles = ((positions[..., None] + 1) * omega).unsqueeze(-3)

# %%
# reject: halves instead of neighbors · expects "the pairs are neighbors"
# - even, odd = x[..., 0::2], x[..., 1::2]
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + even, odd = x[..., : d_head // 2], x[..., d_head // 2 :]
# + return torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1)

# %%
# reject: not woven together · expects "not woven together again"
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1)

# %%
# reject: halves, then woven · expects "read as halves but put back as neighbors"
# - even, odd = x[..., 0::2], x[..., 1::2]
# + even, odd = x[..., : d_head // 2], x[..., d_head // 2 :]

# %%
# reject: exponent i / d · expects "yours is −i / d"
# - omega = 10000 ** (-torch.arange(0, d_head, 2, device=x.device) / d_head)  # (d_head / 2,)
# + omega = 10000 ** (-torch.arange(d_head // 2) / d_head)

# %%
# reject: one speed for all · expects "all pairs turn at the same speed"
# - omega = 10000 ** (-torch.arange(0, d_head, 2, device=x.device) / d_head)  # (d_head / 2,)
# + omega = torch.ones(d_head // 2)

# %%
# reject: exponent without minus · expects "the exponent has no minus"
# - omega = 10000 ** (-torch.arange(0, d_head, 2, device=x.device) / d_head)  # (d_head / 2,)
# + omega = 10000 ** (torch.arange(0, d_head, 2) / d_head)


# %%
# reject: added instead of turned · expects "added, not turned"
def rotate(x, positions):
    d = x.shape[-1]
    angles = positions[..., None] * 10000 ** (-torch.arange(0, d, 2) / d)
    table = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)
    return x + table.unsqueeze(-3)


# %%
# reject: the index of the token instead of its position · expects "when only the queries move"
# - angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
# + angles = torch.arange(x.shape[2])[:, None] * omega

# %%
# reject: positions for heads · expects "each head, not each sequence"
# - angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
# + angles = positions[..., None] * omega

# %%
# reject: float64 out of float32 · expects "keep the dtype"
# - cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
# + cos, sin = angles.double().cos(), angles.double().sin()

# %%
# reject: one row for all, the first · expects "sequence 2 of three"
# + positions = positions[0] if positions.dim() == 2 else positions
#   d_head = x.shape[-1]

# %%
# reject: turned in place · expects "changes its input in place"
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + x[..., 0::2], x[..., 1::2] = even * cos - odd * sin, even * sin + odd * cos
# + return x

# %%
# reject: frequencies on the CPU · expects "It would fail on a GPU"
# - omega = 10000 ** (-torch.arange(0, d_head, 2, device=x.device) / d_head)  # (d_head / 2,)
# + omega = 10000 ** (-torch.arange(0, d_head, 2) / d_head)
#
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)

# %%
# reject: detached · expects "no gradient reaches x"
# - even, odd = x[..., 0::2], x[..., 1::2]
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + even, odd = x.detach()[..., 0::2], x.detach()[..., 1::2]
# + return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)

# %%
# reject: twice 2i · expects "yours is −4i / d"
# - omega = 10000 ** (-torch.arange(0, d_head, 2, device=x.device) / d_head)  # (d_head / 2,)
# + omega = 10000 ** (-2 * torch.arange(0, d_head, 2, device=x.device) / d_head)
#
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)

# %%
# reject: positions without their sign · expects "turns as far as the positive one"
# - angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
# + angles = (positions.abs()[..., None] * omega).unsqueeze(-3)
#
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)

# %%
# reject: negative positions cut off · expects "a negative position counts as 0"
# - angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
# + angles = (positions.clamp(min=0)[..., None] * omega).unsqueeze(-3)
#
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)

# %%
# reject: a full turn per position · expects "is there a 2π in the angle"
# - angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
# + angles = ((2 * math.pi * positions)[..., None] * omega).unsqueeze(-3)
#
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)

# %%
# reject: the first row of positions for all · expects "the positions of the first one"
# - angles = (positions[..., None] * omega).unsqueeze(-3)  # (1 or B, 1, T, d_head / 2)
# + angles = ((positions[0] if positions.dim() == 2 else positions)[..., None] * omega).unsqueeze(
# +     -3
# + )
#
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# - return turned.flatten(-2)  # (B, n_heads, T, d_head)
# + return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)

# %%
# reject: the second line reads the new entries · expects "computed from the new first one"
# - turned = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1)
# + even = even * cos - odd * sin
# + odd = even * sin + odd * cos
# + turned = torch.stack([even, odd], dim=-1)
