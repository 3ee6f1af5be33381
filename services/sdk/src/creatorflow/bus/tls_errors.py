"""Detection of TLS failures, which are permanent, as opposed to network failures, for which a process waits."""

from __future__ import annotations

import errno
import ssl


def tls_distrust(error: BaseException | None) -> str | None:
    """Return the reason why TLS with this broker fails permanently (an untrusted certificate), or None."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {error.verify_message}"
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return f"TLS with it cannot be established: {error.reason or 'a certificate or a key cannot be read'}"
        if isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.EISDIR, errno.EACCES):
            return "TLS with it cannot be established: a file that the address names for it cannot be read"
        error = error.__cause__ or error.__context__
    return None
