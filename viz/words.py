"""What the player says at each step, in the languages of the lectures; the same sentence in all outputs."""

from autograd.arrays import shape_of
from autograd.walk import short

from .numbers import told

LANGUAGES = ("en", "ru")
MOST_TERMS = 12  # of a sum that are written out

PATTERNS = {  # what a gate does to the gradient, by operation
    "add": "distributes", "sum": "distributes", "mul": "swaps", "maximum": "routes", "minimum": "routes",
    "relu": "routes", "amax": "routes", "amin": "routes",
}  # fmt: skip

_WORDS = {
    "en": {
        "input": "{name} is {result}.",
        "forward": "{name} = {formula} = {numbers} = {result}",
        "forward_array": "{name} = {formula}: {result}",
        "start": "The backward pass begins at the end: ∂{root}/∂{root} = {result}.",
        "backward": "∂{root}/∂{target} = upstream × local = {upstream} × {local} = {result}",
        "backward_array": "∂{root}/∂{target}: the gradient {result} goes on to {target}.",
        "elsewhere": "{count} of {expected} gradients have arrived at {target}.",
        "stretched": "Summed over {axes}, along which {target} was stretched.",
        "copy": "{name} is used in {expected} places, so its gradients add up: {numbers} = {result}",
        "leaf": "The gradient of {name} is there: ∂{root}/∂{name} = {result}.",
        "fold_forward": "{title} gives {result}.",
        "fold_backward": "The gradient passes back through {title}: {gradients}.",
        "fold_copy": "Gradients add up at the copy: {gradients}.",
        "from_outside": "From outside arrives ∂{root}/∂{name} = {result}.",
        "inside": "Inside {title}. Outside nothing changes: the gradients that leave differ by {difference}.",
        "holds": "{name} now has ∂{root}/∂{name} = {result}; what arrived there: {numbers}.",
        "right_engine": "the right engine",
        "right_is": "right is {0}",
        "too_early": "went on too early, as {0}",
        "left_over": "with the rest of the pass before: {0}",
        "first_wrong": "here it goes wrong first: right is {0}",
        "inside_fold": "The inside of a box, with the numbers and names of the whole graph.",
        "axis": "axis {0}",
        "axes": "axes {0}",
        "distributes": "add distributes",
        "swaps": "multiply swaps",
        "routes": "max routes",
        "adds": "copy adds",
        "agrees": "✓ finite differences agree",
        "differs": "✗ finite differences give {0}",
        "kink": "kink here: no derivative, the rule chose this value",
        "leaf_agrees": "✓ moving {0} and computing {1} anew agrees",
        "leaf_differs": "✗ moving {0} and computing {1} anew gives {2}",
        "leaf_kink": "kink on the way: moving {0} to one side and to the other gives two slopes",
    },
    "ru": {
        "input": "{name} равно {result}.",
        "forward": "{name} = {formula} = {numbers} = {result}",
        "forward_array": "{name} = {formula}: {result}",
        "start": "Обратный проход начинается с конца: ∂{root}/∂{root} = {result}.",
        "backward": "∂{root}/∂{target} = пришедший градиент × локальная производная = {upstream} × {local} = {result}",
        "backward_array": "∂{root}/∂{target}: градиент {result} идёт дальше к {target}.",
        "elsewhere": "К {target} пришло градиентов: {count} из {expected}.",
        "stretched": "Сумма по {axes}, вдоль которых растянут {target}.",
        "copy": "{name} используется в {expected} местах, поэтому градиенты складываются: {numbers} = {result}",
        "leaf": "Градиент {name} найден: ∂{root}/∂{name} = {result}.",
        "fold_forward": "{title} даёт {result}.",
        "fold_backward": "Градиент проходит назад через {title}: {gradients}.",
        "fold_copy": "В узле копии градиенты складываются: {gradients}.",
        "from_outside": "Снаружи приходит ∂{root}/∂{name} = {result}.",
        "inside": "Внутри {title}. Снаружи ничего не меняется: выходящие градиенты отличаются на {difference}.",
        "holds": "Теперь у {name} ∂{root}/∂{name} = {result}; пришло: {numbers}.",
        "right_engine": "верный движок",
        "right_is": "верно {0}",
        "too_early": "ушло слишком рано: {0}",
        "left_over": "с остатком прошлого прохода: {0}",
        "first_wrong": "здесь первая ошибка: верно {0}",
        "inside_fold": "Внутри блока: числа и имена те же, что во всём графе.",
        "axis": "оси {0}",
        "axes": "осям {0}",
        "distributes": "сложение раздаёт",
        "swaps": "умножение меняет местами",
        "routes": "максимум направляет",
        "adds": "копия складывает",
        "agrees": "✓ конечные разности дают то же",
        "differs": "✗ конечные разности дают {0}",
        "kink": "здесь излом: производной нет, правило выбрало это значение",
        "leaf_agrees": "✓ сдвиг {0} и новый расчёт {1} дают то же",
        "leaf_differs": "✗ сдвиг {0} и новый расчёт {1} дают {2}",
        "leaf_kink": "по пути излом: сдвиги {0} в обе стороны дают два наклона",
    },
}

