"""Nested tuples, lists and dictionaries of numbers, taken apart and put together again."""


def flatten(tree):
    """The leaves of a nested structure, in order (dictionaries by their keys' insertion order), as a list."""
    if isinstance(tree, dict):
        return [leaf for branch in tree.values() for leaf in flatten(branch)]
    if isinstance(tree, (tuple, list)):
        return [leaf for branch in tree for leaf in flatten(branch)]
    return [tree]


def rebuild(tree, leaves):
    """`leaves` in the structure of `tree`."""
    return _build(tree, iter(leaves))


def _build(tree, leaves):
    if isinstance(tree, dict):
        return type(tree)((key, _build(branch, leaves)) for key, branch in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_build(branch, leaves) for branch in tree))
    if isinstance(tree, (tuple, list)):
        return type(tree)(_build(branch, leaves) for branch in tree)
    return next(leaves)


def each(function, tree):
    """`function` of every leaf, in the structure of `tree`."""
    return rebuild(tree, [function(leaf) for leaf in flatten(tree)])
