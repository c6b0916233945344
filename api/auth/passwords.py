"""What a password must be: long, not the name, none that everybody tries first. Nothing about signs and digits."""

LENGTH_MIN, LENGTH_MAX = 10, 200
_FIRST_TRIED = (
    "1234567890 0123456789 0987654321 1111111111 0000000000 8888888888 6666666666 password12 password123 password1234"
    " qwertyuiop qwerty12345 q1w2e3r4t5 1q2w3e4r5t 1qaz2wsx3edc admin12345 admin123456 administrator letmein123"
    " iloveyou123 welcome123 welcome1234 abcd123456 abc1234567 aa12345678 woaini1314 woaini520520 5201314520 banjian-demo"
    " changeme123 passw0rd123 p@ssw0rd123 qazwsxedcrfv asdfghjkl; zxcvbnm123 123456789a a123456789 147258369a"
)
FIRST_TRIED = frozenset(_FIRST_TRIED.split())


def wrong_password(password: str, username: str) -> str:
    """Return what is wrong with a new password, in Chinese, or ""."""
    if len(password) < LENGTH_MIN:
        return f"密码至少 {LENGTH_MIN} 个字符。"
    if len(password) > LENGTH_MAX:
        return f"密码不能超过 {LENGTH_MAX} 个字符。"
    plain = password.lower()
    if plain in FIRST_TRIED or len(set(plain)) < 4:
        return "这个密码太容易被猜中，请换一个。"
    if len(username) >= 3 and username.lower() in plain:
        return "密码不能包含用户名。"
    return ""