LABELS = {
    "en": {
        "forward": "forward", "backward": "backward", "upstream": "upstream", "local": "local",
        "downstream": "downstream", "rule": "rule (g: upstream)",
        "open": "open", "back": "back",
        "step": "step", "of": "of", "play": "play", "pause": "pause", "first": "to the start", "last": "to the end",
        "previous": "one step back", "next": "one step on", "previous_gate": "one gate back",
        "next_gate": "one gate on",
        "speed": "speed", "find": "find a step", "fit": "fit", "theme": "colours", "predict": "predict", "help": "keys",
        "steps": "all steps", "answer": "your number", "check": "check", "right": "right!", "wrong": "not quite: it is",
        "score": "right", "arrived": "arrived so far", "hover": "point at an entry: its own sum",
        "keys": "← → one step · shift+← → one gate · Home End · space plays · [ ] speed · / finds · Tab goes through "
        "the gates, Enter jumps there · p predict · e opens what is folded, Esc goes back · f fit · wheel or pinch "
        "zooms, drag moves · ? these keys",
    },
    "ru": {
        "forward": "прямой проход", "backward": "обратный проход", "upstream": "пришедший", "local": "локальная",
        "downstream": "дальше", "rule": "правило (g: пришедший)", "open": "раскрыть",
        "back": "назад", "step": "шаг", "of": "из", "play": "пуск", "pause": "пауза", "first": "в начало",
        "last": "в конец", "previous": "шаг назад", "next": "шаг вперёд", "previous_gate": "узел назад",
        "next_gate": "узел вперёд", "speed": "скорость", "find": "найти шаг", "fit": "вписать", "theme": "цвета",
        "predict": "предскажи", "help": "клавиши", "steps": "все шаги", "answer": "ваше число", "check": "проверить",
        "right": "верно!", "wrong": "не совсем: это", "score": "верно", "arrived": "уже пришли",
        "hover": "наведите на элемент: его собственная сумма",
        "keys": "← → шаг · shift+← → узел · Home End · пробел — пуск · [ ] скорость · / поиск · Tab по узлам, Enter — "
        "перейти · p предсказание · e раскрыть, Esc назад · f вписать · колесо или щипок — масштаб, "
        "тащить — двигать · ? эти клавиши",
    },
}  # fmt: skip

THEME_NAMES = {
    "en": {},
    "ru": {
        "lecture": "лекция", "blue-orange": "синий и оранжевый", "okabe-ito": "Окабе и Ито", "dark": "тёмная",
        "high-contrast": "высокий контраст",
    },
}  # fmt: skip


TERMINAL_KEYS = {
    "en": "→ space Enter: one step · ← b: one back · ↓ ↑ (N B): one gate · Home End (g G) · / finds · q ends",
    "ru": "→ пробел Enter: шаг · ← b: шаг назад · ↓ ↑ (N B): узел · Home End (g G) · / поиск · q: выход",
}


_MISTAKES_RU = {  # what the engine does, what it should do instead
    "overwrites": ("пишет `x.grad = часть`, когда значение использовано дважды", "прибавлять: `x.grad += часть`"),
    "no order": ("идёт дальше, как только пришёл один градиент", "ждать, пока придут все"),
    "no reset": ("хранит градиенты промежуточных результатов прошлого прохода", "копить только в листьях"),
    "set of inputs": ("хранит входы узла множеством: у x*x один вход", "хранить упорядоченный кортеж"),
    "no broadcast sum": ("передаёт растянутый градиент без суммирования", "суммировать по растянутым осям"),
}


def mistake_words(mistake, lang):
    """What a wrong engine does, and what it should do instead."""
    return _MISTAKES_RU[mistake.name] if lang == "ru" else (mistake.wrong, mistake.instead)


def words_of(lang):
    """The words of a language; ValueError for one that the player does not speak."""
    if lang not in _WORDS:
        raise ValueError(f"the player speaks {' and '.join(LANGUAGES)}, not {lang!r}")
    return _WORDS[lang]


def sentence(step, walk, root, words):
    """What a step does, in words and numbers."""
    named = {
        "name": step.name, "root": root, "target": walk.names[step.target.id], "formula": step.formula,
        "numbers": step.numbers, "result": told(step.result), "expected": step.expected, "count": len(step.arrived),
    }  # fmt: skip
    if step.kind == "copy" and len(step.arrived) > MOST_TERMS:
        terms = [_signed(short(part)) for part in few(step.arrived)]
        named["numbers"] = " + ".join([*terms[:-1], f"… ({len(step.arrived) - len(terms)}) …", terms[-1]])
    if step.kind == "forward" and shape_of(step.result) != ():
        return words["forward_array"].format(**named)
    if step.kind == "start" and root != step.name:
        return words["from_outside"].format(**named)
    if step.kind != "backward":
        return words[step.kind].format(**named)
    formula, *more = _backward(step, named, words)
    return " ".join([formula if not more or formula.endswith(".") else f"{formula}.", *more])


def _backward(step, named, words):
    if step.local is None or shape_of(step.result) != ():
        yield words["backward_array"].format(**named)
    else:
        yield words["backward"].format(upstream=_signed(step.upstream), local=_signed(step.local), **named)
    if step.axes:
        axes = words["axis" if len(step.axes) == 1 else "axes"].format(", ".join(map(str, step.axes)))
        yield words["stretched"].format(axes=axes, **named)
    if step.expected > 1:
        yield words["elsewhere"].format(**named)


def few(parts):
    """Of many summands the first three and the last."""
    return parts if len(parts) <= MOST_TERMS else (*parts[:3], parts[-1])


def _signed(x):
    text = x if isinstance(x, str) else told(x)
    return f"({text})" if text.startswith("-") else text


def pattern(step, words):
    """The badge of a step: what this kind of gate does to a gradient; "" for most."""
    if step.kind == "copy":
        return words["adds"]
    if step.kind != "backward":
        return ""
    kind = PATTERNS.get(step.node.op.name)
    return words[kind] if kind else ""
