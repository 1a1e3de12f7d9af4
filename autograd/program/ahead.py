"""What the next step reads is brought near while this one computes: a batch of a large array comes from far away.

The products do it, some lines of the cache before each tile (`products`): that costs nothing, since they wait for sums.
"""

import numpy as np

from .vocabulary import CACHE_LINE, FETCHED, PRODUCT, UNIT

LARGE = 1 << 15  # bytes of a batch that are worth it
LONG = 32  # sums in which there is time
MOST = 16  # lines of the cache at once


def bring_ahead(table, sizes, tiles_of):
    """Let the products of a program bring the next items of an input near.

    sizes      bytes of the inputs' batches, of which the largest counts
    tiles_of   how many tiles a product of so many rows and columns, of numbers of so many bytes, consists of

    Returns who brings what, a row each: line, input, from which byte of the batch on. Every second one takes a part of
    the batch's second half: helpers take turns likewise, and each has a cache of its own.
    """
    products = [number for number, row in enumerate(table) if row[0] == PRODUCT and row[11] >= LONG]
    if not products or max(sizes, default=0) < LARGE:
        return np.zeros((0, 3), np.int64)
    largest = int(np.argmax(sizes))
    tiles = {number: tiles_of(*table[number, 9:11].tolist(), 4 * int(table[number, UNIT])) for number in products}
    lines = -(-sizes[largest] // CACHE_LINE)
    each, begin, found = min(-(-lines // sum(tiles.values())), MOST), 0, []
    for number in products[::2] + products[1::2]:
        table[number, FETCHED + 1] = each
        found.append((number, largest, begin * CACHE_LINE))
        begin += each * tiles[number]
    return np.array(found, np.int64)
