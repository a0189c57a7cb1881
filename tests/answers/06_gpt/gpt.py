# %%
# accept: a linear head that shares its weight
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight
        self.apply(self.start)

    def start(self, module):
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, 0.0, 0.02)

    def forward(self, tokens):
        B, T = tokens.size()
        if T > self.position_embedding.num_embeddings:
            raise ValueError(f"{T} tokens do not fit")
        places = torch.arange(T, device=tokens.device).expand(B, T)
        x = self.token_embedding(tokens) + self.position_embedding(places)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


# %%
# accept: slices, F.linear, nn.ModuleList filled by append, extra buffers
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        with torch.no_grad():
            self.token_embedding.weight.mul_(0.02)
            self.position_embedding.weight.mul_(0.02)
        self.blocks = nn.ModuleList()
        for _ in range(n_layers):
            self.blocks.append(Block(d_model, n_heads))
        self.norm = nn.LayerNorm(d_model)
        self.register_buffer("places", torch.arange(context), persistent=False)

    def forward(self, tokens):
        T = tokens.shape[1]
        assert T <= len(self.places), "too long"
        x = self.token_embedding.weight[tokens] + self.position_embedding.weight[self.places[:T]]
        for i in range(len(self.blocks)):
            x = self.blocks[i](x)
        return F.linear(self.norm(x), self.token_embedding.weight)


# %%
# accept: einsum head, one-hot lookup, all parameters of two dimensions drawn anew
class GPT(nn.Module):
    def __init__(self, vocab_size, context, d_model, n_layers, n_heads):
        super().__init__()
        self.vocab_size = vocab_size
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        for p in self.parameters():
            if p.dim() == 2:
                nn.init.trunc_normal_(p, std=0.02)

    def forward(self, tokens):
        E = self.token_embedding.weight
        x = F.one_hot(tokens, self.vocab_size).to(E.dtype) @ E
        x = x + self.position_embedding(torch.arange(tokens.shape[1]).to(tokens.device))[None]
        for block in self.blocks:
            x = block(x)
        return torch.einsum("btd,vd->btv", self.norm(x), E)


# %%
# reject: forward is the stub · expects "not written yet"
# + raise NotImplementedError()
#   T, context = tokens.shape[1], self.position_embedding.num_embeddings

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: an untied head · expects "has a matrix of its own"
# + self.head = nn.Linear(d_model, vocab_size, bias=False)
#   for embedding in (self.token_embedding, self.position_embedding):
#
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.head(self.norm(x))

# %%
# reject: an untied head with a bias · expects "a matrix and a bias of its own"
# + self.head = nn.Linear(d_model, vocab_size)
#   for embedding in (self.token_embedding, self.position_embedding):
#
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.head(self.norm(x))

# %%
# reject: a tied head with a bias · expects "the head has a bias"
# + self.head = nn.Linear(d_model, vocab_size)
# + self.head.weight = self.token_embedding.weight
#   for embedding in (self.token_embedding, self.position_embedding):
#
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.head(self.norm(x))

# %%
# reject: the head is a detached copy · expects "the head is not tied"
#   for embedding in (self.token_embedding, self.position_embedding):
#       nn.init.normal_(embedding.weight, std=0.02)
# + self.register_buffer("head", self.token_embedding.weight.detach().clone())
#
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.norm(x) @ self.head.T

# %%
# reject: no mask, seen in the values too · expects "the causal mask is missing"
# + class Bare(Block):
# +     def forward(self, x):
# +         q, k, v = self.attention.project(self.norm1(x))
# +         y = F.scaled_dot_product_attention(q, k, v)
# +         x = x + self.attention.out(y.transpose(1, 2).flatten(2))
# +         return x + self.feed_forward(self.norm2(x))
#   class GPT(nn.Module):
#
# - self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
# + self.blocks = nn.ModuleList(Bare(d_model, n_heads) for _ in range(n_layers))

# %%
# reject: the mean of all tokens is added · expects "which comes later"
# + x = x + x.mean(dim=1, keepdim=True)
#   for block in self.blocks:

# %%
# reject: the texts of a batch are attended to, not the tokens · expects "does not depend on token"
# - x = block(x)
# + x = block(x.transpose(0, 1)).transpose(0, 1)

# %%
# reject: no positions · expects "the positions are not added"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens)

# %%
# reject: positions over the batch · expects "each text of the batch"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding.weight[: len(tokens), None]

# %%
# reject: positions by token id · expects "not the ids of the tokens"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding(tokens)

# %%
# reject: one position for all · expects "every token gets the same position"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding.weight[T - 1]

# %%
# reject: positions counted from the end · expects "counted from the end"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding(positions).flip(0)

# %%
# reject: positions begin at 1 · expects "yours begin at position 1"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding(torch.arange(1, T + 1))

# %%
# reject: no last normalization · expects "has no attribute norm"
# - self.norm = nn.LayerNorm(d_model)
#
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return x @ self.token_embedding.weight.T

# %%
# reject: the last normalization is not used · expects "the last normalization is not used"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return x @ self.token_embedding.weight.T

# %%
# reject: normalization after the embedding · expects "the normalization belongs after the blocks"
# + x = self.norm(x)
#   for block in self.blocks:
#
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return x @ self.token_embedding.weight.T

# %%
# reject: one block for all layers · expects "all layers share one block"
# - self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
# + self.blocks = nn.ModuleList([Block(d_model, n_heads)] * n_layers)

