"""Installing a Debian package of a server without letting it start."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.local.console import Unavailable, say

POLICY = Path("/usr/sbin/policy-rc.d")
REFUSE_ALL = "#!/bin/sh\nexit 101\n"


def can_install() -> bool:
    """Root on Debian, Ubuntu or one of their kin."""
    try:
        release = Path("/etc/os-release").read_text()
    except OSError:
        return False
    kin = {
        word.strip('"')
        for line in release.splitlines()
        if line.startswith(("ID=", "ID_LIKE="))
        for word in line.partition("=")[2].strip('"').split()
    }
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and bool(kin & {"debian", "ubuntu"})


@contextmanager
def nothing_starts(policy: Path = POLICY) -> Iterator[None]:
    """Inside, a package that is installed may not start its service; what the machine's policy was comes back."""
    before = (policy.read_bytes(), policy.stat().st_mode & 0o7777) if policy.exists() else None
    policy.write_text(REFUSE_ALL)
    policy.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            policy.unlink(missing_ok=True)
        else:
            policy.write_bytes(before[0])
            policy.chmod(before[1])


def install(package: str, log: Path) -> None:
    """`apt-get install`, its words in `log`.

    Raises:
        Unavailable: not root on a Debian, or apt-get failed.
    """
    if not can_install():
        raise Unavailable(f"only root on Debian or Ubuntu may apt-get install {package}")
    say(f"apt-get install {package} (a minute or two; {log})")
    log.parent.mkdir(parents=True, exist_ok=True)
    quiet = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    with log.open("ab") as out, nothing_starts():
        for step in ([*quiet, "update"], [*quiet, "-y", "--no-install-recommends", "install", package]):
            done = subprocess.run(
                step,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                check=False,
            )
            if done.returncode:
                raise Unavailable(f"apt-get install {package} failed, see {log}")
