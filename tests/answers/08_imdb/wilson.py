# %%
# accept: the roots of the quadratic equation
def wilson(right, total, z=1.96):
    a, b, c = total + z * z, -(2 * right + z * z), right * right / total
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


# %%
# accept: float32 tensors inside
def wilson(right, total, z=1.96):
    n = torch.tensor(float(total))
    p = right / n
    middle = p + z**2 / (2 * n)
    spread = z * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    ends = torch.stack([middle - spread, middle + spread]) / (1 + z**2 / n)
    return tuple(ends.clamp(0, 1).tolist())


# %%
# accept: SciPy has it
def wilson(right, total, z=1.96):
    from scipy.stats import binomtest

    found = binomtest(int(right), int(total)).proportion_ci(math.erf(z / math.sqrt(2)), "wilson")
    return float(found.low), float(found.high)


# %%
# accept: by bisection, as a list
def wilson(right, total, z=1.96):
    p, ends = right / total, []
    for outside in (0.0, 1.0):
        inside = p
        for _ in range(100):
            q = (inside + outside) / 2
            if abs(p - q) <= z * math.sqrt(q * (1 - q) / total):
                inside = q
            else:
                outside = q
        ends.append(outside)
    return ends


# %%
# accept: written with counts
def wilson(right, total, z=1.96):
    wrong = total - right
    center = (right + z**2 / 2) / (total + z**2)
    half = z / (total + z**2) * (right * wrong / total + z**2 / 4) ** 0.5
    return center - half, center + half


# %%
# reject: zeros · expects "got 0."

# %%
# reject: one number · expects "returns 2 values, low, high; yours returns a float"
# - return (middle - spread) / scale, (middle + spread) / scale
# + return spread / scale


# %%
# reject: the plain interval · expects "Wilson's interval has z² in three more places"
def wilson(right, total, z=1.96):
    p = right / total
    spread = z * math.sqrt(p * (1 - p) / total)
    return p - spread, p + spread


# %%
# reject: nothing is divided · expects "divide the middle and the spread by 1 + z²/n"
# - scale = 1 + z**2 / total
# - return (middle - spread) / scale, (middle + spread) / scale
# + return middle - spread, middle + spread

# %%
# reject: only the middle is divided · expects "divide the spread by 1 + z²/n too"
# - return (middle - spread) / scale, (middle + spread) / scale
# + return middle / scale - spread, middle / scale + spread

# %%
# reject: only the spread is divided · expects "divide the middle by 1 + z²/n too"
# - return (middle - spread) / scale, (middle + spread) / scale
# + return middle - spread / scale, middle + spread / scale

# %%
# reject: no brackets around the denominator · expects "needs parentheses around 1 + z²/n"
# - scale = 1 + z**2 / total
# - return (middle - spread) / scale, (middle + spread) / scale
# + return (middle - spread) / 1 + z**2 / total, (middle + spread) / 1 + z**2 / total

# %%
# reject: no brackets around 2n and 4n² · expects "write z**2 / (2 * n) and z**2 / (4 * n**2)"
# - middle = p + z**2 / (2 * total)
# - spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
# + middle = p + z**2 / 2 * total
# + spread = z * math.sqrt(p * (1 - p) / total + z**2 / 4 * total**2)

# %%
# reject: z in the denominator · expects "the denominator is 1 + z²/n, with the square"
# - scale = 1 + z**2 / total
# - return (middle - spread) / scale, (middle + spread) / scale
# + return (middle - spread) / (1 + z / total), (middle + spread) / (1 + z / total)

# %%
# reject: 2n in the denominator · expects "not 1 + z²/(2n)"
# - scale = 1 + z**2 / total
# - return (middle - spread) / scale, (middle + spread) / scale
# + return (middle - spread) / (1 + z**2 / 2 / total), (middle + spread) / (1 + z**2 / 2 / total)

# %%
# reject: z² missing in the middle · expects "the middle is p + z²/(2n); its z² is missing"
# - middle = p + z**2 / (2 * total)
# + middle = p

# %%
# reject: z² missing under the root · expects "z²/(4n²) is missing under the root"
# - spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
# + spread = z * math.sqrt(p * (1 - p) / total)

# %%
# reject: 4n under the root · expects "with the square of n"
# - spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
# + spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total))

# %%
# reject: the root without z · expects "the spread is z times the root"
# - spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
# + spread = math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))

# %%
# reject: 4n is squared · expects "square n, not 4n"
# - spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
# + spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total) ** 2)

# %%
# reject: percent · expects "return shares between 0 and 1"
# - scale = 1 + z**2 / total
# + scale = (1 + z**2 / total) / 100

# %%
# reject: z written down · expects "hard-coded as 1.96"
# - p = right / total
# + p, z = right / total, 1.96

# %%
# reject: the upper end first · expects "the lower end comes first"
# - scale = 1 + z**2 / total
# - return (middle - spread) / scale, (middle + spread) / scale
# + return (middle + spread) / (1 + z**2 / total), (middle - spread) / (1 + z**2 / total)

# %%
# reject: certain when all are right · expects "is no special case"
# + if right in (0, total):
# +     return right / total, right / total
#   p = right / total

# %%
# reject: rounded · expects "leave that to the print"
# - return (middle - spread) / scale, (middle + spread) / scale
# + return round((middle - spread) / scale, 4), round((middle + spread) / scale, 4)

# %%
# reject: no brackets around 2n · expects "multiplies by n; write z**2 / (2 * n)."
# - middle = p + z**2 / (2 * total)
# + middle = p + z**2 / 2 * total

# %%
# reject: no brackets around 4n² · expects "multiplies by n²; write z**2 / (4 * n**2)."
# - spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
# + spread = z * math.sqrt(p * (1 - p) / total + z**2 / 4 * total**2)

# %%
# reject: tensors · expects "the lower end: return a float, not a Tensor: use .item()"
# in: float32 tensors inside
# - return tuple(ends.clamp(0, 1).tolist())
# + return ends[0], ends[1]
