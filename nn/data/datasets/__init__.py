"""Images with labels: MNIST and Fashion-MNIST from their files, and the digits that come with scikit-learn."""

from .digits import Digits
from .download import DownloadError
from .idx import DataFileError
from .images import ImageDataset
from .mnist import MNIST, FashionMNIST, mnist_or_digits
