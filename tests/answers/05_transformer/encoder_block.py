# %%
# accept: the two orders spelled out, arguments by position
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# accept: a norm that is the identity where it does not belong
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def same(x):
            return x

        before = (self.norm1, self.norm2) if self.norm_first else (same, same)
        after = (same, same) if self.norm_first else (self.norm1, self.norm2)
        y = self.attention(before[0](x), mask=mask, positions=positions)
        x = after[0](x + self.dropout(y))
        return after[1](x + self.dropout(self.feed_forward(before[1](x))))


# %%
# accept: a loop over the two parts
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(y):
            return self.attention(y, context=y, mask=mask, positions=positions)

        for norm, part in ((self.norm1, attend), (self.norm2, self.feed_forward)):
            if self.norm_first:
                x = torch.add(x, self.dropout(part(norm(x))))
            else:
                x = norm(torch.add(x, self.dropout(part(x))))
        return x


# %%
# accept: dropout by the functional form, with the mode
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def drop(y):
            return F.dropout(y, self.dropout.p, self.training)

        if not self.norm_first:
            h = self.norm1(drop(self.attention(x, mask=mask, positions=positions)) + x)
            return self.norm2(drop(self.feed_forward(h)) + h)
        h = drop(self.attention(self.norm1(x), mask=mask, positions=positions)) + x
        return drop(self.feed_forward(self.norm2(h))) + h


# %%
# reject: zeros · expects "a residual connection is missing"

# %%
# reject: x unchanged · expects "should have mean 0"
# in: the two orders spelled out, arguments by position
# - if self.norm_first:
# -     x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# -     return x + self.dropout(self.feed_forward(self.norm2(x)))
# - x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# - return self.norm2(x + self.dropout(self.feed_forward(x)))
# + return x

# %%
# reject: no residual · expects "a residual connection is missing"
# in: a loop over the two parts
# - x = torch.add(x, self.dropout(part(norm(x))))
# + x = self.dropout(part(norm(x)))

# %%
# reject: always post-LN · expects "post-LN, or a sum that starts"
# in: the two orders spelled out, arguments by position
# - if self.norm_first:
# -     x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# -     return x + self.dropout(self.feed_forward(self.norm2(x)))

# %%
# reject: always pre-LN · expects "a post-LN block ends with a norm"
# in: the two orders spelled out, arguments by position
# - if self.norm_first:
# -     x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# -     return x + self.dropout(self.feed_forward(self.norm2(x)))
# - x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# - return self.norm2(x + self.dropout(self.feed_forward(x)))
# + x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# + return x + self.dropout(self.feed_forward(self.norm2(x)))

# %%
# reject: norm_first inverted · expects "post-LN, or a sum that starts"
# in: the two orders spelled out, arguments by position
# - if self.norm_first:
# + if not self.norm_first:

# %%
# reject: the normalized x on the residual path · expects "the norm stands on the residual path"
# in: the two orders spelled out, arguments by position
# - x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# + x = self.norm1(x)
# + x = x + self.dropout(self.attention(x, None, mask, positions))

# %%
# reject: feed-forward reads the input of the block · expects "the feed-forward part reads"
# in: the two orders spelled out, arguments by position
# - x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# - return x + self.dropout(self.feed_forward(self.norm2(x)))
# + y = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# + return y + self.dropout(self.feed_forward(self.norm2(x)))

# %%
# reject: no feed-forward · expects "the feed-forward part is missing"
# in: the two orders spelled out, arguments by position
# - x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# - return x + self.dropout(self.feed_forward(self.norm2(x)))
# + return x + self.dropout(self.attention(self.norm1(x), None, mask, positions))

# %%
# reject: no attention · expects "the attention part is missing"
# in: the two orders spelled out, arguments by position
# - x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))

# %%
# reject: norm1 used twice · expects "norm1 is used for both parts"
# in: the two orders spelled out, arguments by position
# - return x + self.dropout(self.feed_forward(self.norm2(x)))
# + return x + self.dropout(self.feed_forward(self.norm1(x)))

# %%
# reject: the feed-forward part is not normalized · expects "reads the sum without a norm"
# in: the two orders spelled out, arguments by position
# - return x + self.dropout(self.feed_forward(self.norm2(x)))
# + return x + self.dropout(self.feed_forward(x))

# %%
# reject: post-LN with the second residual from the input · expects "the second sum starts from the block"
# in: the two orders spelled out, arguments by position
# - x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# - return self.norm2(x + self.dropout(self.feed_forward(x)))
# + y = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# + return self.norm2(x + self.dropout(self.feed_forward(y)))

# %%
# reject: post-LN that normalizes before as well · expects "this is the pre-LN order, with norms after it"
# in: a loop over the two parts
# - x = norm(torch.add(x, self.dropout(part(x))))
# + x = norm(torch.add(x, self.dropout(part(norm(x)))))

# %%
# reject: mask forgotten · expects "the mask does not reach"
# in: a loop over the two parts
# - return self.attention(y, context=y, mask=mask, positions=positions)
# + return self.attention(y, context=y, positions=positions)

