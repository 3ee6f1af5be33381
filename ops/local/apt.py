"""Installs the Debian package of a server without letting it start."""

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
    """True for root on Debian, Ubuntu or a derivative."""
    try:
        release = Path("/etc/os-release").read_text()
    except OSError:
        return False
    ids = {
        word.strip('"')
        for line in release.splitlines()
        if line.startswith(("ID=", "ID_LIKE="))
        for word in line.partition("=")[2].strip('"').split()
    }
    return os.geteuid() == 0 and shutil.which("apt-get") is not None and bool(ids & {"debian", "ubuntu"})


@contextmanager
def nothing_starts(policy: Path = POLICY) -> Iterator[None]:
    """Keep packages that are installed inside from starting their service; the machine's own policy is restored."""
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
    """Allow one installation at a time; the tests run in several processes."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def need(package: str, is_there: Callable[[], bool], log: Path, *beside: str) -> None:
    """Install the package, and those `beside` it, unless `is_there` is true; the output of apt-get goes to `log`.

    Raises:
        Unavailable: it is missing, and we are not root on Debian or Ubuntu, or apt-get failed.
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
