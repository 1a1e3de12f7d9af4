"""PyTorch's names, with PyTorch's meaning: each line below gives the same values, dtypes and gradients on both."""

import numpy as np
import pytest

import autograd
from autograd import Value

torch = pytest.importorskip("torch")

NUMBERS = np.random.default_rng(7)
FLOATS = {
    name: NUMBERS.uniform(0.3, 1.7, shape) * NUMBERS.choice([-1.0, 1.0], shape)
    for name, shape in {
        "s": (), "u": (3,), "v": (3,), "x": (2, 3), "y": (2, 3), "m": (3, 2), "q": (3, 3), "b": (2, 2, 3),
        "c": (2, 3, 2), "r": (1, 3), "z": (2, 1, 3, 1), "o": (0, 3),
    }.items()
}  # fmt: skip
CONSTANTS = {
    "p": np.array([2, 0, 1]),
    "k": np.array([[0, 1, 1], [1, 0, 1]]),
    "i": np.array([[2, 0], [1, 2]]),
    "t": np.array([True, False, True]),
    "mask": np.array([[True, False, True], [False, False, True]]),
    "n": np.array([[7, -7, 5], [3, -2, 1]]),
}

SAME = """
n.unique() | torch.unique(mask, return_inverse=True)[1] | n.view(-1).unique(return_counts=True)[1] | k.unique(dim=1)
torch.bincount(p) | p.bincount(minlength=7) | p.bincount(u.detach()) | x.diff() | torch.diff(x, 1, 0) | x.diff(2)
x.diff(5) | x + y | x - y | x * y | x / y | x + 2 | 2 - x | 2 / x | x ** 2 | (x * x) ** 0.5 | 2 ** x | -x | +x
abs(x) | s * x | s + s | x.detach() // y.detach() | x % y | 7 // n.double() | x.remainder(0.7) | torch.fmod(x, y)
n // 2 | n % 3 | (x > 0) & (y > 0) | (x > 0) | (y < 0) | mask.__or__(t) | ~mask | mask ^ (x > 0) | x == y | x != y
x <= y | x >= 0.5 | n & 3 | n.bitwise_or(1) | torch.add(x, y, alpha=2) | x.add(y, alpha=-3) | x.add(1)
torch.sub(x, y, alpha=0.5) | x.sub(2, alpha=2) | torch.rsub(x, y) | x.mul(y) | torch.multiply(x, 3.0) | x.div(y)
torch.div(n, 2, rounding_mode="floor") | torch.div(n, 2, rounding_mode="trunc")
torch.div(x, y, rounding_mode="trunc") | x.true_divide(2) | x.neg() | x.negative() | x.abs() | x.absolute()
x.square() | torch.pow(x * x, y) | x.pow(3) | torch.addcmul(x, y, r, value=2) | x.addcdiv(y, r, value=-1)
torch.lerp(x, y, 0.3) | x.lerp(y, s) | x.exp() | torch.log(x * x) | x.sin() | x.tanh() | x.sigmoid() | x.relu()
torch.sqrt(x * x) | x.reciprocal() | torch.maximum(x, y) | x.minimum(y) | torch.max(x, y) | x.max() | x.max(1)[0]
x.max(1)[1] | x.max(dim=0, keepdim=True).values | torch.min(x, 0).values | x.min(dim=1).indices | x.amax(0)
x.amax((0, 1)) | x.argmax() | x.argmax(1) | x.argmin(dim=0, keepdim=True) | x.clamp(-0.5, 0.5) | x.clamp(min=0)
x.clip(max=1.0) | torch.clamp_min(x, 0.1) | x.clamp_max(0.2) | torch.where(mask, x, y) | x.where(mask, y)
torch.where(mask, x, 0.0) | torch.where(mask)[1] | x.masked_fill(mask, -9.0) | torch.masked_fill(x, t, s)
x.masked_select(mask) | torch.nonzero(mask) | mask.nonzero(as_tuple=True)[0] | torch.argwhere(mask) | x.sum()
x.sum(0) | x.sum(1, True) | x.sum(dim=(0, 1)) | x.sum(-1, keepdim=True) | x.mean() | x.mean(dim=1) | x.prod()
x.prod(1) | x.std() | x.var(1) | x.std(unbiased=False) | x.var(0, correction=0) | x.norm() | x.norm(p=1, dim=1)
x.logsumexp(1) | x.softmax(1) | torch.log_softmax(x, dim=0) | x.cumsum(1) | x.cumprod(0) | mask.any() | mask.all(1)
mask.sum() | mask.sum(0) | x.sort(1)[0] | x.sort(dim=1, descending=True).indices | x.topk(2, dim=1).values
x.argsort(1) | x.median() | x.median(1).values | u @ v | x @ v | u @ m | x @ m | b @ m | b @ c | x @ c | b @ v
z @ m.view(1, 3, 2)[:, :1] | u @ c | o @ m | o.T @ o | torch.matmul(x, m) | x.matmul(m) | torch.dot(u, v) | u.dot(v)
x.mv(v) | torch.mm(x, m) | torch.bmm(b, c) | torch.outer(u, v) | torch.addmm(x.T @ x, m, x, beta=0.5, alpha=2)
torch.addmv(u, q, v, alpha=3) | torch.baddbmm(q[:2, :2], b, c) | torch.addr(q, u, v)
torch.einsum("ij,jk->ik", x, m) | torch.einsum("ij,jk", x, m) | torch.einsum("ii", q) | torch.einsum("ii->i", q)
torch.einsum("ij->ji", x) | torch.einsum("ji", x) | torch.einsum("...ij,...jk->...ik", b, c)
torch.einsum("i,j->ij", u, v) | torch.einsum("bij,bkj,k->bi", b, b, x[:, 0]) | torch.einsum("ij,ij->", x, y)
torch.einsum("...j->j", b) | torch.einsum("iij->j", q.view(3, 3, 1) * u) | torch.einsum("ij,kj->ik", x, r)
torch.einsum(x, [0, 1], m, [1, 2], [0, 2]) | torch.einsum(x, [0, 1], m, [1, 2])
torch.einsum(" i j , j -> i ", x, v) | torch.einsum("i...,i...->...", [x, y]) | torch.einsum("ij,i->ij", x, x[:, 0])
torch.einsum("...", x) | x.view(3, 2) | x.view(-1) | x.view((6,)) | x.view(-1, 2) | s.view(1, 1) | x.reshape(3, -1)
torch.reshape(x, (6,)) | x.T.reshape(-1) | x.view_as(m) | x.reshape_as(m) | x.transpose(0, 1)
torch.transpose(b, -1, 0) | b.swapaxes(0, 2) | x.t() | v.t() | x.T | b.mT | b.permute(2, 0, 1)
b.permute((2, 0, 1)) | torch.permute(b, (1, 2, 0)) | b.movedim(0, -1) | torch.movedim(z, (0, 1), (2, 3))
z.squeeze() | z.squeeze(1) | z.squeeze(0) | z.squeeze((1, -1)) | x.unsqueeze(0) | torch.unsqueeze(x, -1)
s.unsqueeze(0) | s.squeeze() | r.expand(4, 3) | r.expand(-1, 3) | u.expand(2, 4, 3) | torch.broadcast_to(r, (2, 3))
r.expand_as(x) | s.expand(2) | torch.broadcast_tensors(r, x)[0] | b.flatten() | b.flatten(1)
torch.flatten(b, 0, 1) | s.flatten() | x.ravel() | b.unflatten(2, (3, 1)) | x.unflatten(1, (-1, 1))
torch.cat([x, y]) | torch.cat((x, y, r), 0) | torch.cat([x, y], dim=-1) | torch.concat([u, v])
torch.cat([x, torch.tensor([])]) | torch.stack([x, y]) | torch.stack((x, y), dim=2) | torch.stack([s, s])
torch.hstack([u, v]) | torch.hstack([x, y]) | torch.vstack([u, x]) | torch.dstack([x, y])
torch.column_stack([x, x[:, 0]]) | x.split(2, dim=1)[1] | torch.split(x, [1, 2], 1)[0] | x.split(1)[1]
u.chunk(2)[1] | x.chunk(2, dim=1)[0] | torch.chunk(u, 5)[2] | u.tensor_split(2)[0]
torch.tensor_split(u, (1, 2))[2] | u.tensor_split((5,))[1] | x.unbind()[1] | torch.unbind(x, 1)[2] | x.flip(0)
x.flip(0, 1) | x.flip((1,)) | torch.flip(x, [0]) | torch.fliplr(x) | torch.flipud(x) | torch.rot90(x, 1, (0, 1))
torch.rot90(x, 3, [0, 1]) | torch.rot90(x, 2, [0, 1]) | x.roll(1) | x.roll(1, 0) | torch.roll(x, (1, 2), (0, 1))
x.repeat(2, 1) | x.repeat(2, 1, 3) | u.repeat(2) | torch.tile(x, (2,)) | x.tile(2, 2) | x.repeat_interleave(2)
torch.repeat_interleave(x, 2, dim=1) | x.repeat_interleave(p, dim=1) | s.repeat(3) | x.gather(1, i)
torch.gather(x, 0, k) | x.scatter(1, i, y[:, :2]) | x.scatter(1, i, 5.0) | torch.scatter(x, 0, k[:1], y[:1])
x.scatter_add(1, i, y[:, 1:]) | torch.scatter_add(x, 0, k, y) | x.index_select(1, p)
torch.index_select(x, 0, k[0]) | x.take(i) | torch.take_along_dim(x, i, dim=1) | torch.take_along_dim(x, p)
x.index_add(1, p, y, alpha=2) | torch.index_copy(x, 1, p, y) | x.index_fill(1, p[:2], 4.0)
x.index_put((k[:, :2], i), s) | x.index_put((k[:1], i[:1, :1]), s, accumulate=True) | x.select(1, 2)
x.narrow(1, 1, 2) | torch.narrow(x, 0, -1, 1) | x.select_scatter(u, 0, 1) | x.slice_scatter(y[:, 1:], 1, 1)
q.diagonal_scatter(u) | q.diag() | u.diag() | torch.diag(u, 1) | torch.diag(x, -1) | q.diagonal(1)
b.diagonal(0, 1, 2) | x.diag_embed() | torch.diag_embed(x, 1, 0, 2) | q.trace() | q.tril() | torch.triu(q, 1)
b.tril(-1) | torch.meshgrid(u, v, indexing="ij")[0] | torch.meshgrid(u, v, indexing="xy")[1] | x.clone()
x.T.contiguous() | x.float() | x.double() | x.long() | x.int() | x.bool() | n.double() | x.to(torch.float32)
x.to(n) | n.to(x) | x.to("cpu") | x.to("cpu", torch.float32) | x.type(torch.float32) | n.type(torch.uint8)
x.type_as(n) | n.byte() | x.short() | x.detach() | torch.tensor([1.0, 2.0]) | torch.tensor([1, 2])
torch.tensor(3.5) | torch.tensor(True) | torch.tensor([[1, 2.5]]) | torch.tensor([])
torch.tensor([1, 2], dtype=torch.float64) | torch.zeros(2, 3) | torch.zeros((2,)) | torch.ones(2, dtype=torch.long)
torch.full((2, 2), 3) | torch.full((2,), 1.5) | torch.full((), True) | torch.eye(3) | torch.eye(2, 3)
torch.arange(5) | torch.arange(1, 4) | torch.arange(1, 2, 0.25) | torch.arange(5.0) | torch.arange(5, 0, -2)
torch.linspace(0, 1, 5) | torch.linspace(3, -3, 1) | torch.logspace(0, 2, 3) | torch.zeros_like(x)
torch.ones_like(n) | torch.full_like(x, 7) | x.new_zeros(2) | x.new_ones((2, 2)) | x.new_full((2,), 3.0)
x.new_tensor([1, 2]) | torch.empty(2, 0) | torch.tril_indices(3, 2) | torch.triu_indices(3, 4, 1)
torch.as_tensor([1.0]) | torch.Tensor([1, 2]) | torch.Tensor(2, 3).shape | torch.LongTensor([1, 2])
torch.FloatTensor([1, 2]) | x.size() | x.size(0) | x.shape | x.dim() | x.numel() | torch.numel(x) | x.ndim | len(x)
torch.is_tensor(x) | torch.is_tensor(3) | x.is_floating_point() | torch.equal(x, x) | torch.allclose(x, x + 1e-9)
x.is_contiguous() | x.T.is_contiguous() | b.stride() | b.mT.stride(0) | x.tolist() | s.item() | float(s.detach())
n[0, 0].item() | int(n[0, 0]) | x.element_size() | torch.broadcast_shapes((2, 1), (3,)) | x.requires_grad
x.is_leaf | (x * 2).is_leaf | x.detach().requires_grad | x.device.type | torch.heaviside(x.detach(), y.detach())
torch.sign(x) | torch.isnan(x) | torch.logical_and(mask, t) | torch.count_nonzero(mask) | x.detach().bernoulli(1.0)
3 in n | n.max() | n.sum(1) | n.float().mean() | (x.argmax(1) == k[:, 0]).float().mean() | x.isclose(x)
torch.atan2(x, y) | torch.hypot(x, y) | [row.sum() for row in x][1] | f"{s:.3f}" | f"{s.item():.2f}"
"""
LINES = [line.strip() for line in SAME.replace("\n", " ||| ").split(" ||| ") for line in line.split(" | ")]
LINES = [line for line in dict.fromkeys(LINES) if line]


