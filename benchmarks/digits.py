"""(a) A training step of the lecture's digit net: 784 → 128 ReLU → 10, cross-entropy, float32."""

import functools

import numpy as np

import nn
import nn.functional as F
from autograd import tensor
from nn import optim
from nn.compile_step import compile_step

from .harness import OURS, Table, measure
from .peers import missing, peer

RATE = 0.01  # learning rate


class Task:
    """The same weights and the same batch for everyone; `loop` steps in one call where the loop is in the program."""

    def __init__(self, batch, inputs=784, hidden=128, classes=10, loop=50):
        random = np.random.default_rng(0)
        self.loop = loop
        self.x = random.standard_normal((batch, inputs)).astype(np.float32)
        self.t = random.integers(0, classes, batch)
        self.shapes = [(hidden, inputs), (hidden,), (classes, hidden), (classes,)]
        self.start = [(random.standard_normal(shape) * 0.05).astype(np.float32) for shape in self.shapes]

    @functools.cache  # noqa: B019 - a task lives as long as its measurement
    def many(self):
        """The batch as often as there are steps in a loop, as a data set to go through once."""
        return np.tile(self.x, (self.loop, 1)), np.tile(self.t, self.loop)

    def weights(self):
        """A fresh copy of W1, b1, W2, b2."""
        return [w.copy() for w in self.start]


def net(task):
    """This project's model of the task."""
    (hidden, inputs), _, (classes, _), _ = task.shapes
    model = nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes))
    for parameter, data in zip(model.parameters(), task.weights(), strict=True):
        parameter.data = data
    return model


def optimizer_of(model, adam):
    """This project's optimizer of the task."""
    return optim.Adam(model.parameters()) if adam else optim.SGD(model.parameters(), lr=RATE)


def gradwalk(task, adam=False):
    """This project, eagerly."""
    model = net(task)
    optimizer = optimizer_of(model, adam)
    x, t = tensor(task.x), tensor(task.t)

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return step


def gradwalk_compiled(task, adam=False):
    """This project, the whole loop one program."""
    model = net(task)
    optimizer = optimizer_of(model, adam)
    program = compile_step(model, nn.CrossEntropyLoss(), optimizer)
    return lambda: program.run(task.many(), batch_size=len(task.t))


def torch_loss(x, t, w1, b1, w2, b2):
    """PyTorch's forward pass."""
    torch = peer("torch")
    functional = torch.nn.functional
    hidden = torch.relu(functional.linear(x, w1, b1))
    return functional.cross_entropy(functional.linear(hidden, w2, b2), t)


def torch_eager(task, adam=False, compiled=False):
    """PyTorch; `compiled`: model and loss through torch.compile."""
    torch = peer("torch")
    parameters = [torch.tensor(w, requires_grad=True) for w in task.weights()]
    x, t = torch.tensor(task.x), torch.tensor(task.t)
    optimizer = torch.optim.Adam(parameters) if adam else torch.optim.SGD(parameters, lr=RATE)
    loss_of = torch.compile(torch_loss) if compiled else torch_loss

    def step():
        optimizer.zero_grad()
        loss = loss_of(x, t, *parameters)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def jax_steps(task, adam=False, loop=1):
    """JAX, jitted; `loop` steps in one call."""
    jax = peer("jax")
    jnp = jax.numpy
    x, t = (jnp.asarray(task.x), jnp.asarray(task.t)) if loop == 1 else map(jnp.asarray, task.many())
    batches = x.reshape(loop, -1, x.shape[1]), t.reshape(loop, -1)

    def loss_of(p, x, t):
        logits = jax.nn.relu(x @ p[0].T + p[1]) @ p[2].T + p[3]
        return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(len(t)), t])

    def sgd(p, g, state):
        return [a - RATE * b for a, b in zip(p, g, strict=True)], state

    def adam_step(p, g, state):
        m, v, count = state
        count = count + 1
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g, strict=True)]
        v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g, strict=True)]
        rate = 1e-3 * jnp.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        return [a - rate * b / (jnp.sqrt(c) + 1e-8) for a, b, c in zip(p, m, v, strict=True)], (m, v, count)

    def one(carry, batch):
        p, state = carry
        loss, g = jax.value_and_grad(loss_of)(p, *batch)
        return (adam_step if adam else sgd)(p, g, state), loss

    @jax.jit
    def many(carry, batches):
        if loop == 1:
            carry, loss = one(carry, (batches[0][0], batches[1][0]))
            return carry, loss[None]
        return jax.lax.scan(one, carry, batches)

    p = [jnp.asarray(w) for w in task.weights()]
    zeros = [jnp.zeros_like(w) for w in p]
    carry = [(p, (zeros, zeros, jnp.zeros(()))) if adam else (p, ())]

    def step():
        carry[0], losses = many(carry[0], batches)
        return losses.block_until_ready()[0]

    return step


def mygrad_step(task, adam=False):
    """MyGrad."""
    mg = peer("mygrad")
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    parameters = [mg.tensor(w) for w in task.weights()]

    def step():
        w1, b1, w2, b2 = parameters
        loss = softmax_crossentropy(mg.matmul(relu(mg.matmul(task.x, w1.T) + b1), w2.T) + b2, task.t)
        loss.backward()
        for p in parameters:
            p.data -= np.float32(RATE) * p.grad
        return loss.data

    return step


