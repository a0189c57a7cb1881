# %%
# accept: a loop, lerp and addcmul
def adam_step(params, grads, mean, square, t, lr, betas=(0.9, 0.999), eps=1e-8):
    new, m, s = {}, {}, {}
    for name, g in grads.items():
        m[name] = torch.lerp(mean[name], g, 1 - betas[0])
        s[name] = (betas[1] * square[name]).addcmul(g, g, value=1 - betas[1])
        m_hat, s_hat = m[name] / (1 - betas[0] ** t), s[name] / (1 - betas[1] ** t)
        new[name] = params[name] - lr * m_hat / (torch.sqrt(s_hat) + eps)
    return new, m, s


# %%
# accept: the corrections moved into the step size, as in the paper's faster form
def adam_step(params, grads, mean, square, t, lr, betas=(0.9, 0.999), eps=1e-8):
    first, second = betas
    mean = {n: first * mean[n] + (1 - first) * grads[n] for n in params}
    square = {n: second * square[n] + (1 - second) * grads[n].square() for n in params}
    fix = math.sqrt(1 - second**t)
    size = lr * fix / (1 - first**t)
    new = {n: v - size * mean[n] / (square[n].sqrt() + eps * fix) for n, v in params.items()}
    return new, mean, square


# %%
# reject: no bias correction · expects "the bias correction is missing"
# - root = (square[n] / (1 - second**t)).sqrt()
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + root = square[n].sqrt()
# + new[n] = params[n] - lr * mean[n] / (root + eps)

# %%
# reject: only the mean is corrected · expects "correct the square, too"
# - root = (square[n] / (1 - second**t)).sqrt()
# + root = square[n].sqrt()

# %%
# reject: only the square is corrected · expects "correct the mean, too"
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + new[n] = params[n] - lr * mean[n] / (root + eps)

# %%
# reject: the square corrected outside the root · expects "stands outside the root"
# - root = (square[n] / (1 - second**t)).sqrt()
# + root = square[n].sqrt() / (1 - second**t)

# %%
# reject: no root · expects "not by the square"
# - root = (square[n] / (1 - second**t)).sqrt()
# + root = square[n] / (1 - second**t)

# %%
# reject: no division · expects "yours is not divided"
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + new[n] = params[n] - lr * mean[n] / (1 - first**t)

# %%
# reject: up the slope · expects "the step goes up the slope"
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + new[n] = params[n] + lr * mean[n] / (1 - first**t) / (root + eps)

# %%
# reject: corrected means are kept · expects "and not corrected"
# - new = {}
# + mean = {n: m / (1 - first**t) for n, m in mean.items()}
# + new = {}
#
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + new[n] = params[n] - lr * mean[n] / (root + eps)

# %%
# reject: the gradient not squared · expects "times the squared gradient"
# - square = {n: second * square[n] + (1 - second) * grads[n] ** 2 for n in params}
# + square = {n: second * square[n] + (1 - second) * grads[n] for n in params}

# %%
# reject: the two betas exchanged · expects "The mean is 0.9 times the old one"
# - first, second = betas
# + second, first = betas

# %%
# reject: epsilon inside the root · expects "it is added after the root is taken"
# - root = (square[n] / (1 - second**t)).sqrt()
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + root = (square[n] / (1 - second**t) + eps).sqrt()
# + new[n] = params[n] - lr * mean[n] / (1 - first**t) / root

# %%
# reject: no epsilon · expects "and ε counts"
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + new[n] = params[n] - lr * mean[n] / (1 - first**t) / root

# %%
# reject: always the correction of the first step · expects "after five steps"
# - root = (square[n] / (1 - second**t)).sqrt()
# - new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
# + root = (square[n] / (1 - second)).sqrt()
# + new[n] = params[n] - lr * mean[n] / (1 - first) / (root + eps)

# %%
# reject: in place · expects "changes its input in place"
# - new = {}
# + new = params

# %%
# reject: the means are not returned · expects "adam_step returns 3 values"
# - return new, mean, square
# + return new

# %%
# reject: all zeros · expects "every value is zero"
