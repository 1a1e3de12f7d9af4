"""What explorers say, in the languages of the lectures."""

from ..words import LANGUAGES

WORDS = {
    "en": {
        "activation_title": "Activation functions", "neuron_title": "One neuron: A(w·x + b)",
        "tiny_title": "A tiny network", "activation": "activation", "function": "function",
        "derivative": "derivative", "target": "target", "network": "network", "neuron": "neuron", "layer": "layer",
        "output": "output", "weights": "weights", "from": "start from", "hand": "by hand", "learned": "learned",
        "random": "random", "train": "train", "steps": "steps", "error": "mean squared error", "colours": "colours",
        "bias": "bias",
        "neuron_note": "w turns and squeezes the curve, b shifts it.",
        "activation_note": "Move x: the tangent in the left picture has the slope that the right picture shows.",
        "tiny_note": "Thin lines: what each neuron of the last hidden layer adds. Their sum and the bias are the "
        "network's output.",
    },
    "ru": {
        "activation_title": "Функции активации", "neuron_title": "Один нейрон: A(w·x + b)",
        "tiny_title": "Маленькая сеть", "activation": "активация", "function": "функция",
        "derivative": "производная", "target": "цель", "network": "сеть", "neuron": "нейрон", "layer": "слой",
        "output": "выход", "weights": "веса", "from": "начать с", "hand": "подобранные вручную",
        "learned": "обученные", "random": "случайные", "train": "обучать", "steps": "шагов",
        "error": "средняя квадратичная ошибка", "colours": "цвета",
        "bias": "смещение",
        "neuron_note": "w поворачивает и сжимает кривую, b сдвигает её.",
        "activation_note": "Двигайте x: наклон касательной слева — это высота кривой справа.",
        "tiny_note": "Тонкие линии — вклад каждого нейрона последнего скрытого слоя. Их сумма и смещение — выход сети.",
    },
}  # fmt: skip


def words_for(lang):
    """The words of a language; ValueError for one that explorers do not speak."""
    if lang not in WORDS:
        raise ValueError(f"explorers speak {' and '.join(LANGUAGES)}, not {lang!r}")
    return WORDS[lang]
