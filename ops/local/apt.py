"""Installing a Debian package of a server without letting it start."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One installation at a time; the tests run in several processes."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def need(package: str, is_there: Callable[[], bool], log: Path, *beside: str) -> None:
    """`apt-get install` the package, and those `beside` it, unless it is there; what apt-get says is in `log`.

    Raises:
        Unavailable: it is not there, and we are not root on a Debian, or apt-get failed.
    """
    with _alone(log.with_suffix(".lock")):
        if is_there():
            return
        if not can_install():
            raise Unavailable(f"no {package} on this machine, and only root on Debian or Ubuntu may install it")
        say(f"apt-get install {package} (a minute or two; {log})")
        with log.open("ab") as out, nothing_starts():
            _install((package, *beside), log, out)


def _install(packages: Sequence[str], log: Path, out: BinaryIO) -> None:
    quiet = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in ([*quiet, "update"], [*quiet, "-y", "--no-install-recommends", "install", *packages]):
        done = subprocess.run(step, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, check=False)
        if done.returncode:
            raise Unavailable(f"apt-get install {packages[0]} failed, see {log}")
