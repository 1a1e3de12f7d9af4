"""The player: a live walk through the forward and the backward pass, as one self-contained page."""

from .player import Player, play
from .wrong import play_wrong_engine
