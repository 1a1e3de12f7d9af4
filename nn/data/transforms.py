"""What is done to an image or a label before it goes into a batch, with torchvision's names.

A transform works on one item. Those of this module also work on a stack of items at once (`of_batch`, array to array),
with the same numbers; a dataset that holds arrays then makes whole batches at once.
"""

import numpy as np

from autograd import Value
from autograd.arrays import plain
from autograd.errors import DtypeError, ShapeError
from autograd.value import constant


class Transform:
    """Base: `of_item(array)` gives the array for one item, `of_batch(array)` the same for a stack of them.

    `of_batch` may overwrite the stack it is given.
    """

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        redefined = {"__call__", "of_item"} & cls.__dict__.keys()
        if redefined and "of_batch" not in cls.__dict__:
            cls.of_batch = None  # an inherited way for stacks would pass by the new way for items

    def __call__(self, item):
        return constant(plain(self.of_item(item._data if item.__class__ is Value else item)))

    def __repr__(self):
        arguments = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({arguments})"


class Compose:
    """Transforms one after another: `Compose([ToTensor(), Normalize(0.5, 0.5)])`."""

    def __init__(self, transforms):
        self.transforms = list(transforms)

    def __call__(self, item):
        for transform in self.transforms:
            item = transform(item)
        return item

    @property
    def of_batch(self):
        """The transforms for a stack of items, or None if one of them only takes items."""
        steps = [for_batches(transform) for transform in self.transforms]
        if None in steps or type(self).__call__ is not Compose.__call__:
            return None

        def all_steps(array):
            for step in steps:
                array = step(array)
            return array

        return all_steps

    def __repr__(self):
        return f"Compose({self.transforms!r})"


class ToTensor(Transform):
    """An image as a float32 Value, channels first: H×W or H×W×C → C×H×W.

    uint8 pixels 0 … 255 (also of PIL images) become 0 … 1, booleans 0 and 1; other numbers keep size and dtype.

    Raises ShapeError for what is no image.
    """

    def of_item(self, image):
        image = np.asarray(image)
        if image.ndim not in (2, 3):
            raise ShapeError(f"ToTensor takes images of shape (H, W) or (H, W, C), not {image.shape}")
        return self.of_batch(image[None])[0]

    def of_batch(self, images):
        """N×H×W or N×H×W×C → N×C×H×W."""
        images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        if images.dtype == np.uint8:
            return np.divide(images, np.float32(255), dtype=np.float32)
        return images.astype(np.float32) if images.dtype == np.bool_ else np.ascontiguousarray(images)


class Normalize(Transform):
    """(x − mean) / std, channel by channel, of C×H×W.

    mean, std  a number, or a sequence with one number a channel

    Raises ValueError for std 0, ShapeError for another number of channels, DtypeError for whole numbers.
    """

    def __init__(self, mean, std, inplace=False):
        self.mean, self.std = mean, std
        if not np.all(np.asarray(std)):
            raise ValueError(f"Normalize: std={std} has a 0 to divide by")

    def of_item(self, image):
        return self.of_batch(np.array(image))

    def of_batch(self, images):
        """…×C×H×W, in place."""
        if images.dtype.kind != "f":
            raise DtypeError(f"Normalize takes floating-point images, not {images.dtype}: put ToTensor() before it")
        images -= self._by_channel(self.mean, images)
        images /= self._by_channel(self.std, images)
        return images

    def _by_channel(self, given, images):
        numbers = np.atleast_1d(np.asarray(given, dtype=images.dtype))
        if numbers.size == 1:
            return numbers.ravel()[0]
        if images.ndim < 3 or numbers.shape != images.shape[-3:-2]:
            raise ShapeError(f"Normalize got {numbers.size} numbers for images of shape {images.shape}, channels first")
        return numbers[:, None, None]


def for_batches(transform):
    """`transform` as a function of a stack of items, array to array; None if it only takes items."""
    return (lambda array: array) if transform is None else getattr(transform, "of_batch", None)


class Lambda:
    """Any function as a transform, item by item."""

    def __init__(self, lambd):
        if not callable(lambd):
            raise TypeError(f"Lambda takes a function, not {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, item):
        return self.lambd(item)

    def __repr__(self):
        return f"Lambda({getattr(self.lambd, '__name__', self.lambd)})"


class OneHot(Transform):
    """A label k as a float32 vector of `classes` numbers, 1 at k and 0 elsewhere.

    Raises ValueError for a label outside 0 … classes − 1.
    """

    def __init__(self, classes):
        self.classes = int(classes)

    def of_item(self, label):
        return self.of_batch(np.asarray(label))

    def of_batch(self, labels):
        """… → …×classes."""
        labels = np.asarray(labels)
        if labels.dtype.kind not in "iu" or np.any((labels < 0) | (labels >= self.classes)):
            raise ValueError(f"OneHot({self.classes}) takes whole numbers from 0 to {self.classes - 1}, not {labels}")
        return (labels[..., None] == np.arange(self.classes)).astype(np.float32)
