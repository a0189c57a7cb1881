# %%
# accept: three lines, arguments by position
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# accept: a mask built on the spot, other names
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        T = x.size(1)
        earlier = torch.arange(T, device=x.device)[:, None] >= torch.arange(T, device=x.device)
        query = self.norm1(x)
        own = x + self.attention(query, context=query, mask=earlier, positions=positions)
        asked = self.cross_attention(
            self.norm2(own), memory, mask=memory_mask, positions=cross_positions
        )
        both = own + asked
        return both + self.feed_forward(self.norm3(both))


# %%
# accept: a loop over the three parts, masks as rows
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        lower = causal_mask(x).expand(len(x), -1, -1)
        parts = (
            lambda y: self.attention(y, mask=lower, positions=positions),
            lambda y: self.cross_attention(y, memory, mask=memory_mask, positions=cross_positions),
            self.feed_forward,
        )
        for norm, part in zip((self.norm1, self.norm2, self.norm3), parts, strict=True):
            x = torch.add(x, part(norm(x)))
        return x


# %%
# accept: corrections summed up at the end
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        total = self.attention(self.norm1(x), None, causal_mask(x), positions)
        total = total + self.cross_attention(
            self.norm2(x + total), memory, memory_mask, cross_positions
        )
        return x + total + self.feed_forward(self.norm3(x + total))


# %%
# reject: zeros · expects "a residual connection is missing"

# %%
# reject: x as it is · expects "the self-attention part is missing"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# - return x + self.feed_forward(self.norm3(x))
# + return x

# %%
# reject: no residual in the cross-attention · expects "a residual connection is missing"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)

# %%
# reject: cross-attention reads the decoder · expects "does not depend on the memory"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(self.norm2(x), None, None, cross_positions)

# %%
# reject: cross-attention asks with the memory · expects "expected (batch, T, d_model)"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = self.cross_attention(memory, self.norm2(x), None, cross_positions)

# %%
# reject: memory through norm2 · expects "the memory goes through norm2"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(
# +     self.norm2(x), self.norm2(memory), memory_mask, cross_positions
# + )

# %%
# reject: memory through norm1 · expects "the memory goes through norm1"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(
# +     self.norm2(x), self.norm1(memory), memory_mask, cross_positions
# + )

# %%
# reject: causal mask forgotten · expects "the causal mask is missing"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + x = x + self.attention(self.norm1(x), None, None, positions)

# %%
# reject: causal mask one token too wide · expects "one token too many"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + T = x.shape[1]
# + mask = torch.ones(T, T, dtype=torch.bool).tril(1)
# + x = x + self.attention(self.norm1(x), None, mask, positions)

# %%
# reject: causal mask one token too strict · expects "one token too strict"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + T = x.shape[1]
# + mask = torch.ones(T, T, dtype=torch.bool).tril(-1)
# + x = x + self.attention(self.norm1(x), None, mask, positions)

# %%
# reject: causal mask inverted · expects "Is the causal mask missing"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + x = x + self.attention(self.norm1(x), None, causal_mask(x).mT, positions)

# %%
# reject: cross-attention first · expects "comes before the self-attention"
# in: three lines, arguments by position
# + x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
#   x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
#
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)

# %%
# reject: feed-forward between the attentions · expects "comes before the cross-attention"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# - return x + self.feed_forward(self.norm3(x))
# + x = x + self.feed_forward(self.norm3(x))
# + return x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)

# %%
# reject: norms swapped · expects "norm1 and norm2 are swapped"
# in: a loop over the three parts, masks as rows
# - for norm, part in zip((self.norm1, self.norm2, self.norm3), parts, strict=True):
# + for norm, part in zip((self.norm2, self.norm1, self.norm3), parts, strict=True):

# %%
# reject: cross-attention without a norm · expects "the queries of the cross-attention are not normalized"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(x, memory, memory_mask, cross_positions)

# %%
# reject: no cross-attention · expects "the cross-attention part is missing"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)

# %%
# reject: no feed-forward · expects "the feed-forward part is missing"
# in: three lines, arguments by position
# - return x + self.feed_forward(self.norm3(x))
# + return x

# %%
# reject: post-LN · expects "which is post-LN"
# in: a loop over the three parts, masks as rows
# - x = torch.add(x, part(norm(x)))
# + x = norm(torch.add(x, part(x)))

# %%
# reject: a last norm · expects "the last norm stands on the residual path"
# in: three lines, arguments by position
# - return x + self.feed_forward(self.norm3(x))
# + x = x + self.feed_forward(x)
# + return self.norm3(x)

