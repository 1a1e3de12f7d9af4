"""The order in which a DataLoader takes the items of a dataset."""

from itertools import islice

from .randomness import generator_of, numbers_of


def permutation(total, generator=None):
    """The numbers 0 … total − 1 in random order, as an array.

    generator  a Generator, or a seed; default: the global one of `manual_seed`
    """
    return numbers_of(generator).permutation(total)


def in_batches(items, batch_size, drop_last):
    """Lists of `batch_size` from an iterator; the last, shorter one is left out with `drop_last`."""
    while batch := list(islice(items, batch_size)):
        if len(batch) == batch_size or not drop_last:
            yield batch


def number_of_batches(items, batch_size, drop_last):
    """How many batches so many items make."""
    return items // batch_size if drop_last else -(-items // batch_size)


class SequentialSampler:
    """Indices 0, 1, 2 …"""

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler:
    """All indices in random order, anew each time; with `replacement`, `num_samples` of them drawn independently."""

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        if num_samples is not None and num_samples < 1:
            raise ValueError(f"RandomSampler: num_samples is a number of items, at least 1, not {num_samples}")
        if num_samples is not None and not len(data_source):
            raise ValueError(f"RandomSampler: there is nothing to draw {num_samples} samples from")
        self.data_source, self.replacement, self.generator = data_source, replacement, generator_of(generator)
        self.given_samples = num_samples

    def __iter__(self):
        total = len(self.data_source)
        if self.replacement:
            return iter(numbers_of(self.generator).integers(total, size=len(self)).tolist())
        order = []
        while len(order) < len(self):
            order += permutation(total, self.generator).tolist()
        return iter(order[: len(self)])

    def __len__(self):
        return len(self.data_source) if self.given_samples is None else self.given_samples


class BatchSampler:
    """Lists of `batch_size` indices from a sampler; the last, shorter one is left out with `drop_last`."""

    def __init__(self, sampler, batch_size, drop_last=False):
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self):
        return in_batches(iter(self.sampler), self.batch_size, self.drop_last)

    def __len__(self):
        return number_of_batches(len(self.sampler), self.batch_size, self.drop_last)
