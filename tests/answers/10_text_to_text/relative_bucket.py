# %%
# accept: a mask in place of where, two ways first
def relative_bucket(offset, n_buckets, max_distance, two_ways):
    start = torch.zeros_like(offset)
    if two_ways:
        n_buckets = n_buckets // 2
        start[offset > 0] = n_buckets
        d = offset.abs()
    else:
        d = torch.relu(-offset)
    exact = n_buckets // 2
    bucket = d.clone()
    far = d >= exact
    grown = torch.log2(d[far] / exact) / math.log2(max_distance / exact) * (n_buckets - exact)
    bucket[far] = (exact + torch.floor(grown).long()).clamp(max=n_buckets - 1)
    return start + bucket


# %%
# accept: entry by entry
def relative_bucket(offset, n_buckets, max_distance, two_ways):
    def one(o):
        n = n_buckets // 2 if two_ways else n_buckets
        d = abs(o) if two_ways else max(0, -o)
        exact = n // 2
        b = d
        if d >= exact:
            b = exact + int(math.log(d / exact) / math.log(max_distance / exact) * (n - exact))
            b = min(b, n - 1)
        return b + (n if two_ways and o > 0 else 0)

    flat = [one(int(o)) for o in offset.flatten()] if offset.device.type == "cpu" else []
    if not flat:
        return torch.zeros_like(offset)
    return torch.tensor(flat, device=offset.device).view(offset.shape)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: no last bucket · expects "clamp"
# - bucket = torch.where(d < exact, d, (exact + far.long()).clamp(max=n - 1))
# + bucket = torch.where(d < exact, d, exact + far.long())

# %%
# reject: rounded to the nearest · expects "round down"
# - bucket = torch.where(d < exact, d, (exact + far.long()).clamp(max=n - 1))
# + bucket = torch.where(d < exact, d, (exact + far.round().long()).clamp(max=n - 1))

# %%
# reject: exact is not added · expects "the far buckets begin at exact"
# - bucket = torch.where(d < exact, d, (exact + far.long()).clamp(max=n - 1))
# + bucket = torch.where(d < exact, d, far.long().clamp(max=n - 1))

# %%
# reject: no logarithm · expects "far distances share buckets"
# - bucket = torch.where(d < exact, d, (exact + far.long()).clamp(max=n - 1))
# + bucket = d.clamp(max=n - 1)

# %%
# reject: half of the buckets one way, too · expects "all 16 buckets serve the earlier keys"
# - n = n_buckets // 2 if two_ways else n_buckets
# + n = n_buckets // 2

# %%
# reject: the sign of the offset · expects "earlier keys have negative offsets"
# - d = offset.abs() if two_ways else (-offset).clamp(min=0)
# + d = offset.abs() if two_ways else offset.clamp(min=0)

# %%
# reject: both directions one way · expects "later keys are never seen"
# - d = offset.abs() if two_ways else (-offset).clamp(min=0)
# + d = offset.abs()

# %%
# reject: the halves are swapped · expects "later keys are the second half"
# - return bucket + n * (offset > 0) if two_ways else bucket
# + return bucket + n * (offset < 0) if two_ways else bucket

# %%
# reject: offset 0 in the second half · expects "the second is for offset > 0"
# - return bucket + n * (offset > 0) if two_ways else bucket
# + return bucket + n * (offset >= 0) if two_ways else bucket

# %%
# reject: one half for both · expects "both sides have the same buckets"
# - return bucket + n * (offset > 0) if two_ways else bucket
# + return bucket

# %%
# reject: floats · expects "int64"
# - return bucket + n * (offset > 0) if two_ways else bucket
# + return (bucket + n * (offset > 0) if two_ways else bucket).float()


# %%
# reject: half of the buckets only for the later keys · expects "in the whole formula"
# - n = n_buckets // 2 if two_ways else n_buckets
# + n = n_buckets
#
# - return bucket + n * (offset > 0) if two_ways else bucket
# + return bucket + n // 2 * (offset > 0) if two_ways else bucket

# %%
# reject: made on the CPU · expects "on the device of those you got"
# in: entry by entry
# - flat = [one(int(o)) for o in offset.flatten()] if offset.device.type == "cpu" else []
# + flat = [one(o) for o in offset.flatten().tolist()]
#
# - return torch.tensor(flat, device=offset.device).view(offset.shape)
# + return torch.tensor(flat).view(offset.shape)
