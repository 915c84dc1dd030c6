"""What the tests over HTTP start from."""

from tests.support.review import as_, ready

__all__ = ["as_", "ready"]
