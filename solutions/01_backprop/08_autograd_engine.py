# %% [markdown]
# ## 8 · An autograd engine
#
# You derived the gradients of one network. For the next one you would have to begin again, or let a machine do it.
# The machine needs two things from you: the slope of each operation, and the order in which to apply the chain rule.

# %% [markdown]
# ![A graph of numbers: w = 3 times x = 2 plus b = −4 gives z = 2, and z times z gives loss = 4. Backward, z gets
# 2 + 2 = 4 since it is used twice, u and b get 4, w gets 8 and x gets 12.](figures/scalar_graph.svg)
#
# *Each value with its gradient. `z` is used twice, so two gradients arrive, and they are added.*

# %% [markdown]
# A `Value` holds a tensor (or a number), its gradient, and two notes: `parents`, the values that it was computed from,
# and `local`, a function that turns the gradient of this value into those of its parents, one for each. `exp`, `log`
# and `transpose` show how an operation is written: compute, then say how a gradient comes back.


# %% given="value"
class Value:
    """A tensor that remembers how it was computed."""

    def __init__(self, data, parents: tuple = (), local=lambda grad: ()) -> None:
        self.data = torch.as_tensor(data, dtype=torch.float64)
        self.grad = torch.zeros_like(self.data)
        self.parents = parents  # the values that this one was computed from
        self.local = local  # gradient of this value → a tuple, one gradient for each parent

    def __add__(self, other: "Value") -> "Value":
        return add(self, other)

    def __mul__(self, other: "Value") -> "Value":
        return mul(self, other)

    def __matmul__(self, other: "Value") -> "Value":
        return matmul(self, other)

    def backward(self) -> None:
        """Adds to .grad of every value that this one, the loss, was computed from."""
        backpropagate(topological_order(self))


# %% given="three_operations"
def exp(a: Value) -> Value:
    result = torch.exp(a.data)
    return Value(result, (a,), lambda grad: (grad * result,))


def log(a: Value) -> Value:
    return Value(torch.log(a.data), (a,), lambda grad: (grad / a.data,))


def transpose(a: Value) -> Value:
    return Value(a.data.T, (a,), lambda grad: (grad.T,))


third = Value(3.0)
root = log(third)
print("log 3 =", root.data.item(), "  its slope there:", root.local(torch.tensor(1.0))[0].item())

# %% [markdown]
# ### Exercise 9 · Local gradients (3 points · 15 min · ●●○)
#
# Write `add`, `mul` and `tanh`, which work entry by entry, and `matmul`, the product of two matrices. Each returns a
# `Value` with its data, its parents in order, and its `local`. Both factors of `mul` have one shape.
#
# For `matmul`, $C = AB$ with $C_{ik} = \sum_j A_{ij} B_{jk}$, use the recipe of section 4: where does $A_{ij}$ occur?
#
# <details><summary>Hint 1: the idea</summary>A gradient of the result, times the slope of the result with respect to
# that parent. <code>local</code> returns a tuple, also for a single parent: <code>(…,)</code>.</details>
# <details><summary>Hint 2: the formula</summary>The slopes of a + b are 1 and 1; those of a · b are b and a; that of
# tanh is 1 − tanh². For C = AB, dA has the shape of A: which product of dC and B has it?</details>
# <details><summary>Hint 3: the line</summary><code>return Value(a.data * b.data, (a, b), lambda grad: (grad * b.data,
# grad * a.data))</code></details>


# %% solution="local_gradients"
def add(a: Value, b: Value) -> Value:
    """a + b, entry by entry."""
    ### BEGIN SOLUTION
    return Value(a.data + b.data, (a, b), lambda grad: (grad, grad))
    ### END SOLUTION


def mul(a: Value, b: Value) -> Value:
    """a · b, entry by entry."""
    ### BEGIN SOLUTION
    return Value(a.data * b.data, (a, b), lambda grad: (grad * b.data, grad * a.data))
    ### END SOLUTION


def tanh(a: Value) -> Value:
    """tanh of each entry."""
    ### BEGIN SOLUTION
    result = torch.tanh(a.data)
    return Value(result, (a,), lambda grad: (grad * (1 - result**2),))
    ### END SOLUTION


def matmul(a: Value, b: Value) -> Value:
    """The matrix product of a (n, m) and b (m, k)."""
    ### BEGIN SOLUTION
    return Value(a.data @ b.data, (a, b), lambda grad: (grad @ b.data.T, a.data.T @ grad))
    ### END SOLUTION


