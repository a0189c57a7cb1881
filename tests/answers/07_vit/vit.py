# %%
# accept: joined, then one sum
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0, :])
        return self.head(x.mean(dim=1))


# %%
# accept: the class token repeated, blocks filled by append, positions drawn in place
# in: joined, then one sum
# - self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
# - self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
# + self.position_embedding = nn.Parameter(torch.empty(N, d_model).normal_(std=0.02))
# + self.blocks = nn.ModuleList()
# + for _ in range(n_layers):
# +     self.blocks.append(Block(d_model, n_heads))
#
# - token = self.class_token.expand(len(x), 1, -1)
# + token = self.class_token[None, None].repeat(x.shape[0], 1, 1)
#
# - return self.head(x[:, 0, :])
# + return self.head(x[:, 0])


# %%
# accept: nn.Sequential for the blocks, an average by einsum, truncated positions
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(
            nn.init.trunc_normal_(torch.empty(N, d_model), std=0.02)
        )
        self.blocks = nn.Sequential(*(Block(d_model, n_heads) for _ in range(n_layers)))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        x = self.norm(self.blocks(x))
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(torch.einsum("btd->bd", x) / x.shape[1])


# %%
# accept: positions added to the two parts apart, the head on all tokens
# in: joined, then one sum
# -     token = self.class_token.expand(len(x), 1, -1)
# -     x = torch.cat([token, x], dim=1)
# - x = x + self.position_embedding
# +     first = (self.class_token + self.position_embedding[0]).expand(len(x), 1, -1)
# +     x = torch.cat((first, x + self.position_embedding[1:]), 1)
# + else:
# +     x = x + self.position_embedding
#
# -     return self.head(x[:, 0, :])
# - return self.head(x.mean(dim=1))
# +     return self.head(x[:, 0])
# + return self.head(x).mean(dim=1)

# %%
# reject: the class token last, the first one read · expects "the class token stands last, and the first patch"
# in: joined, then one sum
# - x = torch.cat([token, x], dim=1)
# + x = torch.cat([x, token], dim=1)

# %%
# reject: the class token last and read there · expects "the class token stands last; it comes first"
# in: joined, then one sum
# - x = torch.cat([token, x], dim=1)
# + x = torch.cat([x, token], dim=1)
#
# - return self.head(x[:, 0, :])
# + return self.head(x[:, -1])

# %%
# reject: the last token read · expects "the last patch is read"
# in: joined, then one sum
# - return self.head(x[:, 0, :])
# + return self.head(x[:, -1])

# %%
# reject: positions for the patches alone · expects "gets no position"
# in: joined, then one sum
# -     x = torch.cat([token, x], dim=1)
# - x = x + self.position_embedding
# +     x = torch.cat([token, x + self.position_embedding[1:]], dim=1)
# + else:
# +     x = x + self.position_embedding

# %%
# reject: positions added before the class token comes · expects "needs a position too"
# in: joined, then one sum
# - N += 1
#
#   x = self.patch_embedding(patches_of(x, self.patch))
# + x = x + self.position_embedding
#   if self.pool == "token":
#
# - x = x + self.position_embedding

# %%
# reject: the patch is always 4 · expects "patch_embedding with patch=2"
# in: joined, then one sum
# - self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
# + self.patch_embedding = nn.Linear(3 * 4 * 4, d_model)
#
# - x = self.patch_embedding(patches_of(x, self.patch))
# + x = self.patch_embedding(patches_of(x, 4))

# %%
# reject: patches are always cut at 4 · expects "ViT raised"
# in: joined, then one sum
# - x = self.patch_embedding(patches_of(x, self.patch))
# + x = self.patch_embedding(patches_of(x, 4))

# %%
# reject: n_heads is not handed over · expects "Hand n_heads over to Block"
# in: joined, then one sum
# - self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
# + self.blocks = nn.ModuleList([Block(d_model, 1) for _ in range(n_layers)])

