"""Passwords of staff."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 128


class Passwords:
    """Hashes passwords with argon2id, 19 MiB and two passes."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._hash_of_nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Raises ValueError: the password is too short or too long."""
        if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
            raise ValueError(f"a password has {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters")
        return self._hasher.hash(password)

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Returns whether the hash is of `password`; without a hash, after the same work, that it is not."""
        try:
            self._hasher.verify(password_hash or self._hash_of_nobody, password)
        except VerificationError:
            return False
        return password_hash is not None

    def renewed(self, password_hash: str, password: str) -> str | None:
        """Returns a hash with today's parameters if the old one has others."""
        return self._hasher.hash(password) if self._hasher.check_needs_rehash(password_hash) else None