def numpy_by_hand(task, adam=False):
    """The gradients worked out on paper."""
    parameters = task.weights()
    x, t, rows = task.x, task.t, np.arange(len(task.t))
    means, squares, count = [np.zeros_like(w) for w in parameters], [np.zeros_like(w) for w in parameters], [0]

    def update(p, g, m, v):
        if not adam:
            p -= np.float32(RATE) * g
            return
        m += (g - m) * np.float32(0.1)
        v += (g * g - v) * np.float32(0.001)
        rate = 1e-3 * np.sqrt(1 - 0.999 ** count[0]) / (1 - 0.9 ** count[0])
        p -= np.float32(rate) * m / (np.sqrt(v) + np.float32(1e-8))

    def step():
        w1, b1, w2, b2 = parameters
        hidden = x @ w1.T
        hidden += b1
        np.maximum(hidden, 0, out=hidden)
        logits = hidden @ w2.T
        logits += b2
        logits -= logits.max(1, keepdims=True)
        p = np.exp(logits)
        total = p.sum(1, keepdims=True)
        loss = np.mean(np.log(total[:, 0]) - logits[rows, t])
        p /= total
        p[rows, t] -= 1
        p /= len(t)
        back = p @ w2
        back *= hidden > 0
        count[0] += 1
        for each in zip(parameters, (back.T @ x, back.sum(0), p.T @ hidden, p.sum(0)), means, squares, strict=True):
            update(*each)
        return loss

    return step


def bare_products(task, adam=False):
    """The five matrix products alone, into buffers: nobody can do less."""
    w1, _, w2, _ = task.weights()
    x = task.x
    hidden, logits, back = x @ w1.T, x @ w1.T @ w2.T, x @ w1.T
    first, second = np.empty_like(w1), np.empty_like(w2)

    def step():
        np.matmul(x, w1.T, out=hidden)
        np.matmul(hidden, w2.T, out=logits)
        np.matmul(logits, w2, out=back)
        np.matmul(logits.T, hidden, out=second)
        np.matmul(back.T, x, out=first)

    return step


def candidates(task, adam, quick=False):
    """Every way of doing the step that is there, by name; those with a loop inside as (function, steps)."""
    found = {OURS: gradwalk(task, adam), "NumPy by hand": numpy_by_hand(task, adam)}
    found[f"{OURS} compiled"] = (gradwalk_compiled(task, adam), task.loop)
    if peer("torch"):
        found["PyTorch"] = torch_eager(task, adam)
        if not quick:
            found["torch.compile"] = torch_eager(task, adam, compiled=True)
    if peer("jax"):
        found["JAX jit"] = jax_steps(task, adam)
        found[f"JAX jit + scan of {task.loop}"] = (jax_steps(task, adam, task.loop), task.loop)
    if peer("mygrad") and not adam:
        found["MyGrad"] = mygrad_step(task)
    found["matrix products alone"] = bare_products(task)
    return found


def agree(found):
    """All compute the same loss in their first step."""
    losses = {}
    for who, given in found.items():
        function = given[0] if isinstance(given, tuple) else given
        loss = function()
        if loss is not None and np.ndim(loss) == 0:
            losses[who] = float(loss)
    reference = losses[OURS]
    for who, loss in losses.items():
        if not abs(loss - reference) < 1e-4 * abs(reference):
            raise AssertionError(f"{who} has another loss than {OURS}: {loss}, {reference}")


def table(title, make, sizes, budget, shown):
    """One table over sizes and optimizers; the batch `shown` is the one for the table that sums up."""
    cases, short = [], {}
    for size in sizes:
        for adam in (False, True):
            task = make(size)
            agree(candidates(task, adam, quick=True))
            found = candidates(task, adam, budget.quick)
            ours = tuple(who for who in found if who.startswith(OURS))
            cases.append(measure(f"batch {size}, {'Adam' if adam else 'SGD'}", found, budget, ours))
            if size == shown:
                short |= cases[-1].short(f"{title.removeprefix('A training ')}, {cases[-1].name}")
    notes = missing("torch", "jax", "mygrad")
    if budget.quick and peer("torch"):
        notes.append("torch.compile is left out: it needs a minute to compile")
    return Table(title, cases, notes=notes, short=short)


BOTH = ", and backward"


def passes(task):
    """The forward pass with the loss, alone and with the backward pass, of this project and of PyTorch."""
    model, x, t = net(task), tensor(task.x), tensor(task.t)

    def ours():
        return F.cross_entropy(model(x), t)

    def both():
        model.zero_grad()
        ours().backward()

    found = {OURS: ours, OURS + BOTH: both}
    if peer("torch"):
        torch = peer("torch")
        batch = torch.tensor(task.x), torch.tensor(task.t)
        parameters = [torch.tensor(w, requires_grad=True) for w in task.weights()]

        def theirs():
            return torch_loss(*batch, *parameters)

        def both_of_theirs():
            for p in parameters:
                p.grad = None
            theirs().backward()

        found |= {"PyTorch": theirs, "PyTorch" + BOTH: both_of_theirs}
    return found


def backward_by_forward(size, budget):
    """How much longer the backward pass takes than the forward pass: a median over rounds."""
    case = measure("passes", passes(Task(size)), budget)
    rows = []
    for who in (OURS, "PyTorch"):
        if who in case.timings:
            forward, more = case.timings[who], case.ratio(who + BOTH, who) - 1
            rows.append([who, f"{forward.median * 1e6:.0f}", f"{more * forward.median * 1e6:.0f}", f"{more:.2f}"])
    columns = ("who", "forward, µs", "backward, µs", "backward / forward")
    title = f"Forward and backward pass of the digit net, batch {size}"
    return Table(title, columns=columns, rows=rows, notes=missing("torch"))


def run(budget):
    """Batch sizes of the lecture and around."""
    sizes = (64,) if budget.quick else (32, 64, 256)
    steps = table("A training step of the digit net, 784 → 128 → 10", Task, sizes, budget, 64)
    return [steps, backward_by_forward(64, budget)]
