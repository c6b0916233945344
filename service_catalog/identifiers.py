"""Check digits of Chinese identifiers. A wrong region is never a reason to refuse a person (stack notes)."""

from datetime import date

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_USCC_CHARS = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
# GB/T 2260: the first two digits name a province (71 台湾, 81 香港, 82 澳门, 83 台湾居民 included).
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)


def wrong_uscc(text: str) -> str:
    """Return what is wrong with a unified social credit code (GB 32100-2015), or ""."""
    if len(text) != 18:
        return "应当是 18 位统一社会信用代码。"
    if not set(text) <= _USCC_CHARS:
        return "含有统一社会信用代码不使用的字符（不含 I、O、S、V、Z，字母用大写）。"
    try:
        uscc.validate(text)
    except ValidationError:
        return "校验位不正确，请核对每一位。"
    return "" if _org_check(text[8:16]) == text[16] else "组织机构代码校验位不正确，请核对第 9 至 17 位。"


def _org_check(eight: str) -> str:
    """Return the check character of an organisation code (GB 11714-1997)."""
    values = [int(char) if char.isdigit() else ord(char) - 55 for char in eight]
    found = 11 - sum(w * v for w, v in zip(_ORG_WEIGHTS, values, strict=True)) % 11
    return {10: "X", 11: "0"}.get(found, str(found))


def id_check(seventeen: str) -> str:
    """Return the check character of a citizen's number (GB 11643-1999) from its first 17 digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, seventeen, strict=True))
    return _ID_CHECK[total % 11]


def wrong_citizen_id(text: str, today: date | None = None) -> str:
    """Return what is wrong with a citizen's identity number, or ""."""
    if len(text) != 18 or not text[:17].isascii() or not text[:17].isdigit() or text[17] not in "0123456789X":
        return "应当是 18 位公民身份号码（末位可以是大写 X）。"
    if text[:2] not in _PROVINCES:
        return "前两位不是省级地区代码，请核对。"
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return "第 7 至 14 位不是有效的出生日期，请核对。"
    if born.year < 1880 or (today is not None and born > today):
        return "第 7 至 14 位的出生日期不合理，请核对。"
    return "" if id_check(text[:17]) == text[17] else "校验位不正确，请核对每一位。"


def wrong_phone(text: str) -> str:
    """Return what is wrong with a telephone number, or ""."""
    digits = text.replace("-", "")
    sound = digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 12 and len(text) <= 14
    return "" if sound else "应当是手机号或带区号的固定电话，只含数字和短横线。"


def wrong_account(text: str) -> str:
    """Return what is wrong with the number of a bank account, or ""."""
    sound = text.isascii() and text.isdigit() and 8 <= len(text) <= 30
    return "" if sound else "应当是 8 至 30 位数字的银行账号，不含空格。"
