"""An invented London: wearers with homes and routines, the fixes of their tags, crimes, and what truly happened.

`write_world` writes files in the formats of a user's own files, so that the same readers import them.
"""

from matcher.synthetic.world import World, generate, write_world

__all__ = ["World", "generate", "write_world"]
