"""What can be wrong with a file as a whole. What is wrong with one row is a reject, never one of these."""


class FileError(Exception):
    """Base of these errors. Nothing of the file has been stored."""


class UnreadableFile(FileError, ValueError):
    """The file is no delimited text in UTF-8, or it changed while it was read."""


class FileChanged(UnreadableFile):
    """Its bytes are not those that were digested any more."""

    def __init__(self) -> None:
        super().__init__("The file was changed while it was read. Import it again.")


class BadMapping(FileError, ValueError):
    """A mapping, a format or a time zone cannot be used, or does not fit the file's header."""
