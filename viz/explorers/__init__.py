"""Explorers: activations, neurons and tiny networks with sliders, as widgets and as self-contained pages."""

from .explorer import Explorer
from .functions import explore_activation, explore_neuron
from .tiny import explore_tiny_net
