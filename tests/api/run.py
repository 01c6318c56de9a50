"""Starts the real daemon with a queue, and lets schemathesis try every operation that its description has.

    python3 run.py --dfqueue PATH --schemathesis PATH [--cases N] [--seed N]

Prints what schemathesis found. Ends with an error where it found something, where the daemon logged an error, and
where its ledger no longer proves what was recorded.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROLES = "intake investigator supervisor practitioner operator property_desk manager auditor quality_lead".split()
PATIENCE_SECONDS = 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dfqueue", type=Path, required=True)
    parser.add_argument("--schemathesis", type=Path, required=True)
    about = "random requests, about (default 2000), on top of those that schemathesis thinks of whatever it is told"
    parser.add_argument("--cases", type=int, default=2_000, help=about)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="dfqueue-api.") as folder:
        house = House(Path(folder), arguments.dfqueue.resolve())
        try:
            house.open()
            house.fill(arguments.seed)
            found = house.try_out(arguments.schemathesis.resolve(), arguments.cases, arguments.seed)
        finally:
            house.stop()
        faults = house.faults()
    for fault in faults:
        print(fault)
    return 1 if found or faults else 0


def free_port() -> int:
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class House:
    """A daemon in a folder of its own."""

    def __init__(self, folder: Path, dfqueue: Path) -> None:
        self.folder, self.dfqueue = folder, dfqueue
        self.url = f"http://127.0.0.1:{free_port()}"
        self.config = folder / "dfqueue.toml"
        config = ROOT / "config"
        self.config.write_text(
            f'[http]\nlisten = "{self.url.removeprefix("http://")}"\n'
            f'[metrics]\nlisten = "127.0.0.1:{free_port()}"\n'
            f'[files]\nunit = "{config / "unit.toml"}"\npolicy = "{config / "policy.toml"}"\n'
            f'[state]\ndir = "{folder}"\n'
            # Whoever asks too often would only be told so: tests/it/http/limits.rs tries that.
            "[limits]\nrequests_per_second = 0\nunknown_per_second = 0\n"
        )
        self.log = folder / "log"
        self.daemon = subprocess.Popen(
            [dfqueue, "serve", "--config", self.config], stderr=self.log.open("wb"), stdout=subprocess.DEVNULL
        )
        self.tokens: dict[str, str] = {}

    def open(self) -> None:
        """Until it serves, and everyone has a token."""
        self.wait(lambda: self.get("/readyz"), "the daemon is not ready")
        self.tokens = {role: self.token(role) for role in ROLES}

    def run(self, *words: object, **more: str) -> str:
        """What a command of dfqueue prints."""
        done = subprocess.run([self.dfqueue, *map(str, words)], capture_output=True, text=True, env=os.environ | more)
        if done.returncode:
            raise SystemExit(f"dfqueue {words[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def token(self, role: str) -> str:
        made = self.run("token", "create", "--config", self.config, "--role", role, "--person", "DS 1180", "--json")
        return json.loads(made)["secret"]

    def get(self, path: str, role: str | None = None) -> dict:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role else {}
        with urlopen(Request(self.url + path, headers=headers), timeout=10) as answer:
            return json.load(answer)

    def wait(self, done, what: str) -> None:
        """Until something is so."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if done():
                    return
            except OSError:
                pass
            if self.daemon.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{what}:\n{self.log.read_text()}")
            time.sleep(0.1)

    def fill(self, seed: int) -> None:
        """A queue as it might be today, planned and offered."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        generate = [sys.executable, ROOT / "config/example/generate.py", "--seed", str(seed), "--now", now, "--rows", "120"]
        queue = self.folder / "queue.csv"
        queue.write_bytes(subprocess.run(generate, check=True, stdout=subprocess.PIPE).stdout)
        self.run("import", queue, "--server", self.url, "--person", "PSE 7003", DFQUEUE_TOKEN=self.tokens["intake"])
        self.wait(lambda: self.get("/v1/plan", "manager")["steps"], "nothing is planned")

    def hold(self, resource: str) -> None:
        """Puts one resource on hold."""
        body = json.dumps({"what": "resource", "name": resource, "reason": "to be validated anew"}).encode()
        headers = {"Authorization": f"Bearer {self.tokens['quality_lead']}", "Content-Type": "application/json"}
        headers["Dfqueue-Person"] = "QM 0300"
        urlopen(Request(f"{self.url}/v1/quality-holds", data=body, headers=headers), timeout=10).close()

    def try_out(self, schemathesis: Path, cases: int, seed: int) -> int:
        """What schemathesis ends with."""
        submissions = [item["id"] for item in self.get("/v1/submissions?limit=1000", "manager")["items"]]
        resources = [item["id"] for item in self.get("/v1/resources", "manager")["items"]]
        work = json.dumps([self.get(f"/v1/resources/{resource}/assignments", "manager") for resource in resources])
        assignments = sorted(set(re.findall('"(A[0-9]+)"', work)))
        if not assignments:
            raise SystemExit("nothing is offered")
        self.hold(resources[-1])
        holds = [item["id"] for item in self.get("/v1/quality-holds", "manager")["items"]]
        breaches = [item["id"] for item in self.get("/v1/sla/breaches?limit=1000", "manager")["items"]]
        scene = self.folder / "scene.json"
        scene.write_text(
            json.dumps(
                {
                    "now": datetime.now(UTC).isoformat(timespec="seconds"),
                    "tokens": self.tokens,
                    "ids": {
                        "submissions": {"pattern": "[Qq]?[0-9]+", "known": submissions},
                        "assignments": {"pattern": "[Aa]?[0-9]+", "known": assignments},
                        "resources": {"pattern": ".+", "known": resources},
                        "breaches": {"pattern": "[Bb]?[0-9]+", "known": breaches},
                        "quality-holds": {"pattern": "[Hh]?[0-9]+", "known": holds},
                        "notices": {"pattern": "[Nn]?[0-9]+", "known": []},
                    },
                }
            )
        )
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": "hooks",
            "PYTHONPATH": str(HERE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DFQUEUE_API_SCENE": str(scene),
        }
        operations = sum(map(len, self.get("/openapi.json")["paths"].values()))
        command = [schemathesis, "--config-file", HERE / "schemathesis.toml", "run", f"{self.url}/openapi.json", "--seed", str(seed)]
        command += ["--max-examples", str(max(1, cases // operations)), "--checks", "all", "--continue-on-failure", "--no-color"]
        return subprocess.run(command, cwd=self.folder, env=environment).returncode

    def stop(self) -> None:
        self.daemon.terminate()
        self.daemon.wait(PATIENCE_SECONDS)

    def faults(self) -> list[str]:
        """What is wrong with the daemon afterwards."""
        faults = [line for line in self.log.read_text().splitlines() if " ERROR " in line or '"level":"ERROR"' in line]
        if self.daemon.returncode:
            faults.append(f"the daemon ended with {self.daemon.returncode}")
        self.run("ledger", "verify", "--config", self.config)
        return faults


if __name__ == "__main__":
    sys.exit(main())
