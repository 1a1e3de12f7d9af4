"""Optimizers and learning-rate schedules, with PyTorch's names, arguments and trajectories."""

from . import lr_scheduler
from .adam import Adam, AdamW
from .adaptive import Adadelta, Adagrad, RMSprop
from .optimizer import Optimizer
from .sgd import SGD
