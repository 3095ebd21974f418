"""What gives a person away by its shape: numbers, addresses of mail, plates, codes of dossiers. Pure."""

import re

NAME, PHONE, IDENTITY, MAIL, PLATE, DOSSIER, NUMBER, HOUSE = (
    "name",
    "phone",
    "identity",
    "mail",
    "plate",
    "dossier",
    "number",
    "house",
)
KINDS = (NAME, PHONE, IDENTITY, MAIL, PLATE, DOSSIER, NUMBER, HOUSE)
MARK = {kind: chr(0xE001 + place) for place, kind in enumerate(KINDS)}
MARKS = "".join(MARK.values())

_ENDINGS = "com|vn|net|org|edu|gov|info|me|io"
_AT = r"(?:@|\(at\)|\[at\]|\ba\s*còng\b|\ba\s*cong\b|\ba\s*móc\b|\bat\b)"
_DOT = r"(?:\.|\bchấm\b|\bcham\b|\bdot\b)"
_PROVIDERS = "gmail|yahoo|hotmail|outlook|icloud"
_MAILS = (
    re.compile(r"[\w.+%-]+\s?@\s?[\w.-]*\w"),
    re.compile(rf"[\w.+%-]+\s*{_AT}\s*[\w-]+(?:\s*{_DOT}\s*(?:{_ENDINGS})\b)+", re.IGNORECASE),
    re.compile(rf"\b(?:https?://|www\.)\S+|\b\w[\w.-]*\.(?:{_ENDINGS})(?:/\S*)?", re.IGNORECASE),
    re.compile(r"(?<!\w)@\w[\w.]{2,}"),
    # without a sign for at: `tuananh chấm ng gmail`, `tuananh99 gmail`
    re.compile(rf"[\w+-]+(?:\s*{_DOT}\s*[\w+-]+)+\s+(?:{_PROVIDERS})\b", re.IGNORECASE),
    re.compile(
        rf"\b(?=[a-z._]*\d|[a-z._]{{7,}}\s)[a-z\d._]{{4,}}\s+(?:{_PROVIDERS})\b", re.IGNORECASE | re.ASCII
    ),
)
_DOSSIERS = (
    re.compile(r"\b(?:\d{3}\.){2,}\d*\.?[A-Z]?\d{2}[\w.-]*", re.IGNORECASE),
    re.compile(r"\b[A-Z]{1,3}\d{2}(?:[.-]\d{1,4}){1,4}-\d{2,8}(?:-\d+)?", re.IGNORECASE),
)
_PLATES = (
    re.compile(
        r"\b\d{2}\s?[-–.]?\s?[A-ZĐ]{1,2}\s?\d?\s?[-–.\s]?\s?(?:\d{3}\s?[.\s]?\s?\d{2}|\d{4})\b", re.IGNORECASE
    ),
    re.compile(
        r"\b\d{2}\s?[-–]\s?(?:NG|NN|QT|CV|LD|DA|KT|CD|MK|TĐ|HC)\s?[-–]?\s?[\d\s.–-]{4,8}", re.IGNORECASE
    ),
    re.compile(r"\b(?:biển(?:\s+số)?|bks|bsx)\s*(?:xe)?\s*:?\s*[\w.–-]*\d[\w.–-]*", re.IGNORECASE),
)
_HOUSE = re.compile(r"\b(?:số\s+nhà|nhà\s+số|so\s+nha|sn|ngõ|ngách|hẻm|kiệt)\s*\d+[\w/]*", re.IGNORECASE)
# digits as people write them: apart, with points, the letter O for zero, behind the letters of a passport
_DIGIT = r"(?:\d|[oOlI](?=[.-]?\d)|(?<=\d)[oOlI](?![^\W\d_]))"
_DIGITS = re.compile(
    rf"(?:(?<!\w)[A-Za-z]{{1,3}}(?=\d)|(?<![^\W\d_]))\+?{_DIGIT}(?:[\s.,;:_/()–-]{{0,3}}{_DIGIT}){{5,}}"
)
_MONEY = re.compile(r"[1-9][\d.,]*\s*(?:đồng|đ\b|vnđ|vnd|triệu|nghìn|ngàn|tỷ|%)", re.IGNORECASE)
_DATE = re.compile(r"[0-3]?\d\s?[/.-]\s?[01]?\d\s?[/.-]\s?(?:19|20)\d\d|20\d\d-[01]\d-[0-3]\d")
_BIRTH = re.compile(r"\bsinh\s+(?:ngày|năm)?\s*:?\s*[\d/.\s-]{3,11}\d", re.IGNORECASE)
_LONG, _IDENTITY_LENGTHS = 7, (9, 12)
_PHONE_LENGTHS = range(9, 13)
_WORDS_OF_DIGITS = (
    r"(?:không|khong|một|mốt|mot|hai|ba|bốn|bon|tư|tu|năm|lăm|nam|lam|sáu|sau|bảy|bẩy|bay|tám|tam|chín|chin"
    r"|zero|one|two|three|four|five|six|seven|eight|nine|\d)"
)
_SOME_DIGITS = rf"(?:\d{{1,11}}|{_WORDS_OF_DIGITS})"
_MIXED = re.compile(
    rf"(?<!\w)(?P<asked>(?:số|so|sđt|sdt|đt|dt|thoại|thoai|zalo|gọi|goi|phone|call|tel)\W{{1,3}})?"
    rf"(?P<given>{_SOME_DIGITS}(?:[\s,.-]+{_SOME_DIGITS}){{2,}})(?!\w)",
    re.IGNORECASE,
)
_FEWEST_OF_A_PHONE = 8
_SPELLED = re.compile(rf"\b{_WORDS_OF_DIGITS}(?:[\s,.-]+{_WORDS_OF_DIGITS}){{6,}}\b", re.IGNORECASE)


