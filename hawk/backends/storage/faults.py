"""What goes wrong under a storage, in words for users."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Generator
from contextlib import contextmanager

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from hawk.errors import Conflict, HawkError, NotFound, Unavailable

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_ABSENT = {errno.ENOENT, errno.ENOTDIR}
_BEHIND_THE_END = ("Requested range was invalid", "416 Range Not Satisfiable")
_OS_ERROR = re.compile(r"\(os error (\d+)\)")


@contextmanager
def storage_faults(place: str) -> Generator[None]:
    """Turn the store's errors about ``place`` (a URL) into Hawk's."""
    try:
        yield
    except (AlreadyExistsError, PreconditionError, FileExistsError) as error:
        raise Conflict(
            f"{place} was written by somebody else meanwhile.", fix="Read it and try again."
        ) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"There is no {place}.") from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise _refused(place) from error
    except OSError as error:
        raise fault_of(place, error.errno or _number(str(error)), str(error)) from error
    except (BaseError, NotImplementedError, ValueError) as error:
        if any(sign in str(error) for sign in _BEHIND_THE_END):
            raise NotFound(f"{place} is shorter than it was.", fix="Try again.") from error
        raise fault_of(place, _number(str(error)), str(error)) from error


def fault_of(place: str, number: int | None, text: str = "") -> HawkError:
    """The error for an ``errno``, or for the store's own text where there is none."""
    if number in _FULL:
        return Unavailable(f"The disk that holds {place} is full.", fix="Free some space and try again.")
    if number in _REFUSED:
        return _refused(place)
    if number in _ABSENT:
        return NotFound(f"There is no {place}.")
    reason = os.strerror(number) if number is not None else text.partition("\n")[0]
    return Unavailable(f"The storage can't be used at {place}: {reason}.", fix="See `hawk doctor`.")


def _refused(place: str) -> Unavailable:
    return Unavailable(
        f"{place} may not be read or written by this user.",
        fix="Give this user access to it, or set HAWK_HOME or HAWK_STORAGE to a folder of your own.",
    )


def _number(text: str) -> int | None:
    found = _OS_ERROR.search(text)
    return int(found.group(1)) if found else None
