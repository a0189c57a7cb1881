# ---
# Known right and wrong answers to the exercises of Lab 08. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1


# %%
# accept normalize: signs replaced one by one, in two substitutions
def normalize(text):
    text = re.sub("<[^>]*>", " ", text)
    text = re.sub(r"[\W_]", " ", text.lower())
    return re.sub(" +", " ", text).strip()


# %%
# accept normalize: a loop over the characters
def normalize(text):
    kept, i = [], 0
    while i < len(text):
        end = text.find(">", i) if text[i] == "<" else -1
        if end >= 0:
            kept.append(" ")
            i = end + 1
            continue
        kept.append(text[i].lower() if text[i].isalnum() else " ")
        i += 1
    return " ".join("".join(kept).split())


# %%
# accept normalize: non-greedy tags, casefold, a table for translate
def normalize(text):
    text = re.sub(r"<.*?>", " ", text, flags=re.DOTALL).casefold()
    table = {ord(sign): " " for sign in set(text) if not sign.isalnum()}
    return " ".join(text.translate(table).split())


# %%
# accept normalize: groups of letters and digits
def normalize(text):
    import itertools

    text = " ".join(re.split("<[^>]*>", text))
    groups = itertools.groupby(text, key=str.isalnum)
    return " ".join("".join(letters) for word, letters in groups if word).lower()


# %%
# reject normalize: the stub · expects "not written yet"
def normalize(text):
    raise NotImplementedError("not written yet")


# %%
# reject normalize: nothing is left · expects "got ''"
def normalize(text):
    return ""


# %%
# reject normalize: prints, and returns nothing · expects "end with `return`"
def normalize(text):
    print(" ".join(re.findall(r"[^\W_]+", re.sub("<[^>]*>", " ", text).lower())))


# %%
# reject normalize: a list of words · expects "yours returns a list"
def normalize(text):
    return re.findall(r"[^\W_]+", re.sub("<[^>]*>", " ", text).lower())


# %%
# reject normalize: tags stay · expects "take tags out before the punctuation"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


# %%
# reject normalize: only the one tag that the reviews hold · expects "each tag ends at the next >"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", text.replace("<br />", " ").lower()))


# %%
# reject normalize: greedy tags · expects "each tag ends at the next >"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<.*>", " ", text).lower()))


# %%
# reject normalize: a tag leaves no blank · expects "what is taken out leaves a blank, or words run together"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<[^>]*>", "", text).lower()))


# %%
# reject normalize: punctuation leaves no blank · expects "what is taken out leaves a blank, or words run together"
def normalize(text):
    text = re.sub("<[^>]*>", " ", text).lower()
    return " ".join(re.sub(r"[^\w\s]|_", "", text).split())


# %%
# reject normalize: case stays · expects "make the letters lower case"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<[^>]*>", " ", text)))


# %%
# reject normalize: punctuation stays · expects "signs are left"
def normalize(text):
    return " ".join(re.sub("<[^>]*>", " ", text).lower().split())


# %%
# reject normalize: only the punctuation of ASCII · expects "№ is neither a letter nor a digit"
def normalize(text):
    import string

    text = re.sub("<[^>]*>", " ", text).lower()
    return " ".join(text.translate({ord(sign): " " for sign in string.punctuation}).split())


# %%
# reject normalize: underscores stay · expects "the underscore is a sign like others"
def normalize(text):
    return " ".join(re.findall(r"\w+", re.sub("<[^>]*>", " ", text).lower()))


# %%
# reject normalize: only English letters · expects "letters of every alphabet stay"
def normalize(text):
    return " ".join(re.findall("[a-z0-9]+", re.sub("<[^>]*>", " ", text).lower()))


# %%
# reject normalize: accents are taken off · expects "letters of every alphabet stay as they are"
def normalize(text):
    import unicodedata

    text = unicodedata.normalize("NFKD", re.sub("<[^>]*>", " ", text).lower())
    text = text.encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[^\W_]+", text))


# %%
# reject normalize: no digits · expects "letters with accents, and digits, stay"
def normalize(text):
    return " ".join(re.findall(r"[^\W\d_]+", re.sub("<[^>]*>", " ", text).lower()))


# %%
# reject normalize: several blanks in a row · expects "one blank between words, and none at the ends"
def normalize(text):
    return re.sub(r"[\W_]", " ", re.sub("<[^>]*>", " ", text).lower())


# %%
# reject normalize: blanks at the ends · expects "one blank between words, and none at the ends"
def normalize(text):
    return re.sub(r"[\W_]+", " ", re.sub("<[^>]*>", " ", text).lower())


# %%
# reject normalize: a lone < swallows the rest · expects "a lone < is no tag"
def normalize(text):
    kept, inside = [], False
    for sign in text.lower():
        if sign == "<":
            inside = True
        kept.append(sign if sign.isalnum() and not inside else " ")
        if sign == ">":
            inside = False
    return " ".join("".join(kept).split())


# %%
# reject normalize: a dot does not match the end of a line · expects "a tag may hold anything"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<.*?>", " ", text).lower()))


# %%
# reject normalize: names of signs are undone · expects "&amp; is left as it is"
def normalize(text):
    import html

    text = re.sub("<[^>]*>", " ", html.unescape(text))
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


# %%
# accept seen_before: a dict, and a tensor that is filled in
def seen_before(test, train):
    seen = dict.fromkeys(train)
    result = torch.zeros(len(test), dtype=torch.bool)
    for i, text in enumerate(test):
        if text in seen:
            result[i] = True
    return result


# %%
# accept seen_before: sorted, and found by bisection
def seen_before(test, train):
    import bisect

    train = sorted(train)
    found = torch.zeros(len(test)).bool()
    for i, text in enumerate(test):
        place = bisect.bisect_left(train, text)
        found[i] = place < len(train) and train[place] == text
    return found


# %%
# accept seen_before: the common texts first
def seen_before(test, train):
    both = set(test) & set(train)
    return torch.tensor(list(map(both.__contains__, test))).bool()


# %%
# accept seen_before: a number for each text, compared by torch
def seen_before(test, train):
    numbers = {}
    for text in [*train, *test]:
        numbers.setdefault(text, len(numbers))
    old, new = (torch.tensor([numbers[t] for t in texts]) for texts in (train, test))
    return torch.isin(new, old)


# %%
# reject seen_before: the stub · expects "not written yet"
def seen_before(test, train):
    raise NotImplementedError("not written yet")


# %%
# reject seen_before: nothing returned · expects "end with `return`"
def seen_before(test, train):
    seen = set(train)
    torch.tensor([text in seen for text in test])


# %%
# reject seen_before: all False · expects "every value is zero"
def seen_before(test, train):
    return torch.zeros(len(test), dtype=torch.bool)


# %%
# reject seen_before: an empty tensor · expects "expected (test,) = (6,), got (0,)"
def seen_before(test, train):
    return torch.zeros(0, dtype=torch.bool)


# %%
# reject seen_before: a list · expects "expected a torch.Tensor, got a list"
def seen_before(test, train):
    seen = set(train)
    return [text in seen for text in test]


# %%
# reject seen_before: zeros and ones · expects "expected a bool tensor"
def seen_before(test, train):
    seen = set(train)
    return torch.tensor([int(text in seen) for text in test])


# %%
# reject seen_before: as a part of a train text · expects "only when it is the whole of a train text"
def seen_before(test, train):
    return torch.tensor([any(text in other for other in train) for text in test])


# %%
# reject seen_before: as a part of all train texts joined · expects "only when it is the whole of a train text"
def seen_before(test, train):
    everything = " ".join(train)
    return torch.tensor([text in everything for text in test])


# %%
# reject seen_before: train texts inside of test texts · expects "a part of the test text does not count"
def seen_before(test, train):
    return torch.tensor([any(other in text for other in train) for text in test])


# %%
# reject seen_before: bags of words · expects "the order of the words counts"
def seen_before(test, train):
    seen = {" ".join(sorted(text.split())) for text in train}
    return torch.tensor([" ".join(sorted(text.split())) in seen for text in test])


# %%
# reject seen_before: words instead of texts · expects "single words are looked up"
def seen_before(test, train):
    seen = {word for text in train for word in text.split()}
    return torch.tensor([all(word in seen for word in text.split()) for text in test])


# %%
# reject seen_before: inverted · expects "True is for those that were seen"
def seen_before(test, train):
    seen = set(train)
    return torch.tensor([text not in seen for text in test], dtype=torch.bool)


# %%
# reject seen_before: each train text counts once · expects "the second copy in test was seen in train as well"
def seen_before(test, train):
    seen, result = set(train), []
    for text in test:
        result.append(text in seen)
        seen.discard(text)
    return torch.tensor(result, dtype=torch.bool)


# %%
# reject seen_before: looked up in the list · expects "A list is searched from its start"
def seen_before(test, train):
    return torch.tensor([text in train for text in test], dtype=torch.bool)


# %%
# reject seen_before: the set is made for each text · expects "Is the set made once, before the loop?"
def seen_before(test, train):
    return torch.tensor([text in set(train) for text in test], dtype=torch.bool)


# %%
# reject seen_before: train asked for in test · expects "got (4,)"
def seen_before(test, train):
    seen = set(test)
    return torch.tensor([text in seen for text in train])


# %%
# reject seen_before: only the beginnings are compared · expects "the same beginning or the same end"
def seen_before(test, train):
    seen = {text[:100] for text in train}
    return torch.tensor([text[:100] in seen for text in test], dtype=torch.bool)


# %%
# reject seen_before: what test has shown counts too · expects "twice in test, and not in train"
def seen_before(test, train):
    seen, result = set(train), []
    for text in test:
        result.append(text in seen)
        seen.add(text)
    return torch.tensor(result, dtype=torch.bool)


# %%
# reject seen_before: sorts the list of the caller · expects "changes its input in place"
def seen_before(test, train):
    train.sort()
    seen = set(train)
    return torch.tensor([text in seen for text in test], dtype=torch.bool)


# %% [markdown]
# # Exercise 2


# %%
# accept wilson: the roots of the quadratic equation
def wilson(right, total, z=1.96):
    a, b, c = total + z * z, -(2 * right + z * z), right * right / total
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


# %%
# accept wilson: float32 tensors inside
def wilson(right, total, z=1.96):
    n = torch.tensor(float(total))
    p = right / n
    middle = p + z**2 / (2 * n)
    spread = z * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    ends = torch.stack([middle - spread, middle + spread]) / (1 + z**2 / n)
    return tuple(ends.clamp(0, 1).tolist())


# %%
# accept wilson: SciPy has it
def wilson(right, total, z=1.96):
    from scipy.stats import binomtest

    found = binomtest(int(right), int(total)).proportion_ci(math.erf(z / math.sqrt(2)), "wilson")
    return float(found.low), float(found.high)


# %%
# accept wilson: by bisection, as a list
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
# accept wilson: written with counts
def wilson(right, total, z=1.96):
    wrong = total - right
    center = (right + z**2 / 2) / (total + z**2)
    half = z / (total + z**2) * (right * wrong / total + z**2 / 4) ** 0.5
    return center - half, center + half


# %%
# reject wilson: the stub · expects "not written yet"
def wilson(right, total, z=1.96):
    raise NotImplementedError("not written yet")


# %%
# reject wilson: zeros · expects "every value is zero"
def wilson(right, total, z=1.96):
    return 0.0, 0.0


# %%
# reject wilson: one number · expects "returns 2 values, low, high; yours returns a float"
def wilson(right, total, z=1.96):
    p = right / total
    return z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)


# %%
# reject wilson: the plain interval · expects "Wilson's interval has z² in three more places"
def wilson(right, total, z=1.96):
    p = right / total
    spread = z * math.sqrt(p * (1 - p) / total)
    return p - spread, p + spread


# %%
# reject wilson: nothing is divided · expects "divide the middle and the spread by 1 + z²/n"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return middle - spread, middle + spread


# %%
# reject wilson: only the middle is divided · expects "divide the spread by 1 + z²/n too"
def wilson(right, total, z=1.96):
    p = right / total
    middle = (p + z**2 / (2 * total)) / (1 + z**2 / total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return middle - spread, middle + spread


# %%
# reject wilson: only the spread is divided · expects "divide the middle by 1 + z²/n too"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return middle - spread, middle + spread


# %%
# reject wilson: no brackets around the denominator · expects "needs parentheses around 1 + z²/n"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle - spread) / 1 + z**2 / total, (middle + spread) / 1 + z**2 / total


# %%
# reject wilson: no brackets around 2n and 4n² · expects "write z**2 / (2 * n)"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / 2 * total
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / 4 * total**2)
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


