# %% [markdown]
# **A causal model can classify too.** In a GPT-style model a token sees only what comes before it. `[CLS]` at the
# start would see nothing; the **last** token has seen all ([Radford et al.,
# 2018](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf)). So the head
# goes there. In a padded batch that is the last *real* token, the largest place at which the mask is True.
#
# **Experiment.** PyTorch's own encoder, two layers that begin with the shipped model's word vectors, learns from the
# same few reviews four times: with attention both ways or with a causal mask, and with the head on the first token or
# on the last.


# %% given="last_token"
def last_token(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The states (B, d_model) of the last real tokens: states (B, T, d_model), mask (B, T), True for real ones."""
    places = torch.arange(mask.shape[1], device=mask.device)  # (T,)
    return states[torch.arange(len(states), device=mask.device), (places * mask).argmax(dim=1)]


# %% given="causal"
word_vectors = masked_model.get_input_embeddings().weight.detach().clone()


class Reading(nn.Module):
    """A small encoder, causal or not, with a linear head on the first or the last token."""

    def __init__(self, causal: bool, last: bool) -> None:
        super().__init__()
        d = word_vectors.shape[1]
        self.causal, self.last = causal, last
        self.embedding = nn.Embedding.from_pretrained(word_vectors.clone(), freeze=False)
        layer = nn.TransformerEncoderLayer(
            d, 4, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(d, 2)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        T = tokens.shape[1]
        later = torch.ones(T, T, dtype=torch.bool, device=mask.device).triu(1)  # True: not allowed
        states = self.encoder(
            self.embedding(tokens),
            mask=later if self.causal else None,
            src_key_padding_mask=~mask,  # here too PyTorch's True means not allowed
        )
        first = mask & (mask.cumsum(dim=1) == 1)  # a mask of one token
        return self.head(last_token(states, mask if self.last else first))


# %% experiment="causal_experiment"
# Experiment · Both directions or one, the first token or the last
n = scaled(full=800, smoke=40)
few = batches_of(fit_ids[:n], fit_labels[:n], 128, seed=0)
valid_few = batches_of(valid_ids[:n], valid_labels[:n], 128)
for causal in (False, True):
    for last in (False, True):
        device.seed_everything(0)
        model = Reading(causal, last).to(place)
        optimizer = torch.optim.AdamW(parameter_groups(model, 1e-3, 1.0, 0.01))
        steps = scaled(full=2 * n // BATCH, smoke=1)
        fit(model, few, classification_loss, steps=steps, optimizer=optimizer, show=False)
        kind = f"{'causal' if causal else 'both ways'}, {'last' if last else 'first'} token"
        print(f"{kind:24} {accuracy(model, valid_few):.1%}")

# %% [markdown]
# **What you saw.** Under a causal mask `[CLS]`, the first token, sees itself and nothing else: it is the same for
# every review, and its head can only guess. The last token has seen all. With attention both ways either place will
# do.

# %% [markdown]
# A causal model can also be *asked*, without a head: put the review into a template, "Review: … It is", and compare how
# probable it finds *negative* and *positive* next. You do that where models generate text. It can even be *tuned*
# so: if it gives *positive*, *negative* and *neutral* the probabilities 0.18, 0.44 and 0.38, and the review is
# negative, the loss is $-\ln 0.44 = 0.82$.
