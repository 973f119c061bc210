"""What is said of a picture or a sound that can't be read: its file, the reason, and what to do (notebook 07)."""

from __future__ import annotations

import os
from pathlib import Path

from .shown import reason_of, shown


class UnreadableImageError(ValueError):
    """A picture that can't be read (notebook 07). The message names the file and the reason; so do its attributes."""

    WHAT, OPENS = "picture", "in a picture viewer"

    def __init__(self, path: str | Path, reason: str) -> None:
        self.path, self.reason = Path(path), reason
        super().__init__(
            f"Can't read the {self.WHAT} {shown(path)}: {reason}. "
            f"Check that the file exists and opens {self.OPENS}, then try again or leave it out."
        )

    def __reduce__(self) -> tuple[type[UnreadableImageError], tuple[Path, str]]:
        return type(self), (self.path, self.reason)  # so that another process can send it


class UnreadableSoundError(UnreadableImageError):
    """A sound that can't be read (notebook 11). Wherever pictures may be missing, sounds may be, too."""

    WHAT, OPENS = "sound", "in a player"


def why(error: Exception, path: Path) -> str:
    """Why a file can't be read; of a path that leads nowhere, what of it is missing."""
    missing = next((one for one in (*reversed(path.parents), path) if not os.path.lexists(one)), None)
    if isinstance(error, FileNotFoundError) and missing:
        return f"there is no {'file' if missing == path else 'folder'} {shown(missing)}"
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return f"it is a link to {shown(path.readlink())}, which is not there"
    return reason_of(error) or type(error).__name__
