"""Real handwritten digits that come with scikit-learn, so that everything runs without a network."""

import numpy as np

from .images import ImageDataset

TEST_EVERY = 5


class Digits(ImageDataset):
    """1797 handwritten digits, 8×8: 1442 to learn from and 355 to test with.

    Of each class every fifth image, in the order of the file, belongs to the test set: a fixed and balanced split.

    train             the training set, or the test set
    transform         applied to an image, a size×size uint8 array, when the item is taken: `transforms.ToTensor()`
    target_transform  applied to the label, an int
    size              side of the images; other than 8, they are interpolated: `size=28` for nets made for MNIST

    Pixels are 0 … 255 as MNIST's (the original has 0 … 16). Raises ImportError without scikit-learn.

    Source: Alpaydin and Kaynak, “Optical recognition of handwritten digits”, UCI 1998, test part.
    """

    classes = tuple("0123456789")

    def __init__(self, train=True, transform=None, target_transform=None, *, size=8):
        self.train = bool(train)
        images, labels = _load()
        chosen = in_test(labels) != self.train
        pixels = images[chosen] * (255 / 16)
        if size != 8:
            pixels = resized(pixels, size)
        super().__init__(np.rint(pixels.clip(0, 255)).astype(np.uint8), labels[chosen], transform, target_transform)


def in_test(labels):
    """Which images belong to the test set: of each class every fifth, in the order of the file."""
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[TEST_EVERY - 1 :: TEST_EVERY]] = True
    return chosen


def _load():
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError(
            "Digits are the images that come with scikit-learn, which is not installed: pip install scikit-learn, or "
            'gradwalk with its extra "data"'
        ) from error
    digits = load_digits()
    return digits.images, digits.target


def resized(images, size):
    """Square images (N, n, n) in another size, by cubic interpolation along rows and columns.

    Raises ValueError for a size below 1.
    """
    if size < 1:
        raise ValueError(f"the side of an image is at least 1 pixel, not {size}")
    weights = cubic_weights(images.shape[-1], size)
    return weights @ images @ weights.T


def cubic_weights(old, new):
    """Matrix (new, old) that interpolates `old` samples at `new` places spread evenly over the same length.

    The kernel is Keys' cubic with a = −1/2: (3/2)|t|³ − (5/2)t² + 1 up to distance 1, then −|t|³/2 + (5/2)t² − 4|t| + 2
    up to 2; places beyond the edge have the value of the edge. When shrinking, the kernel is widened.

    Source: Keys, “Cubic convolution interpolation for digital image processing”, 1981.
    """
    stretch = max(old / new, 1.0)
    places = (np.arange(new) + 0.5) * old / new - 0.5
    reach = int(np.ceil(2 * stretch))
    samples = np.arange(-reach, old + reach)
    t = np.abs(places[:, None] - samples) / stretch
    near, far = (1.5 * t - 2.5) * t * t + 1, ((-0.5 * t + 2.5) * t - 4) * t + 2
    kernel = np.where(t < 1, near, np.where(t < 2, far, 0.0))
    weights = np.zeros((new, old))
    np.add.at(weights.T, samples.clip(0, old - 1), kernel.T)
    return weights / weights.sum(axis=1, keepdims=True)
