"""One step as the page gets it."""

from dataclasses import dataclass, field


@dataclass
class Frame:
    """One step on the page: `lit` ids light up, `shown` numbers appear, `gate` is the unit of coarse steps."""

    kind: str
    gate: str
    say: str
    lit: list = field(default_factory=list)
    shown: list = field(default_factory=list)
    badge: str = ""
    verdict: str = ""
    formula: str = ""
    numbers: str = ""
    result: object = None
    factors: list = field(default_factory=list)
    arrived: list = field(default_factory=list)
    count: int = 0
    expected: int = 1

    def has_arrived(self, numbers, count, expected):
        """What has come to a copy so far: of more than these `numbers` the last one stands behind the others."""
        self.arrived, self.count, self.expected = numbers, count, expected

    def as_data(self):
        """For the page: short keys, nothing that is empty."""
        count = self.count if self.count > len(self.arrived) else 0
        keys = {
            "k": self.kind, "g": self.gate, "lit": self.lit, "shown": self.shown, "badge": self.badge,
            "verdict": self.verdict, "f": self.formula, "n": self.numbers, "r": self.result,
            "factors": self.factors, "arrived": self.arrived, "count": count,
            "of": self.expected if self.expected > 1 else 0,
        }  # fmt: skip
        return {key: value for key, value in keys.items() if value not in ("", [], 0, None)}
