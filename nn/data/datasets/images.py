"""Datasets of images with labels that are held in memory."""

import numpy as np

from autograd.value import constant

from ..dataset import Dataset
from ..transforms import for_batches


class ImageDataset(Dataset):
    """Images N×H×W (uint8, 0 … 255) with integer labels.

    data, targets     Values of shape (N, H, W) and (N,): all images and labels, untransformed
    classes           name of each label
    transform         applied to an image, an H×W uint8 array, when the item is taken
    target_transform  applied to the label, an int
    """

    classes = ()

    def __init__(self, images, labels, transform=None, target_transform=None):
        self.data, self.targets = constant(images), constant(labels.astype(np.int64))
        self.transform, self.target_transform = transform, target_transform

    def __getitem__(self, index):
        image, label = self.data._data[index].copy(), int(self.targets._data[index])
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            label = self.target_transform(label)
        return image, label

    def __len__(self):
        return len(self.targets)

    @property
    def at_once(self):
        return None not in (for_batches(self.transform), for_batches(self.target_transform))

    def collated(self, indices):
        if not self.at_once:
            return super().collated(indices)
        images, labels = self.data._data.take(indices, axis=0), self.targets._data.take(indices)
        return [constant(for_batches(self.transform)(images)), constant(for_batches(self.target_transform)(labels))]

    @property
    def class_to_idx(self):
        """Label of each class name."""
        return {name: label for label, name in enumerate(self.classes)}

    def __repr__(self):
        split = "train" if self.train else "test"
        shape = "×".join(map(str, self.data.shape[1:]))
        return f"{type(self).__name__}({split}, {len(self)} images of {shape}, transform={self.transform})"
