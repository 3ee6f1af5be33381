"""Runs the `docker` command."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from ops.local.console import Unavailable, say

PULL_SECONDS = 60.0


def docker(*arguments: str, timeout: float = 120.0) -> str:
    """Run `docker ARGUMENTS`, return its output.

    Raises:
        Unavailable: no docker command, no engine, no answer in time, or it failed; the text has its last line.
    """
    try:
        done = subprocess.run(
            ["docker", *arguments],
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except FileNotFoundError:
        raise Unavailable("no docker command") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"docker {arguments[0]} gave no answer in {timeout:g} s") from None
    if done.returncode:
        raise Unavailable(f"docker {arguments[0]}: {_last_line(done.stderr)}")
    return done.stdout.strip()


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["failed"])[-1]


def need_image(image: str, caller: str) -> None:
    """Check that the engine answers, and pull the image unless it exists; `caller` begins the line about the pull.

    Raises:
        Unavailable: no engine, or the image cannot be pulled within a minute.
    """
    docker("info", "--format", "{{.ServerVersion}}", timeout=30)
    try:
        docker("image", "inspect", "--format", "{{.Id}}", image)
    except Unavailable:
        say(f"{caller}: docker pull {image} (at most {PULL_SECONDS:g} s)")
        docker("pull", "--quiet", image, timeout=PULL_SECONDS)


def remove(containers: Sequence[str]) -> None:
    """Remove containers and their volumes; a missing one is not an error."""
    for container in containers:
        try:
            docker("rm", "--force", "--volumes", container)
        except Unavailable as reason:
            if "No such container" not in str(reason):
                say(f"docker: {container} could not be removed: {reason}")
