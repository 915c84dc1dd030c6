"""`tagpilot restore`; see `backup`."""

from api.commands.backup import restore

command = restore
