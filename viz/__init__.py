"""viz: pictures of the graph behind a Value, its steps, and the plots of the lectures."""

from .diagnosis import Diagnosis, diagnose
from .errors import DrawingError, ExpressionError, LayoutError
from .picture import Picture, draw
from .player import Player, play
from .plots import (
    plot_activation,
    plot_history,
    plot_neuron,
    plot_predictions,
    plot_templates,
    plot_tiny_net,
    tiny_net,
)
from .step_table import Steps, show_steps, steps
from .themes import THEMES, Theme
from .verdicts import Verdict, check_wire
