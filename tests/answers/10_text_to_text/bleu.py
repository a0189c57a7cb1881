# %%
# accept: dictionaries, logarithms
def bleu(machine, references):
    matches, runs = [0] * 4, [0] * 4
    for line, reference in zip(machine, references, strict=True):
        for n in (1, 2, 3, 4):
            left = [tuple(reference[i : i + n]) for i in range(len(reference) - n + 1)]
            for i in range(len(line) - n + 1):
                runs[n - 1] += 1
                run = tuple(line[i : i + n])
                if run in left:
                    left.remove(run)
                    matches[n - 1] += 1
    if min(matches) == 0:
        return 0
    M, R = sum(len(x) for x in machine), sum(len(x) for x in references)
    logs = sum(math.log(m / r) for m, r in zip(matches, runs, strict=True)) / 4
    return 100 * math.exp(logs + min(0.0, 1 - R / M))


# %%
# accept: numpy's geometric mean by product
def bleu(machine, references):
    def grams(words, n):
        return collections.Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))

    p = []
    for n in range(1, 5):
        hit = sum(
            min(count, grams(r, n)[g])
            for m, r in zip(machine, references, strict=True)
            for g, count in grams(m, n).items()
        )
        p.append(hit / max(1, sum(max(0, len(m) - n + 1) for m in machine)))
    M, R = len(sum(machine, [])), len(sum(references, []))
    penalty = 1.0 if M >= R else math.exp(1 - R / max(M, 1))
    return float(100 * penalty * math.prod(p) ** 0.25)


# %%
# reject: zero · expects "got 0."

# %%
# reject: from 0 to 1 · expects "multiply by 100"
# - return 100 * score * min(1.0, math.exp(1 - R / M)) if M else 0.0
# + return score * min(1.0, math.exp(1 - R / M)) if M else 0.0

# %%
# reject: no root · expects "the power of ¼"
# - score *= (matches / runs if runs else 0.0) ** 0.25
# + score *= matches / runs if runs else 0.0

# %%
# reject: single words · expects "only single words are counted"
# - for n in range(1, 5):
# + for n in (1, 1, 1, 1):

# %%
# reject: up to three words · expects "the longest is missing"
# - for n in range(1, 5):
# + for n in range(1, 4):
#
# - score *= (matches / runs if runs else 0.0) ** 0.25
# + score *= (matches / runs if runs else 0.0) ** (1 / 3)

# %%
# reject: not clipped · expects "clip the counts"
# - matches += (mine & right).total()
# + matches += sum(count for run, count in mine.items() if run in right)

# %%
# reject: sets · expects "use counters, not sets"
# - matches += (mine & right).total()
# - runs += mine.total()
# + matches += len(set(mine) & set(right))
# + runs += len(set(mine))

# %%
# reject: no penalty · expects "short lines must cost"
# - return 100 * score * min(1.0, math.exp(1 - R / M)) if M else 0.0
# + return 100 * score

# %%
# reject: a bonus for long lines · expects "has no bonus"
# - return 100 * score * min(1.0, math.exp(1 - R / M)) if M else 0.0
# + return 100 * score * math.exp(1 - R / M) if M else 0.0

# %%
# reject: M and R swapped · expects "short lines must cost"
# - M, R = sum(map(len, machine)), sum(map(len, references))
# + R, M = sum(map(len, machine)), sum(map(len, references))


# %%
# reject: the mean of the lines · expects "add up counts first"
def bleu(machine, references):
    def one(line, reference):
        score = 1.0
        for n in range(1, 5):
            mine, right = (
                collections.Counter(zip(*(w[i:] for i in range(n)), strict=False))
                for w in (line, reference)
            )
            score *= ((mine & right).total() / max(1, mine.total())) ** 0.25
        return 100 * score * min(1.0, math.exp(1 - len(reference) / len(line)))

    return sum(map(one, machine, references)) / len(machine)


# %%
# reject: precision 1 when there are no runs · expects "that precision is 0, not 1"
# - score *= (matches / runs if runs else 0.0) ** 0.25
# + score *= (matches / runs if runs else 1.0) ** 0.25


# %%
# reject: the runs of all lines in one counter · expects "Clip each line by its own reference"
def bleu(machine, references):
    score = 1.0
    for n in range(1, 5):
        mine, right = (
            collections.Counter(
                run for w in lines for run in zip(*(w[i:] for i in range(n)), strict=False)
            )
            for lines in (machine, references)
        )
        score *= ((mine & right).total() / max(1, mine.total())) ** 0.25
    M, R = sum(map(len, machine)), sum(map(len, references))
    return 100 * score * min(1.0, math.exp(1 - R / M)) if M else 0.0
