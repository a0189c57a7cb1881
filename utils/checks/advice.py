"""What PyTorch says of common slips, and what a student should then look at."""

TWO_DTYPES = (
    "two dtypes meet in one operation: give what you make the dtype of the input, as in torch.eye(n, dtype=x.dtype), "
    "and convert what you have, .to(x.dtype)."
)
NO_GRADIENT = "something is None. If it is p.grad, no gradient came: skip such a parameter."

# Part of an error's message → advice.
ADVICE = {
    "a leaf Variable that requires grad is being used in an in-place operation": (
        "the update is being recorded: put it inside `with torch.no_grad():`."
    ),
    "shapes cannot be multiplied": (
        "print both shapes; the inner two must agree. Is a transpose missing, or one too many?"
    ),
    "must match the size of tensor": (
        "print both shapes; they do not broadcast. Is a dimension missing (keepdim=True, or [:, None]), "
        "or the wrong one summed or transposed?"
    ),
    "modified by an inplace operation": (
        "an assignment such as a[...] = 0 overwrites what the gradient needs: use masked_fill or torch.where."
    ),
    "Half without overflow": (
        "a value such as -1e9 does not fit in float16; use torch.finfo(scores.dtype).min or -inf."
    ),
    "must have the same dtype, but got Bool": (
        "a boolean mask stands where features are expected: hand it over by name, mask=mask."
    ),
    "Boolean value of Tensor with more than one value": (
        "`and`, `or`, `not` and `if` take a single value; for tensors write &, |, ~ and torch.where."
    ),
    "cannot be converted to Scalar": "functions of `math` take one number; use those of torch.",
    "only one element tensors can be converted": "functions of `math` take one number; use those of torch.",
    "Expected target size": (
        "cross_entropy looks for the classes in dimension 1: give it logits (N, classes) and targets (N,)."
    ),
    "grad can be implicitly created only for scalar outputs": (
        "a gradient is that of one number: take the sum of several, or their mean."
    ),
    "only integer tensors of a single element can be converted to an index": (
        "a tuple or a list stands where a tensor is expected. torch.autograd.grad, for one, returns a tuple."
    ),
    "index -100 is out of bounds": (
        "the label -100 says that there is none: leave those places out, or let cross_entropy ignore them."
    ),
    "tuple indices must be integers or slices, not tuple": (
        "a tuple stands where a tensor is expected. Of what an encoder returns, take its .last_hidden_state."
    ),
    "'Tensor' and 'tuple'": (
        "a tuple stands where a tensor is expected. PyTorch's attention, for one, returns two things, what the queries "
        "get and the weights: take [0]."
    ),
    "The shape of the mask": (
        "a mask in brackets needs the very shape of what it picks from; torch.where(mask, a, b) broadcasts."
    ),
    "could not infer output dtype": (
        "whole numbers, and true and false have no mean: make them floats first, x.double().mean()."
    ),
    "no attribute 'pooler_output'": (
        "the states are in last_hidden_state, (B, T, d_model); the first token's are [:, 0]."
    ),
    "does not require grad and does not have a grad_fn": (
        "nothing was recorded: was the loss computed inside no_grad, or from detached tensors?"
    ),
    "unsupported operand type(s) for *: 'float' and 'NoneType'": ".grad is None: was backward() called?",
    "torch.return_types": (
        "max and min along a dimension return values and indices: take .values, or use amax and amin."
    ),
    "expected scalar type": TWO_DTYPES,
    "the same dtype, but got": TWO_DTYPES,
    "'NoneType' object has no attribute": NO_GRADIENT,
    "unsupported operand type(s) for ** or pow(): 'NoneType'": NO_GRADIENT,
    "before Module.__init__() call": "the first line of __init__ is missing: super().__init__().",
    '"im2col': "F.unfold takes floats only; reshape and permute take any dtype.",
    "not enough values to unpack": (
        "count what stands on the right. chunk and split cut dimension 0, the batch, unless told otherwise: "
        "dim=1 cuts the features of (B, features)."
    ),
}


def likely_cause(message: str) -> str | None:
    """The advice for an error's message, if there is any."""
    return next((advice for sign, advice in ADVICE.items() if sign in message), None)
