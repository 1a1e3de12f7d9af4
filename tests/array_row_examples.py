"""Examples, as in `row_examples`, for the rows of products, shapes, indexing and joining."""

import numpy as np

from autograd.ops.indexing import way_to
from autograd.ops.matrices import diagonal
from autograd.ops.shapes import reshape, transpose_row

MASK = np.array([[True, False, True], [False, False, True]])
GATHERED = np.array([[0, 1, 0, 1], [1, 1, 0, 0]])
INDICES = [
    ((3,), (1,)),
    ((3,), (-1, None)),
    ((4,), (slice(None, None, -2),)),
    ((2, 3), (slice(0, 1), slice(1, None))),
    ((2, 3), (Ellipsis, 0)),
    ((2, 3), (np.array([1, 0, 1]),)),
    ((2, 3), (slice(None), np.array([[2, 2], [0, 1]]))),
    ((2, 3), (np.array([0, 1]), np.array([2, 2]))),
    ((2, 3), (MASK,)),
    ((2, 3, 2), (0, slice(None), np.array([1, 1, 0]))),
    ((2, 3, 2), (np.array([1, 0]), slice(None), np.array([1, 1]))),
    ((3, 0), (slice(1, 3),)),
    ((), (None, Ellipsis)),
]


def _part(shape, index):
    from_first = np.zeros(shape)
    arrays = any(isinstance(item, np.ndarray) for item in index)
    if arrays and index and isinstance(index[0], int):  # integers are taken first
        return from_first[index[0]][index[1:]].shape
    return from_first[index].shape


