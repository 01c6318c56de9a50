"""dfqueue's plans beside those of CP-SAT (Google OR-Tools) on the same instances, in the same run.

    python3 -m venv V && V/bin/pip install ortools
    V/bin/python benches/reference/cp_sat.py --dfqueue target/release/dfqueue [--sizes 20,50,100,200] [--seeds 1..3] [--seconds 60]

An instance is a unit at one site that never closes: operators who prepare and verify, kiosks that extract, investigators who
review, some of each half as fast. Submissions belong to promises of tiers 1, 2, 3 and 5; all gates are met. Both minimise,
tier by tier from the first, how many promises are late and then by how much in all, each second beyond 12 hours counted
four times; CP-SAT has the seconds given for all tiers
together, 2 workers, and starts each tier from the best of the tier before. dfqueue is the whole process with its default budget and
without the guard, which serves a promise that is in no objective here.
"""

import argparse
import csv
import json
import random
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ortools.sat.python import cp_model

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
STAGES = ("prepare", "extract", "verify", "review")
KIND_OF = {"prepare": "operator", "extract": "kiosk", "verify": "operator", "review": "dmi"}
BASE = {"prepare": 30, "extract": 20, "verify": 20, "review": 60}  # minutes; extract takes one more for each gigabyte
# By promise: tier, milestone, hours, who is promised it, and in how many of a hundred submissions.
PROMISES = (
    ("victim-phone", 1, "extracted", 8, "victim", 15),
    ("witness-device", 2, "extracted", 16, "witness", 20),
    ("suspect", 3, "results", 24, "suspect", 35),
    ("standard", 5, "results", 40, "other", 30),
)
LATE = 10_000_000  # minutes: one promise more is worse than any lateness
BEARABLE = 12 * 60  # minutes: what is later than this counts four times, as it does for dfqueue