# %% data="beside_torch"
# Data · An operation beside PyTorch's, for the checks
def beside_torch(operation, reference, *tensors: torch.Tensor) -> list[tuple]:
    """Name, gradient, right gradient and slips for each parent, once value and parents are right."""
    name, parents = operation.__name__, [Value(tensor) for tensor in tensors]
    result = checks.run(operation, *parents)
    kind = type(result).__name__
    checks.that(isinstance(result, Value), f"{name} returns a {kind}: make a Value of its result.")
    checks.close(f"the value of {name}", result.data, reference(*tensors))
    same = [mine is parent for mine, parent in zip(result.parents, parents, strict=False)]
    kept = len(result.parents) == len(parents) and all(same)
    count = len(parents)
    checks.that(kept, f"{name}: the parents are the {count} that it was computed from, in order.")
    grad = checks.normal(result.data.numel(), seed=71).reshape(result.data.shape)
    local = checks.run(result.local, grad)
    many = isinstance(local, tuple | list) and len(local) == count
    checks.that(many, f"local of {name} returns a tuple with {count} of them, one for each parent.")
    inputs = dict(zip("ab", tensors, strict=False))
    right = one_step(reference, grad, **inputs)
    alone = one_step(reference, torch.ones_like(grad), **inputs)
    rows = []
    for letter, mine in zip(right, local, strict=True):
        slips = {"the gradient of the result does not enter: multiply by it.": alone[letter]}
        for other in right.keys() - {letter}:
            slips["the gradients of a and b are exchanged."] = right[other]
        rows.append((f"the gradient of {letter} in {name}", mine, right[letter], slips))
    return rows


# %% check="add_and_mul" points=1
first, second = checks.normal(2, 3, seed=72), checks.normal(2, 3, seed=73)
found_here = beside_torch(add, torch.add, first, second) + beside_torch(
    mul, torch.mul, first, second
)
for name, mine, right, slips in found_here:
    checks.close(name, mine, right, slips=slips)
### BEGIN HIDDEN TESTS
two = torch.tensor(2.0), torch.tensor(-3.0)
for name, mine, right, _ in beside_torch(add, torch.add, *two) + beside_torch(mul, torch.mul, *two):
    checks.close(name, mine, right)
### END HIDDEN TESTS
checks.passed("add and mul: values, parents and local gradients")

# %% check="tanh_local" points=1
first = checks.normal(2, 3, seed=74)
((name, mine, right, slips),) = beside_torch(tanh, torch.tanh, first)
out, grad = torch.tanh(first), checks.normal(6, seed=71).reshape(2, 3)
slips |= {
    "the slope of tanh is missing.": grad,
    "the slope of tanh is 1 − tanh(a)², not 1 − a².": one_step(
        lambda a: a - a**3 / 3, grad, a=first
    )["a"],
    "the slope of tanh is 1 − tanh(a)²: the square is missing.": grad * (1 - out),
    "result is tanh(a) already.": one_step(torch.tanh, grad, a=out)["a"],
}
checks.close(name, mine, right, slips=slips)
### BEGIN HIDDEN TESTS
((name, mine, right, _),) = beside_torch(tanh, torch.tanh, torch.tensor(0.3))
checks.close(name, mine, right)
### END HIDDEN TESTS
checks.passed("tanh: value, parent and local gradient")

# %% check="matmul_local" points=1
with checks.hint("C = AB: is each gradient of the shape of its factor, (2, 4) and (4, 3) here?"):
    left, right = checks.normal(2, 4, seed=75), checks.normal(4, 3, seed=76)
    for name, mine, expected, slips in beside_torch(matmul, torch.matmul, left, right):
        checks.close(name, mine, expected, slips=slips)
### BEGIN HIDDEN TESTS
left, right = checks.normal(3, 3, seed=77), checks.normal(3, 3, seed=78)
for name, mine, expected, slips in beside_torch(matmul, torch.matmul, left, right):
    checks.close(name, mine, expected, slips=slips)
### END HIDDEN TESTS
checks.passed("matmul: value, parents and local gradients")

# %% [markdown]
# Now the order. A value may pass its gradient on only when it is complete: all values that use it must have had
# their turn. In an order in which every value comes *after* its parents, a *topological order*, that is easy: walk it
# backwards.
#
# Depth first finds it: a value enters the list once all its parents are in it.

