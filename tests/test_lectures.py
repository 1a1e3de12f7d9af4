"""A PyTorch lecture, written anew, runs once its import lines are changed: the names at the end of the lecture page.

Each test is a stretch of notebook cells; the imports above them are the changed lines.
"""

import numpy as np
import pytest
from numpy import exp

import autograd as torch
import nn
import nn.data as torchvision
import nn.functional as F
import nn.optim as optim
from nn.data import DataLoader, Digits

plt = pytest.importorskip("matplotlib.pyplot")
plt.switch_backend("Agg")
transforms = torchvision.transforms


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def four_digits(values):
    return [round(v, 4) for v in np.asarray(values).ravel().tolist()]


def test_S2_2_values_of_activations():
    assert four_digits(nn.Sigmoid()(torch.tensor([-4.1746, 3.2210, -2.6507, -6.7530, 2.0411]))) == pytest.approx(
        [0.0151, 0.9616, 0.0659, 0.0012, 0.8850], abs=5e-5
    )
    assert four_digits(nn.Tanh()(torch.tensor([11.1529, 4.3029, 0.5081, -3.8456, -1.9058]))) == pytest.approx(
        [1.0000, 0.9996, 0.4685, -0.9991, -0.9567], abs=5e-5
    )
    assert four_digits(nn.LeakyReLU(0.01)(torch.tensor([-0.2762, -0.8034, 0.4943, -1.2415, 0.3380]))) == pytest.approx(
        [-0.0028, -0.0080, 0.4943, -0.0124, 0.3380], abs=5e-5
    )
    assert four_digits(nn.ReLU()(torch.tensor([0.1650, -0.1988, 0.6777, 0.0415, 0.1600]))) == pytest.approx(
        [0.1650, 0, 0.6777, 0.0415, 0.1600], abs=5e-5
    )
    assert four_digits(nn.GELU()(torch.tensor([2.5845, -2.3937, 2.7921, 5.3007, 7.7047]))) == pytest.approx(
        [2.5719, -0.0200, 2.7847, 5.3007, 7.7047], abs=1.1e-4
    )


def test_S2_1_S2_4_a_function_beside_its_derivative():
    x = torch.tensor(np.linspace(-3, 3, 61), requires_grad=True)
    y = torch.maximum(x, torch.tensor(0.0))
    y.sum().backward()
    _, (left, right) = plt.subplots(1, 2)
    left.plot(x.detach().numpy(), y.detach().numpy())
    right.plot(x.data, x.grad)
    np.testing.assert_array_equal(right.get_lines()[0].get_ydata(), (x.data > 0) + 0.5 * (x.data == 0))


def test_S3_1_templates():
    W = torch.rand(3073, 10)
    templates = W[:-1, :].reshape(32, 32, 3, 10)
    for i in range(10):
        picture = templates[:, :, :, i]
        low, high = torch.min(picture), torch.max(picture)
        shown = ((picture - low).div(high - low) * 255.0).type(torch.uint8)
        plt.subplot(2, 5, i + 1).imshow(shown)
        assert (np.min(shown), np.max(shown)) == (0, 255)
        assert shown.dtype == torch.uint8
    images = torch.rand(4, 32, 32, 3).permute(0, 3, 1, 2)
    assert images.shape == (4, 3, 32, 32)
    assert images.size(0) == 4


def test_S3_2_xor_by_hand():
    w1, w2, w3, w4, w5, w6 = 0.45, 0.78, -0.12, 0.13, 1.5, -2.3
    hidden = torch.sigmoid(torch.tensor([1 * w1 + 0 * w3, 1 * w2 + 0 * w4], dtype=torch.float64))
    output = hidden.matmul(torch.tensor([w5, w6], dtype=torch.float64))
    assert [round(h, 6) for h in hidden.tolist()] == [0.610639, 0.685680]
    assert round(output.item(), 6) == -0.661105
    assert round(torch.sigmoid(output).item(), 6) == 0.340491


def test_S3_3_two_linear_layers_collapse():
    x, W1, W2 = torch.randn(5, 4), torch.randn(4, 8), torch.randn(8, 3)
    np.testing.assert_allclose(x.matmul(W1).matmul(W2), x.matmul(W1.matmul(W2)), rtol=1e-4, atol=1e-5)


def test_S3_5_losses():
    predicted, wanted = torch.Tensor([0.5, -0.25, 0.75]), torch.Tensor([1, 0.25, 0.25])
    assert nn.MSELoss()(predicted, wanted).item() == 0.25
    assert nn.L1Loss()(predicted, wanted).item() == 0.5
    logits = torch.randn(3, 5, requires_grad=True)
    target = torch.empty(3, dtype=torch.long).random_(5)
    weights = torch.tensor([1.0, 2.0, 0.5, 1.0, 3.0])
    loss = nn.CrossEntropyLoss(weight=weights)(logits, target)
    rows = logits.data.astype(float)
    log_p = rows - np.log(exp(rows).sum(axis=1, keepdims=True))
    chosen, w = log_p[np.arange(3), target.data], weights.data[target.data]
    assert loss.item() == pytest.approx(-(chosen * w).sum() / w.sum(), rel=1e-5)
    loss.backward()
    assert logits.grad.shape == (3, 5)
    m, x = nn.Sigmoid(), torch.randn(3, requires_grad=True)
    nn.BCELoss()(m(x), torch.empty(3).random_(2)).backward()
    assert x.grad is not None


