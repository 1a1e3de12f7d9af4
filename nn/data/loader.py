"""DataLoader: batches of a dataset, in order or shuffled, made when asked for or ahead by a thread."""

from .ahead import made_ahead
from .collate import as_values, default_collate
from .dataset import IterableDataset, collated_of
from .randomness import generator_of
from .sampler import BatchSampler, RandomSampler, SequentialSampler, in_batches, number_of_batches


class DataLoader:
    """Iterates over a dataset in batches: `for images, labels in DataLoader(train, batch_size=64, shuffle=True)`.

    dataset          anything with `__getitem__` and `__len__`, or an IterableDataset
    batch_size       items a batch; None gives single items
    shuffle          another random order in each epoch
    sampler          gives the indices, in order, instead of `shuffle`
    batch_sampler    gives lists of indices, instead of batch_size, shuffle, sampler and drop_last
    num_workers      0: a batch is made when it is asked for. More: one thread makes batches ahead, which helps where
                     items wait for files; several would only wait for each other. Batches that are cut out of arrays
                     are made sooner than handed over, and are made when asked for. Items that draw random numbers
                     ahead of the program need a Generator of their own to be the same in every run
    collate_fn       makes a batch of a list of items; default: `default_collate`
    pin_memory       accepted and without effect: there is one kind of memory
    drop_last        leave out a last batch that is not full
    generator        a Generator for the order; default: the global one of `manual_seed`
    prefetch_factor  batches made ahead (2); without workers it has no effect
    persistent_workers  accepted and without effect: a thread starts at once
    seed             a seed for an order of this loader's own, instead of `generator`

    `len(loader)` is the number of batches. Raises ValueError for arguments that exclude each other.
    """

    def __init__(
        self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None,
        pin_memory=False, drop_last=False, generator=None, prefetch_factor=None, persistent_workers=False, seed=None,
    ):  # fmt: skip
        _check(dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, drop_last, generator, seed)
        self.dataset, self.batch_size, self.drop_last, self.num_workers = dataset, batch_size, drop_last, num_workers
        self.collate_fn, self.prefetch_factor = collate_fn, 2 if prefetch_factor is None else prefetch_factor
        self.generator = generator_of(generator if seed is None else seed)
        self.sampler, self.batch_sampler = sampler, batch_sampler
        if isinstance(dataset, IterableDataset) or batch_sampler is not None:
            return
        if sampler is None:
            self.sampler = RandomSampler(dataset, generator=self.generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            self.batch_sampler = BatchSampler(self.sampler, batch_size, drop_last)

    def __iter__(self):
        batches = self._batches()
        return made_ahead(batches, self.prefetch_factor) if self._ahead else batches

    def __len__(self):
        if isinstance(self.dataset, IterableDataset):
            return number_of_batches(len(self.dataset), self.batch_size or 1, self.drop_last)
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)

    @property
    def _ahead(self):
        at_once = self.collate_fn is None and self.batch_sampler is not None and getattr(self.dataset, "at_once", False)
        return self.num_workers > 0 and not at_once

    def _batches(self):
        """The batches of one epoch, lazily; its order is drawn now."""
        if isinstance(self.dataset, IterableDataset):
            return self._from_stream()
        if self.batch_sampler is None:
            convert = self.collate_fn or as_values
            return (convert(self.dataset[index]) for index in iter(self.sampler))
        if self.collate_fn is None:
            make = collated_of(self.dataset)
        else:
            make = lambda indices: self.collate_fn([self.dataset[index] for index in indices])
        return (make(indices) for indices in iter(self.batch_sampler))

    def _from_stream(self):
        if self.batch_size is None:
            return map(self.collate_fn or as_values, iter(self.dataset))
        return map(self.collate_fn or default_collate, in_batches(iter(self.dataset), self.batch_size, self.drop_last))


def _check(dataset, batch_size, shuffle, sampler, batch_sampler, num_workers, drop_last, generator, seed):
    if batch_size is not None and (batch_size != int(batch_size) or batch_size < 1):
        raise ValueError(f"DataLoader: batch_size is a number of items, at least 1, not {batch_size}")
    if num_workers < 0:
        raise ValueError(f"DataLoader: num_workers cannot be negative, but is {num_workers}")
    if generator is not None and seed is not None:
        raise ValueError("DataLoader: give generator or seed, not both")
    if sampler is not None and shuffle:
        raise ValueError("DataLoader: the sampler decides the order; leave out shuffle=True")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            "DataLoader: batch_sampler decides it all; leave out batch_size, shuffle, sampler and drop_last"
        )
    if batch_size is None and drop_last:
        raise ValueError("DataLoader: batch_size=None gives single items; there is no batch to drop_last")
    if isinstance(dataset, IterableDataset) and (shuffle or sampler is not None or batch_sampler is not None):
        raise ValueError("DataLoader: a stream comes in its own order; it cannot be shuffled or sampled")
