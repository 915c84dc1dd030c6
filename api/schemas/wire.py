"""How every answer is encoded: camelCase names."""

import msgspec


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base: camelCase outside, snake_case inside."""