# %%
# reject wilson: z in the denominator · expects "the denominator is 1 + z²/n, with the square"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle - spread) / (1 + z / total), (middle + spread) / (1 + z / total)


# %%
# reject wilson: 2n in the denominator · expects "not 1 + z²/(2n)"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle - spread) / (1 + z**2 / 2 / total), (middle + spread) / (1 + z**2 / 2 / total)


# %%
# reject wilson: z² missing in the middle · expects "the middle is p + z²/(2n); its z² is missing"
def wilson(right, total, z=1.96):
    p = right / total
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (p - spread) / (1 + z**2 / total), (p + spread) / (1 + z**2 / total)


# %%
# reject wilson: z² missing under the root · expects "z²/(4n²) is missing under the root"
def wilson(right, total, z=1.96):
    p = right / total
    middle, spread = p + z**2 / (2 * total), z * math.sqrt(p * (1 - p) / total)
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


# %%
# reject wilson: 4n under the root · expects "with the square of n"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total))
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


# %%
# reject wilson: the root without z · expects "the spread is z times the root"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


# %%
# reject wilson: 4n is squared · expects "square n, not 4n"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total) ** 2)
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


# %%
# reject wilson: percent · expects "return shares between 0 and 1"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    scale = (1 + z**2 / total) / 100
    return (middle - spread) / scale, (middle + spread) / scale


# %%
# reject wilson: z written down · expects "hard-coded as 1.96"
def wilson(right, total, z=1.96):
    p, z = right / total, 1.96
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


# %%
# reject wilson: the upper end first · expects "the lower end comes first"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle + spread) / (1 + z**2 / total), (middle - spread) / (1 + z**2 / total)


# %%
# reject wilson: certain when all are right · expects "is no special case"
def wilson(right, total, z=1.96):
    if right in (0, total):
        return right / total, right / total
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


# %%
# reject wilson: rounded · expects "leave that to the print"
def wilson(right, total, z=1.96):
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return round((middle - spread) / scale, 4), round((middle + spread) / scale, 4)


# %% [markdown]
# # Exercise 3


# %%
# accept wordpiece: the end moves backwards in a while loop
def wordpiece(word, vocabulary):
    pieces = []
    start = 0
    while start < len(word):
        end = len(word)
        piece = None
        while end > start:
            candidate = word[start:end]
            if start > 0:
                candidate = "##" + candidate
            if candidate in vocabulary:
                piece = candidate
                break
            end -= 1
        if piece is None:
            return ["[UNK]"]
        pieces.append(piece)
        start = end
    return pieces


# %%
# accept wordpiece: recursion
def wordpiece(word, vocabulary):
    def cut(rest, prefix):
        if not rest:
            return []
        fits = (n for n in range(len(rest), 0, -1) if prefix + rest[:n] in vocabulary)
        n = next(fits, None)
        after = None if n is None else cut(rest[n:], "##")
        return None if after is None else [prefix + rest[:n], *after]

    pieces = cut(word, "")
    return ["[UNK]"] if pieces is None else pieces


# %%
# accept wordpiece: the longest of all pieces that fit
def wordpiece(word, vocabulary):
    pieces, rest = [], word
    while rest:
        if pieces:
            fits = [
                p for p in vocabulary if len(p) > 2 and p[:2] == "##" and rest.startswith(p[2:])
            ]
        else:
            fits = [p for p in vocabulary if p and rest.startswith(p)]
        if not fits:
            return ["[UNK]"]
        longest = max(fits, key=len)
        rest = rest[len(longest) - (2 if pieces else 0) :]
        pieces.append(longest)
    return pieces


# %%
# accept wordpiece: the rest carries its ## along
def wordpiece(word, vocabulary):
    pieces = []
    while word not in ("", "##"):
        piece = word
        while piece not in vocabulary and piece not in ("", "##"):
            piece = piece[:-1]
        if piece in ("", "##"):
            return ["[UNK]"]
        pieces.append(piece)
        word = "##" + word[len(piece) :]
    return pieces


# %%
# reject wordpiece: the stub · expects "not written yet"
def wordpiece(word, vocabulary):
    raise NotImplementedError("not written yet")


# %%
# reject wordpiece: no pieces · expects "expected ['film'], got []"
def wordpiece(word, vocabulary):
    return []


# %%
# reject wordpiece: nothing returned · expects "got None"
def wordpiece(word, vocabulary):
    [word[:end] for end in range(len(word), 0, -1)]


# %%
# reject wordpiece: always unknown · expects "the first piece is the longest that the word begins with"
def wordpiece(word, vocabulary):
    return ["[UNK]"]


# %%
# reject wordpiece: only whole words · expects "pieces inside the word begin with ##"
def wordpiece(word, vocabulary):
    return [word] if word in vocabulary else ["[UNK]"]


# %%
# reject wordpiece: shortest first · expects "the first piece is the longest that the word begins with"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(start + 1, len(word) + 1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


# %%
# reject wordpiece: longest only at the start, then shortest · expects "inside the word too, the longest piece"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        ends = range(start + 1, len(word) + 1)
        for end in ends if start else reversed(ends):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


# %%
# reject wordpiece: no ## in the look-up · expects "pieces inside the word begin with ##"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            if word[start:end] in vocabulary:
                pieces.append(word[start:end])
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


# %%
# reject wordpiece: ## is looked up and not returned · expects "pieces inside the word begin with ##"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            if ("##" if start else "") + word[start:end] in vocabulary:
                pieces.append(word[start:end])
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


# %%
# reject wordpiece: ## in front of the first piece too · expects "that the word begins with, without ##"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            if "##" + word[start:end] in vocabulary:
                pieces.append("##" + word[start:end])
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


# %%
# reject wordpiece: letters without a piece are skipped · expects "no letter is skipped"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            start += 1
    return pieces


# %%
# reject wordpiece: [UNK] for the rest alone · expects "and the whole is [UNK]"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return [*pieces, "[UNK]"]
    return pieces


# %%
# reject wordpiece: what was found so far · expects "and the whole is [UNK]"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            break
    return pieces


# %%
# reject wordpiece: shorter beginnings are tried again · expects "no shorter beginning is tried again"
def wordpiece(word, vocabulary):
    def cut(start):
        if start == len(word):
            return []
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            after = cut(end) if piece in vocabulary else None
            if after is not None:
                return [piece, *after]
        return None

    pieces = cut(0)
    return ["[UNK]"] if pieces is None else pieces


# %%
# reject wordpiece: a string instead of a list · expects "got '[UNK]'"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return "[UNK]"
    return pieces


# %%
# reject wordpiece: never ends when no piece fits · expects "Is there a loop that never ends"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
    return pieces


