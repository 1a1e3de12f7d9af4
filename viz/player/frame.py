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
    expected: int = 1

    def as_data(self):
        """For the page: short keys, nothing that is empty."""
        keys = {
            "k": self.kind, "g": self.gate, "lit": self.lit, "shown": self.shown, "badge": self.badge,
            "verdict": self.verdict, "f": self.formula, "n": self.numbers, "r": self.result,
            "factors": self.factors, "arrived": self.arrived, "of": self.expected if self.expected > 1 else 0,
        }  # fmt: skip
        return {key: value for key, value in keys.items() if value not in ("", [], 0, None)}