EXAMPLES = {
    "masked_fill": [([(2, 3), MASK, ()], {}), ([(3,), MASK, (2, 1)], {}), ([(0,), np.zeros(0, bool), ()], {})],
    # shapes
    "diagonal": [
        ([(3, 3)], {}),
        ([(2, 3)], {"offset": 1}),
        ([(3, 2)], {"offset": -1}),
        ([(2, 3)], {"offset": 5}),
        ([(2, 3, 2)], {"dim1": -1, "dim2": 0}),
        ([(0, 2)], {}),
    ],
    "diag_embed": [
        ([(3,)], {}),
        ([(2,)], {"offset": -1}),
        ([(2, 3)], {"dim1": 0, "dim2": 2}),
        ([(2,)], {"offset": 1, "shape": (2, 3)}),
        ([(0,)], {}),
    ],
    "trace": [([(3, 3)], {}), ([(2, 3)], {}), ([(0, 2)], {})],
    "tril": [([(3, 3)], {}), ([(2, 3, 2)], {"diagonal": -1}), ([(2, 3)], {"diagonal": 1}), ([(0, 2)], {})],
    "triu": [([(3, 3)], {}), ([(2, 3, 2)], {"diagonal": -1}), ([(2, 3)], {"diagonal": 1}), ([(0, 2)], {})],
    "tile": [
        ([(3,)], {"dims": (2,)}),
        ([(2, 3)], {"dims": (2,)}),
        ([(3,)], {"dims": (2, 1, 2)}),
        ([()], {"dims": (2,)}),
        ([(2,)], {"dims": (0,)}),
        ([(2, 0)], {"dims": (2, 2)}),
    ],
    "pad": [
        ([(3,)], {"pads": ((1, 2),)}),
        ([(2, 3)], {"pads": ((0, 0), (1, 0)), "value": 2.5}),
        ([()], {"pads": ()}),
        ([(0,)], {"pads": ((1, 1),)}),
    ],
    "cat": [
        ([(3,), (2,)], {}),
        ([(2, 3), (2, 1), (2, 0)], {"dim": 1}),
        ([(2, 3), (0,), (1, 3)], {"dim": 0}),
        ([(2, 3), (0,), (2, 1)], {"dim": -1}),
        ([(2,)], {}),
    ],
    "stack": [([(3,), (3,)], {}), ([(2, 3), (2, 3)], {"dim": 2}), ([(2, 3), (2, 3)], {"dim": -1}), ([(), (), ()], {}), ([(0,), (0,)], {"dim": 1})],
    # places
    "getitem": [([shape], {"index": index}) for shape, index in INDICES],
    "place": [([_part(shape, index)], {"shape": shape, "index": index}) for shape, index in INDICES],
    "overwrite": [
        *(
            ([shape, _part(shape, index)], {"way": way_to(index)})
            for shape, index in INDICES
            if not any(isinstance(item, np.ndarray) and item.dtype != bool for item in index)
        ),
        ([(2, 3), ()], {"way": ()}),
        ([(2, 3), (1, 3)], {"way": way_to(slice(0, 2))}),
        ([(3, 3), (3,)], {"way": ((diagonal, {}),)}),
        ([(2, 3), (2,)], {"way": ((transpose_row, {"dim0": 0, "dim1": 1}), *way_to(1))}),
        (
            [(2, 3), (4,)],
            {"way": ((transpose_row, {"dim0": 0, "dim1": 1}), (reshape, {"shape": (6,)}), *way_to(slice(0, 4)))},
        ),
    ],
    "gather": [
        ([(2, 3), GATHERED[:, :3]], {"dim": 0}),
        ([(2, 3), GATHERED], {"dim": 1}),
        ([(4,), GATHERED[0]], {"dim": 0}),
        ([(2, 3), GATHERED[:1, :2]], {"dim": 0}),
        ([(2, 3), np.zeros((2, 0), int)], {"dim": 1}),
    ],
    "scatter": [
        ([(2, 3), np.array([[0, 1, 0]]), (1, 3)], {"dim": 0}),
        ([(2, 3), np.array([[2, 0], [1, 2]]), ()], {"dim": 1}),
    ],
    "scatter_add": [
        ([(2, 3), GATHERED[:, :3], (2, 3)], {"dim": 0}),
        ([(2, 3), np.array([[2, 2], [1, 2]]), ()], {"dim": 1}),
        ([(3,), np.zeros(0, int), (0,)], {"dim": 0}),
    ],
    "nonzero": [([(2, 3)], {}), ([(0,)], {}), ([()], {})],
    # products
    "matmul": [
        ([a, b], {})
        for a, b in [
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3, 2)),
            ((2, 2, 3), (3, 2)),
            ((2, 3), (2, 3, 2)),
            ((2, 1, 2, 3), (3, 3, 2)),
            ((2, 2, 3), (3,)),
            ((3,), (2, 3, 2)),
            ((2, 2, 3), (1, 3, 2)),
            ((0, 3), (3, 2)),
            ((2, 0), (0, 2)),
            ((0,), (0,)),
            ((2, 0, 3), (3, 2)),
            ((2, 2, 0), (0, 3)),
        ]
    ],
    "dot": [([(3,), (3,)], {}), ([(0,), (0,)], {})],
    "mv": [([(2, 3), (3,)], {}), ([(2, 0), (0,)], {})],
    "mm": [([(2, 3), (3, 4)], {}), ([(2, 0), (0, 2)], {})],
    "bmm": [([(2, 1, 3), (2, 3, 2)], {}), ([(0, 1, 3), (0, 3, 2)], {})],
    "outer": [([(3,), (2,)], {}), ([(0,), (2,)], {})],
    "linear": [
        ([(2, 3), (4, 3), (4,)], {}),
        ([(3,), (4, 3), (4,)], {}),
        ([(2, 2, 3), (1, 3), (1,)], {}),
        ([(2, 3), (4, 3), ()], {}),
        ([(0, 3), (2, 3), (2,)], {}),
        ([(2, 0), (3, 0), (3,)], {}),
    ],
    "einsum": [
        ([(2, 3), (3, 2)], {"equation": "ij,jk->ik"}),
        ([(2, 3)], {"equation": "ij->ji"}),
        ([(2, 3)], {"equation": "ij->"}),
        ([(2, 3), (3,), (2,)], {"equation": "ij,j,i->j"}),
        ([(3,), (3,)], {"equation": "i,i->"}),
        ([(2,), (3,)], {"equation": "i,j->ji"}),
        ([(2, 3), (1, 2)], {"equation": "ij,ki->"}),
        ([(3,), (1,)], {"equation": "i,i->i"}),
        ([(3,), (1,)], {"equation": "i,i->"}),
        ([(), (2,)], {"equation": ",i->i"}),
        ([(2, 0), (0, 2)], {"equation": "ij,jk->ik"}),
    ],
}