# %%
# reject wordpiece: no piece is longer than 14 letters · expects "however long, is one piece"
def wordpiece(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(min(len(word), start + 14), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


# %%
# reject wordpiece: adds to the vocabulary · expects "changes its input in place"
def wordpiece(word, vocabulary):
    vocabulary.add("[UNK]")
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces


# %% [markdown]
# # Exercise 4


# %%
# accept truncate: three cases
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) <= room:
        kept = ids
    elif policy == "head":
        kept = ids[:room]
    elif policy == "tail":
        kept = ids[-room:]
    else:
        back = room // 2
        kept = ids[: room - back] + (ids[-back:] if back else [])
    return [cls] + kept + [sep]


# %%
# accept truncate: drops one id at a time
def truncate(ids, length, policy, cls, sep):
    ids = list(ids)
    while len(ids) > length - 2:
        if policy == "head":
            ids.pop()
        elif policy == "tail":
            ids.pop(0)
        else:
            ids.pop(math.ceil((length - 2) / 2))
    ids.insert(0, cls)
    ids.append(sep)
    return ids


# %%
# accept truncate: the places that are kept
def truncate(ids, length, policy, cls, sep):
    room, n = length - 2, len(ids)
    front = {"head": room, "tail": 0, "both": -(-room // 2)}[policy]
    kept = [i for place, i in enumerate(ids) if place < front or place >= n - room + front]
    return [cls] + (ids if n <= room else kept) + [sep]


# %%
# accept truncate: with tensors
def truncate(ids, length, policy, cls, sep):
    x, room = torch.tensor(ids, dtype=torch.int64), min(length - 2, len(ids))
    back = {"head": 0, "tail": room, "both": room // 2}[policy]
    kept = torch.cat([x[: room - back], x[len(x) - back :]])
    return F.pad(F.pad(kept, (1, 0), value=cls), (0, 1), value=sep).tolist()


# %%
# reject truncate: the stub · expects "not written yet"
def truncate(ids, length, policy, cls, sep):
    raise NotImplementedError("not written yet")


# %%
# reject truncate: an empty list · expects "the first id must be cls and the last one sep"
def truncate(ids, length, policy, cls, sep):
    return []


# %%
# reject truncate: nothing returned · expects "end with `return`"
def truncate(ids, length, policy, cls, sep):
    [cls, *ids[: length - 2], sep]


# %%
# reject truncate: all zeros · expects "the first id must be cls and the last one sep"
def truncate(ids, length, policy, cls, sep):
    return [0] * length


# %%
# reject truncate: only the special tokens · expects "expected [90, 0, 1, 2, 3, 91], got [90, 91]"
def truncate(ids, length, policy, cls, sep):
    return [cls, sep]


# %%
# reject truncate: special tokens not counted · expects "they leave room for two ids fewer"
def truncate(ids, length, policy, cls, sep):
    if len(ids) > length:
        last = {"head": 0, "tail": length, "both": length // 2}[policy]
        ids = ids[: length - last] + ids[len(ids) - last :]
    return [cls, *ids, sep]


# %%
# reject truncate: a text that fits only without special tokens · expects "they leave room for two ids fewer"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > length:
        last = {"head": 0, "tail": room, "both": room // 2}[policy]
        ids = ids[: room - last] + ids[len(ids) - last :]
    return [cls, *ids, sep]


# %%
# reject truncate: never cut · expects "does not fit, and is not cut"
def truncate(ids, length, policy, cls, sep):
    return [cls, *ids, sep]


# %%
# reject truncate: no special tokens · expects "the first id must be cls and the last one sep"
def truncate(ids, length, policy, cls, sep):
    last = {"head": 0, "tail": length, "both": length // 2}[policy]
    return ids if len(ids) <= length else ids[: length - last] + ids[len(ids) - last :]


# %%
# reject truncate: special tokens are cut off · expects "cut the text, then put them around it"
def truncate(ids, length, policy, cls, sep):
    ids = [cls, *ids, sep]
    if len(ids) > length:
        last = {"head": 0, "tail": length, "both": length // 2}[policy]
        ids = ids[: length - last] + ids[len(ids) - last :]
    return ids


# %%
# reject truncate: ids[-0:] · expects "ids[-0:] is the whole list"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > room:
        last = {"head": 0, "tail": room, "both": room // 2}[policy]
        ids = ids[: room - last] + ids[-last:]
    return [cls, *ids, sep]


# %%
# reject truncate: ids[-0:] for both alone · expects "ids[-0:] is the whole list"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > room:
        half = room // 2
        both = ids[: room - half] + ids[-half:]
        ids = {"head": ids[:room], "tail": ids[-room:], "both": both}[policy]
    return [cls, *ids, sep]


# %%
# reject truncate: the second half gets one more · expects "with an odd room the first half gets one more"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > room:
        last = {"head": 0, "tail": room, "both": (room + 1) // 2}[policy]
        ids = ids[: room - last] + ids[len(ids) - last :]
    return [cls, *ids, sep]


# %%
# reject truncate: two equal halves · expects "with an odd room the first half gets one more"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > room:
        half = room // 2
        both = ids[:half] + ids[len(ids) - half :]
        ids = {"head": ids[:room], "tail": ids[-room:], "both": both}[policy]
    return [cls, *ids, sep]


# %%
# reject truncate: always the head · expects "those are the first ids; policy says otherwise"
def truncate(ids, length, policy, cls, sep):
    return [cls, *ids[: length - 2], sep]


# %%
# reject truncate: both is like the tail · expects "those are the last ids; policy says otherwise"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > room:
        ids = ids[:room] if policy == "head" else ids[-room:]
    return [cls, *ids, sep]


# %%
# reject truncate: a short text is doubled · expects "fits into length 5 with [CLS] and [SEP]"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    last = {"head": 0, "tail": room, "both": room // 2}[policy]
    return [cls, *ids[: room - last], *ids[max(0, len(ids) - last) :], sep]


# %%
# reject truncate: the list that came in is changed · expects "changes its input in place"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > room:
        first = {"head": room, "tail": 0, "both": room - room // 2}[policy]
        del ids[first : len(ids) - room + first]
    ids.insert(0, cls)
    ids.append(sep)
    return ids


# %%
# reject truncate: a text that is one too long is not cut · expects "the text does not fit, and is not cut"
def truncate(ids, length, policy, cls, sep):
    room = length - 2
    if len(ids) > room + 1:
        last = {"head": 0, "tail": room, "both": room // 2}[policy]
        ids = ids[: room - last] + ids[len(ids) - last :]
    return [cls, *ids, sep]


# %%
# reject truncate: room for one special token · expects "the room is length − 2"
def truncate(ids, length, policy, cls, sep):
    room = length - 1
    if len(ids) > room:
        last = {"head": 0, "tail": room, "both": room // 2}[policy]
        ids = ids[: room - last] + ids[len(ids) - last :]
    return [cls, *ids, sep]


# %% [markdown]
# # Exercise 5


# %%
# accept collate: rows filled one by one
def collate(sequences, pad):
    T = max(len(sequence) for sequence in sequences)
    tokens = torch.full((len(sequences), T), pad, dtype=torch.int64)
    mask = torch.zeros(len(sequences), T, dtype=torch.bool)
    for b, sequence in enumerate(sequences):
        tokens[b, : len(sequence)] = torch.tensor(sequence)
        mask[b, : len(sequence)] = True
    return tokens, mask


# %%
# accept collate: pad_sequence
def collate(sequences, pad):
    from torch.nn.utils.rnn import pad_sequence

    rows = [torch.tensor(sequence) for sequence in sequences]
    tokens = pad_sequence(rows, batch_first=True, padding_value=pad)
    mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True) > 0
    return tokens, mask


# %%
# accept collate: zip_longest
def collate(sequences, pad):
    from itertools import zip_longest

    columns = list(zip_longest(*sequences))
    mask = torch.tensor([[i is not None for i in column] for column in columns]).T
    tokens = torch.tensor([[pad if i is None else i for i in column] for column in columns]).T
    return tokens, mask


# %%
# accept collate: lists, returned as a list
def collate(sequences, pad):
    T = max(map(len, sequences))
    tokens = torch.LongTensor([s + [pad] * (T - len(s)) for s in sequences])
    lengths = torch.tensor([len(s) for s in sequences]).unsqueeze(1)
    return [tokens, torch.arange(T).expand_as(tokens).lt(lengths)]


# %%
# reject collate: the stub · expects "not written yet"
def collate(sequences, pad):
    raise NotImplementedError("not written yet")


# %%
# reject collate: zeros · expects "every value is zero"
def collate(sequences, pad):
    shape = len(sequences), max(map(len, sequences))
    return torch.zeros(shape, dtype=torch.int64), torch.zeros(shape, dtype=torch.bool)


# %%
# reject collate: tokens alone · expects "returns 2 values, tokens, mask; yours returns a Tensor"
def collate(sequences, pad):
    T = max(map(len, sequences))
    return torch.tensor([s + [pad] * (T - len(s)) for s in sequences])


# %%
# reject collate: filled with 0 · expects "fill it with pad"
def collate(sequences, pad):
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    tokens = torch.zeros(mask.shape, dtype=torch.int64)
    tokens[mask] = torch.tensor([i for sequence in sequences for i in sequence])
    return tokens, mask


# %%
# reject collate: padded on the left · expects "the padding stands on the left"
def collate(sequences, pad):
    T = max(map(len, sequences))
    tokens = torch.tensor([[pad] * (T - len(s)) + s for s in sequences])
    mask = torch.tensor([[False] * (T - len(s)) + [True] * len(s) for s in sequences])
    return tokens, mask


# %%
# reject collate: padded to 512 · expects "T is the longest length in this batch"
def collate(sequences, pad):
    tokens = torch.tensor([s + [pad] * (512 - len(s)) for s in sequences])
    mask = torch.tensor([[True] * len(s) + [False] * (512 - len(s)) for s in sequences])
    return tokens, mask


# %%
# reject collate: cut to the shortest · expects "T is the longest length in this batch"
def collate(sequences, pad):
    T = min(map(len, sequences))
    tokens = torch.tensor([s[:T] for s in sequences])
    return tokens, torch.ones_like(tokens).bool()


# %%
# reject collate: batch and tokens swapped · expects "Are batch and tokens swapped?"
def collate(sequences, pad):
    tokens = nn.utils.rnn.pad_sequence([torch.tensor(s) for s in sequences], padding_value=pad)
    return tokens, torch.arange(len(tokens))[:, None] < torch.tensor([len(s) for s in sequences])


# %%
# reject collate: the longest first · expects "keep the order of the sequences"
def collate(sequences, pad):
    sequences = sorted(sequences, key=len, reverse=True)
    T = max(map(len, sequences))
    tokens = torch.tensor([s + [pad] * (T - len(s)) for s in sequences])
    return tokens, torch.tensor([[True] * len(s) + [False] * (T - len(s)) for s in sequences])


# %%
# reject collate: tokens are floats · expects "An embedding needs int64"
def collate(sequences, pad):
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    tokens = torch.ones(mask.shape) * pad
    tokens[mask] = torch.tensor([float(i) for sequence in sequences for i in sequence])
    return tokens, mask


# %%
# reject collate: the mask from the ids · expects "make the mask from the lengths"
def collate(sequences, pad):
    T = max(map(len, sequences))
    tokens = torch.tensor([s + [pad] * (T - len(s)) for s in sequences])
    return tokens, tokens != pad


# %%
# reject collate: the mask inverted · expects "True is for tokens, False for padding"
def collate(sequences, pad):
    T = max(map(len, sequences))
    tokens = torch.tensor([s + [pad] * (T - len(s)) for s in sequences])
    return tokens, torch.tensor([[False] * len(s) + [True] * (T - len(s)) for s in sequences])


# %%
# reject collate: the mask of zeros and ones · expects "mask: expected bool, True where there is a token"
def collate(sequences, pad):
    T = max(map(len, sequences))
    tokens = torch.tensor([s + [pad] * (T - len(s)) for s in sequences])
    return tokens, torch.tensor([[1] * len(s) + [0] * (T - len(s)) for s in sequences])


# %%
# reject collate: everything is a token · expects "everything is marked as a token"
def collate(sequences, pad):
    T = max(map(len, sequences))
    tokens = torch.tensor([s + [pad] * (T - len(s)) for s in sequences])
    return tokens, torch.ones_like(tokens, dtype=torch.bool)


# %%
# reject collate: lists · expects "expected a torch.Tensor, got a list"
def collate(sequences, pad):
    T = max(map(len, sequences))
    mask = [[True] * len(s) + [False] * (T - len(s)) for s in sequences]
    return [s + [pad] * (T - len(s)) for s in sequences], mask


# %%
# reject collate: the sequences themselves grow · expects "changes its input in place"
def collate(sequences, pad):
    lengths = torch.tensor([len(s) for s in sequences])
    T = int(lengths.max())
    for s in sequences:
        s += [pad] * (T - len(s))
    return torch.tensor(sequences), torch.arange(T) < lengths[:, None]


# %%
# reject collate: no padding at all · expects "collate raised ValueError"
def collate(sequences, pad):
    tokens = torch.tensor(sequences)
    return tokens, tokens != pad


# %%
# reject collate: the numbers of the first check · expects "pad 9"
def collate(sequences, pad):
    width = max(len(sequence) for sequence in sequences)
    tokens = torch.tensor([list(row) + [1] * (width - len(row)) for row in sequences])
    mask = torch.tensor([[t < len(row) for t in range(width)] for row in sequences])
    return tokens, mask


# %%
# reject collate: as wide as the second sequence · expects "tokens for [[4, 4, 4], [6]]"
def collate(sequences, pad):
    width = len(sequences[1])
    tokens = torch.tensor([(list(row) + [pad] * width)[:width] for row in sequences])
    mask = torch.tensor([[t < len(row) for t in range(width)] for row in sequences])
    return tokens, mask


# %%
# accept bucketed: sorted and random.shuffle-like, in plain Python
def bucketed(lengths, batch_size, generator):
    order = sorted(range(len(lengths)), key=lambda i: int(lengths[i]))
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    result = []
    while batches:
        k = torch.randint(len(batches), (1,), generator=generator).item()
        result.append(torch.tensor(batches.pop(k)))
    return result


# %%
# accept bucketed: the longest first, and an order from random keys
def bucketed(lengths, batch_size, generator):
    order = torch.argsort(lengths, descending=True)
    keys = torch.rand(math.ceil(len(order) / batch_size), generator=generator)
    return [order[k * batch_size : (k + 1) * batch_size] for k in keys.argsort().tolist()]


# %%
# accept bucketed: ties and the order inside a batch are drawn too
def bucketed(lengths, batch_size, generator):
    order = torch.randperm(len(lengths), generator=generator)
    order = order[torch.sort(lengths[order], stable=True).indices]
    batches = []
    for batch in torch.split(order, batch_size):
        batches.append(batch[torch.randperm(len(batch), generator=generator)])
    return tuple(batches[i] for i in torch.randperm(len(batches), generator=generator).tolist())


# %%
# accept bucketed: the batch with the rest stands where it was drawn
def bucketed(lengths, batch_size, generator):
    order, n = lengths.argsort(), len(lengths)
    sizes = [batch_size] * (n // batch_size) + ([n % batch_size] if n % batch_size else [])
    sizes = [sizes[i] for i in torch.randperm(len(sizes), generator=generator)]
    batches = order.split(sizes)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: the stub · expects "not written yet"
def bucketed(lengths, batch_size, generator):
    raise NotImplementedError("not written yet")


# %%
# reject bucketed: nothing returned · expects "end with `return`"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().split(batch_size)
    [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: no batches · expects "got sizes []"
def bucketed(lengths, batch_size, generator):
    return []


# %%
# reject bucketed: zeros · expects "each index from 0 to 52 must appear in exactly one batch"
def bucketed(lengths, batch_size, generator):
    return list(torch.zeros_like(lengths).split(batch_size))


# %%
# reject bucketed: one tensor · expects "expected a list of tensors, got a Tensor"
def bucketed(lengths, batch_size, generator):
    order = lengths.argsort()
    return order[torch.randperm(len(order), generator=generator)]


# %%
# reject bucketed: lists of indices · expects "a batch: expected a torch.Tensor, got a list"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().split(batch_size)
    return [batches[i].tolist() for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: not sorted · expects "Sort by length before you cut"
def bucketed(lengths, batch_size, generator):
    batches = torch.arange(len(lengths)).split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: all sequences shuffled after sorting · expects "Sort by length before you cut"
def bucketed(lengths, batch_size, generator):
    order = lengths.argsort()
    order = order[torch.randperm(len(order), generator=generator)]
    return list(order.split(batch_size))


# %%
# reject bucketed: sorted inside the batches alone · expects "Sort by length before you cut"
def bucketed(lengths, batch_size, generator):
    order = torch.randperm(len(lengths), generator=generator)
    return [batch[lengths[batch].argsort()] for batch in order.split(batch_size)]


# %%
# reject bucketed: argsort twice gives ranks · expects "Sort by length before you cut"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().argsort().split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: not shuffled · expects "Draw the order with generator"
def bucketed(lengths, batch_size, generator):
    return list(lengths.argsort().split(batch_size))


# %%
# reject bucketed: shuffled inside the batches alone · expects "Draw the order with generator"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().split(batch_size)
    return [b[torch.randperm(len(b), generator=generator)] for b in batches]


# %%
# reject bucketed: the same order each time · expects "Draw the order with generator"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().split(batch_size)
    fixed = torch.Generator().manual_seed(0)
    return [batches[i] for i in torch.randperm(len(batches), generator=fixed)]


# %%
# reject bucketed: the rest is dropped · expects "Is the rest dropped?"
def bucketed(lengths, batch_size, generator):
    whole = len(lengths) // batch_size
    batches = lengths.argsort()[: whole * batch_size].split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: the rest is spread over the batches · expects "expected six of 8 and one of 5"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().tensor_split(-(-len(lengths) // batch_size))
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: batch_size batches · expects "expected six of 8 and one of 5"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().chunk(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: torch's own generator · expects "not with torch's own"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort().split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches))]


# %%
# reject bucketed: the shuffle of Python · expects "not with torch's own"
def bucketed(lengths, batch_size, generator):
    import random

    batches = list(lengths.argsort().split(batch_size))
    random.shuffle(batches)
    return batches


# %%
# reject bucketed: lengths · expects "Those are the lengths; return the indices"
def bucketed(lengths, batch_size, generator):
    batches = lengths.sort().values.split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: seven batches, whatever the lengths · expects "sequences in batches of 3: expected sizes"
def bucketed(lengths, batch_size, generator):
    batches = (
        lengths.argsort().split(batch_size) if len(lengths) > 50 else lengths.argsort().chunk(7)
    )
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: an empty batch at the end · expects "expected sizes [3, 3], got [0, 3, 3]"
def bucketed(lengths, batch_size, generator):
    order = lengths.argsort()
    batches = [
        order[k * batch_size : (k + 1) * batch_size] for k in range(len(order) // batch_size + 1)
    ]
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]


# %%
# reject bucketed: the rest always comes last · expects "Every order should be possible"
def bucketed(lengths, batch_size, generator):
    batches = lengths.argsort(descending=True).split(batch_size)
    order = torch.randperm(len(batches) - 1, generator=generator).tolist()
    return [batches[i] for i in [*order, len(batches) - 1]]


# %%
# reject bucketed: forward or backward · expects "Every order should be possible"
def bucketed(lengths, batch_size, generator):
    batches = list(lengths.argsort().split(batch_size))
    return batches[:: 1 if torch.rand((), generator=generator) < 0.5 else -1]


# %%
# reject bucketed: another generator with the same seed · expects "do not make another one of it"
def bucketed(lengths, batch_size, generator):
    again = torch.Generator().manual_seed(generator.initial_seed())
    batches = lengths.argsort().split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=again)]


# %% [markdown]
# # Exercise 6


# %%
# accept mask_tokens: bernoulli and masked_fill, as in the transformers library
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    inputs, labels = tokens.clone(), tokens.clone()
    chance = torch.full(tokens.shape, share, device=tokens.device).masked_fill(special, 0.0)
    chosen = torch.bernoulli(chance, generator=generator).bool()
    labels[~chosen] = -100
    masked = torch.bernoulli(torch.full_like(chance, 0.8), generator=generator).bool() & chosen
    inputs[masked] = mask_id
    half = torch.bernoulli(torch.full_like(chance, 0.5), generator=generator).bool()
    replaced = half & chosen & ~masked
    words = torch.randint(vocab_size, tokens.shape, generator=generator, device=tokens.device)
    inputs[replaced] = words[replaced]
    return inputs, labels


# %%
# accept mask_tokens: token by token
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    draws = torch.rand(3, tokens.numel(), generator=generator, dtype=torch.float64).tolist()
    inputs, labels = [], []
    for token, fixed, u, v, w in zip(
        tokens.flatten().tolist(), special.flatten().tolist(), *draws, strict=True
    ):
        chosen = u < share and not fixed
        labels.append(token if chosen else -100)
        if chosen and v < 0.8:
            token = mask_id
        elif chosen and v < 0.9:
            token = int(w * vocab_size)
        inputs.append(token)
    return torch.tensor(inputs).view(tokens.shape), torch.tensor(labels).view(tokens.shape)


# %%
# accept mask_tokens: the chosen are dealt out by a permutation
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    u = torch.rand(tokens.shape, generator=generator, device=tokens.device)
    chosen = u.masked_fill(special, 1.0) < share
    labels = tokens.masked_fill(~chosen, -100)
    index = chosen.flatten().nonzero()[:, 0]
    index = index[torch.randperm(len(index), generator=generator, device=tokens.device)]
    n = len(index) // 10
    inputs = tokens.flatten().clone()
    inputs[index[2 * n :]] = mask_id
    inputs[index[:n]] = torch.randint(vocab_size, (n,), generator=generator, device=u.device)
    return inputs.view_as(tokens), labels


# %%
# accept mask_tokens: one number tells all, since its scaled rest is uniform too
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = dict(generator=generator, device=tokens.device)
    u = torch.rand(tokens.shape, **place).masked_fill(special, 1.0)
    words = torch.randint(0, vocab_size, tokens.shape, **place)
    inputs = torch.where(u < share, tokens, tokens)
    inputs = torch.where(u < 0.9 * share, words, inputs)
    inputs = torch.where(u < 0.8 * share, mask_id, inputs)
    return inputs, torch.where(u < share, tokens, -100)


# %%
# accept mask_tokens: three kinds from multinomial
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    weights = torch.tensor([1 - share, 0.8 * share, 0.1 * share, 0.1 * share], device=tokens.device)
    kind = torch.multinomial(weights, tokens.numel(), replacement=True, generator=generator)
    kind = kind.view(tokens.shape) * ~special
    words = torch.empty_like(tokens).random_(0, vocab_size, generator=generator)
    inputs = tokens * ((kind == 0) | (kind == 3)) + mask_id * (kind == 1) + words * (kind == 2)
    return inputs, tokens * (kind > 0) - 100 * (kind == 0)


# %%
# reject mask_tokens: the stub · expects "not written yet"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    raise NotImplementedError("not written yet")


# %%
# reject mask_tokens: zeros · expects "the labels of special tokens are not -100"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    return torch.zeros_like(tokens), torch.zeros_like(tokens)


# %%
# reject mask_tokens: nothing is chosen · expects "no token was chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    return tokens.clone(), torch.full_like(tokens, -100)


# %%
# reject mask_tokens: inputs alone · expects "returns 2 values, inputs, labels; yours returns a Tensor"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    chosen = (torch.rand(tokens.shape, generator=generator) < share) & ~special
    return torch.where(chosen, mask_id, tokens)


# %%
# reject mask_tokens: special tokens masked · expects "Take them out with `& ~special`"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = torch.rand(tokens.shape, **place) < share
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: special tokens only · expects "Take them out with `& ~special`"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: always [MASK] · expects "all chosen tokens become [MASK]"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    u = torch.rand(tokens.shape, generator=generator, device=tokens.device)
    chosen = (u < share) & ~special
    return torch.where(chosen, mask_id, tokens), torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: one draw for both decisions · expects "Draw a second number for what happens"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    u = torch.rand(tokens.shape, **place)
    chosen = (u < share) & ~special
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (u < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (u >= 0.8) & (u < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: labels are the tokens · expects "are those not ignored"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, tokens.clone()


# %%
# reject mask_tokens: the chosen are ignored · expects "is it the other way round"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, -100, tokens)


# %%
# reject mask_tokens: the other tokens are ignored, special ones not · expects "the labels of special tokens"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, tokens.masked_fill(~chosen & ~special, -100)


# %%
# reject mask_tokens: labels hold the new ids · expects "They hold the new id"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, inputs, -100)


# %%
# reject mask_tokens: the unchanged ones are not in the loss · expects "Those that stay unchanged are chosen too"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(inputs != tokens, tokens, -100)


# %%
# reject mask_tokens: 85% are chosen · expects "Is 15% of all tokens chosen, or 85%?"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) > share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: one row for all · expects "all rows have the same places chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape[1], **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: whole rows · expects "all tokens of a row are chosen together"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(len(tokens), 1, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: exactly 15% of each row · expects "each row has the same share of chosen tokens"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    rank = torch.rand(tokens.shape, **place).masked_fill(special, 2.0).argsort(1).argsort(1)
    chosen = (rank < (share * (~special).sum(1, keepdim=True)).round()) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: changes tokens in place · expects "changes its input in place"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    labels = torch.where(chosen, tokens, -100)
    tokens[chosen & (fate < 0.8)] = mask_id
    replaced = chosen & (fate >= 0.8) & (fate < 0.9)
    tokens[replaced] = words[replaced]
    return tokens, labels


# %%
# reject mask_tokens: forgets the generator · expects "draw everything with the generator that you got"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    chosen = (torch.rand(tokens.shape, device=tokens.device) < share) & ~special
    fate = torch.rand(tokens.shape, device=tokens.device)
    words = torch.randint(vocab_size, tokens.shape, device=tokens.device)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: forgets the generator for the ids · expects "draw everything with the generator that you got"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    words = torch.randint_like(tokens, vocab_size)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: ids below 1000 alone · expects "drawn from the whole vocabulary"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(1000, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: ids up to the largest of the batch · expects "drawn from the whole vocabulary"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(int(tokens.max()) + 1, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: one random id for all · expects "one for each place"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    word = torch.randint(vocab_size, (1,), **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), word, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: share ignored · expects "Is 0.15 hard-coded?"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < 0.15) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: none stays as it is · expects "no chosen token stays as it is"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen, torch.where(fate < 0.8, mask_id, words), tokens)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: 10% of the 20% · expects "half of the 20% that are not masked"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    masked = chosen & (torch.rand(tokens.shape, **place) < 0.8)
    replaced = chosen & ~masked & (torch.rand(tokens.shape, **place) < 0.1)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(replaced, words, torch.where(masked, mask_id, tokens))
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: random ids over masks · expects "use one number for all three"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    masked = chosen & (torch.rand(tokens.shape, **place) < 0.8)
    replaced = chosen & (torch.rand(tokens.shape, **place) < 0.1)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(replaced, words, torch.where(masked, mask_id, tokens))
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: u < 0.9 replaces the masks · expects "they are for 0.8 ≤ u < 0.9 alone"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: 80% stay, 10% are masked · expects "10% and 80% are swapped"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate >= 0.9), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: random ids everywhere · expects "inputs changed at places that were not chosen"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where((fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: draws on the CPU · expects "It would fail on a GPU"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    chosen = (torch.rand(tokens.shape, generator=generator) < share) & ~special
    fate = torch.rand(tokens.shape, generator=generator)
    words = torch.randint(vocab_size, tokens.shape, generator=generator)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: labels are floats · expects "labels: expected int64, got torch.float32"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special
    fate = torch.rand(tokens.shape, **place)
    words = torch.randint(vocab_size, tokens.shape, **place)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), words, inputs)
    labels = torch.full(tokens.shape, -100.0)
    labels[chosen] = tokens[chosen].float()
    return inputs, labels


# %%
# reject mask_tokens: a generator of its own · expects "do not make one"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    draw = {"generator": torch.Generator().manual_seed(0)}
    chosen = (torch.rand(tokens.shape, **draw) < share) & ~special
    fate = torch.rand(tokens.shape, **draw)
    random = torch.randint(vocab_size, tokens.shape, **draw)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %%
# reject mask_tokens: one id beyond the vocabulary · expects "expected the random ids 0 … 5, each of them"
def mask_tokens(tokens, special, vocab_size, mask_id, generator, share=0.15):
    draw = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **draw) < share) & ~special
    fate = torch.rand(tokens.shape, **draw)
    random = torch.randint(vocab_size + 1, tokens.shape, **draw)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)


# %% [markdown]
# # Exercise 7


# %%
# accept classifier: a Sequential, and the mask by place
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.layers = nn.Sequential(nn.Dropout(p=dropout), nn.Linear(d_model, n_classes))

    def forward(self, tokens, mask):
        return self.layers(self.encoder(tokens, mask).last_hidden_state[:, 0, :])


# %%
# accept classifier: F.dropout, a mask of integers, a head with small weights
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
# accept classifier: the head on every token, then the first
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
# accept classifier: dropout by hand
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = dropout
        self.linear = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        first = self.encoder(tokens, attention_mask=mask).last_hidden_state[:, :1].squeeze(1)
        if self.training:
            kept = torch.empty_like(first).bernoulli_(1 - self.dropout)
            first = first * kept / (1 - self.dropout)
        return torch.einsum("bd,cd->bc", first, self.linear.weight) + self.linear.bias


# %%
# reject classifier: the stub · expects "not written yet"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        raise NotImplementedError("not written yet")

    def forward(self, tokens, mask):
        raise NotImplementedError("not written yet")


# %%
# reject classifier: the stub of forward is left · expects "not written yet"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        raise NotImplementedError("not written yet")


# %%
# reject classifier: zeros · expects "every value is zero"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        return torch.zeros(len(tokens), self.head.out_features, dtype=torch.float64)


# %%
# reject classifier: nothing returned · expects "end with `return`"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        self.head(self.dropout(self.encoder(tokens, attention_mask=mask).last_hidden_state[:, 0]))


# %%
# reject classifier: the mask is forgotten · expects "the attention mask is forgotten"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        return self.head(self.dropout(self.encoder(tokens).last_hidden_state[:, 0]))


# %%
# reject classifier: the mask is inverted · expects "is the mask inverted? True is for tokens"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=~mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: the last token · expects "the head reads the last token"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, -1]))


# %%
# reject classifier: the last real token · expects "the head reads the last real token"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[torch.arange(len(tokens)), mask.sum(1) - 1]))


# %%
# reject classifier: the mean over all places · expects "the mean over all places, padding too"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states.mean(dim=1)))


# %%
# reject classifier: the mean over the tokens · expects "the head reads the mean over the tokens"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        mean = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.head(self.dropout(mean))


# %%
# reject classifier: logits of all tokens · expects "The head reads one state of each text"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states))


# %%
# reject classifier: the first text instead of the first token · expects "got (5, 2)"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[0]))


# %%
# reject classifier: BERT's pooled output · expects "the states are in last_hidden_state"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        pooled = self.encoder(tokens, attention_mask=mask).pooler_output
        return self.head(self.dropout(pooled))


# %%
# reject classifier: squeezed, which eats a batch of one · expects "Is the batch dimension lost?"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, :1])).squeeze()


# %%
# reject classifier: probabilities · expects "return logits, not probabilities"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0])).softmax(dim=-1)


# %%
# reject classifier: log-probabilities · expects "return logits, not their log_softmax"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return F.log_softmax(self.head(self.dropout(states[:, 0])), dim=-1)


# %%
# reject classifier: a tanh as in BERT's pooler · expects "the state passes through tanh"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0].tanh()))


# %%
# reject classifier: a hidden layer · expects "2 linear layers outside of its encoder; expected one"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(
            nn.Linear(d_model, d_model),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(d_model, n_classes),
        )

    def forward(self, tokens, mask):
        return self.head(self.encoder(tokens, attention_mask=mask).last_hidden_state[:, 0])


# %%
# reject classifier: no dropout · expects "is there dropout on the state"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        return self.head(self.encoder(tokens, attention_mask=mask).last_hidden_state[:, 0])


# %%
# reject classifier: dropout on the logits · expects "dropout is applied to the logits"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.dropout(self.head(states[:, 0]))


# %%
# reject classifier: dropout twice · expects "dropout is applied twice"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(d_model, n_classes))

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: dropout 0.1 written down · expects "0.1 is hard-coded; use dropout"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: dropout left at its default · expects "0.5 is the default of nn.Dropout"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout()
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: dropout taken for the share to keep · expects "the probability of dropping a number"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(1 - dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: F.dropout never stops · expects "F.dropout needs training=self.training"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder, self.p = encoder, dropout
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(F.dropout(states[:, 0], self.p))


# %%
# reject classifier: two classes written down · expects "Use d_model and n_classes"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, 2)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: no bias · expects "the head has no bias"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes, bias=False)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: a copy of the encoder · expects "keep the encoder that you got, and no copy of it"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        import copy

        super().__init__()
        self.encoder = copy.deepcopy(encoder)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: all weights are initialized anew · expects "Keep the weights of the encoder as they are"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: the encoder is frozen · expects "no gradient reaches the encoder"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: the encoder runs under no_grad · expects "no gradient reaches the encoder"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        with torch.no_grad():
            states = self.encoder(tokens, attention_mask=mask).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %%
# reject classifier: a mask made from the tokens · expects "pass on the mask that you got"
class Classifier(nn.Module):
    def __init__(self, encoder, d_model, n_classes=2, dropout=0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, tokens, mask):
        states = self.encoder(tokens, attention_mask=tokens != 0).last_hidden_state
        return self.head(self.dropout(states[:, 0]))


# %% [markdown]
# # Exercise 8


# %%
# accept accuracy: all answers gathered, then compared
@torch.no_grad()
def accuracy(model, batches):
    mode = model.training
    model.eval()
    guesses, truths = [], []
    for tokens, mask, labels in batches:
        guesses.append(model(tokens, mask).max(dim=1).indices)
        truths.append(labels)
    model.train(mode)
    return (torch.cat(guesses) == torch.cat(truths)).double().mean().item()


# %%
# accept accuracy: inference_mode, and try … finally
def accuracy(model, batches):
    was_training = model.training
    model.eval()
    hits = []
    try:
        with torch.inference_mode():
            for tokens, mask, labels in batches:
                hits += (model(tokens, mask).softmax(-1).argmax(-1) == labels).tolist()
    finally:
        if was_training:
            model.train()
    return sum(hits) / len(hits)


# %%
# accept accuracy: the means of the batches, weighted by their sizes
def accuracy(model, batches):
    was_training = model.training
    model.train(False)
    shares, sizes = [], []
    with torch.no_grad():
        for batch in batches:
            guess = model(batch[0], batch[1]).topk(1).indices[:, 0]
            shares.append(guess.eq(batch[2]).float().mean().item())
            sizes.append(batch[2].shape[0])
    model.train(was_training)
    return float(np.average(shares, weights=sizes))


# %%
# accept accuracy: the mode of each module is kept
def accuracy(model, batches):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    right = total = 0
    previous = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    for tokens, mask, labels in batches:
        for logits, label in zip(model(tokens, mask).tolist(), labels.tolist(), strict=True):
            right += logits.index(max(logits)) == label
            total += 1
    torch.set_grad_enabled(previous)
    for module, mode in modes.items():
        module.training = mode
    return right / total


# %%
# reject accuracy: the stub · expects "not written yet"
def accuracy(model, batches):
    raise NotImplementedError("not written yet")


# %%
# reject accuracy: zero · expects "every value is zero"
def accuracy(model, batches):
    return 0.0


# %%
# reject accuracy: nothing returned · expects "end with `return`"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)


# %%
# reject accuracy: the mean over the batches · expects "the smaller batch counts too much"
def accuracy(model, batches):
    was_training, shares = model.training, []
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            shares.append((model(tokens, mask).argmax(-1) == labels).double().mean().item())
    model.train(was_training)
    return sum(shares) / len(shares)


# %%
# reject accuracy: the count · expects "that is the number of right answers"
def accuracy(model, batches):
    was_training, right = model.training, 0.0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
    model.train(was_training)
    return right


# %%
# reject accuracy: divided by the number of batches · expects "that is divided by the number of batches; divide"
def accuracy(model, batches):
    was_training, right = model.training, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
    model.train(was_training)
    return right / len(batches)


# %%
# reject accuracy: divided by batches times batch size · expects "the number of batches times their size"
def accuracy(model, batches):
    was_training, right = model.training, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
    model.train(was_training)
    return right / (len(batches) * batches.batch_size)


# %%
# reject accuracy: only the last batch · expects "only the last batch is counted"
def accuracy(model, batches):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right = (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total = len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: only the first batch · expects "does return stand inside the loop?"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
            model.train(was_training)
            return right / total


# %%
# reject accuracy: a tensor · expects "return a float, not a Tensor"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum()
            total += len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: two classes taken for granted · expects "there may be more than two classes"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += ((model(tokens, mask)[:, 1] > 0) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: the smallest logit · expects "the class with the largest logit"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmin(dim=-1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: no eval mode · expects "call model.eval() first"
def accuracy(model, batches):
    right, total = 0, 0
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    return right / total


# %%
# reject accuracy: stays in eval mode · expects "model.training was True before and is False after"
def accuracy(model, batches):
    right, total = 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    return right / total


# %%
# reject accuracy: always ends in train mode · expects "model.training was False before and is True after"
def accuracy(model, batches):
    right, total = 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    model.train()
    return right / total


# %%
# reject accuracy: the mode is asked for after eval · expects "put the model back into its mode"
def accuracy(model, batches):
    right, total = 0, 0
    model.eval()
    was_training = model.training
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: gradients are recorded · expects "use `with torch.no_grad():`"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    for tokens, mask, labels in batches:
        right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
        total += len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: gradients stay switched off · expects "gradients stay switched off after accuracy"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    torch.set_grad_enabled(False)
    for tokens, mask, labels in batches:
        right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
        total += len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: the mask is not handed over · expects "missing 1 required positional argument: 'mask'"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %%
# reject accuracy: the mode of the parts is not restored · expects "model.train(mode) sets them all"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    model.training = was_training
    return right / total


# %%
# reject accuracy: all tokens are taken for real · expects "each batch brings its own mask"
def accuracy(model, batches):
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, _, labels in batches:
            everywhere = torch.ones_like(tokens, dtype=torch.bool)
            right += (model(tokens, everywhere).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total


# %% [markdown]
# # Exercise 9


# %%
# accept parameter_groups: grouped by depth and kind
def parameter_groups(model, lr, factor, weight_decay):
    depths, groups = depths_of(model), {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        depth, matrix = depths[name], parameter.ndim > 1
        rate, decay = lr * factor**depth, weight_decay if matrix else 0
        group = groups.setdefault(
            (depth, matrix), {"params": [], "lr": rate, "weight_decay": decay}
        )
        group["params"].append(parameter)
    return list(groups.values())


# %%
# accept parameter_groups: loops over depths and kinds, some groups are empty
def parameter_groups(model, lr, factor, weight_decay):
    depths, groups = depths_of(model), []
    for depth in range(max(depths.values()) + 1):
        for matrix in (True, False):
            params = [
                p
                for name, p in model.named_parameters()
                if p.requires_grad and depths[name] == depth and (len(p.shape) >= 2) == matrix
            ]
            groups.append(
                {"params": params, "lr": lr * factor**depth, "weight_decay": weight_decay * matrix}
            )
    return groups


# %%
# accept parameter_groups: from the deepest up, by itertools.groupby, with further keys
def parameter_groups(model, lr, factor, weight_decay):
    from itertools import groupby

    depths = depths_of(model)
    trained = [
        (depths[n], p.dim() < 2, n, p) for n, p in model.named_parameters() if p.requires_grad
    ]
    trained.sort(key=lambda item: item[:3], reverse=True)
    groups = []
    for (depth, vector), members in groupby(trained, key=lambda item: item[:2]):
        groups.append({"params": [item[3] for item in members], "weight_decay": weight_decay})
        groups[-1] |= {"lr": lr * math.exp(depth * math.log(factor)), "depth": depth}
        if vector:
            groups[-1]["weight_decay"] = 0.0
    return groups


# %%
# accept parameter_groups: the rate is lowered step by step, "params" is a tuple
def parameter_groups(model, lr, factor, weight_decay):
    groups = []
    for name, depth in depths_of(model).items():
        parameter, rate = model.get_parameter(name), lr
        for _ in range(depth):
            rate = rate * factor
        if parameter.requires_grad:
            decay = 0.0 if parameter.dim() <= 1 else weight_decay
            groups += [dict(params=(parameter,), lr=rate, weight_decay=decay)]
    return groups


# %%
# reject parameter_groups: the stub · expects "not written yet"
def parameter_groups(model, lr, factor, weight_decay):
    raise NotImplementedError("not written yet")


# %%
# reject parameter_groups: nothing returned · expects "expected a list of dicts, got a NoneType"
def parameter_groups(model, lr, factor, weight_decay):
    groups = list(model.parameters())


# %%
# reject parameter_groups: all rates zero · expects "every value is zero"
def parameter_groups(model, lr, factor, weight_decay):
    return [
        {"params": [p], "lr": 0.0, "weight_decay": weight_decay * (p.dim() >= 2)}
        for p in model.parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: an empty list · expects "appears in 0 groups; expected exactly one"
def parameter_groups(model, lr, factor, weight_decay):
    return []


# %%
# reject parameter_groups: weight decay on everything · expects "Norms and biases do not decay"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {"params": [p], "lr": lr * factor ** depths[n], "weight_decay": weight_decay}
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: LayerNorm decays, biases are told by name · expects "their names differ between models"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[n],
            "weight_decay": 0.0 if n.endswith("bias") else weight_decay,
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: norms and biases are told by name · expects "the number of dimensions does not"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[n],
            "weight_decay": 0.0 if "bias" in n or "norm" in n.lower() else weight_decay,
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: biases decay, norms do not · expects "Norms and biases do not decay"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    norms = {id(p) for m in model.modules() if isinstance(m, nn.LayerNorm) for p in m.parameters()}
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[n],
            "weight_decay": 0.0 if id(p) in norms else weight_decay,
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: vectors decay, matrices do not · expects "Norms and biases do not decay"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[n],
            "weight_decay": 0.0 if p.dim() >= 2 else weight_decay,
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: nothing decays · expects "Matrices decay"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {"params": [p], "lr": lr * factor ** depths[n], "weight_decay": 0.0}
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: the embedding does not decay · expects "that of the embedding too"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[n],
            "weight_decay": weight_decay if p.dim() >= 2 and "embedding" not in n else 0.0,
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: no layer-wise rates · expects "all parameters have the learning rate of the head"
def parameter_groups(model, lr, factor, weight_decay):
    trained = [p for p in model.parameters() if p.requires_grad]
    matrices, vectors = [p for p in trained if p.dim() >= 2], [p for p in trained if p.dim() < 2]
    return [
        {"params": matrices, "lr": lr, "weight_decay": weight_decay},
        {"params": vectors, "lr": lr, "weight_decay": 0.0},
    ]


# %%
# reject parameter_groups: the factor is inverted · expects "multiply, do not divide"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr / factor ** depths[n],
            "weight_decay": weight_decay * (p.dim() >= 2),
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: linear instead of a power · expects "the factor is raised to the power of the depth"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor * depths[n],
            "weight_decay": weight_decay * (p.dim() >= 2),
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: the wrong end · expects "counts from the wrong end"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    deepest = max(depths.values())
    return [
        {
            "params": [p],
            "lr": lr * factor ** (deepest - depths[n]),
            "weight_decay": weight_decay * (p.dim() >= 2),
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: the head has depth 1 · expects "the depth is one too large"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** (depths[n] + 1),
            "weight_decay": weight_decay * (p.dim() >= 2),
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: frozen parameters too · expects "needs no gradient and must be left out"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[n],
            "weight_decay": weight_decay * (p.dim() >= 2),
        }
        for n, p in model.named_parameters()
    ]


# %%
# reject parameter_groups: the head is left out · expects "head.weight appears in 0 groups"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[n],
            "weight_decay": weight_decay * (p.dim() >= 2),
        }
        for n, p in model.named_parameters()
        if p.requires_grad and not n.startswith("head")
    ]


# %%
# reject parameter_groups: matrices alone · expects "appears in 0 groups"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {"params": [p], "lr": lr * factor ** depths[n], "weight_decay": weight_decay}
        for n, p in model.named_parameters()
        if p.requires_grad and p.dim() >= 2
    ]


# %%
# reject parameter_groups: the norms stand in two groups · expects "appears in 2 groups"
def parameter_groups(model, lr, factor, weight_decay):
    depths, groups = depths_of(model), []
    for n, p in model.named_parameters():
        if p.requires_grad:
            rate = lr * factor ** depths[n]
            groups.append({"params": [p], "lr": rate, "weight_decay": weight_decay})
            if p.dim() < 2:
                groups.append({"params": [p], "lr": rate, "weight_decay": 0.0})
    return groups


# %%
# reject parameter_groups: names instead of parameters · expects "holds the parameters, not their names"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [n],
            "lr": lr * factor ** depths[n],
            "weight_decay": weight_decay * (p.dim() >= 2),
        }
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: a parameter without its list · expects "is a list, also when it holds one parameter"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {"params": p, "lr": lr * factor ** depths[n], "weight_decay": weight_decay * (p.dim() >= 2)}
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: the decay is left to AdamW · expects "a group lacks weight_decay"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {"params": [p], "lr": lr * factor ** depths[n]}
        for n, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: a dict of groups · expects "expected a list of dicts, got a dict"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return {
        n: {"params": [p], "lr": lr * factor ** depths[n], "weight_decay": weight_decay}
        for n, p in model.named_parameters()
        if p.requires_grad
    }


# %%
# reject parameter_groups: decay for two dimensions only · expects "Matrices decay"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[name],
            "weight_decay": weight_decay if p.dim() == 2 else 0.0,
        }
        for name, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: no deeper than 4 · expects "depth 7"
def parameter_groups(model, lr, factor, weight_decay):
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** min(4, depths[name]),
            "weight_decay": weight_decay if p.dim() >= 2 else 0.0,
        }
        for name, p in model.named_parameters()
        if p.requires_grad
    ]


# %%
# reject parameter_groups: thaws what was frozen · expects "leave requires_grad alone"
def parameter_groups(model, lr, factor, weight_decay):
    names = {name for name, p in model.named_parameters() if p.requires_grad}
    model.requires_grad_(True)
    depths = depths_of(model)
    return [
        {
            "params": [p],
            "lr": lr * factor ** depths[name],
            "weight_decay": weight_decay if p.dim() >= 2 else 0.0,
        }
        for name, p in model.named_parameters()
        if name in names
    ]


# %% [markdown]
# # Exercise 10


# %%
# accept frozen_encoder: a loop over the parameters, the encoder alone stays in eval mode
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
# accept frozen_encoder: train does nothing at all
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
# accept frozen_encoder: the flags are set by hand
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
# accept frozen_encoder: nn.Module by name
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
# reject frozen_encoder: the stub · expects "not written yet"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        raise NotImplementedError("not written yet")

    def train(self, mode=True):
        raise NotImplementedError("not written yet")

    def forward(self, tokens, attention_mask):
        raise NotImplementedError("not written yet")


# %%
# reject frozen_encoder: only __init__ is written · expects "train is not written yet"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False).eval()

    def train(self, mode=True):
        raise NotImplementedError("not written yet")

    def forward(self, tokens, attention_mask):
        raise NotImplementedError("not written yet")


# %%
# reject frozen_encoder: all states zero · expects "every value is zero"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, attention_mask):
        output = self.encoder(tokens, attention_mask=attention_mask)
        output.last_hidden_state = torch.zeros_like(output.last_hidden_state)
        return output


# %%
# reject frozen_encoder: gradients stop, the mode is forgotten · expects "right after it was wrapped: encoder"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)

    def train(self, mode=True):
        return super().train(mode)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: eval in __init__, and train wakes it · expects "after model.train(): encoder"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False).eval()

    def train(self, mode=True):
        return super().train(mode)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: eval at each call, train wakes it between · expects "after model.train(): encoder"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False).eval()

    def forward(self, tokens, attention_mask):
        self.encoder.eval()
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: train is right, but the mode at the start is not · expects "right after it was wrapped"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: eval mode alone, gradients flow on · expects "still need a gradient: requires_grad_(False)"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: no_grad around the call alone · expects "still need a gradient: requires_grad_(False)"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    @torch.no_grad()
    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: an attribute of the module is set · expects "still need a gradient: requires_grad_(False)"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.encoder.requires_grad = False
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: train returns nothing · expects "train() must return self"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        super().train(False)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: train returns the encoder · expects "train() must return self"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False).eval()

    def train(self, mode=True):
        return self.encoder.eval()

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: train calls eval, which calls train · expects "eval() calls train(False)"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False).eval()

    def train(self, mode=True):
        return self.eval()

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: the same, called by __init__ · expects "train() calls super().train(False), not self.eval()"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        self.eval()
        return self

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: the mask is not passed on · expects "the mask is not passed on"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens)


# %%
# reject frozen_encoder: a deep copy is frozen · expects "do not copy it"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        import copy

        self.encoder = copy.deepcopy(encoder).requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: hidden in a list, so that train does not find it · expects "find nothing but parts"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.hidden = [encoder.requires_grad_(False).eval()]

    def forward(self, tokens, attention_mask):
        return self.hidden[0](tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: the states alone are returned · expects "return what the encoder returns, whole"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask).last_hidden_state


# %%
# reject frozen_encoder: inference mode · expects "no head can be trained on what torch.inference_mode() returns"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    @torch.inference_mode()
    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %%
# reject frozen_encoder: the mask has another name · expects "unexpected keyword argument 'attention_mask'"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.eval()

    def train(self, mode=True):
        return super().train(False)

    def forward(self, tokens, mask):
        return self.encoder(tokens, attention_mask=mask)


# %%
# reject frozen_encoder: eval() wakes it · expects "after model.eval()"
class FrozenEncoder(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.train()

    def train(self, mode=True):
        return super().train(not mode)

    def forward(self, tokens, attention_mask):
        return self.encoder(tokens, attention_mask=attention_mask)


# %% [markdown]
# # Exercise 11


# %%
# accept mean_pool: a loop over the rows
def mean_pool(states, mask):
    return torch.stack([row[keep].mean(dim=0) for row, keep in zip(states, mask)])


# %%
# accept mean_pool: nanmean over what is not padding
def mean_pool(states, mask):
    return states.masked_fill(~mask.unsqueeze(-1), float("nan")).nanmean(dim=1)


# %%
# accept mean_pool: weights by einsum, after the padding was cleared by where
def mean_pool(states, mask):
    weights = mask.to(states.dtype)
    weights = weights / weights.sum(dim=1, keepdim=True)
    clean = torch.where(mask[:, :, None], states, torch.zeros_like(states))
    return torch.einsum("bt,btd->bd", weights, clean)


# %%
# accept mean_pool: the real tokens are added to their rows
def mean_pool(states, mask):
    rows = mask.nonzero()[:, 0]
    total = states.new_zeros(states.shape[0], states.shape[2]).index_add(0, rows, states[mask])
    return total / torch.bincount(rows)[:, None]


# %%
# accept mean_pool: a copy is written to
def mean_pool(states, mask):
    kept = states.clone()
    kept[~mask] = 0
    return kept.sum(1) / mask.sum(1).clamp(min=1).unsqueeze(1)


# %%
# accept mean_pool: all real tokens in one row, split again
def mean_pool(states, mask):
    pieces = states[mask].split(mask.sum(dim=1).tolist())
    return torch.stack([piece.mean(0) for piece in pieces], dim=0)


# %%
# reject mean_pool: the stub · expects "not written yet"
def mean_pool(states, mask):
    raise NotImplementedError("not written yet")


# %%
# reject mean_pool: all zeros · expects "every value is zero"
def mean_pool(states, mask):
    return torch.zeros_like(states[:, 0])


# %%
# reject mean_pool: the padding is counted · expects "divide by the number of real tokens, not by T"
def mean_pool(states, mask):
    return states.masked_fill(~mask[..., None], 0).mean(dim=1)


# %%
# reject mean_pool: the mask is not used · expects "the mask is not used"
def mean_pool(states, mask):
    return states.mean(dim=1)


# %%
# reject mean_pool: multiplied by the mask · expects "fill with zeros instead of multiplying"
def mean_pool(states, mask):
    return (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %%
# reject mean_pool: a matrix product with the mask · expects "0 · inf and 0 · NaN are NaN"
def mean_pool(states, mask):
    weights = mask.to(states) / mask.sum(dim=1, keepdim=True)
    return (weights[:, None] @ states)[:, 0]


# %%
# reject mean_pool: the sum · expects "that is the sum"
def mean_pool(states, mask):
    return states.masked_fill(~mask[..., None], 0).sum(dim=1)


# %%
# reject mean_pool: the maximum · expects "that is the largest state, not the mean"
def mean_pool(states, mask):
    return states.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)


# %%
# reject mean_pool: the first token · expects "that is the first token"
def mean_pool(states, mask):
    return states[:, 0]


# %%
# reject mean_pool: the real tokens are cleared · expects "True is for real tokens"
def mean_pool(states, mask):
    return states.masked_fill(mask[..., None], 0).sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %%
# reject mean_pool: the mean over the padding · expects "that is the mean over the padding"
def mean_pool(states, mask):
    padding = ~mask
    return states.masked_fill(mask[..., None], 0).sum(dim=1) / padding.sum(dim=1, keepdim=True)


# %%
# reject mean_pool: divided by the tokens of the batch · expects "count them row by row"
def mean_pool(states, mask):
    return states.masked_fill(~mask[..., None], 0).sum(dim=1) / mask.sum()


# %%
# reject mean_pool: keepdim is forgotten · expects "keepdim=True"
def mean_pool(states, mask):
    return states.masked_fill(~mask[..., None], 0).sum(dim=1) / mask.sum(dim=1)


# %%
# reject mean_pool: the mask has no third dimension · expects "they do not broadcast"
def mean_pool(states, mask):
    return states.masked_fill(~mask, 0).sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %%
# reject mean_pool: the input is written to · expects "changes its input in place"
def mean_pool(states, mask):
    states[~mask] = 0
    return states.sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %%
# reject mean_pool: the graph is cut · expects "no gradient reaches the input"
def mean_pool(states, mask):
    kept = states.detach().masked_fill(~mask[..., None], 0)
    return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %%
# reject mean_pool: the result is made on the CPU · expects "It would fail on a GPU"
def mean_pool(states, mask):
    B, T, d_model = states.shape
    total = torch.zeros(B, d_model, dtype=states.dtype)
    for t in range(T):
        total = total + torch.where(mask[:, t, None], states[:, t], 0)
    return total / mask.sum(dim=1, keepdim=True)


# %%
# reject mean_pool: always float32 · expects "as the states have, got torch.float32"
def mean_pool(states, mask):
    kept = states.masked_fill(~mask[..., None], 0).float()
    return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %% [markdown]
# # Exercise 12


# %%
# accept calibration_error: a loop over the bins
def calibration_error(confidence, right, bins=10):
    error = 0.0
    for b in range(bins):
        inside = (confidence >= b / bins) & (confidence < (b + 1) / bins)
        if b == bins - 1:
            inside = confidence >= b / bins
        if inside.any():
            gap = right[inside].double().mean() - confidence[inside].double().mean()
            error += inside.double().mean().item() * abs(gap.item())
    return error


# %%
# accept calibration_error: numpy's bincount
def calibration_error(confidence, right, bins=10):
    p, hit = confidence.numpy().astype(float), right.numpy().astype(float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(np.abs(np.bincount(which, weights=hit - p)).sum() / len(p))


# %%
# accept calibration_error: bucketize, and lists of answers
def calibration_error(confidence, right, bins=10):
    inner = torch.linspace(0, 1, bins + 1, dtype=confidence.dtype)[1:-1]
    members = {}
    for which, p, hit in zip(
        torch.bucketize(confidence, inner, right=True).tolist(), confidence.tolist(), right.tolist()
    ):
        members.setdefault(which, []).append((p, hit))
    error = 0
    for pairs in members.values():
        share = sum(hit for _, hit in pairs) / len(pairs)
        mean = sum(p for p, _ in pairs) / len(pairs)
        error += len(pairs) * abs(share - mean)
    return error / len(confidence)


# %%
# accept calibration_error: one-hot membership
def calibration_error(confidence, right, bins=10):
    which = torch.floor(confidence * bins).clamp(0, bins - 1).to(torch.int64)
    member = F.one_hot(which, bins).to(confidence)  # (N, bins)
    counts = member.sum(0)
    shares = right.to(confidence) @ member / counts.clamp(min=1)
    means = confidence @ member / counts.clamp(min=1)
    return ((counts / counts.sum()) @ (shares - means).abs()).item()


# %%
# reject calibration_error: the stub · expects "not written yet"
def calibration_error(confidence, right, bins=10):
    raise NotImplementedError("not written yet")


# %%
# reject calibration_error: always zero · expects "every value is zero"
def calibration_error(confidence, right, bins=10):
    return 0.0


# %%
# reject calibration_error: the bins are not weighted · expects "each bin counts the same; weight it"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = []
    for b in which.unique():
        inside = which == b
        gaps.append((right[inside].double().mean() - confidence[inside].mean()).abs())
    return torch.stack(gaps).mean().item()


# %%
# reject calibration_error: the gaps are added up · expects "without their weights n_b / n"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    error = 0.0
    for b in which.unique():
        inside = which == b
        error += (right[inside].double().mean() - confidence[inside].mean()).abs().item()
    return error


# %%
# reject calibration_error: divided by the number of bins · expects "weight each gap with n_b / n, its share"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    error = 0.0
    for b in which.unique():
        inside = which == b
        error += (right[inside].double().mean() - confidence[inside].mean()).abs().item()
    return error / bins


# %%
# reject calibration_error: the sum is not divided · expects "is not divided by the number of answers"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item()


# %%
# reject calibration_error: no absolute values · expects "the gaps have signs that cancel"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.sum().item() / len(confidence)


# %%
# reject calibration_error: the absolute value of the sum · expects "take absolute values before you add"
def calibration_error(confidence, right, bins=10):
    return abs(right.to(confidence).mean() - confidence.mean()).item()


# %%
# reject calibration_error: the gap of each answer · expects "first take the means of a bin"
def calibration_error(confidence, right, bins=10):
    return (right.to(confidence) - confidence).abs().mean().item()


# %%
# reject calibration_error: squares · expects "the gaps are squared"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    error = 0.0
    for b in which.unique():
        inside = which == b
        gap = right[inside].double().mean() - confidence[inside].mean()
        error += inside.sum().item() * gap.item() ** 2
    return error / len(confidence)


# %%
# reject calibration_error: the largest gap · expects "that is the largest gap"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = []
    for b in which.unique():
        inside = which == b
        gaps.append((right[inside].double().mean() - confidence[inside].mean()).abs())
    return max(gaps).item()


# %%
# reject calibration_error: empty bins have a mean · expects "Leave empty bins out"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    error = 0.0
    for b in range(bins):
        inside = which == b
        gap = right[inside].double().mean() - confidence[inside].mean()
        error += inside.sum().item() * gap.abs().item()
    return error / len(confidence)


# %%
# reject calibration_error: confidence 1 has a bin that is not there · expects "confidence 1 belongs to the last bin"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long()
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: confidence 1 stands in no bin · expects "confidence 1 belongs to the last bin"
def calibration_error(confidence, right, bins=10):
    error = 0.0
    for b in range(bins):
        inside = (confidence >= b / bins) & (confidence < (b + 1) / bins)
        error += (right[inside].double().sum() - confidence[inside].sum()).abs().item()
    return error / len(confidence)


# %%
# reject calibration_error: confidence 1 has a bin of its own · expects "confidence 1 belongs to the last bin"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long()
    gaps = confidence.new_zeros(bins + 1).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: bins without their lower edge, 0 is lost · expects "confidence 0 counts too"
def calibration_error(confidence, right, bins=10):
    error = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        error += (right[inside].double().sum() - confidence[inside].sum()).abs().item()
    return error / len(confidence)


# %%
# reject calibration_error: an edge belongs to the lower bin · expects "on an edge belongs to the upper bin"
def calibration_error(confidence, right, bins=10):
    inner = torch.linspace(0, 1, bins + 1, dtype=confidence.dtype)[1:-1]
    which = torch.bucketize(confidence, inner)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: always ten bins · expects "with 4 bins"
def calibration_error(confidence, right, bins=10):
    which = (confidence * 10).long().clamp(max=9)
    gaps = confidence.new_zeros(10).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: bins over the upper half · expects "they must cover [0, 1]"
def calibration_error(confidence, right, bins=10):
    which = ((confidence - 0.5) * 2 * bins).long().clamp(0, bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: bins from the least to the largest confidence · expects "they must cover [0, 1]"
def calibration_error(confidence, right, bins=10):
    low, high = confidence.min(), confidence.max()
    which = ((confidence - low) / (high - low) * bins).long().clamp(max=bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: rounded to the nearest bin · expects "round down"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).round().long().clamp(max=bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: the middle of the bin · expects "take the mean confidence of its answers"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    error = 0.0
    for b in which.unique():
        inside = which == b
        gap = right[inside].double().mean() - (b + 0.5) / bins
        error += inside.double().mean().item() * gap.abs().item()
    return error


# %%
# reject calibration_error: a tensor · expects "return a float, not a Tensor"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum() / len(confidence)


# %%
# reject calibration_error: bool and float are subtracted · expects "with a bool tensor is not supported"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %%
# reject calibration_error: the first bin is joined with the second · expects "the first two bins are two"
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(1, bins - 1)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)


# %% [markdown]
# # Exercise 13


# %%
# accept gradient_times_input: a gate for each token, whose gradient is the score
def gradient_times_input(function, vectors):
    gates = torch.ones(vectors.shape[:2], dtype=vectors.dtype, device=vectors.device)
    gates.requires_grad_()
    out = function(vectors.detach() * gates.unsqueeze(-1))
    return torch.autograd.grad(out.sum(), gates)[0]


# %%
# accept gradient_times_input: backward that reaches the vectors only
def gradient_times_input(function, vectors):
    x = vectors.detach().clone()
    x.requires_grad = True
    function(x).sum().backward(inputs=[x])
    return torch.einsum("btd,btd->bt", x.grad, vectors.detach())


# %%
# accept gradient_times_input: torch.func.grad
def gradient_times_input(function, vectors):
    gradient = torch.func.grad(lambda x: function(x).sum())(vectors.detach())
    return (gradient * vectors).sum(2).detach()


# %%
# accept gradient_times_input: text by text
def gradient_times_input(function, vectors):
    leaf = vectors.clone().detach().requires_grad_(True)
    out = function(leaf)
    rows = []
    for b in range(len(out)):
        gradient = torch.autograd.grad(out[b], leaf, retain_graph=True)[0][b]
        rows.append((gradient * leaf[b]).sum(-1))
    return torch.stack(rows).detach()


# %%
# accept gradient_times_input: the vectors keep their graph, a weight for each output
def gradient_times_input(function, vectors):
    with torch.enable_grad():
        x = vectors.clone() if vectors.requires_grad else vectors.clone().requires_grad_()
        out = function(x)
        gradient = torch.autograd.grad(out, x, grad_outputs=torch.ones_like(out))[0]
    with torch.no_grad():
        return torch.linalg.vecdot(gradient, x)


# %%
# reject gradient_times_input: the stub · expects "not written yet"
def gradient_times_input(function, vectors):
    raise NotImplementedError("not written yet")


# %%
# reject gradient_times_input: all zeros · expects "every value is zero"
def gradient_times_input(function, vectors):
    return vectors.detach().sum(dim=-1) * 0


# %%
# reject gradient_times_input: the gradient alone · expects "multiply it by the vectors"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return gradient.sum(dim=-1)


# %%
# reject gradient_times_input: the length of the gradient · expects "that is the length of the gradient"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return gradient.norm(dim=-1)


# %%
# reject gradient_times_input: the signs are lost · expects "the scores lost their signs"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x.detach()).sum(dim=-1).abs()


# %%
# reject gradient_times_input: absolute values are summed · expects "absolute values are summed"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x.detach()).abs().sum(dim=-1)


# %%
# reject gradient_times_input: the mean over d_model · expects "averaged over d_model"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x.detach()).mean(dim=-1)


# %%
# reject gradient_times_input: the mean over the texts · expects "sum the outputs"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).mean(), x)
    return (gradient * x.detach()).sum(dim=-1)


# %%
# reject gradient_times_input: the first text alone · expects "only the first text has scores"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x)[0], x)
    return (gradient * x.detach()).sum(dim=-1)


# %%
# reject gradient_times_input: scaled to a sum of 1 · expects "the scores are scaled"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    scores = (gradient * x.detach()).sum(dim=-1)
    return scores / scores.abs().sum(dim=1, keepdim=True)


# %%
# reject gradient_times_input: not summed · expects "One score for each token: sum over d_model"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return gradient * x.detach()


# %%
# reject gradient_times_input: summed over the tokens · expects "sum over d_model, the last dimension"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x.detach()).sum(dim=1)


# %%
# reject gradient_times_input: the outputs are not summed · expects "take the sum of several"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x), x)
    return (gradient * x.detach()).sum(dim=-1)


# %%
# reject gradient_times_input: no gradient was asked for · expects "nothing was recorded"
def gradient_times_input(function, vectors):
    x = vectors.detach()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x).sum(dim=-1)


# %%
# reject gradient_times_input: backward fills the weights' gradients too · expects "not backward()"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    function(x).sum().backward()
    return (x.grad * x.detach()).sum(dim=-1)


# %%
# reject gradient_times_input: the scores hang on the graph · expects "return them detached"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x).sum(dim=-1)


# %%
# reject gradient_times_input: the input requires a gradient afterwards · expects "work on vectors.detach()"
def gradient_times_input(function, vectors):
    vectors.requires_grad_()
    (gradient,) = torch.autograd.grad(function(vectors).sum(), vectors)
    return (gradient * vectors).sum(dim=-1).detach()


# %%
# reject gradient_times_input: only for vectors without a graph · expects "detach them first"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_() if vectors.is_leaf else vectors
    function(x).sum().backward(inputs=[x] if x.is_leaf else None)
    return (x.grad * x).sum(dim=-1).detach()


# %%
# reject gradient_times_input: the tuple is multiplied · expects "torch.autograd.grad, for one, returns a tuple"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    gradient = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x.detach()).sum(dim=-1)


# %%
# reject gradient_times_input: the tuple is not unpacked · expects "expected a torch.Tensor, got a tuple"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)


# %% [markdown]
# # Exercise 14


# %%
# accept last_token: a loop over the rows
def last_token(states, mask):
    return torch.stack([row[keep][-1] for row, keep in zip(states, mask)])


# %%
# accept last_token: turned around, the first real one
def last_token(states, mask):
    from_the_end = mask.flip(1).int().argmax(dim=1)
    last = mask.shape[1] - 1 - from_the_end
    index = last[:, None, None].expand(-1, 1, states.shape[2])
    return states.gather(1, index).squeeze(1)


# %%
# accept last_token: the token after which no real one comes
def last_token(states, mask):
    count = mask.cumsum(dim=1)
    return states[mask & (count == mask.sum(dim=1, keepdim=True))]


# %%
# accept last_token: the largest place, picked by a one-hot product
def last_token(states, mask):
    T = mask.shape[1]
    places = torch.arange(T, device=mask.device).expand_as(mask).masked_fill(~mask, -1)
    chosen = F.one_hot(places.amax(dim=1), T).to(states.dtype)
    return torch.einsum("bt,btd->bd", chosen, states)


# %%
# accept last_token: token by token, a later one takes the place
def last_token(states, mask):
    found = states[:, 0]
    for t in range(1, states.shape[1]):
        found = torch.where(mask[:, t].unsqueeze(1), states[:, t], found)
    return found


# %%
# reject last_token: the stub · expects "not written yet"
def last_token(states, mask):
    raise NotImplementedError("not written yet")


# %%
# reject last_token: all zeros · expects "every value is zero"
def last_token(states, mask):
    return torch.zeros_like(states[:, 0])


# %%
# reject last_token: the last place · expects "that is the last place, which may be padding"
def last_token(states, mask):
    return states[:, -1]


# %%
# reject last_token: the first token · expects "that is the first token, [CLS]"
def last_token(states, mask):
    return states[:, 0]


# %%
# reject last_token: counted, good for padding on the right · expects "only when the padding is on the right"
def last_token(states, mask):
    rows = torch.arange(len(states), device=mask.device)
    return states[rows, mask.sum(dim=1) - 1]


# %%
# reject last_token: counted, without − 1 · expects "the first place of padding, one too far"
def last_token(states, mask):
    rows = torch.arange(len(states), device=mask.device)
    return states[rows, mask.sum(dim=1)]


# %%
# reject last_token: one too early · expects "one place too early"
def last_token(states, mask):
    rows = torch.arange(len(states), device=mask.device)
    places = torch.arange(mask.shape[1], device=mask.device)
    return states[rows, (places * mask).argmax(dim=1) - 1]


# %%
# reject last_token: the mean · expects "that is the mean over the tokens; take one"
def last_token(states, mask):
    return states.masked_fill(~mask[..., None], 0).sum(dim=1) / mask.sum(dim=1, keepdim=True)


# %%
# reject last_token: the maximum · expects "that is the largest state"
def last_token(states, mask):
    return states.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)


# %%
# reject last_token: argmax of the mask, the first real token · expects "that is the first token, [CLS]"
def last_token(states, mask):
    rows = torch.arange(len(states), device=mask.device)
    return states[rows, mask.int().argmax(dim=1)]


# %%
# reject last_token: argmax of a bool tensor · expects "does not support bool input"
def last_token(states, mask):
    rows = torch.arange(len(states), device=mask.device)
    return states[rows, mask.argmax(dim=1)]


# %%
# reject last_token: counted from the end · expects "counted from the end"
def last_token(states, mask):
    rows = torch.arange(len(states), device=mask.device)
    return states[rows, mask.flip(1).int().argmax(dim=1)]


# %%
# reject last_token: before the first place of padding · expects "wherever the padding stands"
def last_token(states, mask):
    rows = torch.arange(len(states), device=mask.device)
    return states[rows, (~mask).int().argmax(dim=1) - 1]


# %%
# reject last_token: every place of every row · expects "takes every place from every row"
def last_token(states, mask):
    places = torch.arange(mask.shape[1], device=mask.device)
    return states[:, (places * mask).argmax(dim=1)]


# %%
# reject last_token: the places are returned · expects "Is the d_model dimension lost?"
def last_token(states, mask):
    return (torch.arange(mask.shape[1], device=mask.device) * mask).argmax(dim=1)


# %%
# reject last_token: gather leaves a dimension · expects "There is an extra dimension of size 1"
def last_token(states, mask):
    last = (torch.arange(mask.shape[1], device=mask.device) * mask).argmax(dim=1)
    return states.gather(1, last[:, None, None].expand(-1, 1, states.shape[2]))


# %%
# reject last_token: the places lie on the CPU · expects "It would fail on a GPU"
def last_token(states, mask):
    last = (torch.arange(mask.shape[1]) * mask).argmax(dim=1)
    return states[torch.arange(len(states), device=mask.device), last]


# %%
# reject last_token: the graph is cut · expects "no gradient reaches the input"
def last_token(states, mask):
    return torch.stack([row[keep][-1] for row, keep in zip(states.detach(), mask)])


# %%
# reject last_token: places counted in bytes · expects "a text of 300 tokens"
def last_token(states, mask):
    places = torch.arange(mask.shape[1], device=mask.device).to(torch.uint8)
    return states[torch.arange(len(states), device=mask.device), (places * mask).argmax(dim=1)]


# %% [markdown]
# # Exercise 15


# %%
# accept align_labels: a set of the words that were seen
def align_labels(word_labels, word_ids):
    seen, labels = {None}, []
    for word in word_ids:
        labels.append(-100 if word in seen else word_labels[word])
        seen.add(word)
    return labels


# %%
# accept align_labels: pairs of neighbors
def align_labels(word_labels, word_ids):
    return [
        word_labels[word] if word is not None and word != before else -100
        for before, word in zip([None, *word_ids], word_ids)
    ]


# %%
# accept align_labels: a list of −100, the first place of each word is found
def align_labels(word_labels, word_ids):
    labels = [-100] * len(word_ids)
    for word, label in enumerate(word_labels):
        if word in word_ids:
            labels[word_ids.index(word)] = label
    return labels


# %%
# accept align_labels: groupby
def align_labels(word_labels, word_ids):
    from itertools import groupby

    labels = []
    for word, pieces in groupby(word_ids):
        count = sum(1 for _ in pieces)
        first = -100 if word is None else word_labels[word]
        labels.extend([first] + [-100] * (count - 1))
    return labels


# %%
# accept align_labels: the place of the first piece in a dict, from the back
def align_labels(word_labels, word_ids):
    first = {}
    for place in reversed(range(len(word_ids))):
        first[word_ids[place]] = place
    first.pop(None, None)
    return [
        word_labels[w] if w is not None and first[w] == k else -100 for k, w in enumerate(word_ids)
    ]


# %%
# reject align_labels: the stub · expects "not written yet"
def align_labels(word_labels, word_ids):
    raise NotImplementedError("not written yet")


# %%
# reject align_labels: all zeros · expects "special tokens get -100; 0 is a label like others"
def align_labels(word_labels, word_ids):
    return [0] * len(word_ids)


# %%
# reject align_labels: nothing returned · expects "Does your function end with `return`?"
def align_labels(word_labels, word_ids):
    labels = [-100 if word is None else word_labels[word] for word in word_ids]


# %%
# reject align_labels: each piece has the label · expects "only the first piece of a word carries the label"
def align_labels(word_labels, word_ids):
    return [-100 if word is None else word_labels[word] for word in word_ids]


# %%
# reject align_labels: the last piece has the label · expects "carries the label, not the last one"
def align_labels(word_labels, word_ids):
    return [
        word_labels[word] if word is not None and word != after else -100
        for word, after in zip(word_ids, [*word_ids[1:], None])
    ]


# %%
# reject align_labels: 0 for special tokens · expects "special tokens get -100; 0 is a label like others"
def align_labels(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        if word is None:
            labels.append(0)
        else:
            labels.append(word_labels[word] if word != before else -100)
        before = word
    return labels


# %%
# reject align_labels: 0 for the other pieces · expects "pieces after the first get -100"
def align_labels(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        if word is None:
            labels.append(-100)
        else:
            labels.append(word_labels[word] if word != before else 0)
        before = word
    return labels


# %%
# reject align_labels: labels are compared · expects "compare words, not labels"
def align_labels(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        label = -100 if word is None else word_labels[word]
        labels.append(label if label != before else -100)
        before = label
    return labels


# %%
# reject align_labels: None is taken for a word · expects "not NoneType"
def align_labels(word_labels, word_ids):
    labels, before = [], -1
    for word in word_ids:
        labels.append(word_labels[word] if word != before else -100)
        before = word
    return labels


# %%
# reject align_labels: word 0 is taken for None · expects "0 is the number of a word: ask `is None`"
def align_labels(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        labels.append(word_labels[word] if word and word != before else -100)
        before = word
    return labels


# %%
# reject align_labels: special tokens are skipped · expects "one label per token is wanted"
def align_labels(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        if word is None:
            continue
        labels.append(word_labels[word] if word != before else -100)
        before = word
    return labels


# %%
# reject align_labels: the labels of the words, one by one · expects "one label per token is wanted"
def align_labels(word_labels, word_ids):
    return [-100, *word_labels, -100]


# %%
# reject align_labels: words are counted · expects "a word may have no token"
def align_labels(word_labels, word_ids):
    labels, before, remaining = [], None, iter(word_labels)
    for word in word_ids:
        first = word is not None and word != before
        labels.append(next(remaining) if first else -100)
        before = word
    return labels


# %%
# reject align_labels: a tensor · expects "expected a list, got a Tensor"
def align_labels(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        labels.append(word_labels[word] if word is not None and word != before else -100)
        before = word
    return torch.tensor(labels)


# %%
# reject align_labels: the input is used up · expects "changes its input in place"
def align_labels(word_labels, word_ids):
    labels, before = [], None
    for word in word_ids:
        first = word is not None and word != before
        labels.append(word_labels.pop(0) if first else -100)
        before = word
    return labels


# %%
# accept token_loss: the classes in dimension 1
def token_loss(logits, labels):
    return F.cross_entropy(logits.transpose(1, 2), labels)


# %%
# accept token_loss: by hand, picked with gather
def token_loss(logits, labels):
    kept = labels != -100
    log_probs = logits.log_softmax(dim=-1)
    each = -log_probs.gather(-1, labels.clamp(min=0).unsqueeze(-1)).squeeze(-1)  # (B, T)
    return each.masked_fill(~kept, 0).sum() / kept.sum()


# %%
# accept token_loss: the labeled tokens are taken out first
def token_loss(logits, labels):
    chosen, truth = logits[labels != -100], labels[labels != -100]  # (N, n_classes), (N,)
    return (torch.logsumexp(chosen, 1) - chosen[torch.arange(len(truth)), truth]).mean()


# %%
# accept token_loss: sentence by sentence, summed
def token_loss(logits, labels):
    total, count = 0.0, 0
    for x, y in zip(logits, labels):
        total = total + F.cross_entropy(x, y, reduction="sum")
        count += int((y >= 0).sum())
    return total / count


# %%
# accept token_loss: log_softmax twice does no harm
def token_loss(logits, labels):
    log_probs = F.log_softmax(logits, dim=-1)
    return nn.CrossEntropyLoss()(log_probs.reshape(-1, logits.shape[-1]), labels.reshape(-1))


# %%
# reject token_loss: the stub · expects "not written yet"
def token_loss(logits, labels):
    raise NotImplementedError("not written yet")


# %%
# reject token_loss: zero · expects "every value is zero"
def token_loss(logits, labels):
    return logits.sum() * 0


# %%
# reject token_loss: the mean over the sentences · expects "take it over all tokens"
def token_loss(logits, labels):
    return torch.stack([F.cross_entropy(x, y) for x, y in zip(logits, labels)]).mean()


# %%
# reject token_loss: the sum · expects "take the mean over labeled tokens"
def token_loss(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")


# %%
# reject token_loss: divided by all places · expects "divided by all places, ignored ones too"
def token_loss(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none").mean()


# %%
# reject token_loss: divided by the sentences · expects "divided by the number of sentences"
def token_loss(logits, labels):
    total = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
    return total / len(labels)


# %%
# reject token_loss: −100 is class 0 · expects "−100 is taken for class 0"
def token_loss(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten().clamp(min=0))


# %%
# reject token_loss: class 0 is ignored too · expects "class 0 is left out"
def token_loss(logits, labels):
    return F.cross_entropy(logits[labels > 0], labels[labels > 0])


# %%
# reject token_loss: class 0 is ignored instead · expects "Target -100 is out of bounds"
def token_loss(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=0)


# %%
# reject token_loss: −100 picks a log-probability · expects "says that there is none"
def token_loss(logits, labels):
    picked = logits.log_softmax(-1).gather(-1, labels[..., None])[..., 0]
    return -picked[labels != -100].mean()


# %%
# reject token_loss: softmax first · expects "F.cross_entropy applies softmax itself"
def token_loss(logits, labels):
    return F.cross_entropy(logits.softmax(dim=-1).flatten(0, 1), labels.flatten())


# %%
# reject token_loss: nll_loss of raw logits · expects "F.nll_loss wants log-probabilities"
def token_loss(logits, labels):
    return F.nll_loss(logits.flatten(0, 1), labels.flatten())


# %%
# reject token_loss: classes and places are mixed · expects "a reshape mixes places and classes"
def token_loss(logits, labels):
    B, T, n_classes = logits.shape
    return F.cross_entropy(logits.reshape(B, n_classes, T), labels)


# %%
# reject token_loss: nothing is flattened · expects "looks for the classes in dimension 1"
def token_loss(logits, labels):
    return F.cross_entropy(logits, labels)


# %%
# reject token_loss: label smoothing · expects "label smoothing was not asked for"
def token_loss(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=0.1)


# %%
# reject token_loss: no reduction · expects "expected one number, the mean over the labeled tokens"
def token_loss(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")


# %%
# reject token_loss: detached · expects "has no graph behind it"
def token_loss(logits, labels):
    return F.cross_entropy(logits.detach().flatten(0, 1), labels.flatten())


# %%
# reject token_loss: a Python number · expects "Return the tensor itself, without .item()"
def token_loss(logits, labels):
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten()).item()


# %%
# reject token_loss: the first place is left out · expects "token_loss: expected"
def token_loss(logits, labels):
    return F.cross_entropy(logits[:, 1:].flatten(0, 1), labels[:, 1:].flatten())
