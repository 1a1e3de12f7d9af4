"""Calls that are right in PyTorch and here, for tests/test_argument_errors.py, and the differences that are chosen."""

import re

# What the names stand for is said there.
CALLS = """
torch.abs(x) | torch.acos(x) | torch.acosh(x) | torch.asin(x) | torch.asinh(x) | torch.atan(x) | torch.atanh(x)
torch.ceil(x) | torch.cos(x) | torch.cosh(x) | torch.deg2rad(x) | torch.erf(x) | torch.erfc(x) | torch.erfinv(x)
torch.exp(x) | torch.exp2(x) | torch.expm1(x) | torch.floor(x) | torch.frac(x) | torch.isfinite(x) | torch.isinf(x)
torch.isnan(x) | torch.log(x) | torch.log10(x) | torch.log1p(x) | torch.log2(x) | torch.logit(x) | torch.neg(x)
torch.positive(x) | torch.rad2deg(x) | torch.reciprocal(x) | torch.relu(x) | torch.rsqrt(x) | torch.sigmoid(x)
torch.sign(x) | torch.sin(x) | torch.sinc(x) | torch.sinh(x) | torch.sqrt(x) | torch.square(x) | torch.tan(x)
torch.tanh(x) | torch.trunc(x) | torch.clone(x) | torch.logical_not(x) | torch.eq(x, y) | torch.ne(x, y)
torch.lt(x, y) | torch.le(x, y) | torch.gt(x, y) | torch.ge(x, y) | torch.logical_and(x, y) | torch.logical_or(x, y)
torch.logical_xor(x, y) | torch.floor_divide(x, y) | torch.logaddexp(x, y) | torch.logaddexp2(x, y)
torch.xlogy(x, y) | torch.add(x, y, alpha=2) | torch.sub(x, y, alpha=2) | torch.mul(x, y)
torch.div(x, y, rounding_mode="floor") | torch.pow(p, 2) | torch.lerp(x, y, 0.5) | torch.addcmul(x, x, y, value=2)
torch.addcdiv(x, x, y, value=2) | torch.maximum(x, y) | torch.minimum(x, y) | torch.atan2(x, y) | torch.hypot(x, y)
torch.fmod(x, y) | torch.remainder(x, y) | torch.clamp(x, min=-1.0, max=1.0) | torch.clamp(x, -1.0, 1.0)
torch.where(mask, x, y) | torch.heaviside(x, y) | torch.sum(x, dim=1, keepdim=True) | torch.sum(x, dim=(0, 1))
torch.mean(x, dim=1, keepdim=True) | torch.prod(x, dim=1) | torch.var(x, dim=1, correction=1)
torch.std(x, dim=1, correction=1) | torch.norm(x, p=2, dim=1) | torch.any(mask, dim=1) | torch.all(mask, dim=1)
torch.count_nonzero(x, dim=1) | torch.amax(x, dim=1) | torch.amin(x, dim=1) | torch.max(x, dim=1)
torch.min(x, dim=1) | torch.max(x, y) | torch.argmax(x, dim=1) | torch.argmin(x, dim=1, keepdim=True)
torch.argsort(x, dim=1) | torch.sort(x, dim=1, descending=True) | torch.topk(x, 2, dim=1) | torch.median(x, dim=1)
torch.cumsum(x, dim=1) | torch.cumprod(x, dim=1) | torch.softmax(x, dim=1) | torch.log_softmax(x, dim=1)
torch.logsumexp(x, dim=1) | torch.matmul(x, m) | torch.mm(x, m) | torch.mv(x, v) | torch.dot(u, v) | torch.outer(u, v)
torch.bmm(b, c) | torch.addmm(q[:2, :2], x, m, beta=0.5, alpha=2) | torch.addmv(u, q, v) | torch.addr(q, u, v)
torch.baddbmm(q[:2, :2], b, c) | torch.einsum("ij,jk->ik", x, m) | torch.einsum("ij->ji", x)
torch.einsum("i,i->", u, v) | torch.reshape(x, (3, 2)) | torch.flatten(b, 0, 1) | torch.transpose(x, 0, 1)
torch.permute(b, (2, 0, 1)) | torch.squeeze(r, 0) | torch.unsqueeze(x, 1) | torch.movedim(b, 0, 2)
torch.flip(x, (0,)) | torch.roll(x, 1, 0) | torch.rot90(x, 1, (0, 1)) | torch.broadcast_to(r, (2, 3))
torch.broadcast_tensors(r, x) | torch.unflatten(x, 1, (3, 1)) | torch.t(x) | torch.ravel(x) | torch.cat((x, y), dim=1)
torch.stack((x, y), dim=1) | torch.hstack((x, y)) | torch.vstack((x, y)) | torch.dstack((x, y))
torch.column_stack((x, y)) | torch.split(x, 1, dim=1) | torch.split(x, [1, 2], dim=1) | torch.chunk(x, 2, dim=1)
torch.tensor_split(x, 2, dim=1) | torch.unbind(x, dim=1) | torch.tile(x, (2, 1))
torch.repeat_interleave(x, 2, dim=1) | torch.meshgrid(u, v, indexing="ij") | torch.gather(x, 1, i)
torch.scatter(x, 1, i, y) | torch.scatter_add(x, 1, i, y) | torch.index_select(x, 1, j)
torch.index_add(x, 1, j, x[:, :2]) | torch.index_copy(x, 1, j, x[:, :2]) | torch.index_fill(x, 1, j, 2.0)
torch.take(x, i) | torch.take_along_dim(x, i, dim=1) | torch.masked_fill(x, mask, 1.0) | torch.masked_select(x, mask)
torch.narrow(x, 1, 0, 2) | torch.select(x, 1, 0) | torch.nonzero(x) | torch.argwhere(x)
torch.select_scatter(x, v, 0, 1) | torch.slice_scatter(x, x[:, :2], 1, 1) | torch.diagonal_scatter(q, u)
torch.diag(u) | torch.diag(q, 1) | torch.diagonal(b, 0, 1, 2) | torch.diag_embed(x) | torch.tril(q, 1)
torch.triu(q, 1) | torch.index_put(x, (j,), v) | torch.diff(x, 1, 1) | torch.unique(x, dim=1) | torch.bincount(t)
torch.isclose(x, y, rtol=1e-5) | torch.allclose(x, y) | torch.equal(x, y) | torch.round(x, decimals=1)
torch.zeros(2, 3) | torch.ones((2, 3)) | torch.full((2, 3), 1.5) | torch.eye(3) | torch.arange(0, 5, 1)
torch.linspace(0, 1, 5) | torch.logspace(0, 1, 5) | torch.zeros_like(x) | torch.full_like(x, 2.0)
torch.tensor([1.0, 2.0]) | torch.tril_indices(3, 3) | torch.rand(2, 3) | torch.randn((2, 3))
torch.randint(0, 5, (2, 3)) | torch.randperm(4) | torch.bernoulli(p) | torch.normal(0.0, 1.0, (2,))
torch.multinomial(p, 1) | torch.poisson(p) | torch.tensor([[1.0], [2.0]]) | torch.broadcast_shapes((2, 1), (3,))
torch.numel(x) | torch.is_floating_point(x) | x.view(3, 2) | x.reshape(3, 2) | x.expand(2, 3) | x.repeat(2, 1)
x.permute(1, 0) | x.transpose(0, 1) | x.size(1) | x.to(torch.float32) | x.type(torch.float32)
x.masked_fill(mask, 1.0) | x.gather(1, i) | x.sum(1) | x.clamp(min=0.0) | x.unsqueeze(1) | x.squeeze(1)
x.flatten(0, 1) | x.new_zeros(2, 3) | x.new_full((2,), 1.0) | x.index_select(1, j) | x.narrow(1, 0, 2) | x.backward()
s.backward() | x.requires_grad_(True) | x.retain_grad() | x.numpy() | torch.autograd.grad(x.sum(), x)
torch.autograd.grad(x, x, y) | torch.autograd.backward(x.sum()) | (x + 0).add_(y) | (x + 0).mul_(2.0)
(x + 0).copy_(y) | (x + 0).fill_(1.0) | (x + 0).clamp_(min=0.0) | (x + 0).uniform_(0.0, 1.0)
(x + 0).normal_(0.0, 1.0) | (x + 0).random_(0, 5) | (x + 0).bernoulli_(0.5) | (x + 0).index_add_(1, j, x[:, :2])
F.relu(x) | F.leaky_relu(x, 0.1) | F.elu(x, 0.5) | F.celu(x, 0.5) | F.selu(x) | F.gelu(x, approximate="tanh")
F.silu(x) | F.mish(x) | F.softplus(x, 1.0, 20.0) | F.softsign(x) | F.tanhshrink(x) | F.softshrink(x, 0.5)
F.hardshrink(x, 0.5) | F.hardtanh(x, -1.0, 1.0) | F.relu6(x) | F.hardsigmoid(x) | F.hardswish(x) | F.logsigmoid(x)
F.threshold(x, 0.5, 1.0) | F.prelu(x, w) | F.rrelu(x, 0.1, 0.3) | F.glu(x, dim=0) | F.softmax(x, dim=1)
F.log_softmax(x, dim=1) | F.softmin(x, dim=1) | F.sigmoid(x) | F.tanh(x) | F.dropout(x, p=0.5, training=True)
F.one_hot(t, num_classes=3) | F.embedding(t, x, padding_idx=0) | F.linear(x, q, v) | F.bilinear(x, x, b3, v2)
F.pad(x, (1, 1), mode="constant", value=0.0) | F.pad(b, (1, 1), mode="reflect") | F.normalize(x, p=2.0, dim=1)
F.cosine_similarity(x, y, dim=1) | F.layer_norm(x, (3,), w, w, 1e-5) | F.rms_norm(x, (3,), w)
F.batch_norm(x, u0, w, w, w, training=True, momentum=0.1) | F.batch_norm(x, u0, w, w, w)
F.mse_loss(x, y, reduction="mean") | F.l1_loss(x, y, reduction="sum") | F.smooth_l1_loss(x, y, beta=0.5)
F.huber_loss(x, y, delta=0.5, reduction="none")
F.cross_entropy(x, k, weight=w, reduction="mean", label_smoothing=0.1, ignore_index=-100)
F.cross_entropy(x, p, reduction="sum") | F.nll_loss(x, k, weight=w, reduction="mean")
F.binary_cross_entropy(p, p, weight=w, reduction="mean")
F.binary_cross_entropy_with_logits(x, p, weight=w, pos_weight=w, reduction="mean")
F.kl_div(x, p, reduction="batchmean", log_target=False)
F.poisson_nll_loss(x, p, log_input=True, full=False, eps=1e-8, reduction="mean")
F.gaussian_nll_loss(x, y, p, full=False, eps=1e-6, reduction="mean")
F.multi_margin_loss(x, k, p=1, margin=1.0, weight=w, reduction="mean")
F.cosine_embedding_loss(x, y, e, margin=0.0, reduction="mean") | nn.Linear(3, 2, bias=True)(x32)
nn.Bilinear(3, 3, 2)(x32, x32) | nn.Embedding(3, 2, padding_idx=0)(t) | nn.Dropout(p=0.5, inplace=False)(x32)
nn.Flatten(1, -1)(b) | nn.Unflatten(1, (3, 1))(x) | nn.Identity()(x) | nn.LayerNorm(3, eps=1e-5)(x32)
nn.RMSNorm(3)(x32) | nn.BatchNorm1d(3, eps=1e-5, momentum=0.1)(x32) | nn.ReLU(inplace=False)(x) | nn.LeakyReLU(0.1)(x)
nn.ELU(1.0)(x) | nn.CELU(1.0)(x) | nn.SELU()(x) | nn.GELU(approximate="none")(x) | nn.GLU(0)(x) | nn.SiLU()(x)
nn.Mish()(x) | nn.Softplus(1.0, 20.0)(x) | nn.Softsign()(x) | nn.Tanhshrink()(x) | nn.Softshrink(0.5)(x)
nn.Hardshrink(0.5)(x) | nn.Hardtanh(-1.0, 1.0)(x) | nn.ReLU6()(x) | nn.Hardsigmoid()(x) | nn.Hardswish()(x)
nn.LogSigmoid()(x) | nn.Threshold(0.5, 1.0)(x) | nn.PReLU(3, init=0.25)(x32) | nn.RReLU(0.1, 0.3)(x)
nn.Softmax(dim=1)(x) | nn.LogSoftmax(dim=1)(x) | nn.Softmin(dim=1)(x) | nn.Sigmoid()(x) | nn.Tanh()(x)
nn.MSELoss(reduction="mean")(x, y) | nn.L1Loss(reduction="mean")(x, y)
nn.SmoothL1Loss(reduction="mean", beta=0.5)(x, y) | nn.HuberLoss(reduction="mean", delta=0.5)(x, y)
nn.CrossEntropyLoss(weight=w, ignore_index=-100, reduction="mean", label_smoothing=0.1)(x, k)
nn.NLLLoss(weight=w, reduction="mean")(x, k) | nn.BCELoss(weight=w, reduction="mean")(p, p)
nn.BCEWithLogitsLoss(weight=w, pos_weight=w, reduction="mean")(x, p)
nn.KLDivLoss(reduction="batchmean", log_target=False)(x, p)
nn.MultiMarginLoss(p=1, margin=1.0, weight=w, reduction="mean")(x, k)
nn.PoissonNLLLoss(log_input=True, full=False, eps=1e-8, reduction="mean")(x, p)
nn.GaussianNLLLoss(full=False, eps=1e-6, reduction="mean")(x, y, p)
nn.CosineEmbeddingLoss(margin=0.0, reduction="mean")(x, y, e) | nn.Sequential(nn.Tanh(), nn.ReLU())(x)
nn.ModuleList([nn.Tanh()])[0] | nn.ModuleDict({"a": nn.Tanh()})["a"] | nn.ParameterList([v])[0]
nn.ParameterDict({"a": v})["a"] | nn.Tanh().register_buffer("a", v)
nn.Tanh().register_parameter("a", nn.Parameter(v)) | nn.Tanh().add_module("a", nn.ReLU())
nn.Linear(3, 2).load_state_dict(nn.Linear(3, 2).state_dict(), strict=True) | nn.Linear(3, 2).get_parameter("weight")
nn.Linear(3, 2).get_submodule("") | nn.Linear(3, 2).train(True) | nn.Linear(3, 2).requires_grad_(False)
nn.Linear(3, 2).to(torch.float64) | nn.Sequential(nn.Tanh()).append(nn.ReLU())
nn.Sequential(nn.Tanh()).insert(0, nn.ReLU()) | nn.utils.clip_grad_norm_(ps, max_norm=1.0, norm_type=2.0)
nn.init.uniform_(h, 0.0, 1.0) | nn.init.normal_(h, 0.0, 1.0)
nn.init.xavier_uniform_(h, gain=1.0) | nn.init.kaiming_uniform_(h, a=0.0, mode="fan_in", nonlinearity="relu")
nn.init.constant_(h, 1.0) | nn.init.calculate_gain("tanh") | nn.init.eye_(h) | nn.init.orthogonal_(h)
nn.init.trunc_normal_(h, 0.0, 1.0) | optim.SGD(ps, lr=0.1, momentum=0.9, weight_decay=0.0, nesterov=True)
optim.Adam(ps, lr=0.1, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.0) | optim.AdamW(ps, lr=0.1)
optim.RMSprop(ps, lr=0.1, alpha=0.9, momentum=0.0) | optim.Adagrad(ps, lr=0.1, lr_decay=0.0)
optim.Adadelta(ps, lr=0.1, rho=0.9)
"""
LINES = [line for row in CALLS.strip().splitlines() for line in row.split(" | ")]

# Parts of calls that are judged differently here; docs/differences-from-pytorch.md has the reasons.
CHOSEN = [
    re.compile(part)
    for part in (
        r"torch\.(max|min)\(x, dim=1\.5\)",  # numbers in place of tensors
        r"torch\.max\(x, None\)",
        r"(einsum|broadcast_tensors|meshgrid)\(.*1, 1, 1, 1, 1, 1",
        r"torch\.(ones|randn)\(\)",  # no size: the shape of one number
        r"torch\.normal\(0\.0, 1\.0\)",
        r"pad\(short, \(1, 1\), mode='reflect'\)",  # any number of axes
        r"label_smoothing=-1\.0",
        r"eps='text'",  # settings that are not used, or that change nothing
        r"Hardtanh\(-1\.0, -1\.0\)",
        r"betas=\(0, 0\)",
        r"squeeze\(1, 1, 1",  # the same error, of a kind that Python's own arguments have
        r"broadcast_shapes\(\(1\.5,\)",
    )
]
