"""`tagpilot systemd`: units to run the server and workers under systemd."""

import shutil
import sys
from pathlib import Path

import click

from api.cli.commands import options

_SERVICE = """\
# {name}.service: written by `tagpilot systemd`. Install it as /etc/systemd/system/{name}.service, then
#   systemctl daemon-reload && systemctl enable --now {name}
[Unit]
Description={description}
Wants=network-online.target
After=network-online.target postgresql.service

[Service]
Type=exec
ExecStart={command}
# Settings and the database's address, which may hold a password: owned by root, mode 600.
EnvironmentFile=-/etc/tagpilot.env
Environment=TAGPILOT_HOME={home}
Environment=XDG_CACHE_HOME=/var/cache/{name}
{environment}User={user}
Group={user}
UMask=0077
Restart=on-failure
RestartSec=5
# A worker finishes the wearer group that it is at.
TimeoutStopSec=120
CacheDirectory={name}
CacheDirectoryMode=0700

# It writes its home, the heads of the audit beside it, and nothing else.
ProtectSystem=strict
ReadWritePaths={home} -{home}.audit-heads
ProtectHome={protect_home}
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProcSubset=all
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes

# It gains no right and makes no kind of process that it does not need.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# numba compiles its kernels: it makes memory that can be written and then run.
MemoryDenyWriteExecute=no

# It speaks to the proxy and to the database.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
IPAddressDeny=any
IPAddressAllow={addresses}
{limits}
[Install]
WantedBy=multi-user.target
"""


@click.command("systemd")
@click.argument("unit", type=click.Choice(["serve", "worker"]))
@click.option("--user", default="tagpilot", show_default=True, help="The user it runs as; nobody else reads the home.")
@click.option(
    "--allow",
    multiple=True,
    default=["localhost"],
    show_default=True,
    metavar="ADDRESS",
    help="Addresses it may speak to: the proxy's, the database's. May be repeated.",
)
@options.home
def command(unit: str, user: str, allow: tuple[str, ...], home: Path | None) -> None:
    """Print a unit for systemd, which runs the server or a worker with no more rights than they need.

    \b
    Examples:
      tagpilot systemd serve --home /srv/tagpilot > /etc/systemd/system/tagpilot.service
      tagpilot systemd worker --home /srv/tagpilot > /etc/systemd/system/tagpilot-worker.service
    """
    settings = options.settings_of(home)
    where = settings.home.absolute()
    program = Path(shutil.which(sys.argv[0]) or sys.argv[0]).absolute()
    serves = unit == "serve"
    click.echo(
        _SERVICE.format(
            name="tagpilot" if serves else "tagpilot-worker",
            description="TagPilot, the server" if serves else "TagPilot, a worker: imports, matches, exports",
            command=f"{program} {unit}",
            home=where,
            environment="Environment=TAGPILOT_WORKERS=0\n" if serves else "",
            user=user,
            protect_home="read-only" if any(map(_is_in_a_users_home, (where, program))) else "yes",
            addresses=" ".join(allow),
            limits="LimitCORE=0\nLimitNOFILE=4096\n" + ("TasksMax=256\n" if serves else "TasksMax=512\nNice=5\n"),
        ),
        nl=False,
    )


def _is_in_a_users_home(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in ("/home", "/root", "/run/user"))
