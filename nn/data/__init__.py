"""Data: datasets, batches and transforms, with the names of torch.utils.data and torchvision."""

from . import datasets, transforms
from .collate import default_collate
from .dataset import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset, random_split
from .datasets import MNIST, DataFileError, Digits, DownloadError, FashionMNIST, mnist_or_digits
from .loader import DataLoader
from .sampler import BatchSampler, RandomSampler, SequentialSampler
