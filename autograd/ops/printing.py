"""How numbers are printed."""

import numpy as np


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None):
    """How arrays are printed, as `torch.set_printoptions`; NumPy's own arrays follow too.

    precision   digits after the point
    threshold   number of entries above which only `edgeitems` at each end are shown
    linewidth   characters in a line
    profile     "default", "short" or "full": settings for all of these
    sci_mode    whether to write powers of ten
    """
    if profile is not None:
        settings = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, float("inf"), 3, 80)}
        keys = ("precision", "threshold", "edgeitems", "linewidth")
        np.set_printoptions(**dict(zip(keys, settings[profile])))
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    given["suppress"] = None if sci_mode is None else not sci_mode
    np.set_printoptions(**{key: value for key, value in given.items() if value is not None})
