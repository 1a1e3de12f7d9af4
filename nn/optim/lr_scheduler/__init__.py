"""Learning rates that change as training goes on, with PyTorch's names, arguments and values."""

from .base import LRScheduler
from .factors import CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, MultiStepLR, StepLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .sequence import SequentialLR
