# %%
# accept: a heap of the best
def beam_search(step, state, first, end, width, max_len, alpha=0.0):
    import heapq

    alive, ended = [(0.0, [], first, state)], []
    for _ in range(max_len):
        every = [(score, tokens, end, None) for score, tokens in ended]
        for score, tokens, last, past in alive:
            log_probs, new = step(last, past)
            for token in range(len(log_probs)):
                every.append((score + float(log_probs[token]), [*tokens, token], token, new))
        best = heapq.nlargest(width, every, key=lambda b: b[0])
        ended = [(b[0], b[1]) for b in best if b[1][-1] == end]
        alive = [b for b in best if b[1][-1] != end]
        if not alive:
            break
    kept = ended + [(b[0], b[1]) for b in alive]
    score, tokens = max(kept, key=lambda b: b[0] / len(b[1]) ** alpha)
    return tokens, score


# %%
# accept: only the best extensions of each beginning are looked at
def beam_search(step, state, first, end, width, max_len, alpha=0.0):
    beams = [{"score": 0.0, "tokens": (), "state": state, "done": False}]
    rounds = 0
    while rounds < max_len and not all(beam["done"] for beam in beams):
        rounds += 1
        pool = [beam for beam in beams if beam["done"]]
        for beam in beams:
            if beam["done"]:
                continue
            last = beam["tokens"][-1] if beam["tokens"] else first
            log_probs, after = step(last, beam["state"])
            best = log_probs.topk(min(width, len(log_probs)))
            for p, token in zip(best.values.tolist(), best.indices.tolist()):
                pool.append(
                    {
                        "score": beam["score"] + p,
                        "tokens": (*beam["tokens"], token),
                        "state": after,
                        "done": token == end,
                    }
                )
        pool.sort(key=lambda beam: -beam["score"])
        beams = pool[:width]
    beams.sort(key=lambda beam: beam["score"] / len(beam["tokens"]) ** alpha)
    return list(beams[-1]["tokens"]), beams[-1]["score"]


# %%
# reject: all zeros · expects "expected ba"


# %%
# reject: greedy · expects "aa is what greedy decoding finds"
def beam_search(step, state, first, end, width, max_len, alpha=0.0):
    tokens, score, token = [], 0.0, first
    while len(tokens) < max_len and token != end:
        log_probs, state = step(token, state)
        token = int(log_probs.argmax())
        score += float(log_probs[token])
        tokens.append(token)
    return tokens, score


# %%
# reject: the first token comes along · expects "the first token does not belong"
# - if tokens[-1] == end and len(tokens) > 1:
# + if tokens[-1] == end:
#
# -     if all(tokens[-1] == end for _, tokens, _ in beams):
# -         break
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# - return tokens[1:], score
# + return beams[0][1], beams[0][0]

# %%
# reject: ended lines are extended · expects "has ended is extended"
# - if tokens[-1] == end and len(tokens) > 1:
# -     grown.append((score, tokens, past))
# -     continue
#
# - if all(tokens[-1] == end for _, tokens, _ in beams):
# -     break