def names(library, requires_grad=True):
    """The inputs as tensors of one library, under the names that the lines use."""
    make = library.tensor
    floats = {name: make(numbers, requires_grad=requires_grad) for name, numbers in FLOATS.items()}
    return floats | {name: make(numbers) for name, numbers in CONSTANTS.items()} | {"torch": library}


def plain(result):
    """Kind, shape and numbers of what a line gave."""
    if isinstance(result, Value):
        return str(result.dtype), tuple(result.shape), np.asarray(result.data)
    if isinstance(result, torch.Tensor):
        return str(result.dtype).removeprefix("torch."), tuple(result.shape), result.detach().numpy()
    if isinstance(result, (tuple, torch.Size)):
        return "tuple", len(result), np.asarray(tuple(result))
    return type(result).__name__, None, np.asarray(result)


def gradients(result, inputs, weights):
    """Gradients of a weighted sum of the result with respect to each input, zeros where it takes no part."""
    if result.requires_grad:
        (result * weights).sum().backward()
    return {
        name: np.zeros(FLOATS[name].shape) if inputs[name].grad is None else inputs[name].grad.tolist()
        for name in FLOATS
    }


@pytest.mark.parametrize("line", LINES)
def test_the_same_as_torch(line):
    ours, theirs = names(autograd), names(torch)
    mine, yours = eval(line, {}, ours), eval(line, {}, theirs)  # the lines above
    (kind, shape, numbers), (their_kind, their_shape, their_numbers) = plain(mine), plain(yours)
    assert (kind, shape) == (their_kind, their_shape)
    if numbers.dtype.kind in "US":
        assert numbers == their_numbers
        return
    np.testing.assert_allclose(numbers, their_numbers, rtol=1e-6 if kind == "float32" else 1e-12, atol=1e-15)
    assert not getattr(mine, "requires_grad", False) or yours.requires_grad
    if getattr(yours, "requires_grad", False):  # PyTorch tracks steps too, with gradients of 0
        weights = np.random.default_rng(3).uniform(-1, 1, shape)
        expected = gradients(yours, theirs, torch.tensor(weights))
        for name, found in gradients(mine, ours, autograd.tensor(weights)).items():
            np.testing.assert_allclose(found, expected[name], rtol=1e-6 if kind == "float32" else 1e-11, atol=1e-14)


