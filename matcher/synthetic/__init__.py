"""A London that never was: wearers with homes and routines, their tags' fixes, crimes, and what truly happened.

`write_world` writes files in the formats a user's own files have, so that they come in by the same readers.
"""

from matcher.synthetic.world import World, generate, write_world

__all__ = ["World", "generate", "write_world"]
