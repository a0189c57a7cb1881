# %%
# accept: a Sequential, and the mask by place
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.layers = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(d_model, n_classes))

    def forward(self, tokens, mask):
        return self.layers(self.encoder(tokens, mask).last_hidden_state[:, 0, :])


# %%
# accept: F.dropout, a mask of integers, a head with small weights
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder, self.p = encoder, dropout
        self.output = nn.Linear(d_model, n_classes)
        nn.init.normal_(self.output.weight, std=0.02)
        nn.init.zeros_(self.output.bias)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask.long()).last_hidden_state
        first = F.dropout(states.select(1, 0), self.p, training=self.training)
        return F.linear(first, self.output.weight, self.output.bias)


# %%
# accept: the head on every token, then the first
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.head = nn.Linear(d_model, n_classes, bias=True)
        self.drop = nn.Dropout(dropout)
        self.encoder = encoder

    def forward(self, tokens, mask):
        output = self.encoder(attention_mask=mask, tokens=tokens)
        return self.head(self.drop(output.last_hidden_state)).unbind(dim=1)[0]


# %%
# accept: dropout by hand, the states by their place in the output
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = dropout
        self.linear = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        first = self.encoder(tokens, attention_mask=mask)[0][:, :1].squeeze(1)
        if self.training:
            kept = torch.empty_like(first).bernoulli_(1 - self.dropout)
            first = first * kept / (1 - self.dropout)
        return torch.einsum("bd,cd->bc", first, self.linear.weight) + self.linear.bias


# %%
# reject: the stub of forward is left · expects "not written yet"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + raise NotImplementedError("not written yet")

# %%
# reject: zeros · expects "every value is zero"

# %%
# reject: nothing returned · expects "end with `return`"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + self.head(self.dropout(self.encoder(tokens, attention_mask=mask).last_hidden_state[:, 0]))

# %%
# reject: the mask is forgotten · expects "the attention mask is forgotten"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(self.encoder(tokens).last_hidden_state[:, 0]))

# %%
# reject: the mask is inverted · expects "is the mask inverted? True is for tokens"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# + states = self.encoder(tokens, attention_mask=~mask).last_hidden_state

# %%
# reject: the last token · expects "the head reads the last token"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states[:, -1]))

# %%
# reject: the last real token · expects "the head reads the last real token"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states[torch.arange(len(tokens)), mask.sum(1) - 1]))

# %%
# reject: the mean over all places · expects "the mean over all places, padding too"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states.mean(dim=1)))

# %%
# reject: the mean over the tokens · expects "the head reads the mean over the tokens"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
# + return self.head(self.dropout(mean))

# %%
# reject: logits of all tokens · expects "The head reads one state of each text"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states))

# %%
# reject: the first text instead of the first token · expects "got (5, 2)"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states[0]))

# %%
# reject: BERT's pooled output · expects "the states are in last_hidden_state"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + pooled = self.encoder(tokens, attention_mask=mask).pooler_output
# + return self.head(self.dropout(pooled))

# %%
# reject: squeezed, which eats a batch of one · expects "Is the batch dimension lost?"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states[:, :1])).squeeze()

# %%
# reject: probabilities · expects "return logits, not probabilities"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states[:, 0])).softmax(dim=-1)

# %%
# reject: log-probabilities · expects "return logits, not their log_softmax"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return F.log_softmax(self.head(self.dropout(states[:, 0])), dim=-1)

# %%
# reject: a tanh as in BERT's pooler · expects "the state passes through tanh"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.dropout(states[:, 0].tanh()))

# %%
# reject: a hidden layer · expects "2 linear layers outside of its encoder; expected one"
# in: a Sequential, and the mask by place
# - self.layers = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(d_model, n_classes))
# + self.head = nn.Sequential(
# +     nn.Linear(d_model, d_model),
# +     nn.ReLU(),
# +     nn.Dropout(dropout),
# +     nn.Linear(d_model, n_classes),
# + )
#
# - return self.layers(self.encoder(tokens, mask).last_hidden_state[:, 0, :])
# + return self.head(self.encoder(tokens, attention_mask=mask).last_hidden_state[:, 0])

# %%
# reject: no dropout · expects "is there dropout on the state"
# - self.dropout = nn.Dropout(dropout)
#
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(self.encoder(tokens, attention_mask=mask).last_hidden_state[:, 0])

# %%
# reject: dropout on the logits · expects "dropout is applied to the logits"
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.dropout(self.head(states[:, 0]))

# %%
# reject: dropout twice · expects "dropout is applied twice"
# - self.head = nn.Linear(d_model, n_classes)
# + self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(d_model, n_classes))

# %%
# reject: dropout 0.1 written down · expects "0.1 is hard-coded; use dropout"
# - self.dropout = nn.Dropout(dropout)
# + self.dropout = nn.Dropout(0.1)

# %%
# reject: dropout left at its default · expects "0.5 is the default of nn.Dropout"
# - self.dropout = nn.Dropout(dropout)
# + self.dropout = nn.Dropout()

# %%
# reject: dropout taken for the share to keep · expects "the probability of dropping a number"
# - self.dropout = nn.Dropout(dropout)
# + self.dropout = nn.Dropout(1 - dropout)

# %%
# reject: F.dropout never stops · expects "F.dropout needs training=self.training"
# - self.encoder = encoder
# - self.dropout = nn.Dropout(dropout)
# + self.encoder, self.p = encoder, dropout
#
# - return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
# + return self.head(F.dropout(states[:, 0], self.p))

# %%
# reject: two classes written down · expects "Use d_model and n_classes"
# - self.head = nn.Linear(d_model, n_classes)
# + self.head = nn.Linear(d_model, 2)

# %%
# reject: no bias · expects "the head has no bias"
# - self.head = nn.Linear(d_model, n_classes)
# + self.head = nn.Linear(d_model, n_classes, bias=False)

# %%
# reject: a copy of the encoder · expects "keep the encoder that you got, and no copy of it"
# + import copy
#   super().__init__()
#
# - self.encoder = encoder
# + self.encoder = copy.deepcopy(encoder)

# %%
# reject: all weights are initialized anew · expects "Keep the weights of the encoder as they are"
# +     for module in self.modules():
# +         if isinstance(module, nn.Linear | nn.Embedding):
# +             nn.init.normal_(module.weight, std=0.02)
#   def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:

# %%
# reject: the encoder is frozen · expects "no gradient reaches the encoder"
# - self.encoder = encoder
# + self.encoder = encoder.requires_grad_(False)

# %%
# reject: the encoder runs under no_grad · expects "no gradient reaches the encoder"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# + with torch.no_grad():
# +     states = self.encoder(tokens, attention_mask=mask).last_hidden_state

# %%
# reject: a mask made from the tokens · expects "pass on the mask that you got"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# + states = self.encoder(tokens, attention_mask=tokens != 0).last_hidden_state

# %%
# reject: the output of the encoder is taken for the states · expects "take its .last_hidden_state"
# - states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
# + states = self.encoder(tokens, attention_mask=mask)
