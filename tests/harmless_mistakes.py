"""Mistakes in rules that no law finds and that change nothing that matters, for tests/mutate.py, with the reason."""

SHORT_CUT = "both ways give the same, one is quicker, or an error says it in other words"
EITHER_FORMULA = "two formulas for one slope: the last digits differ, which benchmarks/accuracy.py measures"
TIMES_NOTHING = "is multiplied by 0, or stands where nothing is chosen"
SYMMETRIC = "the operation is symmetric or even, or takes both forms"
SHAPE_ONLY = "only the shape is used"
SAME_AT_THE_POINT = "both branches agree where the conditions differ"
UNTRACKED = "the rule of an input that has no gradient: integers and booleans"
EXTREMES = "guards against overflow far out, which test_activations.py and test_losses.py try"
LIMITS = "a limit beyond which the result has long been 0, 1 or the argument itself"
NOT_CHOSEN = "is not chosen there, or both have the same sign"
TOO_SMALL = "the last term of a series, below the last digit where it is used"
NO_DAMPENING = "Nesterov's momentum has no dampening, so that the share is 1"
SAME_FORMAT = "in plain Python a number takes the format of the array, in machine code the line is quicker"
GATED = ("silu", "gelu", "gelu_tanh", "gelu_sigmoid", "mish")
# (function, piece of code, what it became, why); * is anything
HARMLESS = [
    ("abs", "*", "*", SHORT_CUT), ("sigmoid", "*", "*", SHORT_CUT), ("choose", "condition", "*", SHORT_CUT),
    ("relu", "y", "x", SHORT_CUT), ("linear", "*", "*", SHORT_CUT), ("axis_of", "1", "*", SHORT_CUT),
    ("_along", "what", "*", SHORT_CUT), ("_inside", "True", "False", SHORT_CUT), ("_order", "float(p)", "p", SHORT_CUT),
    ("_largest", "*", "*", SHORT_CUT), ("numbers", "*", "*", SHORT_CUT), ("_share_of", "*", "*", SHORT_CUT),
    ("_axes", "*", "*", SHORT_CUT), ("reduced_axes", "*", "*", SHORT_CUT), ("_deviation", "*", "*", SHORT_CUT),
    ("tanh", "*", "*", EITHER_FORMULA), ("sinc", "*", "*", EITHER_FORMULA), ("exp_of_square", "*", "*", EITHER_FORMULA),
    ("softplus", "*", "*", EITHER_FORMULA), ("gelu_tanh", "10000.0", "10001.0", EITHER_FORMULA),
    ("fmod", "round((a - y) / b)", "(a - y) / b", EITHER_FORMULA), ("norm", "p", "*", EITHER_FORMULA),
    ("remainder", "round((a - y) / b)", "(a - y) / b", EITHER_FORMULA), ("wide", "*", "*", EITHER_FORMULA),
    ("gelu_tanh", "wide(x)", "x", EITHER_FORMULA), ("gelu_sigmoid", "wide(x)", "x", EITHER_FORMULA),
    ("mish", "wide(x)", "x", EITHER_FORMULA),
    ("xlogy", "0.0", "1.0", TIMES_NOTHING), ("xlogy", "1.0", "*", TIMES_NOTHING), ("std", "0.0", "1.0", TIMES_NOTHING),
    ("xlogy", "a", "y", TIMES_NOTHING), ("xlogy", "b", "*", TIMES_NOTHING), ("std", "1.0", "*", TIMES_NOTHING),
    ("xlogy", "(a == 0.0) & (b == 0.0)", "a == 0.0", TIMES_NOTHING), ("step", "*", "*", TIMES_NOTHING),
    ("norm", "0.0", "1.0", TIMES_NOTHING), ("norm", "1.0", "*", TIMES_NOTHING), ("hypot", "*", "*", TIMES_NOTHING),
    ("norm", "(x == 0.0) | nought", "x == 0.0", TIMES_NOTHING), ("prelu", "x > 0", "x >= 0", TIMES_NOTHING),
    ("rrelu", "x > 0", "x >= 0", TIMES_NOTHING), ("cbrt", "1.0", "*", TIMES_NOTHING), ("cbrt", "x", "y", TIMES_NOTHING),
    ("_safe_length", "1.0", "*", TIMES_NOTHING), ("_below", "*", "*", TIMES_NOTHING),
    ("cut_log", "1.0", "*", TIMES_NOTHING), ("_shares", "0.0", "1.0", TIMES_NOTHING),
    ("log_of_rest", "0.0", "1.0", TIMES_NOTHING), ("_not_zero", "1.0", "*", TIMES_NOTHING),
    ("_gap", "a", "b", SYMMETRIC), ("asinh", "*", "*", SYMMETRIC),
    ("atan2", "_safe_length(a, b)", "_safe_length(b, a)", SYMMETRIC),
    ("_safe_length", "hypot(a, b)", "hypot(b, a)", SYMMETRIC), ("mean", "1", "-1", SYMMETRIC),
    ("mean", "max(reduced_count(x, dim), 1)", "max(1, reduced_count(x, dim))", SYMMETRIC),
    ("_spread", "max(reduced_count(x, dim) - correction, 0)", "max(0, reduced_count(x, dim) - correction)", SYMMETRIC),
    ("_spread", "0", "1", SYMMETRIC), ("norm", "2.0", "-2.0", SYMMETRIC), ("mv", "*", "*", SYMMETRIC),
    ("sum", "keepdim", "*", SYMMETRIC), ("mean", "keepdim", "*", SYMMETRIC), ("var", "keepdim", "*", SYMMETRIC),
    ("std", "keepdim", "*", SYMMETRIC), ("huber", "*", "*", SYMMETRIC), ("_huber_slope", "*", "*", SYMMETRIC),
    ("categorical_cross_entropy", "least(input, 1e-12)", "least(1e-12, input)", SYMMETRIC),
    ("binary_cross_entropy", "least((1.0 - input) * input, 1e-12)", "least(1e-12, (1.0 - input) * input)", SYMMETRIC),
    ("gaussian_nll", "_at_least(var, eps)", "_at_least(eps, var)", SYMMETRIC),
    ("norm", "choose(reached, g / sum(reached, dim=dim, keepdim=True), 0.0) * sign(x)", "*", SYMMETRIC),
    ("soft_cross_entropy", "input", "target", SHAPE_ONLY), ("norm", "y", "x", SHAPE_ONLY),
    ("_to_larger", "a < b", "a <= b", SAME_AT_THE_POINT), ("celu", "x > 0", "x >= 0", SAME_AT_THE_POINT),
    ("clamp", "min", "y", SAME_AT_THE_POINT), ("clamp", "max", "y", SAME_AT_THE_POINT),
    ("hardtanh", "x", "y", SAME_AT_THE_POINT), ("relu6", "x", "y", SAME_AT_THE_POINT),
    ("hardswish", "x", "y", SAME_AT_THE_POINT), ("hardshrink", "x", "y", SAME_AT_THE_POINT),
    ("elu", "x", "y", SAME_AT_THE_POINT), ("selu", "x", "y", SAME_AT_THE_POINT), ("celu", "x", "y", SAME_AT_THE_POINT),
    ("celu", "0", "1", SAME_AT_THE_POINT), ("kl_div", "target", "y", SAME_AT_THE_POINT),
    ("least", "x <= low", "x < low", SAME_AT_THE_POINT), ("_at_least", "var < eps", "var <= eps", SAME_AT_THE_POINT),
    ("cut_log", "logarithm <= LEAST_LOG", "logarithm < LEAST_LOG", SAME_AT_THE_POINT),
    ("_smooth_l1_slope", "abs(error) < beta", "abs(error) <= beta", SAME_AT_THE_POINT),
    ("where", "0.0", "1.0", UNTRACKED), ("gather", "0.0", "1.0", UNTRACKED), ("scatter", "0.0", "1.0", UNTRACKED),
    ("scatter_add", "0.0", "1.0", UNTRACKED), ("masked_fill", "0.0", "1.0", UNTRACKED),
    ("cross_entropy", "0.0", "1.0", UNTRACKED), ("nll_loss", "0.0", "1.0", UNTRACKED),
    ("elu", "_below(x)", "x", EXTREMES), ("selu", "_below(x)", "x", EXTREMES), ("celu", "_below(x)", "x", EXTREMES),
    ("var", "2.0 / divisor if divisor else math.nan", "2.0 / divisor", EXTREMES),
    ("std", "1.0 / divisor if divisor else math.nan", "1.0 / divisor", EXTREMES),
    *((name, "x", other, SHORT_CUT) for name in GATED for other in "gy"),
    *((name, limit, "*", LIMITS) for name, limit in [
        ("_gate", "10000.0"), ("gelu_sigmoid", "10000.0"), ("mish", "20.0"), ("silu", "10000.0"), ("gelu", "60.0"),
    ]),
    ("_gate", "65536.0", "65537.0", EITHER_FORMULA), ("gelu", "wide(x)", "x", EITHER_FORMULA),
    # scalar functions of kernels
    *((name, f"{what} {sign} {limit}", f"{what} {sign}= {limit}", SAME_AT_THE_POINT) for name, what, sign, limit in [
        ("log_one_plus_exp", "x", "<", "0.0"), ("elu", "x", ">", "0.0"), ("selu", "x", ">", "0.0"),
        ("celu", "x", ">", "0.0"), ("celu_back", "x", ">", "0.0"), ("tanhshrink", "x", ">", "0.0"),
        ("tanhshrink", "z", "<", "1.0"), ("_gated", "x", "<", "0.0"), ("_gated_slope", "x", "<", "0.0"),
        ("least", "x", ">", "limit"), ("gelu", "x", "<", "0.0"), ("gelu_back", "x", "<", "0.0"),
        ("mish", "x", ">", "20.0"), ("leaky_relu", "x", ">", "0.0"), ("hardtanh", "x", ">", "high"),
        ("softshrink", "x", ">", "width"), ("erf", "x", ">", "0.0"), ("erf", "z", ">", "6.0"),
        ("erfc", "x", ">", "0.0"), ("erfc", "z", ">", "28.0"), ("exp", "x", ">", "HIGHEST"),
        ("exp", "z", "<", "LOWEST"), ("raised_exp", "x", "<", "LOWEST"),
        ("expm1", "abs(x)", "<", "1e-17"), ("expm1", "z", "<", "-40.0"),
    ]),
    *((name, limit, "*", LIMITS) for name, limit in [
        ("silu_back", "10000.0"), ("gelu", "40.0"), ("gelu_back", "40.0"), ("gelu_tanh_back", "10000.0"),
        ("gelu_sigmoid_back", "10000.0"), ("mish", "20.0"), ("mish_back", "10000.0"), ("mish_back", "20.0"),
        ("erf_back", "40.0"), ("erf", "6.0"), ("erfc", "28.0"), ("expm1", "40.0"),
        ("gelu", "least(abs(x), 40.0)"), ("gelu_back", "least(abs(x), 40.0)"), ("erf_back", "least(abs(x), 40.0)"),
        ("mish", "20.0 if x > 20.0 else x"),
    ]),
    ("expm1", "710.0", "*", NOT_CHOSEN), ("expm1", "x > 710.0", "*", NOT_CHOSEN),
    ("_gated_slope", "x", "steep", NOT_CHOSEN),
    ("expm1", "710.0 if x > 710.0 else x", "*", NOT_CHOSEN), ("raised_exp", "x + rest", "*", EITHER_FORMULA),
    ("silu_back", "_gated_slope(raised_exp(-abs(x), 0.0), x, x)", "*", SYMMETRIC),
    ("erf_back", "abs(x)", "x", SYMMETRIC), ("erf", "z >= 1.0", "*", EITHER_FORMULA),
    ("erfc", "z >= 0.5", "*", EITHER_FORMULA), ("erfc", "0.5", "*", EITHER_FORMULA),
    ("erfc", "far if z >= 0.5 else 1.0 - _erf_near(x)", "far", EITHER_FORMULA),
    *((name, f"{what} {sign} {limit}", f"{what} {sign}= {limit}", SAME_AT_THE_POINT) for name, what, sign, limit in [
        ("silu_back", "x", "<", "0.0"), ("gelu_sigmoid_back", "x", "<", "0.0"), ("mish", "x", "<", "0.0"),
        ("mish_back", "x", "<", "0.0"), ("erfc", "x", "<", "0.0"), ("raised_parts_of_sum", "x", "<", "LOWEST"),
        ("in_reach", "z", ">", "-LOWEST"), ("raised_parts_of_cubic", "z", ">", "16.0"), ("erf", "z", ">", "4.0"),
        ("raised_parts_of_cubic", "z", ">", "24.0"), ("expm1", "x", ">", "89.0"), ("expm1", "z", "<", "-18.0"),
        ("expm1", "abs(x)", "<", "1e-09"), ("log1p", "abs(x)", "<", "1e-17"), ("log1p", "abs(x)", "<", "1e-09"),
        ("log", "x", "<", "1.1754944e-38"), ("log10", "x", "<", "1.1754944e-38"), ("log1p", "x", "<", "1.0"),
        ("log", "x", "<", "2.2250738585072014e-308"), ("erfc_tail", "z", ">", "27.3"), ("erfc_tail", "z", ">", "10.5"),
        ("normal_tail", "z", ">", "38.6"), ("normal_tail", "z", ">", "15.0"), ("asin", "z", ">", "0.5"),
        ("acos", "z", ">", "0.5"), ("tanh", "z", "<", "0.625"), ("tanh", "x", ">", "0.0"), ("asin", "x", ">", "0.0"),
        ("asin", "x", "<", "0.0"), ("sigmoid", "x", "<", "0.0"),
    ]),
    *((name, limit, "*", LIMITS) for name, limit in [
        ("raised_parts_of_cubic", "16.0"), ("raised_parts_of_cubic", "24.0"),
        ("raised_parts_of_cubic", "whole + middle"), ("raised_parts_of_cubic", "whole + middle > -LOWEST"),
        ("expm1", "89.0"), ("expm1", "18.0"), ("erf", "4.0"),
        ("erfc_tail", "27.3"), ("erfc_tail", "10.5"), ("normal_tail", "38.6"), ("normal_tail", "15.0"),
        ("gelu_back", "38.6"), ("gelu_back", "least(abs(x), 38.6)"), ("gelu_tanh", "1000.0"),
        ("gelu_tanh", "least(abs(x), 1000.0)"), ("mish", "least(-z, 20.0)"), ("mish", "least(whole, 20.0)"),
        ("mish_back", "least(-in_reach(-x), 20.0)"), ("erf", "z >= 0.75"),
        ("one_more_than_gate", "450.0"), ("one_more_than_gate", "23.0"), ("gelu_sigmoid", "x > 1000.0"),
    ]),
    ("log", "1.1754944e-38", "*", EITHER_FORMULA), ("log10", "1.1754944e-38", "*", EITHER_FORMULA),
    ("log", "2.2250738585072014e-308", "*", EITHER_FORMULA), ("log", "8388608.0", "8388609.0", TOO_SMALL),
    ("log10", "8388608.0", "8388609.0", TOO_SMALL), ("log", "1.8014398509481984e+16", "*", TOO_SMALL),
    ("log1p", "x - (u - 1.0) if x < 1.0 else 1.0 - (u - x)", "x - (u - 1.0)", EITHER_FORMULA),
    ("log1p", "1.0", "2.0", EITHER_FORMULA), ("with_ends_of_log", "y if x == x else x", "y", NOT_CHOSEN),
    ("with_ends_of_log", "x", "y", NOT_CHOSEN), ("raised", "total", "x", EITHER_FORMULA),
    ("raised_parts_of_sum", "x + rest", "*", EITHER_FORMULA), ("between_erfcs", "*", "*", TOO_SMALL),
    ("between_normals", "*", "*", TOO_SMALL),
    ("erfc_tail", "p * each", "each", EITHER_FORMULA), ("normal_tail", "p * each", "each", EITHER_FORMULA),
    ("raised_parts_of_gate", "_bits(z) & HEAD", "_bits(z)", EITHER_FORMULA),
    # loops
    *((name, "1", "-1", SHAPE_ONLY) for name in [
        "largest", "_softmax", "_softmax_back", "_log_softmax", "_log_softmax_back", "_scaled", "sum_of_rows", "_sums",
        "_sum_of_products", "_slopes", "_affine", "_cross_entropy", "_cross_entropy_back", "_small_linear",
        "_add_to_rows", "_moments",
    ]),
    ("_cross_entropy", "x", "target", SHAPE_ONLY), ("_cross_entropy_back", "x", "target", SHAPE_ONLY),
    ("_cross_entropy", "1", "2", SHORT_CUT), ("largest", "here > top", "here >= top", SAME_AT_THE_POINT),
    ("_moments", "scalar(rows)", "rows", SAME_FORMAT), ("_nesterov", "share * g[i]", "g[i]", NO_DAMPENING),
    ("_moments", "x[i, j] - mean[j]", "*", EITHER_FORMULA),  # deviations sum to 0
    ("_cross_entropy_back", "scalar(g / kept if mean else g)", "g / kept if mean else g", SAME_FORMAT),
    ("log", "y if x == x else x", "y", NOT_CHOSEN),
    *((name, was, now, SHAPE_ONLY) for name, was, now in [
        *((step, "p", "*") for step in ("_sgd", "_momentum", "_nesterov", "_adam", "_rmsprop")),
        ("_softmax", "x", "y"), ("_softmax_back", "y", "*"), ("_log_softmax", "x", "y"),
        ("_log_softmax_back", "y", "*"),
        ("_cross_entropy_back", "x", "part"), ("_small_linear", "x", "weight"), ("_small_linear", "y", "x"),
        ("_sum_of_products", "g", "x"), ("_sums", "g", "y"), ("_slopes", "g", "*"), ("_scaled", "x", "y"),
        ("_affine", "x", "y"), ("_standardize", "x", "y"), ("_standardize_back", "x", "*"), ("_columns", "x", "y"),
        ("_columns_back", "x", "*"), ("_standardize_affine", "x", "y"), ("_standardize_affine_back", "x", "*"),
    ]),
    *((loop, *rest, SHAPE_ONLY) for loop in ("_channels", "_channels_back") for rest in (
        ("x", "y"), ("x", "g"), ("x", "part"), ("mean", "weight"), ("mean", "bias"), ("mean", "scale"),
        ("mean", "to_weight"), ("mean", "to_bias"))),
    *((loop, f"scalar({number})", number, SAME_FORMAT) for loop in ("_channels", "_channels_back")
      for number in ("count", "eps")),
    *((loop, *rest, SHAPE_ONLY) for loop in (
        "_weighted_cross_entropy", "_weighted_cross_entropy_back", "_likelihood", "_likelihood_back")
      for rest in (("x", "g"), ("x", "target"), ("x", "part"), ("x", "losses"), ("x", "own"), ("1", "-1"))),
    *((loop, "1.0", other, SHORT_CUT) for other in ("2.0", "-1.0")
      for loop in ("_weighted_cross_entropy", "_likelihood")),
    *((loop, "0.0 * upstream", other, SHORT_CUT) for loop in ("_weighted_cross_entropy_back", "_likelihood_back")
      for other in ("0.0", "0.0 / upstream")),
    *((loop, f"scalar({number})", number, SAME_FORMAT) for number in
      ("1.0 - smoothing", "smoothing / classes", "upstream / own")
      for loop in ("_weighted_cross_entropy", "_weighted_cross_entropy_back", "_likelihood_back")),
    *((loop, f"scalar({number})", number, SAME_FORMAT) for number in ("length", "rows", "eps")
      for loop in ("_standardize", "_standardize_back", "_standardize_affine", "_standardize_affine_back", "_columns",
                   "_columns_back")),
    *((step, f"scalar({number})", number, SAME_FORMAT)
      for step in ("_sgd", "_momentum", "_nesterov", "_adam", "_rmsprop")
      for number in ("lr", "momentum", "share", "share1", "keep2", "share2", "rate", "eps", "keep")),
]  # fmt: skip
