"""S3.15: the digit net of the lecture, 784 → 128 → 10, with loss curve, accuracies and ten predicted digits.

    python examples/digit_net.py --epochs 10                      # SGD with the lecture's learning rate 0.001
    python examples/digit_net.py --epochs 30 --optimizer adam     # 97 to 98 % on scikit-learn's digits
"""

from experiment import arguments, digits, report, save

import autograd as torch
import nn
import nn.functional as F
import viz
from nn import optim
from nn.data import DataLoader


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = x.view(-1, 784)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


def accuracy(net, loader):
    """Share of right answers."""
    right = total = 0
    with torch.no_grad():
        for images, labels in loader:
            right += (net(images).argmax(dim=1) == labels).sum().item()
            total += labels.size(0)
    return right / total


def train(net, loader, optimizer, epochs, schedule=None):
    """The five lines of the lecture, over and over. Returns the mean loss of each epoch."""
    criterion, losses = nn.CrossEntropyLoss(), []
    for epoch in range(epochs):
        total = 0.0
        for images, labels in loader:
            optimizer.zero_grad()
            outputs = net(images)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader))
        if schedule is not None:
            schedule.step()
        print(f"epoch {epoch + 1}: loss {losses[-1]:.4f}")
    return losses


def main():
    options = arguments(__doc__, epochs=10, data=True, optimizer=("sgd", "adam"))
    train_set, test_set = digits(options.data)
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True, seed=options.seed)
    test_loader = DataLoader(test_set, batch_size=64)
    net = Net()
    schedule = None
    if options.optimizer == "adam":
        optimizer = optim.Adam(net.parameters(), lr=0.002)
        schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, options.epochs)
    else:
        optimizer = optim.SGD(net.parameters(), lr=0.001)
    losses = train(net, train_loader, optimizer, options.epochs, schedule)
    rows = [
        {"digits": name, "accuracy": accuracy(net, loader)}
        for name, loader in {"training": train_loader, "test": test_loader}.items()
    ]
    print(f"table: {report('digit_net', rows)}")
    save(viz.plot_history({"loss": losses}).figure, "digit_net_loss.png")
    images, labels = next(iter(test_loader))
    predictions = net(images).argmax(dim=1)
    axes = viz.plot_predictions(images[:10].data, predictions[:10].data, labels[:10].data)
    save(axes.ravel()[0].figure, "digit_net_predictions.png")


if __name__ == "__main__":
    main()
