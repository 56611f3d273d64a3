package dev.thirteen.verifier.notation;

import java.util.Map;
import java.util.Set;

/** Names with a meaning. */
final class Vocabulary {
    /** Functions that the evaluator knows, whether written with a backslash or not. */
    static final Set<String> FUNCTIONS = Set.of(
            "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "arccot", "arcsec", "arccsc",
            "sinh", "cosh", "tanh", "coth", "sech", "csch", "arcsinh", "arccosh", "arctanh", "arsinh", "arcosh",
            "artanh", "asin", "acos", "atan", "sqrt", "cbrt", "ln", "log", "lg", "exp", "abs", "gcd", "lcm", "max",
            "min", "floor", "ceil", "det", "Re", "Im", "sgn", "deg", "cis");

    /** Names of constants in plain text. */
    static final Map<String, String> CONSTANTS = Map.of(
            "pi",
            "pi",
            "Pi",
            "pi",
            "PI",
            "pi",
            "infty",
            "infinity",
            "inf",
            "infinity",
            "infinity",
            "infinity",
            "oo",
            "infinity",
            "Infinity",
            "infinity");

    /** Greek letters and other names that are variables. */
    static final Set<String> LETTERS = Set.of(
            "alpha",
            "beta",
            "gamma",
            "delta",
            "epsilon",
            "varepsilon",
            "zeta",
            "eta",
            "theta",
            "vartheta",
            "iota",
            "kappa",
            "lambda",
            "mu",
            "nu",
            "xi",
            "rho",
            "varrho",
            "sigma",
            "tau",
            "upsilon",
            "phi",
            "varphi",
            "chi",
            "psi",
            "omega",
            "Gamma",
            "Delta",
            "Theta",
            "Lambda",
            "Xi",
            "Sigma",
            "Upsilon",
            "Phi",
            "Psi",
            "Omega",
            "ell",
            "hbar",
            "emptyset",
            "varnothing",
            "aleph",
            "top",
            "bot",
            "star",
            "ast",
            "square",
            "heartsuit");

    /** Commands that only change how things look. */
    static final Set<String> LOOKS = Set.of(
            "left",
            "right",
            "big",
            "Big",
            "bigg",
            "Bigg",
            "bigl",
            "bigr",
            "Bigl",
            "Bigr",
            "biggl",
            "biggr",
            "Biggl",
            "Biggr",
            "bigm",
            "middle",
            "displaystyle",
            "textstyle",
            "scriptstyle",
            "limits",
            "nolimits",
            "mathstrut",
            "rm",
            "bf",
            "it",
            "tt",
            "nobreak",
            "hfill",
            "allowbreak",
            "centering",
            "strut",
            "null",
            "sf",
            "small",
            "large",
            "normalsize",
            "boldmath",
            "cr");

    /** Commands whose argument is text, or letters in another face. */
    static final Set<String> FACES = Set.of(
            "text",
            "textbf",
            "textit",
            "textrm",
            "textsf",
            "texttt",
            "textnormal",
            "mbox",
            "hbox",
            "mathrm",
            "mathbf",
            "mathit",
            "mathsf",
            "mathtt",
            "mathcal",
            "mathscr",
            "mathfrak",
            "mathnormal",
            "operatorname",
            "boldsymbol",
            "bm",
            "emph",
            "underline",
            "bold",
            "textup",
            "pmb",
            "mathop");

    /** Commands whose braces are dropped and whose content stays. */
    static final Set<String> FRAMES =
            Set.of("boxed", "fbox", "framebox", "phantom", "ensuremath", "mathord", "mathbin", "cancel", "enclose");

    static final Set<String> SPACES = Set.of(
            "thinspace",
            "enspace",
            "enskip",
            "medspace",
            "thickspace",
            "negthinspace",
            "space",
            "nobreakspace",
            "pounds",
            "textsterling",
            "euro",
            "texteuro",
            "yen",
            "textdollar");

