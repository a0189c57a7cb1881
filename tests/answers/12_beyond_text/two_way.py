# %%
# accept: sums in place, with names for all parts
class TwoWay(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.among = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
        self.ask = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
        self.answer = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
        self.feed_forward = two_layers(d_model, 2 * d_model, d_model)
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(4))

    def forward(self, tokens, x, start, places):
        located = torch.add(x, places)
        got, _ = self.among(query=tokens + start, key=tokens + start, value=tokens)
        tokens = self.norms[0](got + tokens)
        got, _ = self.ask(query=tokens + start, key=located, value=x)
        tokens = self.norms[1](got + tokens)
        tokens = self.norms[2](self.feed_forward(tokens) + tokens)
        got, _ = self.answer(query=located, key=tokens + start, value=tokens)
        return [tokens, self.norms[3](got + x)]


# %%
# accept: places with a dimension for the batch, norms unpacked
class TwoWay(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.among, self.ask, self.answer = (
            nn.MultiheadAttention(d_model, n_heads, batch_first=True) for _ in range(3)
        )
        self.feed_forward = two_layers(d_model, 2 * d_model, d_model)
        self.norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(4))

    def forward(self, tokens, x, start, places):
        first, second, third, fourth = self.norms
        where = places.unsqueeze(0).expand_as(x)
        t = first(tokens + self.among(tokens + start, tokens + start, tokens)[0])
        t = second(t + self.ask(t + start, x + where, x)[0])
        t = third(t + self.feed_forward(t))
        return t, fourth(x + self.answer(x + where, t + start, t)[0])


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: values know their place, too · expects "values stay as they are"
# - tokens = self.norms[1](tokens + self.ask(q, k, x, need_weights=False)[0])
# + tokens = self.norms[1](tokens + self.ask(q, k, k, need_weights=False)[0])

# %%
# reject: no start in the second step · expects "queries and keys know their place"
# - q, k = tokens + start, x + places
# + q, k = tokens, x + places

# %%
# reject: no places · expects "queries and keys know their place"
# - q, k = tokens + start, x + places
# + q, k = tokens + start, x

# %%
# reject: the image asks tokens that are not new · expects "have been through three norms"
# - q, k = tokens + start, x + places
# + old, k = tokens, x + places
# + q = tokens + start
#
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + x = self.norms[3](x + self.answer(k, old + start, old, need_weights=False)[0])

# %%
# reject: nothing is added in the first step · expects "its sum goes through the first norm"
# - tokens = self.norms[0](tokens + self.among(q, q, tokens, need_weights=False)[0])
# + tokens = self.norms[0](self.among(q, q, tokens, need_weights=False)[0])

# %%
# reject: no norm after feed_forward · expects "the last norm of the tokens is missing"
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# + tokens = tokens + self.feed_forward(tokens)

# %%
# reject: feed_forward alone · expects "what goes into feed_forward is added"
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# + tokens = self.norms[2](self.feed_forward(tokens))

# %%
# reject: no feed_forward · expects "feed_forward is missing"
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# + tokens = self.norms[2](tokens)

# %%
# reject: x is not added · expects "x is added to what it gets"
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + x = self.norms[3](self.answer(k, q, tokens, need_weights=False)[0])

# %%
# reject: places stay in x · expects "x itself stays without them"
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + x = self.norms[3](k + self.answer(k, q, tokens, need_weights=False)[0])

# %%
# reject: one way only · expects "self.answer is not called"
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + x = self.norms[3](x)

# %%
# reject: the image asks before the tokens do · expects "have been through three norms"
# - q, k = tokens + start, x + places
# - tokens = self.norms[1](tokens + self.ask(q, k, x, need_weights=False)[0])
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# - q = tokens + start
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + q, k = tokens + start, x + places
# + new = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + tokens = self.norms[1](tokens + self.ask(q, k, x, need_weights=False)[0])
# + tokens = self.norms[2](tokens + self.feed_forward(tokens))
# + x = new

# %%
# reject: the second norm twice · expects "use the next of the four norms each time; yours are 0, 1 and 1"
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# + tokens = self.norms[1](tokens + self.feed_forward(tokens))

# %%
# reject: both, and the weights · expects "returns 2 values"
# - return tokens, x
# + return tokens, x, None

# %%
# reject: one norm for all · expects "use the next of the four norms each time; yours are 0, 0 and 0"
# - tokens = self.norms[1](tokens + self.ask(q, k, x, need_weights=False)[0])
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# - q = tokens + start
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + norm = self.norms[0]
# + tokens = norm(tokens + self.ask(q, k, x, need_weights=False)[0])
# + tokens = norm(tokens + self.feed_forward(tokens))
# + q = tokens + start
# + x = norm(x + self.answer(k, q, tokens, need_weights=False)[0])

# %%
# reject: two norms swapped · expects "use the next of the four norms each time; yours are 0, 2 and 1"
# - tokens = self.norms[1](tokens + self.ask(q, k, x, need_weights=False)[0])
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# + tokens = self.norms[2](tokens + self.ask(q, k, x, need_weights=False)[0])
# + tokens = self.norms[1](tokens + self.feed_forward(tokens))

# %%
# reject: the first norm for the image · expects "norms[0] is for tokens"
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + x = self.norms[0](x + self.answer(k, q, tokens, need_weights=False)[0])

# %%
# reject: nothing is asked · expects "the tokens do not ask the image"
# - q = tokens + start
# - tokens = self.norms[0](tokens + self.among(q, q, tokens, need_weights=False)[0])
# - q, k = tokens + start, x + places
# - tokens = self.norms[1](tokens + self.ask(q, k, x, need_weights=False)[0])
# - tokens = self.norms[2](tokens + self.feed_forward(tokens))
# - q = tokens + start
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# - return tokens, x
# + return tokens, x

# %%
# reject: what the attention returns is not unpacked · expects "take [0]"
# - tokens = self.norms[0](tokens + self.among(q, q, tokens, need_weights=False)[0])
# + tokens = self.norms[0](tokens + self.among(q, q, tokens, need_weights=False))

# %%
# reject: nor is that of the last one · expects "take [0]"
# - x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False)[0])
# + x = self.norms[3](x + self.answer(k, q, tokens, need_weights=False))
