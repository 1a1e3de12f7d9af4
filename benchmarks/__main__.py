"""python -m benchmarks [--quick] [--json FILE] [question ...]"""

import argparse
import importlib
import json
import pathlib
import sys

from rich.console import Console

from .peers import limit_threads

QUESTIONS = {
    "digits": "a training step of the digit net",
    "tiny": "training steps of tiny nets, where overhead is everything",
    "scalars": "chains of scalars, and micrograd's demo",
    "activations": "every activation and its gradient",
    "products": "matrix products and linear layers",
    "layers": "layers, losses, shapes and sums",
    "updates": "optimizer steps",
    "startup": "import and the first gradient",
    "memory": "peak memory of training",
    "growth": "how time and memory grow with the graph",
    "drawing": "walking and drawing graphs",
    "accuracy": "how exact functions and derivatives are",
}
LONG = ("layers", "accuracy")  # not among the quick ones


def main(arguments=None):
    """Answer the questions asked, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("question", nargs="*", help="; ".join(f"{name}: {text}" for name, text in QUESTIONS.items()))
    parser.add_argument("--quick", action="store_true", help="fewer questions, sizes and rounds, in two minutes")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--threads", type=int, default=2, help="for everyone, 2 by default")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.question if name not in QUESTIONS]
    if unknown:
        parser.error(f"no question named {unknown[0]!r}; there are {', '.join(QUESTIONS)}")
    limit_threads(options.threads)
    from . import harness, report  # after the number of threads is set: NumPy reads it when it is imported

    console = Console() if sys.stdout.isatty() else Console(width=120)
    facts = report.machine()
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, {facts['threads']} threads for everyone; "
        f"Python {facts['python']}, "
        + ", ".join(f"{name} {number}" for name, number in facts["versions"].items() if number),
        highlight=False,
    )
    answers, everything = {}, []
    asked = options.question or [name for name in QUESTIONS if name not in LONG or not options.quick]
    for name in asked:
        tables = importlib.import_module(f".{name}", __package__).run(harness.QUICK if options.quick else harness.FULL)
        answers[name] = [report.as_json(table) for table in tables]
        everything += tables
        for table in tables:
            report.show(table, console)
    if any(table.short for table in everything):
        print(report.sum_up(everything))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"machine": facts, "answers": answers}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
