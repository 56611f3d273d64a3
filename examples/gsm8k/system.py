"""A running system as the command line shows it: $THIRTEEN, or bin/thirteen of this project."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
THIRTEEN = os.environ.get("THIRTEEN", str(PROJECT / "bin/thirteen"))
STANDING = {f"RUN_PHASE_{phase}" for phase in ("PAUSED", "FINISHED", "CANCELLED", "FAILED")}


class Refused(Exception):
    """A command that did not do what it was asked for; it has said why."""


def thirteen(*arguments):
    """The objects that a command prints."""
    done = subprocess.run([THIRTEEN, *arguments, "-o", "json"], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    if done.returncode:
        raise Refused(f"thirteen {' '.join(arguments)}: exit status {done.returncode}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def evaluate(*arguments):
    return thirteen("eval", "run", *arguments)[-1]


def kept(path, make):
    """What an earlier start left in the file, or what is made now."""
    if not path.exists():
        value = make()
        path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def create(folder, files):
    """Creates the runs that are not there yet: texts of run files by name."""
    there = known()

    def one(name):
        file = folder / f"{name}.yaml"
        file.write_text(files[name], encoding="utf-8")
        thirteen("run", "create", "-f", str(file))

    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(one, [name for name in files if name not in there]))


def known():
    return {run["name"]: run for run in thirteen("run", "list")}


def goes_on(run):
    """Whether more steps are to come; a run that was just created has no phase yet."""
    return run["state"].get("phase") not in STANDING


def follow(names, until):
    """Waits for runs to end, or until a time; says where they stand. Returns their steps."""
    while True:
        found = {name: run for name, run in known().items() if name in names}
        steps = {name: int(run["state"].get("step", 0)) for name, run in found.items()}
        print(time.strftime("%H:%M:%S"), *(f"{name} {steps[name]} {measure(run):.3f}" for name, run in found.items()), flush=True)
        if not any(goes_on(run) for run in found.values()) or time.time() >= until:
            return steps
        time.sleep(5)


def measure(run):
    """What is learnt: accuracy, or of sft the loss."""
    metrics = run["state"].get("metrics", {})
    return metrics.get("accuracy") or metrics.get("loss", 0)


def train(folder, files, until, kept_in=None):
    """Trains runs side by side until all are through, or a time; those that are not are paused. Returns their steps, which
    with the numbers at the last common one are kept in the folder where a file is named."""
    create(folder, files)
    follow(files, until)
    for name, run in known().items():
        if name in files and goes_on(run):
            thirteen("run", "pause", name)
    steps = {name: int(run["state"].get("step", 0)) for name, run in known().items() if name in files}
    if kept_in:
        (folder / kept_in).write_text(json.dumps(steps), encoding="utf-8")
        for name, step in last(folder, kept_in).items():
            keep_values(f"{name}@{step}", folder / f"{name}-step{step}.bf16")
    return steps


def keep_values(policy, file):
    """The numbers of an adapter, as they are, in a file."""
    thirteen("adapter", "show", policy, "--values", str(file), "--force")


def last(folder, kept_in):
    """The policies of runs that were trained, at their last common step; none where none were."""
    file = folder / kept_in
    steps = json.loads(file.read_text()) if file.exists() else {}
    if 0 in steps.values():
        raise Refused(f"a run of {file} stands at step 0")
    return dict.fromkeys(steps, min(steps.values(), default=0))


def policies(steps):
    return [part for name, step in steps.items() for part in ("-a", f"{name}@{step}")]
