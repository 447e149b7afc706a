"""Versions of packages, as far as a generated SDK reads its own: parver is no Debian package."""

from packaging import version


class Version:
    def __init__(self, text):
        parsed = version.parse(text)
        self.release = parsed.release
        self.pre_tag, self.pre = parsed.pre or (None, None)
        self.dev = parsed.dev
        self.local = parsed.local

    @classmethod
    def parse(cls, text):
        return cls(text)