def without_numbers(text: str) -> str:
    """The text with everything that numbers or addresses give away marked."""
    for kind, patterns in ((MAIL, _MAILS), (DOSSIER, _DOSSIERS), (PLATE, _PLATES), (HOUSE, (_HOUSE,))):
        for pattern in patterns:
            text = pattern.sub(MARK[kind], text)
    text = _BIRTH.sub(MARK[IDENTITY], text)
    text = _MIXED.sub(_mixed, text)
    text = _DIGITS.sub(_digits, text)
    return _SPELLED.sub(MARK[PHONE], text)


def _mixed(found: re.Match[str]) -> str:
    """`0912 ba bốn năm 678`: digits and words together, as long as a number to call and begun like one."""
    given, asked = found["given"], found["asked"] or ""
    words = re.findall(r"[^\W\d_]+", given)
    length = len(words) + sum(sign.isdigit() for sign in given)
    begins = given[0] == "0" or given.lower().startswith(("không", "khong"))
    if not words or length < _FEWEST_OF_A_PHONE or not (asked or begins):
        return found.group()
    return asked + MARK[PHONE]


def _digits(found: re.Match[str]) -> str:
    """A run of digits by its length; days and sums of money stay."""
    given = found.group()
    rest = found.string[found.start() :]
    if _DATE.fullmatch(given.strip()) or _MONEY.match(rest):
        return given
    digits = re.sub(r"[\s.,;:_/()+–-]|^[A-NP-Za-np-z]+(?=[1-9])", "", given)
    if not any(sign.isdigit() for sign in digits) or len(digits) < _LONG - 1:
        return given
    return MARK[_kind(digits, plus="+" in given)]


def _kind(digits: str, *, plus: bool) -> str:
    if len(digits) in _IDENTITY_LENGTHS and not (
        digits[0] in "oO0" and len(digits) == min(_IDENTITY_LENGTHS)
    ):
        return IDENTITY if not plus else PHONE
    return PHONE if len(digits) in _PHONE_LENGTHS and (plus or digits[0] in "oO08") else NUMBER
