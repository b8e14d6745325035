"""The one error tree: what happened, to what, and what to do next.

Every error that may reach a user is a :class:`HawkError`. It carries the HTTP status that the API
answers with and the exit code that the CLI ends with; nothing else is shown to a user.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class FieldProblem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fault of a config or a request, with the place where it stands.

    ``path`` is written as ``tasks[0].items[2].name``; ``line`` and ``column`` count from 1 and are
    there only where the text of the config is at hand.
    """

    path: str
    message: str
    line: int | None = None
    column: int | None = None


class HawkError(Exception):
    """Base of the tree. ``fix`` is what the user can do about it, as a sentence or a command."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = EXIT_FAILED
    title: ClassVar[str] = "Hawk failed"

    def __init__(self, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}" if self.fix else self.message


class UsageFault(HawkError):
    """The command or the request is not one that can be carried out as it is written."""

    status = 400
    exit_code = EXIT_USAGE
    title = "Invalid request"


class InvalidConfig(UsageFault):
    """A config or a request body with faults: all of them, in the order of the text.

    ``source`` is what the lines of the problems are lines of (a path), where that is known.
    """

    status = 422
    title = "Invalid config"

    def __init__(
        self,
        message: str,
        problems: tuple[FieldProblem, ...] = (),
        fix: str | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(message, fix)
        self.problems = problems
        self.source = source


class MissingSecrets(InvalidConfig):
    """Secrets that the config declares and nobody gave."""

    title = "Missing secrets"


class PackageProblem(InvalidConfig):
    """The packages of a config can't be resolved, built or installed."""

    title = "Packages can't be installed"


class PackageVanished(PackageProblem):
    """A package that was there when the lock was made, and is not there now."""


class SlowRequest(UsageFault):
    """The body of a request didn't come at the pace that it must."""

    status = 408
    title = "Request too slow"


class NotLoggedIn(HawkError):
    """Nothing says who asks, or what says so is no good any more."""

    status = 401
    title = "Not logged in"


class InvalidToken(NotLoggedIn):
    """The request has a token or a session, and it is no good (any more)."""

    title = "Login not valid"


class Forbidden(HawkError):
    """The caller is known, and may not do this."""

    status = 403
    title = "Not allowed"


class NotFound(HawkError):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    exit_code = EXIT_USAGE
    title = "Not found"


class Hidden(NotFound):
    """There is such a thing, and the caller may not know of it: it is answered as NotFound."""


class Conflict(HawkError):
    """The request does not fit the state of what it is about."""

    status = 409
    title = "Conflict"


class ChangedMeanwhile(Conflict):
    """What the request is about is no longer the version that it names."""

    status = 412
    title = "Changed meanwhile"


class OutOfRange(UsageFault):
    """A part of a file behind its end."""

    status = 416
    title = "No such part"


class Unsupported(UsageFault):
    """The backend has no such thing; said at submit, with the reason."""

    status = 422
    title = "Not supported by this backend"


class Unavailable(HawkError):
    """Something that Hawk needs does not answer: a database, a server, a folder, a disk."""

    status = 503
    title = "Unavailable"


class NoAnswer(Unavailable):
    """A server gave no answer: whether it did what it was asked is not known."""

    title = "No answer"


class VersionSkew(HawkError):
    """Client and server are of releases that don't understand each other."""

    status = 426
    title = "Releases too far apart"


class Busy(Unavailable):
    """Others are at the same thing right now; the same request may well work a moment later."""

    title = "Busy"


class ServerFault(HawkError):
    """A fault of Hawk itself: an id to quote, never the text of an exception."""

    title = "Internal error"


class JobFailed(HawkError):
    """The job ended, and not well."""

    title = "Job failed"


class Interrupted(HawkError):
    """The user pressed Ctrl-C."""

    status = 499
    exit_code = EXIT_INTERRUPTED
    title = "Interrupted"
