"""Why there is no TLS with a broker: told apart from a network that says no, for which a process waits."""

from __future__ import annotations

import errno
import ssl


def tls_distrust(error: BaseException | None) -> str | None:
    """Why there is no TLS with this broker, if that is so: it or we are not believed, which no waiting mends."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {error.verify_message}"
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return f"TLS with it does not come about: {error.reason or 'a certificate or a key cannot be read'}"
        if isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.EISDIR, errno.EACCES):
            return "TLS with it does not come about: a file that the address names for it cannot be read"
        error = error.__cause__ or error.__context__
    return None
