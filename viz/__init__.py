"""viz: pictures of the graph behind a Value, its steps, and the plots of the lectures."""

from .diagnosis import Diagnosis, diagnose
from .errors import DrawingError, ExpressionError, LayoutError
from .explorers import Explorer, explore_activation, explore_neuron, explore_tiny_net
from .ledger import ledger
from .paths import Path, Paths, paths
from .picture import Picture, draw
from .player import Player, play, play_wrong_engine
from .plots import (
    plot_activation,
    plot_history,
    plot_neuron,
    plot_predictions,
    plot_templates,
    plot_tiny_net,
    tiny_net,
)
from .recorder import Recording, record_training
from .sensitivity import Probe, probe
from .solution import Solution, worked_solution
from .step_table import Steps, show_steps, steps
from .themes import THEMES, Theme
from .verdicts import Verdict, check_wire
from .why import Answer, watch_cuts, why_no_grad
from .wrong_engines import Mistake, Outcome, wrong_engines
