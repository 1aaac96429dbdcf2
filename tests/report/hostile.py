"""Strings that must stay text wherever they stand."""

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(2)>'
PIPE = "a | b\n# c `d` *e* [f](javascript:alert(3))"
