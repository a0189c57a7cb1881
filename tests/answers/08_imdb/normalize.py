# %%
# accept: signs replaced one by one, in two substitutions
def normalize(text):
    text = re.sub("<[^>]*>", " ", text)
    text = re.sub(r"[\W_]", " ", text.lower())
    return re.sub(" +", " ", text).strip()


# %%
# accept: a loop over the characters
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
# accept: non-greedy tags, casefold, a table for translate
def normalize(text):
    text = re.sub(r"<.*?>", " ", text, flags=re.DOTALL).casefold()
    table = {ord(sign): " " for sign in set(text) if not sign.isalnum()}
    return " ".join(text.translate(table).split())


# %%
# accept: groups of letters and digits
def normalize(text):
    import itertools

    text = " ".join(re.split("<[^>]*>", text))
    groups = itertools.groupby(text, key=str.isalnum)
    return " ".join("".join(letters) for word, letters in groups if word).lower()


# %%
# reject: every result is zero · expects "got ''"


# %%
# reject: nothing is left · expects "got ''"
def normalize(text):
    return ""


# %%
# reject: prints, and returns nothing · expects "end with `return`"
def normalize(text):
    print(" ".join(re.findall(r"[^\W_]+", re.sub("<[^>]*>", " ", text).lower())))


# %%
# reject: a list of words · expects "yours returns a list"
def normalize(text):
    return re.findall(r"[^\W_]+", re.sub("<[^>]*>", " ", text).lower())


# %%
# reject: tags stay · expects "take tags out before the punctuation"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


# %%
# reject: only the one tag that the reviews hold · expects "each tag ends at the next >"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", text.replace("<br />", " ").lower()))


# %%
# reject: greedy tags · expects "each tag ends at the next >"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<.*>", " ", text).lower()))


# %%
# reject: a tag leaves no blank · expects "what is taken out leaves a blank, or words run together"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<[^>]*>", "", text).lower()))


# %%
# reject: punctuation leaves no blank · expects "what is taken out leaves a blank, or words run together"
def normalize(text):
    text = re.sub("<[^>]*>", " ", text).lower()
    return " ".join(re.sub(r"[^\w\s]|_", "", text).split())


# %%
# reject: case stays · expects "make the letters lower case"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<[^>]*>", " ", text)))


# %%
# reject: punctuation stays · expects "signs are left"
def normalize(text):
    return " ".join(re.sub("<[^>]*>", " ", text).lower().split())


# %%
# reject: only the punctuation of ASCII · expects "№ is neither a letter nor a digit"
def normalize(text):
    import string

    text = re.sub("<[^>]*>", " ", text).lower()
    return " ".join(text.translate({ord(sign): " " for sign in string.punctuation}).split())


# %%
# reject: underscores stay · expects "the underscore is a sign like others"
def normalize(text):
    return " ".join(re.findall(r"\w+", re.sub("<[^>]*>", " ", text).lower()))


# %%
# reject: only English letters · expects "letters of every alphabet stay"
def normalize(text):
    return " ".join(re.findall("[a-z0-9]+", re.sub("<[^>]*>", " ", text).lower()))


# %%
# reject: accents are taken off · expects "letters of every alphabet stay as they are"
def normalize(text):
    import unicodedata

    text = unicodedata.normalize("NFKD", re.sub("<[^>]*>", " ", text).lower())
    text = text.encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[^\W_]+", text))


# %%
# reject: no digits · expects "letters with accents, and digits, stay"
def normalize(text):
    return " ".join(re.findall(r"[^\W\d_]+", re.sub("<[^>]*>", " ", text).lower()))


# %%
# reject: several blanks in a row · expects "one blank between words, and none at the ends"
def normalize(text):
    return re.sub(r"[\W_]", " ", re.sub("<[^>]*>", " ", text).lower())


# %%
# reject: blanks at the ends · expects "one blank between words, and none at the ends"
def normalize(text):
    return re.sub(r"[\W_]+", " ", re.sub("<[^>]*>", " ", text).lower())


# %%
# reject: a lone < swallows the rest · expects "a lone < is no tag"
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
# reject: a dot does not match the end of a line · expects "a tag may hold anything"
def normalize(text):
    return " ".join(re.findall(r"[^\W_]+", re.sub("<.*?>", " ", text).lower()))


# %%
# reject: names of signs are undone · expects "&amp; is left as it is"
def normalize(text):
    import html

    text = re.sub("<[^>]*>", " ", html.unescape(text))
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