# %% [markdown]
# ### Exercise 10 · Order and backward (3 points · 20 min · ●●●)
#
# Write `topological_order`: a list of all values that `loss` was computed from, each once and after its parents. Then
# write `backpropagate`, which gets such a list. It sets the gradient of the last value to ones, then walks backwards:
# each value hands its gradient to `local`, and what comes out is *added* to `.grad` of its parents.
#
# A parent that was broadcast, such as a bias, gets a gradient that is too large; sum it with
# `grad.sum_to_size(parent.data.shape)`.
#
# <details><summary>Hint 1: the idea</summary>A function inside the function that calls itself: leave if this value was
# seen; else note it, visit its parents, and only then append it.</details>
# <details><summary>Hint 2: the formula</summary>For each value, last to first: parent.grad ← parent.grad + its part
# of value.local(value.grad).</details>
# <details><summary>Hint 3: the line</summary><code>for parent, grad in zip(value.parents,
# value.local(value.grad)):</code></details>


# %% solution="topological_order"
def topological_order(loss: Value) -> list[Value]:
    """All values behind the loss, each once and after its parents; the loss comes last."""
    ### BEGIN SOLUTION
    order, seen = [], set()

    def visit(value: Value) -> None:
        if value not in seen:
            seen.add(value)
            for parent in value.parents:
                visit(parent)
            order.append(value)

    visit(loss)
    return order
    ### END SOLUTION


# %% data="graph"
# Data · A graph in which values are used twice, for the checks
def fixed_slopes(*slopes: float):
    """A local function with these slopes, one for each parent."""
    return lambda grad: tuple(slope * grad for slope in slopes)


def small_graph() -> dict[str, Value]:
    """c = a · b, d = c + a, loss = c · d, at a = 2 and b = 3, with its slopes as numbers."""
    a, b = Value(2.0), Value(3.0)
    c = Value(6.0, (a, b), fixed_slopes(3.0, 2.0))
    d = Value(8.0, (c, a), fixed_slopes(1.0, 1.0))
    loss = Value(48.0, (c, d), fixed_slopes(8.0, 6.0))
    return {"a": a, "b": b, "c": c, "d": d, "loss": loss}


def judge_order(graph: dict[str, Value], order) -> None:
    checks.that(
        isinstance(order, list), f"expected a list of values, got a {type(order).__name__}."
    )
    label = {value: name for name, value in graph.items()}
    checks.that(
        all(isinstance(v, Value) for v in order), "the list holds values, and nothing else."
    )
    names = [label.get(value, "?") for value in order]
    said = f"The order is {', '.join(names)}."
    missing = sorted(set(graph) - set(names))
    checks.that(not missing, f"{', '.join(missing)} is missing. {said}")
    twice = len(names) > len(set(names))
    checks.that(not twice, f"a value that is used twice stands in the list once. {said}")
    checks.that(names[-1] == "loss", f"the loss comes last. {said}")
    for value in order:
        for earlier in value.parents:
            late = names.index(label[earlier]) > names.index(label[value])
            checks.that(
                not late, f"{label[value]} comes before its parent {label[earlier]}. {said}"
            )


# %% check="order_of_graph" points=1
graph = small_graph()
judge_order(graph, checks.run(topological_order, graph["loss"]))
### BEGIN HIDDEN TESTS
a, b = Value(1.0), Value(2.0)
c = Value(3.0, (b,))
d = Value(3.0, (c, a))
graph = {"a": a, "b": b, "c": c, "d": d, "loss": Value(3.0, (b, d, c, d))}
judge_order(graph, checks.run(topological_order, graph["loss"]))
judge_order({"loss": a}, checks.run(topological_order, a))
### END HIDDEN TESTS
checks.passed("every value once, after its parents")


# %% solution="backpropagate"
def backpropagate(order: list[Value]) -> None:
    """Adds to .grad of each value the gradient of the last one with respect to it."""
    ### BEGIN SOLUTION
    order[-1].grad = torch.ones_like(order[-1].data)
    for value in reversed(order):
        for parent, grad in zip(value.parents, value.local(value.grad), strict=True):
            parent.grad = parent.grad + grad.sum_to_size(parent.data.shape)
    ### END SOLUTION


