"""Installs the programs that tests run and pip cannot install. ``make test`` runs it before the tests.

npm packages where Node.js is present, Debian packages where it runs as root. What cannot be had is named with the
command that brings it, and the exit code stays 0: the tests that need it are skipped with the same words. After a
failure it tries again only when a list has changed, when it is called without ``--once`` (``make tools``), or in CI.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from needs import ALL, NPM_FOLDER, SYSTEM_PACKAGES, SystemPackage, npm_command, system_packages

LOCK = NPM_FOLDER / "package-lock.json"
TRIED = Path(os.environ.get("KG_TOOLS_TRIED") or Path(sys.prefix) / ".tools-tried")
APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=2")
APT_SECONDS, NPM_SECONDS = 900, 900


def main() -> None:
    """Installs what is missing; tells what stays missing."""
    tried = hashlib.sha256(SYSTEM_PACKAGES.read_bytes() + LOCK.read_bytes()).hexdigest()
    again = ALL or "--once" not in sys.argv[1:]
    if again or not (TRIED.exists() and TRIED.read_text() == tried):
        npm = start_npm()
        install_system_packages()
        finish_npm(npm)
        TRIED.write_text(tried)
    left_out = [f"{one.package}: {one.command}" for one in system_packages() if one.find() is None]
    if not npm_is_current():
        left_out.append(f"@comunica/query-sparql: {npm_command()}")
    if left_out:
        say(
            "left out, tests that need these are skipped (then `make tools`)",
            "未安装，相关测试将跳过",
        )
        for line in left_out:
            print(f"  {line}", flush=True)


def say(en: str, zh: str) -> None:
    """A line for the person who waits."""
    print(f"{en}  {zh}", flush=True)


def npm_is_current() -> bool:
    """npm writes its own copy of the lock file at the end of an installation."""
    installed = NPM_FOLDER / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= LOCK.stat().st_mtime


def start_npm() -> subprocess.Popen[str] | None:
    """Starts to install the npm packages, beside everything else."""
    if npm_is_current() or shutil.which("npm") is None:
        return None
    say(
        "installing npm packages for the tests, about a minute …",
        "正在安装测试用的 npm 包，约一分钟……",
    )
    return subprocess.Popen(
        ["npm", "ci", "--loglevel=error"],
        cwd=NPM_FOLDER,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish_npm(npm: subprocess.Popen[str] | None) -> None:
    """Waits for npm and tells how it ended."""
    if npm is None:
        return
    try:
        errors = npm.communicate(timeout=NPM_SECONDS)[1]
    except subprocess.TimeoutExpired:
        npm.kill()
        errors = f"no end after {NPM_SECONDS} s"
        npm.communicate()
    if npm.returncode == 0:
        say("npm packages: done", "npm 包：完成")
    else:
        tell_failure("npm", errors)


def install_system_packages() -> None:
    """Installs the Debian packages that are missing, one by one: one that fails takes no other with it."""
    missing = [one for one in system_packages() if one.find() is None]
    if not missing or shutil.which("apt-get") is None or os.geteuid() != 0:
        return
    say("reading the list of Debian packages …", "正在读取 Debian 软件包列表……")
    apt("update")
    for place, one in enumerate(missing, start=1):
        say(f"[{place}/{len(missing)}] {one.package} …", "正在安装")
        began = time.monotonic()
        if install(one):
            say(f"[{place}/{len(missing)}] {one.package}: {time.monotonic() - began:.0f} s", "完成")


def install(one: SystemPackage) -> bool:
    """Installs one package; whether its program is there now."""
    return apt("install", "-y", "--no-install-recommends", one.package) and one.find() is not None


def apt(*arguments: str) -> bool:
    """Runs apt-get, which asks nothing; tells when it fails."""
    try:
        done = subprocess.run(
            [*APT, *arguments],
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=APT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        tell_failure("apt-get", f"no end after {APT_SECONDS} s")
        return False
    if done.returncode:
        tell_failure("apt-get", done.stdout)
    return done.returncode == 0


def tell_failure(program: str, output: str) -> None:
    """The last lines of what a program said."""
    say(f"{program} failed:", f"{program} 失败：")
    for line in output.strip().splitlines()[-5:]:
        print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
