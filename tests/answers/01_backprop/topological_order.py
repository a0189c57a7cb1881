# %%
# accept: with a stack of its own, for graphs of any depth
def topological_order(loss):
    order, done, stack = [], set(), [(loss, False)]
    while stack:
        value, ready = stack.pop()
        if id(value) in done:
            continue
        if ready:
            done.add(id(value))
            order.append(value)
        else:
            stack.append((value, True))
            stack += [(parent, False) for parent in value.parents]
    return order


# %%
# accept: a list that is searched
def topological_order(loss):
    order = []

    def visit(value):
        if any(value is known for known in order):
            return
        for parent in value.parents:
            visit(parent)
        order.append(value)

    visit(loss)
    return order


# %%
# accept: counts the uses, and removes what has none left
def topological_order(loss):
    from collections import Counter

    uses, seen, todo = Counter(), {loss}, [loss]
    while todo:
        value = todo.pop()
        for parent in value.parents:
            uses[parent] += 1
            if parent not in seen:
                seen.add(parent)
                todo.append(parent)
    backwards, free = [], [loss]
    while free:
        value = free.pop()
        backwards.append(value)
        for parent in value.parents:
            uses[parent] -= 1
            if not uses[parent]:
                free.append(parent)
    return backwards[::-1]


# %%
# reject: appended before its parents · expects "the loss comes last"
# -         for parent in value.parents:
# -             visit(parent)
# -         order.append(value)
# +         order.append(value)
# +         for parent in value.parents:
# +             visit(parent)

# %%
# reject: nothing is noted as seen · expects "stands in the list once"
# - seen.add(value)


# %%
# reject: breadth first, backwards · expects "comes before its parent"
def topological_order(loss):
    order = [loss]
    for value in order:
        order += [parent for parent in dict.fromkeys(value.parents) if parent not in order]
    return order[::-1]


# %%
# reject: appended before its parents, backwards · expects "comes before its parent"
# -         for parent in value.parents:
# -             visit(parent)
# -         order.append(value)
# +         order.insert(0, value)
# +         for parent in value.parents:
# +             visit(parent)

# %%
# reject: parents of the loss alone · expects "is missing"
# - visit(loss)
# - return order
# + return [*loss.parents, loss]

# %%
# reject: the loss is left out · expects "loss is missing"
# - return order
# + return order[:-1]

# %%
# reject: the loss comes first · expects "the loss comes last"
# - return order
# + return order[::-1]

# %%
# reject: only the first parent is followed · expects "is missing"
# - for parent in value.parents:
# + for parent in value.parents[:1]:

# %%
# reject: a set · expects "got a set"
# - return order
# + return seen

# %%
# reject: numbers instead of values · expects "the list holds values"
# - return order
# + return [value.data for value in order]

# %%
# reject: nothing · expects "is missing"
# - return order
# + return []
