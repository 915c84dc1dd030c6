"""`tagpilot serve`: the application over HTTP."""

import signal
import socket
from pathlib import Path

import click

from api.cli.commands import options
from api.cli.garbage import look_again
from api.cli.main import Failed
from api.settings import Settings


@click.command("serve")
@options.home
@click.option("--host", help="Address to listen on; TAGPILOT_HOST, else 127.0.0.1.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; TAGPILOT_PORT, else 8019.")
def command(home: Path | None, host: str | None, port: int | None) -> None:
    """Serve the application over HTTP, to people who have logged in (tagpilot user add).

    Without TAGPILOT_HOST it listens on this machine alone. TLS is the proxy's before it. What it offers is described
    at /schema/openapi.json. Logs go to standard error, a JSON object a line, without anybody's reference or position.

    \b
    Examples:
      tagpilot serve
      tagpilot serve --port 8020 --home /srv/tagpilot
    """
    from api.usecases.operation.tidying import begin
    from api.usecases.stores import open_record
    from api.views.operation.serving import address, notes_in_words
    from tracker.record.audit.queries import check_key

    settings = options.settings_of(home, host=host, port=port)
    listening = listen(settings)
    engine = open_record(settings)
    check_key(engine)
    for words in begin(settings, engine):
        click.echo(words)
    for words in notes_in_words(engine):
        click.echo(words)
    engine.dispose()
    # On standard output: standard error is the log, a JSON object a line.
    click.echo(f"Serving {settings.home} at {address(settings)} (stop with Ctrl-C)")
    serve(settings, listening)


def listen(settings: Settings) -> socket.socket:
    """The server's socket, held before any work is done for it. Raises Failed, naming a free port, if it is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named: without it asyncio does not send small answers at once (TCP_NODELAY).
    held = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A port whose last server has just stopped may be taken again at once.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((settings.host, settings.port))
        # At once, so that a second server asking for the same port learns it now.
        held.listen(128)
    except OSError as error:
        held.close()
        free = _free_port(settings, family)
        hint = f"; port {free} is free: --port {free}, or make demo PORT={free}" if free else ""
        raise Failed(f"port {settings.port} on {settings.host} cannot be had ({error.strerror}){hint}") from None
    return held


def serve(settings: Settings, listening: socket.socket) -> None:
    """Serve until stopped; requests being answered are answered first."""
    import uvicorn
    import uvloop

    from api.http.app import create_app
    from api.http.logging import log_as_json
    from api.http.slow_clients import TimedProtocol
    from api.usecases.operation.worker_processes import WorkerProcesses

    log_as_json(settings.log_level)
    workers = WorkerProcesses(settings)
    config = uvicorn.Config(
        create_app(settings, wake=workers.wake),
        http=TimedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    look_again()
    # uvicorn raises again what stopped it; by default that would end this process before its workers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers.start()
    try:
        uvloop.run(uvicorn.Server(config).serve(sockets=[listening]))
    except KeyboardInterrupt:
        # uvicorn has stopped gracefully by now, and raises the signal again.
        click.echo("Stopped.")
    finally:
        workers.stop()


def _free_port(settings: Settings, family: socket.AddressFamily) -> int | None:
    for port in range(settings.port + 1, min(settings.port + 50, 65535) + 1):
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            try:
                tried.bind((settings.host, port))
            except OSError:
                continue
            return port
    return None