# %%
# reject: one state for all beginnings · expects "beam_search"
def beam_search(step, state, first, end, width, max_len, alpha=0.0):
    beams = [(0.0, [first])]
    for _ in range(max_len):
        grown = []
        for score, tokens in beams:
            if tokens[-1] == end:
                grown.append((score, tokens))
                continue
            log_probs, _ = step(tokens[-1], state)
            grown += [(score + p, [*tokens, i]) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
    return beams[0][1][1:], beams[0][0], "no state"


# %%
# reject: the lowest score is kept · expects "expected ba"
# - if tokens[-1] == end and len(tokens) > 1:
# + if tokens[-1] == end:
#
# - beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
# + beams = sorted(grown, key=lambda beam: beam[0])[:width]
#
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# - return tokens[1:], score
# + return beams[0][1][1:], beams[0][0]

# %%
# reject: a probability · expects "the score is its logarithm"
# - if tokens[-1] == end and len(tokens) > 1:
# + if tokens[-1] == end:
#
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# - return tokens[1:], score
# + return beams[0][1][1:], math.exp(beams[0][0])

# %%
# reject: the mean of the log-probabilities · expects "that is the mean"
# - if tokens[-1] == end and len(tokens) > 1:
# + if tokens[-1] == end:
#
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# - return tokens[1:], score
# + return beams[0][1][1:], beams[0][0] / (len(beams[0][1]) - 1)


# %%
# reject: ended lines are dropped · expects "keep its place and its score"
def beam_search(step, state, first, end, width, max_len, alpha=0.0):
    beams, ended = [(0.0, [first], state)], []
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
        done = [beam for beam in beams if beam[1][-1] == end]
        beams = [beam for beam in beams if beam[1][-1] != end]
        if done:
            ended = done
        if not beams:
            break
    score, tokens, _ = (ended or beams)[0]
    return tokens[1:], score


# %%
# reject: everything is kept · expects "a beam of width 1 is greedy decoding"
# - for _ in range(max_len):
# + for _ in range(min(max_len, 4)):
#
# - beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
# + beams = sorted(grown, key=lambda beam: beam[0], reverse=True)

# %%
# reject: the best extensions of each beginning are kept · expects "not of each one"
# -     grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
# - beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
# +     best = log_probs.topk(width)
# +     pairs = zip(best.values.tolist(), best.indices.tolist(), strict=True)
# +     grown += [(score + p, [*tokens, i], new) for p, i in pairs]
# + beams = grown
#
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# + score, tokens, _ = max(beams, key=lambda beam: beam[0])

# %%
# reject: scores divided by the length decide · expects "not divided by the length"
# - beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
# + beams = sorted(grown, key=lambda beam: beam[0] / (len(beam[1]) - 1), reverse=True)[:width]


# %%
# reject: swapped results · expects "beam_search returns"
def beam_search(step, state, first, end, width, max_len, alpha=0.0):
    log_probs, _ = step(first, state)
    return log_probs.max()


# %%
# reject: every line goes on from the first state · expects "each beginning needs the state of its own past"
# - log_probs, new = step(tokens[-1], past)
# + log_probs, new = step(tokens[-1], state)

# %%
# reject: score and tokens are swapped · expects "the order of the returned values is tokens, score."
# - return tokens[1:], score
# + return score, tokens[1:]


# %%
# reject: the length penalty is not used · expects "with alpha = 1 the mean decides"
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# + score, tokens, _ = beams[0]

# %%
# reject: always the mean · expects "not divided by"
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# + score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1))

# %%
# reject: multiplied by the penalty · expects "with alpha = 1 the mean decides"
# - score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
# + score, tokens, _ = max(beams, key=lambda beam: beam[0] * (len(beam[1]) - 1) ** alpha)

# %%
# reject: the divided score comes back · expects "return the plain sum"
# - return tokens[1:], score
# + return tokens[1:], score / (len(tokens) - 1) ** alpha


# %%
# reject: an ended line keeps its place for good · expects "holds its place only while"
def beam_search(step, state, first, end, width, max_len, alpha=0.0):
    alive, ended = [(0.0, [], first, state)], []
    for _ in range(max_len):
        grown = []
        for score, tokens, last, past in alive:
            log_probs, new = step(last, past)
            grown += [(score + p, [*tokens, i], i, new) for i, p in enumerate(log_probs.tolist())]
        grown.sort(key=lambda beam: beam[0], reverse=True)
        grown = grown[: width - len(ended)]
        ended += [beam for beam in grown if beam[2] == end]
        alive = [beam for beam in grown if beam[2] != end]
        if not alive:
            break
    best = max(ended + alive, key=lambda beam: beam[0] / len(beam[1]) ** alpha)
    return best[1], best[0]