# %%
# reject: causal mask in the cross-attention as well · expects "does not see the whole memory"
# in: three lines, arguments by position
# + T, S = x.shape[1], memory.shape[1]
# + early = torch.ones(T, S, dtype=torch.bool).tril() if memory_mask is None else memory_mask
#   x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
#
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(self.norm2(x), memory, early, cross_positions)

# %%
# reject: memory mask forgotten · expects "the memory mask does not reach"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(self.norm2(x), memory, None, cross_positions)

# %%
# reject: memory mask inverted · expects "the memory mask is inverted"
# in: three lines, arguments by position
# + memory_mask = None if memory_mask is None else ~memory_mask
#   x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)

# %%
# reject: positions swapped · expects "hand over positions and cross_positions"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.attention(self.norm1(x), None, causal_mask(x), cross_positions)
# + x = x + self.cross_attention(self.norm2(x), memory, memory_mask, positions)

# %%
# reject: one attention for both · expects "the cross-attention uses the weights of the self-attention"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.attention(self.norm2(x), memory, memory_mask, cross_positions)

# %%
# reject: every part added to the input · expects "to the x that the line before left"
# in: a loop over the three parts, masks as rows
# + first = x
#   for norm, part in zip((self.norm1, self.norm2, self.norm3), parts, strict=True):
# -     x = torch.add(x, part(norm(x)))
# +     x = torch.add(first, part(norm(x)))

# %%
# reject: three parts side by side · expects "all three parts read the block's input"
# in: corrections summed up at the end
# - self.norm2(x + total), memory, memory_mask, cross_positions
# + self.norm2(x), memory, memory_mask, cross_positions
#
# - return x + total + self.feed_forward(self.norm3(x + total))
# + return x + total + self.feed_forward(self.norm3(x))

# %%
# reject: norm2 and norm3 swapped · expects "norm2 and norm3 are swapped"
# in: a loop over the three parts, masks as rows
# - for norm, part in zip((self.norm1, self.norm2, self.norm3), parts, strict=True):
# + for norm, part in zip((self.norm1, self.norm3, self.norm2), parts, strict=True):

# %%
# reject: norm1 everywhere · expects "norm1 is used for all three parts"
# in: a loop over the three parts, masks as rows
# - for norm, part in zip((self.norm1, self.norm2, self.norm3), parts, strict=True):
# + for norm, part in zip((self.norm1, self.norm1, self.norm1), parts, strict=True):

# %%
# reject: norm2 twice · expects "norm2 is used twice"
# in: three lines, arguments by position
# - return x + self.feed_forward(self.norm3(x))
# + return x + self.feed_forward(self.norm2(x))

# %%
# reject: self-attention without a norm · expects "reads x without its norm"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + x = x + self.attention(x, None, causal_mask(x), positions)

# %%
# reject: normalized x on the residual path of the cross-attention · expects "norm2 stands"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = self.norm2(x)
# + x = x + self.cross_attention(x, memory, memory_mask, cross_positions)

# %%
# reject: PyTorch's mask, True where forbidden · expects "the causal mask is inverted"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + x = x + self.attention(self.norm1(x), None, ~causal_mask(x), positions)

# %%
# reject: causal mask transposed · expects "the causal mask is transposed"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + x = x + self.attention(self.norm1(x), None, causal_mask(x).T, positions)

# %%
# reject: causal mask of numbers · expects "it must be bool"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + x = x + self.attention(self.norm1(x), None, causal_mask(x).to(x), positions)

# %%
# reject: context forgotten · expects "Does the cross-attention read it"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(self.norm2(x), mask=None, positions=cross_positions)

# %%
# reject: adds in place · expects "changes its input in place"
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x += self.attention(self.norm1(x), None, causal_mask(x), positions)
# + x += self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)


# %%
# accept: a mask of minus infinity, which is added to the scores
# in: three lines, arguments by position
# - x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
# + later = x.new_full((x.shape[1], x.shape[1]), -torch.inf).triu(1)
# + x = x + self.attention(self.norm1(x), None, later, positions)

# %%
# reject: norm1 for both attentions · expects "the cross-attention has norm2"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(self.norm1(x), memory, memory_mask, cross_positions)

# %%
# reject: memory through norm3 · expects "the memory goes through norm3"
# in: three lines, arguments by position
# - x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
# + x = x + self.cross_attention(
# +     self.norm2(x), self.norm3(memory), memory_mask, cross_positions
# + )

# %%
# reject: the last norm on the residual path, with all three norms · expects "norm3 stands on the residual path"
# in: three lines, arguments by position
# - return x + self.feed_forward(self.norm3(x))
# + x = self.norm3(x)
# + return x + self.feed_forward(x)
