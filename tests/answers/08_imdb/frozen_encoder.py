# %%
# accept: a loop over the parameters, the encoder alone stays in eval mode
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        for parameter in self.encoder.parameters():
            parameter.requires_grad = False
        self.encoder.eval()

    def train(self, mode=True):
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, tokens, attention_mask):
        with torch.no_grad():
            return self.encoder(tokens, attention_mask=attention_mask)


# %%
# accept: train does nothing at all
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.frozen = encoder.eval()
        self.requires_grad_(False)

    def train(self, mode=True):
        return self

    def forward(self, *args, **kwargs):
        return self.frozen(*args, **kwargs)


# %%
# accept: the flags are set by hand
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.train()
        for parameter in encoder.parameters():
            parameter.detach_()

    def train(self, mode=True):
        for part in self.modules():
            part.training = False
        return self

    def forward(self, tokens, attention_mask=None):
        return self.encoder(tokens, attention_mask)


# %%
# accept: nn.Module by name
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        nn.Module.__init__(self)
        self.add_module("encoder", encoder)
        for _, parameter in self.named_parameters():
            parameter.requires_grad_(False)
        nn.Module.train(self, False)

    def train(self, mode=True):
        nn.Module.train(self, mode=False)
        return self

    def forward(self, tokens, attention_mask):
        output = self.encoder.forward(tokens, attention_mask=attention_mask)
        return output


# %%
# reject: only __init__ is written · expects "train is not written yet"
# - self.encoder = encoder.requires_grad_(False)
# - self.eval()
# + self.encoder = encoder.requires_grad_(False).eval()
#
# - return super().train(False)
# + raise NotImplementedError("not written yet")
#
# - return self.encoder(tokens, attention_mask=attention_mask)
# + raise NotImplementedError("not written yet")

# %%
# reject: all states zero · expects "every value is zero"

# %%
# reject: gradients stop, the mode is forgotten · expects "right after it was wrapped: encoder"
# - self.eval()
#
# - return super().train(False)
# + return super().train(mode)

# %%
# reject: eval in __init__, and train wakes it · expects "after model.train(): encoder"
# - self.encoder = encoder.requires_grad_(False)
# - self.eval()
# + self.encoder = encoder.requires_grad_(False).eval()
#
# - return super().train(False)
# + return super().train(mode)


# %%
# reject: eval at each call, train wakes it between · expects "after model.train(): encoder"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False).eval()

    def forward(self, tokens, attention_mask):
        self.encoder.eval()
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject: train is right, but the mode at the start is not · expects "right after it was wrapped"
# - self.eval()

# %%
# reject: eval mode alone, gradients flow on · expects "still need a gradient: requires_grad_(False)"
# - self.encoder = encoder.requires_grad_(False)
# + self.encoder = encoder

# %%
# reject: no_grad around the call alone · expects "still need a gradient: requires_grad_(False)"
# - self.encoder = encoder.requires_grad_(False)
# + self.encoder = encoder
#
# - def forward(self, tokens: torch.Tensor, attention_mask: torch.Tensor) -> object:
# + @torch.no_grad()
# + def forward(self, tokens, attention_mask):

# %%
# reject: an attribute of the module is set · expects "still need a gradient: requires_grad_(False)"
# - self.encoder = encoder.requires_grad_(False)
# + self.encoder = encoder
# + self.encoder.requires_grad = False

# %%
# reject: train returns nothing · expects "train() must return self"
# - return super().train(False)
# + super().train(False)

# %%
# reject: train returns the encoder · expects "train() must return self"
# - self.encoder = encoder.requires_grad_(False)
# - self.eval()
# + self.encoder = encoder.requires_grad_(False).eval()
#
# - return super().train(False)
# + return self.encoder.eval()

# %%
# reject: train calls eval, which calls train · expects "eval() calls train(False)"
# - self.encoder = encoder.requires_grad_(False)
# - self.eval()
# + self.encoder = encoder.requires_grad_(False).eval()
#
# - return super().train(False)
# + return self.eval()

# %%
# reject: the same, called by __init__ · expects "train() calls super().train(False), not self.eval()"
# - return super().train(False)
# + self.eval()
# + return self

# %%
# reject: the mask is not passed on · expects "the mask is not passed on"
# - return self.encoder(tokens, attention_mask=attention_mask)
# + return self.encoder(tokens)

# %%
# reject: a deep copy is frozen · expects "do not copy it"
# - self.encoder = encoder.requires_grad_(False)
# + import copy
# + self.encoder = copy.deepcopy(encoder).requires_grad_(False)


# %%
# reject: hidden in a list, so that train does not find it · expects "find nothing but parts"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.hidden = [encoder.requires_grad_(False).eval()]

    def forward(self, tokens, attention_mask):
        return self.hidden[0](tokens, attention_mask=attention_mask)


# %%
# reject: the states alone are returned · expects "return what the encoder returns, whole"
# - return self.encoder(tokens, attention_mask=attention_mask)
# + return self.encoder(tokens, attention_mask=attention_mask).last_hidden_state

# %%
# reject: inference mode · expects "no head can be trained on what torch.inference_mode() returns"
# - def forward(self, tokens: torch.Tensor, attention_mask: torch.Tensor) -> object:
# + @torch.inference_mode()
# + def forward(self, tokens, attention_mask):

# %%
# reject: the mask has another name · expects "unexpected keyword argument 'attention_mask'"
# - def forward(self, tokens: torch.Tensor, attention_mask: torch.Tensor) -> object:
# -     """What the encoder returns."""
# -     return self.encoder(tokens, attention_mask=attention_mask)
# + def forward(self, tokens, mask):
# +     return self.encoder(tokens, attention_mask=mask)

# %%
# reject: eval() wakes it · expects "after model.eval()"
# - self.eval()
# + self.train()
#
# - return super().train(False)
# + return super().train(not mode)
