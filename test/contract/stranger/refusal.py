"""The one exception by which every part of the verifier says no."""


class Refused(Exception):
    """Evidence that does not hold: `code` is a stable name, `rule` says what was broken and never repeats the evidence."""

    def __init__(self, code, rule):
        super().__init__(f"{code}: {rule}")
        self.code = code
        self.rule = rule


def require(condition, code, rule):
    """Raise Refused(code, rule) unless the condition holds."""
    if not condition:
        raise Refused(code, rule)