def test_S3_13_retain_and_accumulate():
    X = torch.tensor([1, 2, 3, 4], dtype=torch.float32)
    Y = torch.tensor([2, 4, 6, 8], dtype=torch.float32)
    W = torch.tensor(1.0, dtype=torch.float32, requires_grad=True)
    E = W * X - Y
    E.retain_grad()
    loss = (E**2).mean()
    assert loss.item() == 7.5
    loss.backward(retain_graph=True)
    assert (W.grad.item(), E.grad.tolist()) == (-15.0, [-0.5, -1.0, -1.5, -2.0])
    loss.backward(retain_graph=True)
    assert (W.grad.item(), E.grad.tolist()) == (-30.0, [-1.0, -2.0, -3.0, -4.0])
    W.grad.zero_()
    loss.backward()
    assert (W.grad.item(), E.grad.tolist()) == (-15.0, [-1.5, -3.0, -4.5, -6.0])
    with pytest.raises(RuntimeError):
        loss.backward()


PRINTED = ["1.144", "1.608", "1.820", "1.917", "1.962", "1.983", "1.992", "1.996", "1.998", "1.999", "2.000"]


def test_S3_14_gradient_descent_by_hand():
    X = torch.tensor([1, 2, 3, 4], dtype=torch.float32)
    Y = torch.tensor([2, 4, 6, 8], dtype=torch.float32)
    W = torch.tensor(1.0, dtype=torch.float32, requires_grad=True)

    def forward(x):
        return W * x

    lines = []
    for epoch in range(102):
        loss = ((Y - forward(X)) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            W -= 0.005 * W.grad
        W.grad.zero_()
        if epoch % 10 == 1:
            lines.append(f"epoch {epoch}: w = {W:.3f}, loss = {loss:.8f}")
    assert [line.split()[4].rstrip(",") for line in lines] == PRINTED
    assert lines[0].endswith("6.41718674")
    assert lines[-1].endswith("0.00000109")


def test_S3_14_the_same_with_an_optimizer():
    X = torch.tensor([1, 2, 3, 4], dtype=torch.float32)
    Y = torch.tensor([2, 4, 6, 8], dtype=torch.float32)
    W = torch.tensor(1.0, dtype=torch.float32, requires_grad=True)
    loss, optimizer = nn.MSELoss(), optim.SGD([W], lr=0.005)
    weights = []
    for epoch in range(102):
        value = loss(Y, W * X)
        value.backward()
        optimizer.step()
        optimizer.zero_grad()
        if epoch % 10 == 1:
            weights.append(f"{W.item():.3f}")
    assert weights == PRINTED


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = x.view(-1, 28 * 28)
        x = F.relu(self.fc1(x))
        x = self.fc2(x)
        return x


def test_S3_15_the_digit_net_and_its_plots():
    pytest.importorskip("sklearn")
    torch.manual_seed(0)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5), (0.5))])
    train_set = Digits(train=True, transform=transform, size=28)
    test_set = Digits(train=False, transform=transform, size=28)
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True, num_workers=2)
    test_loader = DataLoader(test_set, batch_size=64, shuffle=False, num_workers=2)

    images, labels = next(iter(train_loader))
    assert images.shape == (64, 1, 28, 28)
    plt.imshow(images[0].reshape(28, 28), cmap="gray")
    plt.title(f"label {labels[0].item()}")

    net = Net()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    history = []
    for _ in range(4):
        running = 0.0
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            outputs = net(inputs)
            loss = criterion(outputs, targets)
            loss.backward()
            optimizer.step()
            running += loss.item()
        history.append(running / len(train_loader))
    plt.figure()
    plt.plot(history, label="loss")
    plt.legend()
    assert history[-1] < 0.5 * history[0]

    correct, total = 0, 0
    with torch.no_grad():
        for images, labels in test_loader:
            outputs = net(images)
            _, predicted = torch.max(outputs, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    assert total == len(test_set)
    assert correct / total > 0.8

    images, labels = next(iter(test_loader))
    predictions = torch.argmax(net(images), dim=1)
    for i in range(10):
        plt.subplot(2, 5, i + 1)
        plt.imshow(images[i].reshape(28, 28), cmap="gray")
        plt.title(f"{predictions[i].item()} ({labels[i].item()})")
    assert int(np.argmax(net(images)[0].detach())) == predictions[0].item()
    assert isinstance(torch.__version__, str)


def test_S1_1_activations_of_the_explorer():
    x = np.linspace(-7, 5, 241)
    for name, expected in {
        "relu": np.maximum(x, 0),
        "elu": np.where(x > 0, x, np.expm1(x)),
        "leaky_relu": np.where(x > 0, x, 0.01 * x),
        "sigmoid": 1 / (1 + exp(-x)),
        "tanh": np.tanh(x),
    }.items():
        np.testing.assert_allclose(torch.TABLE[name](x), expected, rtol=1e-12, atol=1e-300)


def test_names_of_the_list():
    assert torch.from_numpy(np.ones(2)).dtype == torch.float64
    assert torch.cat((torch.rand(2, 3), torch.randn(1, 3)), dim=0).shape == (3, 3)
    values, indices = torch.max(torch.tensor([[1.0, 5.0], [7.0, 2.0]]), 1)
    assert (values.tolist(), indices.tolist()) == ([5.0, 7.0], [1, 0])
    assert torch.tensor([1, 2]).dtype == torch.long
    assert torch.tensor([1.5]).type(torch.long).tolist() == [1]
    assert f"{torch.tensor(2.5):.2f}" == "2.50"
    assert torch.tensor([1.0]).float().dtype == torch.float32
    assert torch.reshape(torch.rand(6), (2, 3)).shape == (2, 3)
