"""MNIST and Fashion-MNIST, in torchvision's folders and with its arguments."""

import sys
from pathlib import Path

from autograd.errors import AutogradError

from .digits import Digits
from .download import fetch
from .idx import DataFileError, read_idx
from .images import ImageDataset


class DatasetNotFoundError(AutogradError, RuntimeError, FileNotFoundError):
    """Data files that are not where they should be."""


class MNIST(ImageDataset):
    """60 000 handwritten digits to learn from and 10 000 to test with, 28×28.

    root              folder that holds `MNIST/raw/train-images-idx3-ubyte` and so on, plain or with `.gz`
    train             the training set, or the test set
    transform         applied to an image, a 28×28 uint8 array, when the item is taken: `transforms.ToTensor()`
    target_transform  applied to the label, an int
    download          fetch the files that are missing (11 MB); those present are checked and kept
    mirrors           addresses to fetch from, in order; default: those torchvision uses
    progress          show a bar while downloading

    Raises DatasetNotFoundError without files, DataFileError for damaged ones, DownloadError if no mirror gives them.

    Source: LeCun, Bottou, Bengio and Haffner 1998.
    """

    classes = (
        "0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven", "8 - eight",
        "9 - nine",
    )  # fmt: skip
    mirrors = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/")
    checksums = (
        ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    )

    def __init__(
        self, root, train=True, transform=None, target_transform=None, download=False, *, mirrors=None, progress=True
    ):
        self.root, self.train = Path(root), bool(train)
        if mirrors is not None:
            self.mirrors = [mirrors] if isinstance(mirrors, str) else list(mirrors)
        if download:
            self.download(progress)
        images, labels = (read_idx(self._found(kind)) for kind in ("images-idx3", "labels-idx1"))
        self._check(images, labels)
        super().__init__(images, labels, transform, target_transform)

    @property
    def raw_folder(self):
        """Where the files are: root/MNIST/raw."""
        return self.root / type(self).__name__ / "raw"

    @property
    def _files(self):
        begin = "train-" if self.train else "t10k-"
        return [(name, md5) for name, md5 in self.checksums if name.startswith(begin)]

    def download(self, progress=True):
        """Fetch the files of this set that are missing or, where a checksum is known, damaged."""
        for name, md5 in self._files:
            if not (self.raw_folder / name.removesuffix(".gz")).exists():
                fetch(name, self.mirrors, self.raw_folder, md5, progress)

    def _found(self, kind):
        name = next(name for name, _ in self._files if kind in name)
        for path in (self.raw_folder / name.removesuffix(".gz"), self.raw_folder / name):
            if path.exists():
                return path
        raise DatasetNotFoundError(
            f"{type(self).__name__} is not in {self.raw_folder}: {name.removesuffix('.gz')} is missing, plain or "
            "gzipped. Pass download=True to fetch it, or use nn.data.Digits, which needs no download"
        )

    def _check(self, images, labels):
        if images.ndim != 3 or labels.ndim != 1 or images.dtype != "u1" or labels.dtype != "u1":
            raise DataFileError(
                f"the files in {self.raw_folder} hold {images.shape} {images.dtype} images and {labels.shape} "
                f"{labels.dtype} labels instead of (N, H, W) and (N,) bytes: images and labels may have been exchanged"
            )
        if len(images) != len(labels):
            raise DataFileError(
                f"{self.raw_folder} has {len(images)} images but {len(labels)} labels: the files are of different sets"
            )
        if labels.size and labels.max() >= len(self.classes):
            raise DataFileError(
                f"{self.raw_folder}: label {labels.max()} is not one of the {len(self.classes)} classes"
            )


class FashionMNIST(MNIST):
    """Pictures of clothes in the format of MNIST: 60 000 to learn from and 10 000 to test with, 28×28.

    Arguments as MNIST's; the folder is `FashionMNIST/raw`.

    Source: Xiao, Rasul and Vollgraf 2017.
    """

    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    mirrors = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
    checksums = (
        ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    )


def mnist_or_digits(root, train=True, transform=None, target_transform=None):
    """MNIST if its files are under `root`; else it says so and gives the digits of scikit-learn, enlarged to 28×28."""
    try:
        return MNIST(root, train, transform, target_transform)
    except DatasetNotFoundError:
        print(f"MNIST is not under {root}: using scikit-learn's 8×8 digits, enlarged to 28×28", file=sys.stderr)
        return Digits(train, transform, target_transform, size=28)