# %%
# reject: blocks in a plain list · expects "Use nn.ModuleList"
# - self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
# + self.blocks = [Block(d_model, n_heads) for _ in range(n_layers)]

# %%
# reject: only one block made · expects "all layers share one block"
# - self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
# + self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(1))

# %%
# reject: only the first block used · expects "only the first block is used"
# - for block in self.blocks:
# -     x = block(x)
# + x = self.blocks[0](x)

# %%
# reject: returns inside the loop · expects "only the first block is used"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# +     return self.norm(x) @ self.token_embedding.weight.T

# %%
# reject: the module list called · expects "Module [ModuleList] is missing the required"
# - for block in self.blocks:
# -     x = block(x)
# + x = self.blocks(x)

# %%
# reject: blocks not chained · expects "each block should get the output of the one before"
# -     x = block(x)
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# +     y = block(x)
# + return self.norm(y) @ self.token_embedding.weight.T

# %%
# reject: blocks backward · expects "from last to first"
# - for block in self.blocks:
# + for block in reversed(self.blocks):

# %%
# reject: a residual connection around the blocks · expects "the residual connections are inside the blocks"
# - x = block(x)
# + x = x + block(x)

# %%
# reject: softmax in the model · expects "softmax belongs in the loss"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return (self.norm(x) @ self.token_embedding.weight.T).softmax(-1)

# %%
# reject: log-softmax in the model · expects "softmax belongs in the loss"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return (self.norm(x) @ self.token_embedding.weight.T).log_softmax(-1)

# %%
# reject: the embedding scaled · expects "multiplied by √d_model"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) * self.norm.weight.numel() ** 0.5
# + x = x + self.position_embedding(positions)

# %%
# reject: PyTorch's own initialization · expects "standard deviation of 0.02, got 1"
# - for embedding in (self.token_embedding, self.position_embedding):
# -     nn.init.normal_(embedding.weight, std=0.02)

# %%
# reject: positions with PyTorch's own initialization · expects "position_embedding: expected"
# - for embedding in (self.token_embedding, self.position_embedding):
# + for embedding in (self.token_embedding,):

# %%
# reject: a variance of 0.02 · expects "got 0.14"
# - nn.init.normal_(embedding.weight, std=0.02)
# + nn.init.normal_(embedding.weight, std=math.sqrt(0.02))

# %%
# reject: only the last token's logits · expects "Is the tokens dimension lost"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.norm(x[:, -1]) @ self.token_embedding.weight.T

# %%
# reject: logits transposed · expects "Are tokens and vocab_size swapped?"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.token_embedding.weight @ self.norm(x).mT

# %%
# reject: no super().__init__ · expects "before Module.__init__() call"
# - super().__init__()

# %%
# reject: another name for the blocks · expects "has no attribute blocks"
# - self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
# + self.layers = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
#
# - for block in self.blocks:
# + for block in self.layers:

# %%
# reject: a position too many · expects "more positions than context"
# - self.position_embedding = nn.Embedding(context, d_model)
# + self.position_embedding = nn.Embedding(context + 1, d_model)

# %%
# reject: long inputs cut short · expects "should raise an error"
# + tokens = tokens[:, : self.position_embedding.num_embeddings]
#   T, context = tokens.shape[1], self.position_embedding.num_embeddings

# %%
# reject: positions that come round · expects "should raise an error"
# - if context < T:
# -     raise ValueError(f"{T} tokens are longer than the context of {context}")
# - positions = torch.arange(T, device=tokens.device)
# + positions = torch.arange(T, device=tokens.device) % context

# %%
# reject: a fixed length · expects "must match the size"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding.weight

# %%
# reject: the head detached · expects "the head gives no gradient"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.norm(x) @ self.token_embedding.weight.detach().T

# %%
# reject: the head by .data · expects "the head gives no gradient"
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return self.norm(x) @ self.token_embedding.weight.data.T

# %%
# reject: positions by .data · expects "no gradient reaches position_embedding"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding.weight.data[positions]

# %%
# reject: n_layers heads · expects "a block has 3 heads; n_heads is 2"
# - self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
# + self.blocks = nn.ModuleList(Block(d_model, n_layers) for _ in range(n_layers))

# %%
# reject: always four heads · expects "a block has 4 heads"
# - self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
# + self.blocks = nn.ModuleList(Block(d_model, 4) for _ in range(n_layers))

# %%
# reject: every parameter drawn with 0.02 · expects "the normalizations begin with weight 1"
# - for embedding in (self.token_embedding, self.position_embedding):
# -     nn.init.normal_(embedding.weight, std=0.02)
# + for parameter in self.parameters():
# +     nn.init.normal_(parameter, std=0.02)

# %%
# reject: normalized before the blocks, too · expects "before the blocks, too"
# + x = self.norm(x)
#   for block in self.blocks:

# %%
# reject: no positions and no last normalization · expects "two slips: the positions are not added. And the last norm"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens)
#
# - return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)
# + return x @ self.token_embedding.weight.T

# %%
# reject: a second residual connection and positions from 1 · expects "And the residual connections are inside"
# - x = self.token_embedding(tokens) + self.position_embedding(positions)  # (B, T, d_model)
# + x = self.token_embedding(tokens) + self.position_embedding((positions + 1) % context)
#
# - x = block(x)
# + x = x + block(x)
