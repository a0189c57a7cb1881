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
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + print(" ".join(re.findall(r"[^\W_]+", without_tags.lower())))

# %%
# reject: a list of words · expects "yours returns a list"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return re.findall(r"[^\W_]+", without_tags.lower())

# %%
# reject: tags stay · expects "take tags out before the punctuation"
# - without_tags = re.sub(r"<[^>]*>", " ", text)
# + without_tags = text

# %%
# reject: only the one tag that the reviews hold · expects "each tag ends at the next >"
# - without_tags = re.sub(r"<[^>]*>", " ", text)
# + without_tags = text.replace("<br />", " ")

# %%
# reject: greedy tags · expects "the star takes all up to the last >"
# - without_tags = re.sub(r"<[^>]*>", " ", text)
# + without_tags = re.sub(r"<.*>", " ", text)

# %%
# reject: a tag leaves no blank · expects "what is taken out leaves a blank, or words run together"
# - without_tags = re.sub(r"<[^>]*>", " ", text)
# + without_tags = re.sub(r"<[^>]*>", "", text)

# %%
# reject: punctuation leaves no blank · expects "what is taken out leaves a blank, or words run together"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return " ".join(re.sub(r"[^\w\s]|_", "", without_tags.lower()).split())

# %%
# reject: case stays · expects "make the letters lower case"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return " ".join(re.findall(r"[^\W_]+", without_tags))

# %%
# reject: punctuation stays · expects "signs are left"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return " ".join(without_tags.lower().split())

# %%
# reject: only the punctuation of ASCII · expects "№ is neither a letter nor a digit"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + import string
# + table = {ord(sign): " " for sign in string.punctuation}
# + return " ".join(without_tags.lower().translate(table).split())

# %%
# reject: underscores stay · expects "the underscore is a sign like others"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return " ".join(re.findall(r"\w+", without_tags.lower()))

# %%
# reject: only English letters · expects "letters of every alphabet stay"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return " ".join(re.findall(r"[a-z0-9]+", without_tags.lower()))

# %%
# reject: accents are taken off · expects "letters of every alphabet stay as they are"
# + import unicodedata
#   without_tags = re.sub(r"<[^>]*>", " ", text)
# + without_tags = unicodedata.normalize("NFKD", without_tags).encode("ascii", "ignore").decode()

# %%
# reject: no digits · expects "letters with accents, and digits, stay"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return " ".join(re.findall(r"[^\W\d_]+", without_tags.lower()))

# %%
# reject: several blanks in a row · expects "one blank between words, and none at the ends"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return re.sub(r"[\W_]", " ", without_tags.lower())

# %%
# reject: blanks at the ends · expects "one blank between words, and none at the ends"
# - return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
# + return re.sub(r"[\W_]+", " ", without_tags.lower())


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
# reject: a dot does not match the end of a line · expects "the dot does not match the end of a line"
# - without_tags = re.sub(r"<[^>]*>", " ", text)
# + without_tags = re.sub(r"<.*?>", " ", text)

# %%
# reject: names of signs are undone · expects "&amp; is left as it is"
# - without_tags = re.sub(r"<[^>]*>", " ", text)
# + import html
# + without_tags = re.sub(r"<[^>]*>", " ", html.unescape(text))
