"""viz: pictures of the graph behind a Value, and its steps."""

from .errors import DrawingError, ExpressionError, LayoutError
from .picture import Picture, draw
from .step_table import Steps, show_steps, steps
from .themes import THEMES, Theme
