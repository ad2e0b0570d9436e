"""What every benchmark needs: a table of lines beside a yardstick."""

import contextlib
import os
import statistics
import sys
import time
from pathlib import Path

SHARED_SETTINGS = (
    "shared_buffers", "work_mem", "jit", "max_parallel_workers_per_gather", "fsync",
    "full_page_writes", "synchronous_commit",
)  # fmt: skip


def vacuum(cr, *tables):
    """VACUUM ANALYZE: index-only scans want the visibility map."""
    cr.commit()
    cr._cnx.autocommit = True
    cr.execute(f"VACUUM ANALYZE {', '.join(tables)}")
    cr._cnx.autocommit = False


class Line:
    """One line of a table.

    :param run: what is measured; called `times` times in a row, for what is too short
    :param target: the ratio to the yardstick that is allowed, or None
    :param base: name of the line that is its yardstick; None: the table's first
    :param at_least: the ratio must reach the target instead of staying below
    :param scale: what the measured time stands for, where only a sample is run
    :param once: measured in the first round only: it takes long
    :param before, after: done around each measurement, not measured
    :param database: its CPU time is that of the database backend alone
    """

    def __init__(self, name, run, **settings):
        self.name, self.run = name, run
        self.target = self.base = self.before = self.after = None
        self.times, self.scale, self.at_least, self.once = 1, 1, False, False
        self.database = False
        vars(self).update(settings)
        self.wall, self.cpu, self.memory = [], [], 0.0


class Table:
    """Lines that are measured in turns, so that a busy machine hits all alike.

    A ratio is one of CPU time (worker and its database backend): on a machine that does
    other things at once the wall clock says little. Both are printed.
    """

    def __init__(self, env, title):
        self.env, self.title, self.lines = env, title, []

    def add(self, *words, **settings):
        self.lines.append(Line(*words, **settings))
        return self.lines[-1]

    def measure(self, rounds):
        self.env.cr.execute("SELECT pg_backend_pid()")
        backend = self.env.cr.fetchone()[0]
        for number in range(rounds):
            for line in self.lines:
                if number and line.once:
                    continue
                self._measure(line, backend)
                if sys.stderr.isatty():
                    print(
                        f"\r  {number + 1}/{rounds} {line.name[:60]:60}",
                        end="\r",
                        file=sys.stderr,
                    )
        self.show(rounds)

    def _measure(self, line, backend):
        if line.before:
            line.before()
        self.env.invalidate_all()
        _reset_peak()
        wall, cpu = time.monotonic(), _cpu(line, backend)
        for _time in range(line.times):
            line.run()
        factor = line.scale / line.times
        line.wall.append((time.monotonic() - wall) * factor)
        line.cpu.append((_cpu(line, backend) - cpu) * factor)
        line.memory = max(line.memory, _peak())
        if line.after:
            line.after()

    def show(self, rounds):
        by_name = {line.name: line for line in self.lines}
        print(f"\n{self.title}")
        print(f"{settings(self.env.cr)}; median of {rounds}")
        print(
            f"{'':58} {'ms':>9} {'CPU ms':>9} {'x CPU':>7} {'x wall':>7} {'target':>7}"
            f" {'':5} {'peak MB':>8}"
        )
        for line in self.lines:
            base = by_name[line.base] if line.base else self.lines[0]
            ratio = _median(line.cpu) / _median(base.cpu)
            wall = _median(line.wall) / _median(base.wall)
            target = "" if line.target is None else f"{line.target:.3g}"
            verdict = ""
            if line.target is not None:
                over = ratio > line.target
                verdict = "ok" if over == line.at_least else "OVER"
            print(
                f"{line.name:58} {_median(line.wall) * 1000:9.1f}"
                f" {_median(line.cpu) * 1000:9.1f} {ratio:7.3f} {wall:7.3f}"
                f" {target:>7} {verdict:5} {line.memory:8.0f}",
                flush=True,
            )


def settings(cr):
    """Return in words on what was measured."""
    cr.execute("SELECT split_part(version(), ' ', 2)")
    words = [f"PostgreSQL {cr.fetchone()[0]}"]
    for name in SHARED_SETTINGS:
        cr.execute("SELECT current_setting(%s)", [name])
        words.append(f"{name} {cr.fetchone()[0]}")
    load = os.getloadavg()[0]
    words.append(f"{os.cpu_count()} cores, load {load:.1f}")
    return ", ".join(words)


def _median(values):
    return statistics.median(values)


def _cpu(line, backend):
    return (0 if line.database else time.process_time()) + _cpu_of(backend)


def _cpu_of(process):
    """Return the seconds of CPU of the backend; 0 where it is on another machine."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def _reset_peak():
    """Begin to watch the peak of the worker's memory anew."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak():
    """Return the most memory that the worker held since (MB)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