# %% check="backward_of_graph" points=1
graph = small_graph()
checks.run(backpropagate, list(graph.values()), may_change=True)
got = {name: value.grad for name, value in graph.items()}
right = {"loss": 1.0, "d": 6.0, "c": 14.0, "b": 28.0, "a": 48.0}
right = {name: torch.tensor(value) for name, value in right.items()}
slips = {
    "the gradient of the loss itself is 1: set it first.": {"loss": 0.0},
    "each value passes on its gradient when it is complete: walk from last to first.": {
        "d": 6.0,
        "a": 0.0,
    },
    "a value that is used twice adds up its gradients; yours keeps the last one.": {"c": 6.0},
    "a value that is used twice adds up its gradients; yours keeps the first one.": {"c": 8.0},
}
slips = {
    cause: {name: torch.tensor(value) for name, value in values.items()}
    for cause, values in slips.items()
}
checks.tensors("the gradient of", got, right, slips=slips)
### BEGIN HIDDEN TESTS
a = Value(3.0)
loss = Value(27.0, (a, a, a), lambda grad: (9 * grad, 9 * grad, 9 * grad))
checks.run(backpropagate, [a, loss], may_change=True)
checks.close("the gradient of a in a · a · a", a.grad, 27.0)
### END HIDDEN TESTS
checks.passed("gradients add up where a value is used twice")

# %% check="backward_of_bias" points=1
x, bias = Value(checks.normal(5, 3, seed=80)), Value(checks.normal(3, seed=81))
rows = Value(
    checks.normal(5, 3, seed=82), (x, bias), fixed_slopes(1.0, 1.0)
)  # their sum, or anything
weights = checks.normal(5, 3, seed=83)
loss = Value(1.0, (rows,), lambda grad: (grad * weights,))
checks.run(backpropagate, [x, bias, rows, loss], may_change=True)
checks.close("the gradient of x", x.grad, weights)
checks.shape("the gradient of the bias", bias.grad, units=3)
checks.close("the gradient of the bias", bias.grad, weights.sum(dim=0))
### BEGIN HIDDEN TESTS
x, factor = Value(checks.normal(4, 2, seed=83)), Value(2.0)
product = Value(2 * x.data, (factor, x), lambda grad: (grad * x.data, 2 * grad))
loss = Value(product.data.sum(), (product,), lambda grad: (grad * torch.ones(4, 2),))
checks.run(backpropagate, [x, factor, product, loss], may_change=True)
checks.close("the gradient of a factor that is one number", factor.grad, x.data.sum())
### END HIDDEN TESTS
checks.passed("a bias that is added to every row gets the sum of the rows")

# %% [markdown]
# **Experiment.** The engine on the tiny network. Nobody tells it about softmax: it gets `exp`, `log` and sums, written
# as products with a column of ones.


# %% experiment="engine"
# Experiment · Your engine on the tiny network, beside Exercise 4
def engine_loss(params: dict[str, Value], x: torch.Tensor, y: torch.Tensor) -> tuple[Value, Value]:
    """The mean cross-entropy of the network, (1, 1), and its logits, made of your operations."""
    logits = Value(x)
    for layer in (1, 2):  # as many as you like
        logits = logits if layer == 1 else tanh(logits)
        logits = logits @ transpose(params[f"W{layer}"]) + params[f"b{layer}"]
    ones = Value(torch.ones(logits.data.shape[1], 1))
    minus_one_hot = Value(-F.one_hot(y, len(ones.data)))
    losses = log(exp(logits) @ ones) + (minus_one_hot * logits) @ ones  # (B, 1)
    return Value(torch.full((1, len(x)), 1 / len(x))) @ losses, logits


values = {name: Value(value) for name, value in tiny.items()}
loss, logits = engine_loss(values, tiny_x, tiny_y)
loss.backward()
by_formula = backward(tiny, tiny_x, tiny_y, *forward(tiny, tiny_x))
print(f"values in the graph: {len(topological_order(loss))}, loss {loss.data.item():.4f}")
print("d logits, by the engine:", [round(g, 4) for g in logits.grad[0].tolist()])
print("d logits, by Exercise 4:", [round(g, 4) for g in by_formula["logits"][0].tolist()])
print("d b1, by the engine:    ", [round(g, 4) for g in values["b1"].grad.tolist()])
print("d b1, by Exercise 4:    ", [round(g, 4) for g in by_formula["b1"].tolist()])

# %% [markdown]
# **What you saw.** The engine knows only slopes of single operations, and still finds for `d logits` what you derived
# for softmax and cross-entropy together. This is all there is to autograd; PyTorch adds more operations, speed, and
# care for memory. In section 11 your engine trains the digits.