# %%
# reject: n_layers for n_heads · expects "Hand n_heads over to Block"
# in: joined, then one sum
# - self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
# + self.blocks = nn.ModuleList([Block(d_model, n_layers) for _ in range(n_layers)])

# %%
# reject: positions with a batch dimension · expects "position_embedding: expected (T, d_model)"
# in: joined, then one sum
# - self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
# + self.position_embedding = nn.Parameter(torch.randn(1, N, d_model) * 0.02)

# %%
# reject: positions missing · expects "the positions are not added"
# in: joined, then one sum
# - x = x + self.position_embedding

# %%
# reject: positions added twice · expects "the positions are added twice"
# in: joined, then one sum
# - x = x + self.position_embedding
# + x = x + 2 * self.position_embedding

# %%
# reject: positions over the batch · expects "size"
# in: joined, then one sum
# - x = x + self.position_embedding
# + x = x + self.position_embedding[:, None]

# %%
# reject: positions with standard deviation 1 · expects "standard deviation of 0.02, theirs is 1"
# in: joined, then one sum
# - self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
# + self.position_embedding = nn.Parameter(torch.randn(N, d_model))

# %%
# reject: positions zero · expects "theirs is 0.000"
# in: joined, then one sum
# - self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
# + self.position_embedding = nn.Parameter(torch.zeros(N, d_model))

# %%
# reject: mean for both · expects "not the mean"
# in: joined, then one sum
# - if self.pool == "token":
# -     return self.head(x[:, 0, :])

# %%
# reject: the mean without the class token is read · expects "not the mean of the patches"
# in: joined, then one sum
# - return self.head(x[:, 0, :])
# + return self.head(x[:, 1:].mean(dim=1))

# %%
# reject: mean pooling leaves out the first patch · expects "there is no class token to leave out"
# in: joined, then one sum
# - return self.head(x.mean(dim=1))
# + return self.head(x[:, 1:].mean(dim=1))

# %%
# reject: mean pooling reads the first patch · expects "here the first one is read"
# in: joined, then one sum
# - return self.head(x.mean(dim=1))
# + return self.head(x[:, 0, :])

# %%
# reject: sums · expects "summed, not averaged"
# in: joined, then one sum
# - return self.head(x.mean(dim=1))
# + return self.head(x.sum(dim=1))

# %%
# reject: the largest value · expects "the largest value over the patches"
# in: joined, then one sum
# - return self.head(x.mean(dim=1))
# + return self.head(x.amax(dim=1))

# %%
# reject: the mean over the features · expects "raised"
# in: joined, then one sum
# - return self.head(x.mean(dim=1))
# + return self.head(x.mean(dim=2))

# %%
# reject: the mean over the batch · expects "expected (batch, n_classes)"
# in: joined, then one sum
# - return self.head(x.mean(dim=1))
# + return self.head(x.mean(dim=0))

# %%
# reject: normalization after the average · expects "comes before the pooling"
# in: joined, then one sum
# - x = self.norm(x)
#
# -     return self.head(x[:, 0, :])
# - return self.head(x.mean(dim=1))
# +     return self.head(self.norm(x[:, 0]))
# + return self.head(self.norm(x.mean(dim=1)))

# %%
# reject: no last normalization · expects "the last normalization is not used"
# in: joined, then one sum
# - x = self.norm(x)

# %%
# reject: softmax in the model · expects "softmax belongs in the loss"
# in: joined, then one sum
# - return self.head(x[:, 0, :])
# + return self.head(x[:, 0]).softmax(dim=-1)

# %%
# reject: log-softmax in the model · expects "these are log-probabilities"
# in: joined, then one sum
# - return self.head(x[:, 0, :])
# + return self.head(x[:, 0]).log_softmax(-1)

# %%
# reject: blocks not chained · expects "the output of the one before it"
# in: joined, then one sum
# -     x = block(x)
# - x = self.norm(x)
# +     y = block(x)
# + x = self.norm(y)