    static final Map<String, String> RELATIONS = Map.ofEntries(
            Map.entry("le", "\u2264"),
            Map.entry("leq", "\u2264"),
            Map.entry("leqslant", "\u2264"),
            Map.entry("leqq", "\u2264"),
            Map.entry("ge", "\u2265"),
            Map.entry("geq", "\u2265"),
            Map.entry("geqslant", "\u2265"),
            Map.entry("geqq", "\u2265"),
            Map.entry("lt", "<"),
            Map.entry("gt", ">"),
            Map.entry("ne", "\u2260"),
            Map.entry("neq", "\u2260"),
            Map.entry("approx", "\u2248"),
            Map.entry("approxeq", "\u2248"),
            Map.entry("simeq", "\u2248"),
            Map.entry("doteq", "\u2248"),
            Map.entry("equiv", "\u2261"),
            Map.entry("in", "\u2208"),
            Map.entry("sim", "~"),
            Map.entry("cong", "\u2261"),
            Map.entry("parallel", "\u2225"),
            Map.entry("perp", "\u22a5"),
            Map.entry("mapsto", "\u21a6"),
            Map.entry("subset", "\u2282"),
            Map.entry("subseteq", "\u2286"),
            Map.entry("notin", "\u2209"),
            Map.entry("propto", "\u221d"),
            Map.entry("to", "\u2192"),
            Map.entry("rightarrow", "\u2192"));

    /** Words of prose that are no products of variables. */
    static final Set<String> SHORT_WORDS =
            Set.of(("about after all also answer are area been both but can cost did does done each even find first "
                            + "five for from get gets had half has have her here his how into its just last left less more "
                            + "most must need next nine none not odd one only our out over per real result right same she six "
                            + "some such sum ten than that the then there they this time total true two value very was were "
                            + "what when where which who why will with would yes you your zero")
                    .split(" "));

    /** Words that may be variables side by side. */
    static final Set<String> AMBIGUOUS_WORDS =
            Set.of(("a's am an any as at be boy by cats day days do dogs four girl go he if is it it's let man may "
                            + "me men my new no of old on or say see so son to up us use way we")
                    .split(" "));

    /** Units in words and their short forms, each with one name for all of its spellings. */
    static final Map<String, String> UNITS = Map.ofEntries(
            Map.entry("cm", "cm"),
            Map.entry("centimeter", "cm"),
            Map.entry("centimetre", "cm"),
            Map.entry("mm", "mm"),
            Map.entry("millimeter", "mm"),
            Map.entry("km", "km"),
            Map.entry("kilometer", "km"),
            Map.entry("kg", "kg"),
            Map.entry("kilogram", "kg"),
            Map.entry("gram", "g"),
            Map.entry("mg", "mg"),
            Map.entry("milligram", "mg"),
            Map.entry("ml", "ml"),
            Map.entry("mL", "ml"),
            Map.entry("milliliter", "ml"),
            Map.entry("liter", "l"),
            Map.entry("litre", "l"),
            Map.entry("meter", "m"),
            Map.entry("metre", "m"),
            Map.entry("m", "m"),
            Map.entry("g", "g"),
            Map.entry("inch", "in"),
            Map.entry("in", "in"),
            Map.entry("inche", "in"),
            Map.entry("foot", "ft"),
            Map.entry("feet", "ft"),
            Map.entry("ft", "ft"),
            Map.entry("yard", "yd"),
            Map.entry("yd", "yd"),
            Map.entry("mile", "mi"),
            Map.entry("mi", "mi"),
            Map.entry("L", "l"),
            Map.entry("h", "h"),
            Map.entry("hour", "h"),
            Map.entry("hr", "h"),
            Map.entry("minute", "min"),
            Map.entry("min", "min"),
            Map.entry("second", "s"),
            Map.entry("sec", "s"),
            Map.entry("s", "s"),
            Map.entry("day", "day"),
            Map.entry("week", "week"),
            Map.entry("month", "month"),
            Map.entry("year", "year"),
            Map.entry("mph", "mph"),
            Map.entry("cent", "cent"),
            Map.entry("lb", "lb"),
            Map.entry("pound", "lb"),
            Map.entry("oz", "oz"),
            Map.entry("yuan", "yuan"),
            Map.entry("euro", "euro"),
            Map.entry("EUR", "euro"),
            Map.entry("usd", "dollar"),
            Map.entry("dollar", "dollar"),
            Map.entry("USD", "dollar"),
            Map.entry("unit", ""),
            Map.entry("ounce", "oz"));

    private Vocabulary() {}
}