KINDS = {
    "f32": lambda T: T.tensor([1.0, 2.0]),
    "f64": lambda T: T.tensor([1.0, 2.0], dtype=T.float64),
    "i64": lambda T: T.tensor([1, 2]),
    "i32": lambda T: T.tensor([1, 2], dtype=T.int32),
    "u8": lambda T: T.tensor([1, 2], dtype=T.uint8),
    "bool": lambda T: T.tensor([True, False]),
    "f64 scalar": lambda T: T.tensor(1.5, dtype=T.float64),
    "f32 scalar": lambda T: T.tensor(1.5),
    "float": lambda T: 1.5,
    "np.float64": lambda T: np.float64(1.5),
}
ERRORS = """
n.diff(dim=4) | torch.bincount(n) | x @ x | u @ x | x @ s | torch.dot(u, x)
torch.dot(u, x[:, 0]) | torch.mm(x, v) | torch.mm(x, y) | torch.bmm(b, x) | torch.mv(x, x) | torch.outer(x, v)
torch.einsum("ij,jk", x) | torch.einsum("ij->ik", x) | torch.einsum("ijk", x) | torch.einsum("i1", x)
torch.einsum("ij->ii", x) | torch.einsum("ij,ij", x, m) | x + m | x.view(5) | x.reshape(4, 2) | x.T.view(6)
x.reshape(-1, -1) | x.view(-1, 4) | x.transpose(0, 2) | b.permute(0, 1) | b.permute(0, 0, 1)
b.movedim((0, 0), (1, 2)) | x.unsqueeze(4) | z.squeeze(7) | x.expand(2, 2) | x.expand(3) | r.expand(2, -1, -1, 3)
u.expand(-1, 3, 3)[9] | b.t() | b.flatten(2, 0) | b.flatten(0, 5) | x.unflatten(1, (2, 2)) | torch.cat([])
torch.cat([x, m]) | torch.cat([x, u]) | torch.cat([x, y], dim=2) | torch.cat([s, s]) | torch.stack([x, m])
torch.stack([]) | x.split(-1) | x.split([1, 1], 1) | x.chunk(0) | x.repeat(2) | x.flip(2) | x.gather(0, p)
x.gather(1, i + 5) | x.gather(1, i - 5) | x.gather(1, i.double()) | x.gather(2, i) | x.index_select(1, i)
x.index_select(1, p + 1) | x.select(1, 3) | x.narrow(1, 2, 2) | x.masked_fill(n, 0.0) | x.masked_select(n) | x[3]
x[0, 0, 0] | x[:, 3] | x[1.5] | x[p + 1] | x[mask[0]] | x[mask, 0] | x[0][7] | s[0] | x.sum(3) | x.max(2)
x.argmax(5) | torch.softmax(x, 4) | u.diag_embed(0, 1, 1) | b.diag() | u.trace() | u.tril() | x.item() | bool(x)
float(x) | len(s) | x.numpy() | x.backward() | n.requires_grad_() | torch.tensor([1, 2], requires_grad=True)
torch.tensor([[1, 2], [3]]) | torch.arange(3, 1) | torch.arange(1, 3, 0) | torch.from_numpy([1])
torch.zeros(2, device="nowhere") | x.to("nowhere") | x.add_(1) | x[0].add_(1) | x.zero_() | (x * 1).add_(b)
n.add_(0.5) | n.div_(2) | n.mul_(x) | mask.add_(1) | r.detach().expand(2, 3).add_(1) | (x * 1).detach_().backward()
x.clamp() | torch.randint(3, 3, (2,)) | torch.bernoulli(x * 9) | torch.multinomial(torch.zeros(3), 2)
torch.normal(x, -x * x) | torch.where(mask, x, m) | torch.meshgrid(u, v, indexing="zz") | x.scatter(1, i, y[:1, :1])
u.tensor_split(0)
"""
BAD_LINES = [line.strip() for line in ERRORS.replace("\n", " | ").split(" | ") if line.strip()]


@pytest.mark.parametrize("line", BAD_LINES)
@pytest.mark.filterwarnings("ignore")  # PyTorch's
def test_errors_of_the_same_family(line):
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whatever it is
        eval(line, {}, names(torch))
    with pytest.raises(theirs.type) as ours:
        eval(line, {}, names(autograd))
    assert len(str(ours.value)) > 15, "a message worth reading"


@pytest.mark.parametrize("array", ["f32", "f64", "i64", "i32", "u8", "bool"])
@pytest.mark.parametrize("other", KINDS)
def test_dtypes_of_mixed_operands(array, other):
    """What + makes of two kinds. Between integers and scalars alone NumPy's rule holds: float64, not float32."""
    wanted = str((KINDS[array](torch) + KINDS[other](torch)).dtype).removeprefix("torch.")
    allowed = {wanted, "float64"} if wanted == "float32" and array != "f32" != other else {wanted}
    for a, b in ((array, other), (other, array)):
        assert str((KINDS[a](autograd) + KINDS[b](autograd)).dtype) in allowed