# %%
# reject: blocks backward · expects "from last to first"
# in: joined, then one sum
# - for block in self.blocks:
# + for block in reversed(self.blocks):

# %%
# reject: only the first block · expects "only the first block is used"
# in: joined, then one sum
# - for block in self.blocks:
# -     x = block(x)
# + x = self.blocks[0](x)

# %%
# reject: one block for all layers · expects "all layers share one block"
# in: joined, then one sum
# - self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
# + self.blocks = nn.ModuleList([Block(d_model, n_heads)] * n_layers)

# %%
# reject: blocks in a plain list · expects "Use nn.ModuleList"
# in: joined, then one sum
# - self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
# + self.blocks = [Block(d_model, n_heads) for _ in range(n_layers)]

# %%
# reject: a class token for mean pooling too · expects "there is no class token"
# in: joined, then one sum
# - if pool == "token":
# -     self.class_token = nn.Parameter(torch.zeros(d_model))
# -     N += 1
# + self.class_token = nn.Parameter(torch.zeros(d_model))
# + N += pool == "token"

# %%
# reject: the class token is no parameter · expects "class_token is a Tensor"
# in: joined, then one sum
# - self.class_token = nn.Parameter(torch.zeros(d_model))
# + self.class_token = torch.zeros(d_model)

# %%
# reject: the patches column by column · expects "column by column"
# in: joined, then one sum
# - x = self.patch_embedding(patches_of(x, self.patch))
# + x = self.patch_embedding(
# +     patches_of(x.transpose(2, 3), self.patch)
# +     .unflatten(2, (3, self.patch, self.patch))
# +     .transpose(3, 4)
# +     .flatten(2)
# + )

# %%
# reject: another name · expects "has no attribute patch_embedding"
# in: joined, then one sum
# - self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
# + self.embed = nn.Linear(3 * patch * patch, d_model)
#
# - x = self.patch_embedding(patches_of(x, self.patch))
# + x = self.embed(patches_of(x, self.patch))

# %%
# reject: the input size fixed at 32 · expects "raised"
# in: joined, then one sum
# - N = (image // patch) ** 2
# + N = 64

# %%
# reject: sixteen pixels in a patch · expects "expected a weight of (20, 12), got (20, 48)"
# in: joined, then one sum
# - self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
# + self.patch_embedding = nn.Linear(48, d_model)

# %%
# reject: the class token cut off from the gradient · expects "no gradient reaches class_token"
# in: joined, then one sum
# - token = self.class_token.expand(len(x), 1, -1)
# + token = self.class_token.detach().expand(len(x), 1, -1)

# %%
# reject: the positions cut off from the gradient · expects "no gradient reaches position_embedding"
# in: joined, then one sum
# - x = x + self.position_embedding
# + x = x + self.position_embedding.data

# %%
# reject: patch embedding without a bias · expects "the patch embedding lacks its bias"
# in: joined, then one sum
# - self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
# + self.patch_embedding = nn.Linear(3 * patch * patch, d_model, bias=False)

# %%
# reject: an additional batch normalization · expects "parameters"
# in: joined, then one sum
# +     self.extra = nn.BatchNorm1d(3 * patch * patch)
#   def forward(self, x):
#
# - x = self.patch_embedding(patches_of(x, self.patch))
# + x = self.patch_embedding(self.extra(patches_of(x, self.patch).mT).mT)

# %%
# reject: the images of a batch mixed · expects "images"
# in: joined, then one sum
# - x = self.norm(x)
# + x = self.norm(x - x.mean(dim=0))

# %%
# reject: all zeros · expects "zero"

# %%
# reject: lazy layers · expects "a lazy layer has no size yet"
# - self.patch_embedding = nn.Linear(3 * patch**2, d_model)
# + self.patch_embedding = nn.LazyLinear(d_model)
