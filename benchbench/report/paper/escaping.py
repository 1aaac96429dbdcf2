"""Any string as LaTeX that shows it and can do nothing else: ASCII, and the commands named here."""

from __future__ import annotations

import re
import unicodedata

CUT = r"[\ldots]"
"""Stands where characters were left out that pdfLaTeX has no glyph for."""
BREAK = r"\bbcut{}"
"""Where a line may break if no space serves; the file that holds the tables defines it."""
BREAKERS = frozenset("-_/:;=|<>&+\\")
LONGEST_RUN, STRIDE = 12, 4
"""Characters after which a word may break that offers no better place, and after how many again."""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedblright{}",
    "`": r"\textquoteleft{}",
    "-": "-{}",
    "'": "'{}",
}
"""What TeX takes for something else, ligatures among it."""
SIGNS = {
    "\N{NO-BREAK SPACE}": "~",
    "×": r"\(\times\)",
    "−": r"\(-\)",
    "±": r"\(\pm\)",
    "·": r"\(\cdot\)",
    "→": r"\(\to\)",
    "←": r"\(\leftarrow\)",
    "↑": r"\(\uparrow\)",
    "↓": r"\(\downarrow\)",
    "≤": r"\(\le\)",
    "≥": r"\(\ge\)",
    "≈": r"\(\approx\)",
    "≠": r"\(\ne\)",
    "∞": r"\(\infty\)",
    "√": r"\(\surd\)",
    "°": r"\(^\circ\)",
    "²": r"\(^2\)",
    "³": r"\(^3\)",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "‘": r"\textquoteleft{}",
    "’": r"\textquoteright{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "…": r"\ldots{}",
    "§": r"\S{}",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
}
ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c", "`'^~=u.\"rHv", strict=True))
ACCENTS["\u0327"] = "c"
"""Combining accents by the command that sets them."""
SMALL, CAPITAL = "αβγδεζηθικλμνξπρστυφχψω", "ΓΔΘΛΞΠΣΦΨΩ"
NAMED = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"),
    *("xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
    *("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega"),
)
SIGNS |= {letter: rf"\(\{name}\)" for letter, name in zip(SMALL + CAPITAL, NAMED, strict=True)}
SIGNS["µ"] = r"\(\mu\)"


def safe(text: str) -> str:
    """The text on one line. What pdfLaTeX has no glyph for becomes `CUT`; long words may break."""
    parts: list[str] = []
    run = 0
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        shown = _shown(character)
        if shown is None:
            parts += [CUT] if not parts or parts[-1] != CUT else []
            continue
        parts.append(shown)
        run = 0 if character == " " else run + 1
        if character in BREAKERS or run >= LONGEST_RUN:
            parts.append(BREAK)
            run = LONGEST_RUN - STRIDE if run >= LONGEST_RUN else 0
    return "".join(parts).replace(f"{BREAK} ", " ").removesuffix(BREAK)


def lacks(text: str) -> bool:
    """Whether `safe` leaves anything of it out."""
    return any(_shown(character) is None for character in unicodedata.normalize("NFC", " ".join(text.split())))


def remark(text: str) -> str:
    """Text for a comment of one line, and for a label: letters, digits and few signs."""
    return re.sub(r"[^A-Za-z0-9._:=/+-]+", "_", text)


def aside(text: str) -> str:
    """Text for a comment of one line that is to be read."""
    return re.sub(r"[^A-Za-z0-9 .,:;=()%'+/_-]+", "_", " ".join(text.split()))


def _shown(character: str) -> str | None:
    """LaTeX that shows one character, "" for what is not seen, None where there is no glyph."""
    if character in SPECIAL:
        return SPECIAL[character]
    if character in SIGNS:
        return SIGNS[character]
    if " " <= character <= "~":
        return character
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return ""
    return _accented(character)


def _accented(character: str) -> str | None:
    parts = unicodedata.normalize("NFD", character)
    base, marks = parts[0], parts[1:]
    if not (base.isascii() and base.isalpha() and marks in ACCENTS):
        return None
    letter = {"i": r"\i", "j": r"\j"}.get(base, base)
    return rf"\{ACCENTS[marks]}{{{letter}}}"