# %%
# reject: mask inverted · expects "the mask is inverted"
# in: the two orders spelled out, arguments by position
# + mask = None if mask is None else ~mask
#   if self.norm_first:

# %%
# reject: positions forgotten · expects "hand `positions` over"
# in: a loop over the two parts
# - return self.attention(y, context=y, mask=mask, positions=positions)
# + return self.attention(y, context=y, mask=mask)

# %%
# reject: dropout that never stops · expects "in eval mode dropout must do nothing"
# in: a loop over the two parts
# - x = torch.add(x, self.dropout(part(norm(x))))
# + x = torch.add(x, F.dropout(part(norm(x)), self.dropout.p))

# %%
# reject: no dropout · expects "should act on the feed-forward part"
# in: a loop over the two parts
# - x = torch.add(x, self.dropout(part(norm(x))))
# + x = torch.add(x, part(norm(x)))

# %%
# reject: dropout after the attention only · expects "should act on the feed-forward part"
# in: the two orders spelled out, arguments by position
# - return self.norm2(x + self.dropout(self.feed_forward(x)))
# + return self.norm2(x + self.feed_forward(x))

# %%
# reject: dropout after the feed-forward only · expects "should act on the attention part"
# in: the two orders spelled out, arguments by position
# - x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# + x = self.norm1(x + self.attention(x, None, mask, positions))

# %%
# reject: adds in place · expects "changes its input in place"
# in: the two orders spelled out, arguments by position
# - x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# + x += self.dropout(self.attention(self.norm1(x), None, mask, positions))

# %%
# reject: dropout on the sums · expects "Does dropout act on the sum"
# in: a loop over the two parts
# - x = torch.add(x, self.dropout(part(norm(x))))
# + x = self.dropout(torch.add(x, part(norm(x))))
#
# - x = norm(torch.add(x, self.dropout(part(x))))
# + x = norm(self.dropout(torch.add(x, part(x))))

# %%
# reject: dropout on what goes into a part · expects "on what goes into a part"
# in: a loop over the two parts
# - x = torch.add(x, self.dropout(part(norm(x))))
# + x = torch.add(x, part(self.dropout(norm(x))))
#
# - x = norm(torch.add(x, self.dropout(part(x))))
# + x = norm(torch.add(x, part(self.dropout(x))))

# %%
# reject: post-LN with dropout after the norms · expects "Does dropout act on the sum"
# in: a loop over the two parts
# - x = norm(torch.add(x, self.dropout(part(x))))
# + x = self.dropout(norm(torch.add(x, part(x))))

# %%
# reject: norms swapped · expects "norm1 and norm2 are swapped"
# in: a loop over the two parts
# - for norm, part in ((self.norm1, attend), (self.norm2, self.feed_forward)):
# + for norm, part in ((self.norm2, attend), (self.norm1, self.feed_forward)):

# %%
# reject: pre-LN with the second sum from the input · expects "the second sum starts from the block"
# in: the two orders spelled out, arguments by position
# - x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# - return x + self.dropout(self.feed_forward(self.norm2(x)))
# + y = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# + return x + self.dropout(self.feed_forward(self.norm2(y)))

# %%
# reject: post-LN with norms on the parts · expects "the norm stands on the part"
# in: a loop over the two parts
# - x = norm(torch.add(x, self.dropout(part(x))))
# + x = torch.add(x, norm(self.dropout(part(x))))

# %%
# reject: post-LN with norms on x · expects "the norm stands on x"
# in: a loop over the two parts
# - x = norm(torch.add(x, self.dropout(part(x))))
# + x = torch.add(norm(x), self.dropout(part(x)))

# %%
# reject: the mask as the second argument · expects "hand it over by name"
# in: a loop over the two parts
# - return self.attention(y, context=y, mask=mask, positions=positions)
# + return self.attention(y, mask)

# %%
# reject: no return · expects "Does your function end with `return`"
# in: a loop over the two parts
# - return x

# %%
# reject: pre-LN whose attention reads the bare x · expects "the attention part reads x without its norm"
# in: the two orders spelled out, arguments by position
# - x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
# + x = x + self.dropout(self.attention(x, None, mask, positions))

# %%
# reject: pre-LN with a last norm · expects "pre-LN ends with the sum"
# in: the two orders spelled out, arguments by position
# - return x + self.dropout(self.feed_forward(self.norm2(x)))
# + return self.norm2(x + self.dropout(self.feed_forward(self.norm2(x))))

# %%
# reject: post-LN whose feed-forward part reads the input · expects "it reads the new x"
# in: the two orders spelled out, arguments by position
# - x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# - return self.norm2(x + self.dropout(self.feed_forward(x)))
# + y = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# + return self.norm2(y + self.dropout(self.feed_forward(x)))

# %%
# reject: post-LN with norm1 twice · expects "norm1 is used for both sums"
# in: the two orders spelled out, arguments by position
# - return self.norm2(x + self.dropout(self.feed_forward(x)))
# + return self.norm1(x + self.dropout(self.feed_forward(x)))

# %%
# reject: post-LN without its first norm · expects "the first norm is missing"
# in: the two orders spelled out, arguments by position
# - x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
# + x = x + self.dropout(self.attention(x, None, mask, positions))
