"""One JSON object a line on standard error, and nothing else there: our own lines, uvicorn's, warnings, and errors that
nothing caught. No line quotes what was being read."""

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

import structlog


def log_as_json(level: str) -> None:
    """Configure structlog and the standard library's logging for a process of the server or a worker."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _error_without_data,
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
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(max(number, logging.INFO))
    # A line that cannot be formatted is lost rather than printed as a traceback.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    # uvicorn's own access lines would hold whole paths, wearers and all; `api.http.middleware` logs the route instead.
    logging.getLogger("uvicorn.access").disabled = True


def _log_uncaught(kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None) -> None:
    structlog.get_logger("tagpilot").error("uncaught_error", kind=kind.__name__, at=_places(trace))


def _error_without_data(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """In the place of `exc_info` the error's kind and where it was raised: its message may quote personal data."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["kind"], event["at"] = type(error).__name__, _places(error.__traceback__)
    return event


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(trace)][-6:]
