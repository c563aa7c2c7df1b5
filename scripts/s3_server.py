"""A real S3 server in a folder: Ceph's gateway with one monitor, manager and store, from Debian's packages.

    with S3Server.start(folder) as s3:
        s3.endpoint, s3.access_key, s3.secret_key

A mock would accept what a real server refuses (wrong secrets, overwriting what must not be overwritten). Run as a
program it serves until a line or the end of input arrives.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import timedelta
from pathlib import Path
from types import TracebackType

import obstore
from obstore.store import S3Store

from scripts.postgres_server import free_port

_WAIT_SECONDS = 90
_STORE_BYTES = 6 << 30  # in memory, taken only as far as it is filled


class S3Missing(RuntimeError):
    """The tests need a real S3 server and do not pass without one."""


class S3Server:
    """A running gateway; buckets are made on demand."""

    access_key = "test-access-key"
    secret_key = "test-secret-key"
    region = "us-east-1"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._conf = folder / "ceph.conf"

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @classmethod
    def start(cls, folder: Path) -> S3Server:
        for program in ("ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "radosgw-admin", "ceph-authtool", "monmaptool"):
            if shutil.which(program) is None:
                raise S3Missing(f"{program} is not installed: run scripts/apt-test-deps.sh")
        server = cls(folder)
        try:
            server._start()
        except BaseException:
            server.stop()
            raise
        return server

    def new_bucket(self, name: str) -> str:
        """Makes a bucket and returns its s3:// URL."""
        url = obstore.sign(self.store(name), "PUT", "", timedelta(minutes=1))
        urllib.request.urlopen(urllib.request.Request(url, method="PUT"), timeout=10).close()
        return f"s3://{name}"

    def store(self, bucket: str) -> S3Store:
        """A client of its own, to look at what is really there."""
        return S3Store(
            bucket,
            endpoint=self.endpoint,
            region=self.region,
            access_key_id=self.access_key,
            secret_access_key=self.secret_key,
            client_options={"allow_http": True},
            virtual_hosted_style_request=False,
        )

    def stop(self) -> None:
        pids = [int(p.read_text()) for p in (self._folder / "run").glob("*.pid")]
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, sign)
            deadline = time.monotonic() + 5
            while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
                time.sleep(0.1)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> S3Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self) -> None:
        for name in ("mon", "mgr", "osd", "out", "run"):
            (self._folder / name).mkdir(parents=True)
        fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
        mon_v2, mon_v1 = free_port(), free_port()
        address = f"[v2:127.0.0.1:{mon_v2},v1:127.0.0.1:{mon_v1}]"
        self._conf.write_text(self._configuration(fsid, address))
        self._keys()
        monmap, keyring = str(self._folder / "monmap"), str(self._folder / "keyring")
        self._run("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", address, monmap, conf=False)
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
        self._run("ceph-mon", "-i", "a", "--public-addr", f"v2:127.0.0.1:{mon_v2}")
        self._run("ceph-mgr", "-i", "x")
        secret = self._run("ceph-authtool", keyring, "-n", "osd.0", "-p", conf=False).strip()
        (self._folder / "osd.json").write_text(json.dumps({"cephx_secret": secret}))
        self._run("ceph", "-i", str(self._folder / "osd.json"), "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._run("ceph-osd", "-i", "0")
        self._until(lambda: "1 up" in self._run("ceph", "osd", "stat"), "the store")
        self._run("radosgw", "-n", "client.rgw")
        self._until(self._answers, "the gateway")
        user = ("--uid=mappe", "--display-name=mappe")
        keys = (f"--access-key={self.access_key}", f"--secret={self.secret_key}")
        self._run("radosgw-admin", "user", "create", *user, *keys)

    def _keys(self) -> None:
        keyring = str(self._folder / "keyring")
        everything = ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
        daemon = ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *", "--cap", "mgr", "allow profile osd")
        rows = [
            ("mon.", ("--cap", "mon", "allow *")),
            ("client.admin", everything),
            ("client.rgw", everything),
            ("mgr.x", everything),
            ("osd.0", daemon),
        ]
        for index, (name, caps) in enumerate(rows):
            create = ["--create-keyring"] if index == 0 else []
            self._run("ceph-authtool", *create, keyring, "--gen-key", "-n", name, *caps, conf=False)

    def _configuration(self, fsid: str, address: str) -> str:
        d = self._folder
        return f"""
[global]
fsid = {fsid}
mon initial members = a
mon host = {address}
keyring = {d}/keyring
run dir = {d}/run
admin socket = {d}/run/$name.asok
pid file = {d}/run/$name.pid
log file = {d}/out/$name.log
public addr = 127.0.0.1
ms bind ipv4 = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 2
mon max pg per osd = 2000
auth allow insecure global id reclaim = false
[mon]
mon data = {d}/mon
[mgr]
mgr data = {d}/mgr
mgr initial modules =
[osd]
osd data = {d}/osd
osd objectstore = memstore
memstore device bytes = {_STORE_BYTES}
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{self._port}
rgw enable usage log = false
rgw thread pool size = 32
"""

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(self.endpoint, timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def _until(self, ready: object, what: str) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not (callable(ready) and ready()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not come up; see {self._folder}/out")
            time.sleep(0.3)

    def _run(self, program: str, *args: str, conf: bool = True) -> str:
        command = [program, *(("-c", str(self._conf)) if conf else ()), *args]
        said = self._folder / "out" / f"{program}.said"
        with said.open("wb") as out:  # a file, not a pipe: the daemons would keep a pipe open
            done = subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False)
        text = said.read_text("utf-8", "replace")
        if done.returncode:
            raise RuntimeError(f"{program} failed: {text[-2000:]}")
        return text


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text() if Path(f"/proc/{pid}").exists() else False


if __name__ == "__main__":
    with S3Server.start(Path(sys.argv[1])) as running:
        print(json.dumps({"endpoint": running.endpoint, "url": running.new_bucket("mappe")}), flush=True)
        sys.stdin.readline()
