"""One JSON object a line on standard error, ours and uvicorn's alike, and nothing else.

No line holds the name of a user's file, a reference of a person or a position: an error is logged by its kind and the
places it went through, for its message may quote what was being read.
"""

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

import structlog


def log_as_json(level: str) -> None:
    """Configure structlog and the standard library's logging for the server's process."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_message,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.root.handlers = [handler]
    logging.captureWarnings(True)
    sys.excepthook = _log_error
    threading.excepthook = lambda failed: _log_error(failed.exc_type, failed.exc_value, failed.exc_traceback)
    logging.root.setLevel(max(number, logging.INFO))
    # uvicorn's own access lines would hold whole paths, wearers and all; `api.http.middleware` logs the route instead.
    logging.getLogger("uvicorn.access").disabled = True


def places(trace: TracebackType | None) -> list[str]:
    """Files and lines that an error went through, the last six, without what was being read there."""
    frames = traceback.extract_tb(trace)
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames][-6:] or ["nowhere"]


def _without_message(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An error that a library logs: its kind and its places."""
    failed = event.pop("exc_info", None)
    if isinstance(failed, tuple) and failed[0] is not None:
        event["kind"], event["at"] = failed[0].__name__, places(failed[2])
    return event


def _log_error(kind: type[BaseException], _: BaseException | None, trace: TracebackType | None) -> None:
    """What no code caught."""
    structlog.get_logger("tagpilot").error("uncaught_error", kind=kind.__name__, at=places(trace))