class Instance:
    """What is to be done by whom; times in minutes from now."""

    def __init__(self, size: int, seed: int):
        rng = random.Random(f"{size} {seed}")
        many = max(1, size // 25)
        # By kind: how many slots of each speed in hundredths.
        self.slots = {"operator": {100: many, 50: many}, "kiosk": {100: 1 + many}, "dmi": {100: many, 50: 1 + many}}
        weights = [share for *_, share in PROMISES]
        self.jobs = []
        # So few share so many slots that all would be in time: they have less of it.
        self.share = min(1.0, size / 20)
        for number in range(size):
            promise = rng.choices(PROMISES, weights)[0]
            # Some are nearly due as they are planned, some have just come.
            elapsed = rng.randint(min(30, self.within(promise) // 2), self.within(promise) * 8 // 10)
            self.jobs.append((number, promise, elapsed, rng.choice((32, 64, 128, 256))))

    def within(self, promise) -> int:
        return round(promise[3] * 60 * self.share)

    def due(self, job) -> int:
        return self.within(job[1]) - job[2]

    def length(self, job, stage: str) -> int:
        return BASE[stage] + (job[3] if stage == "extract" else 0)


def write(instance: Instance, folder: Path) -> None:
    """The instance as the files of a unit."""
    resources = "".join(
        f'[[resource]]\nid = "{kind}-{speed}"\nkind = "{kind}"\nsite = "hq"\ncalendar = "always"\nslots = {count}\n'
        f"stages = {json.dumps([stage for stage in STAGES if KIND_OF[stage] == kind])}\nlevels = [1]\nspeed = {speed / 100}\n"
        for kind, speeds in instance.slots.items()
        for speed, count in speeds.items()
    )
    (folder / "unit.toml").write_text(
        '[unit]\nversion = "1"\nname = "Synthetic unit of a benchmark"\ntime_zone = "UTC"\nbank_holidays = "england-and-wales"\n'
        'travel_default = "30m"\nto_site = "30m"\n[[site]]\nid = "hq"\nname = "hq"\nreturns = ["Mon-Sun 00:00-24:00"]\n'
        'to_owner = "30m"\n[[calendar]]\nid = "always"\nopen = ["Mon-Sun 00:00-24:00"]\n' + resources
    )
    tiers = "".join(f'[[tier]]\nnumber = {number}\nname = "tier {number}"\n' for number in range(6))
    promises = "".join(
        f'[[promise]]\nname = "{name}"\nwhen = {{ owner = ["{owner}"] }}\nmilestone = "{milestone}"\nfrom = "taken_at"\n'
        f'within = "{instance.within(promise)}m"\nhard = true\ntier = {tier}\n'
        for promise in PROMISES
        for name, tier, milestone, _, owner, _ in [promise]
    )
    stages = "".join(
        f'[[route.stage]]\nname = "{stage}"\nby = ["{KIND_OF[stage]}"]\nattended = {str(stage != "extract").lower()}\n'
        f"holds_device = {str(stage != 'review').lower()}\np90 = 1\n"  # So that nothing is at risk: CP-SAT knows no risk.
        f'takes = {{ base = "{BASE[stage]}m"{", per_gb = " + chr(34) + "1m" + chr(34) if stage == "extract" else ""} }}\n'
        + (f'after = ["{before}"]\n' if before else "")
        for before, stage in zip((None, *STAGES), STAGES)
    )
    (folder / "policy.toml").write_text(
        'version = "1"\ndevices = ["phone"]\noffences = ["other"]\nrisks = []\n'
        f'{tiers}{promises}[[route]]\nname = "kiosk"\ngates = []\n{stages}'
        '[guard]\npromise = "victim-phone"\nlevel = 1\ntypical_storage_gb = 128\narrives_after = "2h"\nmax_hold = "24h"\n'
    )
    with (folder / "submissions.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow("force,crime_ref,exhibit_ref,oic,offence,owner,device,storage_gb,lock_state,taken_at,site,delivered_at,level".split(","))
        for number, promise, elapsed, storage in instance.jobs:
            taken = f"{NOW - timedelta(minutes=elapsed):%Y-%m-%dT%H:%M:%SZ}"
            row = ("F", f"C{number}", "A", "DC 1", "other", promise[4], "phone", storage, "unlocked", taken, "hq", taken, 1)
            rows.writerow(row)


def planned(instance: Instance, dfqueue: str, budget: int | None = None) -> tuple[dict, float]:
    """By tier how many promises dfqueue's plan misses and by how many minutes, and the seconds of the process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(instance, folder)
        files = [word for part in ("unit", "policy") for word in (f"--{part}", str(folder / f"{part}.toml"))]
        files += ["--submissions", str(folder / "submissions.csv")]
        command = [dfqueue, "plan", *files, "--now", f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "--no-guard", "--json"]
        command += ["--budget", str(budget)] if budget is not None else []
        begun = time.perf_counter()
        text = subprocess.run(command, check=True, capture_output=True).stdout
        took = time.perf_counter() - begun
    late = {tier: [0, 0.0] for _, tier, *_ in PROMISES}
    tier_of = {name: tier for name, tier, *_ in PROMISES}
    lines = json.loads(text)["milestones"]
    assert len(lines) == len(instance.jobs), f"{len(lines)} promises planned of {len(instance.jobs)}"
    for line in lines:
        if line["late_seconds"] > 0:
            count = late[tier_of[line["promise"]]]
            minutes = line["late_seconds"] / 60
            count[0], count[1] = count[0] + 1, count[1] + minutes + 3 * max(0, minutes - BEARABLE)
    return late, took


def solved(instance: Instance, seconds: float) -> tuple[dict, float, bool]:
    """The same of the best that CP-SAT finds, the seconds it took, and whether it proved that nothing is better."""
    model = cp_model.CpModel()
    horizon = 4 * sum(instance.length(job, stage) for job in instance.jobs for stage in STAGES)
    on: dict = {(kind, speed): [] for kind, speeds in instance.slots.items() for speed in speeds}
    lateness: dict = {tier: [] for _, tier, *_ in PROMISES}
    for job in instance.jobs:
        ready, ends = 0, {}
        for stage in STAGES:
            start, end = (model.new_int_var(0, horizon, "") for _ in range(2))
            model.add(start >= ready)
            choices = []
            for speed in instance.slots[KIND_OF[stage]]:
                length = instance.length(job, stage)
                length = length if stage == "extract" else -(-length * 100 // speed)
                chosen = model.new_bool_var("")
                on[KIND_OF[stage], speed].append(model.new_optional_interval_var(start, length, end, chosen, ""))
                choices.append(chosen)
            model.add_exactly_one(choices)
            ready = ends[stage] = end
        late, by, more = model.new_bool_var(""), *(model.new_int_var(0, horizon, "") for _ in range(2))
        reached = ends["verify" if job[1][2] == "extracted" else "review"]
        model.add(by >= reached - instance.due(job))
        model.add(by == 0).only_enforce_if(~late)
        model.add(more >= by - BEARABLE)
        lateness[job[1][1]].append((late, by + 3 * more))
    for (kind, speed), intervals in on.items():
        model.add_cumulative(intervals, [1] * len(intervals), instance.slots[kind][speed])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 2
    begun, proved, found = time.perf_counter(), True, {}
    tiers = sorted(tier for tier, clocks in lateness.items() if clocks)
    for place, tier in enumerate(tiers):
        cost = sum(LATE * late + by for late, by in lateness[tier])
        model.minimize(cost)
        left = seconds - (time.perf_counter() - begun)
        solver.parameters.max_time_in_seconds = max(1.0, left / (len(tiers) - place))
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            raise SystemExit(f"CP-SAT found no plan of tier {tier} within its time: {solver.status_name(status)}")
        proved &= status == cp_model.OPTIMAL
        model.add(cost <= round(solver.objective_value))
        found = {t: [sum(map(solver.value, (l for l, _ in all_))), sum(map(solver.value, (b for _, b in all_)))] for t, all_ in lateness.items()}
        model.clear_hints()
        for index in range(len(model.proto.variables)):
            model.add_hint(model.get_int_var_from_proto_index(index), solver.response_proto.solution[index])
    return found, time.perf_counter() - begun, proved


def main() -> None:
    parser = argparse.ArgumentParser(description="dfqueue's plans beside CP-SAT's.")
    parser.add_argument("--dfqueue", required=True)
    parser.add_argument("--sizes", default="20,50,100,200", help="submissions; with 7 or fewer CP-SAT proves nearly always that nothing is better")
    parser.add_argument("--seeds", default="1..3")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--budget", type=int, help="of dfqueue, where not its default")
    parser.add_argument("--quiet", action="store_true", help="only the sums")
    arguments = parser.parse_args()
    first, _, last = arguments.seeds.partition("..")
    show = lambda late: "  ".join(f"{tier}: {count:3d} {minutes / 60:8.1f} h" for tier, (count, minutes) in late.items())
    for size in map(int, arguments.sizes.split(",")):
        count = better = equal = worse = first_tiers = proofs = 0
        times = [0.0, 0.0]
        for seed in range(int(first), int(last or first) + 1):
            instance = Instance(size, seed)
            ours, took = planned(instance, arguments.dfqueue, arguments.budget)
            best, needed, proved = solved(instance, arguments.seconds)
            key = lambda late, tiers=9: [(late[tier][0], round(late[tier][1])) for tier in sorted(late) if tier <= tiers]
            verdict = "equal" if key(ours) == key(best) else "better" if key(ours) < key(best) else "WORSE"
            count, proofs, times = count + 1, proofs + proved, [times[0] + took, times[1] + needed]
            better, equal, worse = better + (verdict == "better"), equal + (verdict == "equal"), worse + (verdict == "WORSE")
            first_tiers += key(ours, 2) <= key(best, 2)
            if not arguments.quiet or verdict == "WORSE" and proved:
                print(f"{size:4d} seed {seed}  dfqueue {took:6.2f} s   {show(ours)}   {verdict}")
                print(f"             CP-SAT  {needed:6.2f} s   {show(best)}   {'proved' if proved else 'best found'}", flush=True)
        print(
            f"{size:4d}: of {count} dfqueue is better in {better}, equal in {equal}, worse in {worse}; in tiers 1 and 2 not worse in "
            f"{first_tiers}; {times[0] / count:.2f} s and {times[1] / count:.1f} s each; CP-SAT proved {proofs}",
            flush=True,
        )


if __name__ == "__main__":
    main()
