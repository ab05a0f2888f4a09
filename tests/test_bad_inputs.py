"""Mistakes of users, over every command and every variable of make: one clear line, status 2, nothing changed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mirrorlog.__main__ import COMMANDS
from mirrorlog.__main__ import main as model_main
from mirrorlog.command_line import guarded
from tb import sim
from tb.benchmark import __main__ as benchmark
from tb.config.files import locked
from tb.random import __main__ as seed
from tb.report import run_picture
from tb.running.options import READERS
from tb.serve import __main__ as serve
from tests.hunt import bite, mutate
from tools.sources import ROOT

SYSTEM = {
    "system": 1, "data_width": 64, "volumes": 8, "pairs": 8, "groups": 4, "devices": 2, "max_transfer_bytes": 16384,
    "entry_bytes": 64, "commands": 4, "window": 256, "path": False, "device_base": 0, "first_cycle": 0,
    "incarnation": 0,
}  # fmt: skip
TRACE = ROOT / "tests" / "data" / "bank"


def capture(*more: object, **changed: object) -> str:
    """A capture whose only system is changed, with more lines."""
    start = {"event": "start", "format": "mirrorlog capture", "version": 3, "systems": [SYSTEM | changed]}
    return "".join(f"{json.dumps(line)}\n" for line in (start, *more))


# in the folder of every test
FILES = {
    "empty.jsonl": "",
    "deep.jsonl": "[" * 100_000,
    "words.jsonl": "this is no capture\n",
    "many_volumes.jsonl": capture(volumes=10**9),
    "many_groups.jsonl": capture(groups=10**7),
    "negative.jsonl": capture(pairs=-1),
    "old.jsonl": capture().replace('"version": 3', '"version": 2'),
    "no_data.jsonl": capture({"event": "write_data", "system": 1, "cycle": 1, "bytes": 8}),
    "no_event.jsonl": capture({"event": "nothing", "system": 1}),
    "letters.jsonl": "\u00e9\n",
    "start.jsonl": capture(),
    "mine.sqlite": "mine",
    "mine.json": "{}",
    "log.iolog": "fio version 2 iolog\n",
    "image.iolog": "fio version 3 iolog\n0 volume1 add\n",
    "fio.log": "fio version 3 iolog\n0 sda write 0 4k\n",
    "trims.log": "fio version 3 iolog\n0 sda trim 0 100\n",
    "good.log": "fio version 3 iolog\n0 sda write 4096 512\n",
    "there.iolog": "mine",
    "msr.log": "1,usr,0,Write,0,512,x\n",
    "blkparse.log": "8,0 0 1 0.000000001 1 Q WS 0 * 8 [dd]\n",
    "late.iolog": "fio version 3 iolog\n5 volume1 add\n4 volume1 open\n",
}

# each: program, arguments ({} is the test's folder), what the line says
CASES = [
    ("model", "", "COMMAND"),
    ("model", "simulat", "invalid choice: 'simulat'"),
    ("model", "simulate --writs 5", "unrecognized arguments: --writs 5"),
    ("model", "simulate --writes", "--writes: expected one argument"),
    ("model", "simulate --writes 1e3", "--writes: '1e3' is no whole number"),
    ("model", "simulate --writes 0", "--writes: 0 is not from 1"),
    ("model", "simulate --volumes 100000", "--volumes: 100000 is not from 1 to 1000"),
    ("model", "simulate --volume-bytes 1099511627776", "are more than 1099511627776"),
    ("model", "simulate --volume-bytes 68719476736 --changed-block-bytes 512", "maps of more than 67108864 blocks"),
    ("model", "simulate --rate 1e-9", "--rate: 1e-9 is not from 0.001"),
    ("model", "simulate --rate 0.001", "lasts 999,000 seconds, more than 600"),
    ("model", "simulate --rate nan", "--rate: nan is not from"),
    ("model", "simulate --gbps inf", "--gbps: inf is not from"),
    ("model", "simulate --status-ms 0.000001", "--status-ms: 0.000001 is not from 0.01"),
    ("model", "simulate --cut-ms 9:5", "'9:5': the end must be behind the begin"),
    ("model", "simulate --cut-ms 9", "'9' is no FROM:TO"),
    ("model", "simulate --degrade-ms x:y", "'x' is no number"),
    ("model", "simulate --resize-ms 5:1", "--resize-ms: 1 is not from 512"),
    ("model", "simulate --writes 50 --resize-ms 1:1024", "resize to 1024"),
    ("model", "simulate --slow-volume 1", "'1' is no N:US"),
    ("model", "simulate --fail first:5 --fail original:7", "--fail or --fail-original-after: given more than once"),
    ("model", "simulate --fail original:5 --fail-original-after 7", "given more than once"),
    ("model", "simulate --fail moon:5", "'moon:5' is no disaster"),
    ("model", "simulate --fail-original-after 1001", "fail_after 1001 is beyond the load's 1000 writes"),
    ("model", "simulate --suspend-at 5", "suspend_at 5 needs a map"),
    ("model", "simulate --suspend-at 1001 --changed-block-bytes 4096", "suspend_at 1001 is beyond"),
    ("model", "simulate --seed 1 --seed 2", "--seed: given more than once"),
    ("model", "simulate --plot x.foo", "'x.foo' does not end in .png or .svg or .pdf"),
    ("model", "simulate --plot {}", "does not end in .png"),
    ("model", "simulate --plot {}/folder.png", "is a folder"),
    ("model", "simulate --plot {}/none/x.png", "is in a folder that is not there"),
    ("model", "simulate --out {}/log.iolog", "is no folder"),
    ("model", "simulate --mode by-numbers", "'by-numbers' is none of plain, by-number"),
    ("model", "simulate --commands -1", "--commands: -1 is not from 0"),
    ("model", "simulate --interval-us x", "--interval-us: 'x' is no number"),
    ("model", "simulate --trace {}/none", "none.iolog: cannot be read: No such file or directory"),
    ("model", "simulate --trace {}/log", "log.iolog:1: is 'fio version 2 iolog'"),
    ("model", "simulate --trace {}/image", "image.volume1.img.xz does not exist"),
    ("model", "simulate --trace {}/late", "late.iolog:2: unknown volume"),
    ("model", "convert", "the following arguments are required"),
    ("model", "convert {}/none.log --out {}/t", "none.log: No such file or directory"),
    ("model", "convert {}/empty.jsonl --out {}/t", "empty.jsonl: is empty"),
    ("model", "convert {} --out {}/t", "Is a directory"),
    ("model", "convert {}/fio.log", "arguments are required: --out"),
    ("model", "convert {}/fio.log --out {}/none/t", "is in a folder that is not there"),
    ("model", "convert {}/fio.log --out {}/", "is no begin of a file's name"),
    ("model", "convert {}/fio.log --out {}/t", "fio.log:2: field size: '4k' is no number"),
    ("model", "convert {}/words.jsonl --out {}/t", "words.jsonl:1: field device: 'this' is no MAJOR,MINOR"),
    ("model", "convert {}/log.iolog --from msr --out {}/t", "log.iolog:1: field Hostname: there are 1 fields"),
    ("model", "convert {}/log.iolog --from tape --out {}/t", "--from: 'tape' is none of fio"),
    ("model", "convert {}/log.iolog --out {}/t", "log.iolog: no request can be used"),
    ("model", "convert {}/trims.log --out {}/t", "can be used (1 position or size is no multiple of 512)"),
    ("model", "serve --volumes 0", "argument --volumes: 0 is not from 1 to 2"),
    ("model", "convert {}/msr.log --out {}/t", "msr.log:1: field ResponseTime: 'x' is no number"),
    ("model", "convert {}/blkparse.log --out {}/t", "blkparse.log:1: field sector: '0 * 8 [dd]' is no"),
    ("model", "convert {}/good.log {}/msr.log --out {}/t", "are not of one format (fio, msr)"),
    ("model", "convert {}/good.log --out {}/there", "there.iolog is there: it stays"),
    ("model", "convert {}/start.jsonl --out {}/t", "start.jsonl: no request can be used"),
    ("model", "convert {}/no_event.jsonl --out {}/t", "line 2: field event: 'nothing' is no event"),
    ("model", "convert {}/good.log --to log-writes --out {}/mine.json", "mine.json is there: it stays"),
    ("model", "convert {}/good.log --to log-writes --volume 2 --out {}/t", "--volume 2: there are requests of 1"),
    ("model", "convert {}/good.log --from log-writes --out {}/t", "superblock: field magic: is 0x73726576206f6966"),
    ("model", "convert {}/good.log --to tape --out {}/t", "--to: 'tape' is none of workload, log-writes"),
    ("model", "convert {}/start.jsonl {}/no_event.jsonl --out {}/t", "of which one is taken at a time"),
    ("model", "convert {}/good.log --out {}/t --limit 0", "--limit: 0 is not from 1"),
    ("model", "convert {}/good.log --out {}/t --volume-bytes 1000", "--volume-bytes: 1000 is no multiple of 512"),
    ("model", "convert {}/good.log --out {}/t --volume-bytes 8796093022720", "is not from 512 to 8796093022208"),
    ("model", "convert {}/good.log --out {}/t --volume-bytes 512", "can be used (1 beyond a volume of 512 bytes)"),
    ("model", "convert {}/good.log --out {}/t --scale fit", "scale fit needs a size to fit into"),
    ("model", "convert {}/good.log --out {}/t --scale x", "--scale: 'x' is no whole number"),
    ("model", "convert {}/good.log --out {}/t --map sda", "'sda' is no NAME=N"),
    ("model", "convert {}/good.log --out {}/t --map sdb=1", "--map sdb: no request of"),
    ("model", "convert {}/good.log --out {}/t --map sda=1 --map sdb=1", "each name and each volume once"),
    ("model", "convert {}/good.log --out {}/t --action X", "invalid choice: 'X'"),
    ("model", "simulate --policy panic", "'panic' is none of stall, suspend, error"),
    ("model", "study", "the following arguments are required"),
    ("model", "serve --systems 3", "argument --systems: 3 is not from 1 to 2"),
    ("model", "serve --volume-bytes 1000", "volume_bytes and journal_bytes must be multiples of 512"),
    ("serve", "--systems 1 --partner model", "PARTNER: needs two systems, but SYSTEMS is 1"),
    ("serve", "--side secondary", "SIDE=secondary: needs PARTNER=model"),
    ("serve", "--target moon", "is no port like /dev/ttyUSB0, nor socket://HOST:PORT"),
    ("serve", "--target socket://localhost:5 --partner rtl", "PARTNER=rtl: the board of TARGET has one system"),
    ("serve", "--sim modelsim", "is none of icarus, verilator"),
    ("serve", "--data-width 100", "is none of 64, 128, 256, 512"),
    ("serve", "--max-transfer-bytes 1000", "must be a power of two"),
    ("seed", "x", "argument SEED: 'x' is no whole number"),
    ("seed", "-1", "argument SEED: -1 is not from 0"),
    ("seed", "4 --sim questa", "argument --sim: invalid choice: 'questa'"),
    ("seed", "4 --kind nothing", "'nothing' is none of traffic, tables"),
    ("seed", "5 --out {}/locked", "is in use by process"),
    ("seed", "4 --kind neighbours --out {}/new", "seed 4 has 1 systems, NEIGHBOURS has 2"),
    ("seed", "4 --limit 0", "--limit: 0 is not from 1"),
    ("seed", "4 --out {}/log.iolog", "is no folder"),
    ("bite", "--runs 0", "--runs: 0 is not from 1"),
    ("mutate", "--seed x", "--seed: 'x' is no whole number"),
    ("bite", "--only moon", "--only moon: no bug's file or id contains it"),
    ("mutate", "--count 0", "--count: 0 is not from 1"),
    ("model", "study moon", "invalid choice: 'moon'"),
    ("model", "study distance --out {}", "does not end in .json"),
    ("model", "study sites --writes 0", "--writes: 0 is not from 1"),
    ("model", "explore --seeds 0", "--seeds: 0 is not from 1"),
    ("model", "explore --jobs 0", "--jobs: 0 is not from 1"),
    ("model", "explore --only 1,2", "--only needs --seed"),
    ("model", "explore --seed 1 --only 2,1", "steps in ascending order"),
    ("model", "explore --seed 1 --only x", "'x' is no whole number"),
    ("model", "explore --seed 1 --steps 5 --only 9", "--only 9: there are steps 0 to 4"),
    ("model", "explore --exhaustive 99", "--exhaustive: 99 is not from 1"),
    ("model", "explore --shorten-seconds -1", "--shorten-seconds: -1 is not from 0"),
    ("model", "speed --writes 1", "--writes: 1 is not from 64"),
    ("model", "speed --out {}/figures.txt", "does not end in .json"),
    ("model", "compare", "the following arguments are required: FILE"),
    ("model", "compare {}/none.jsonl", "none.jsonl: No such file or directory"),
    ("model", "compare {}", "Is a directory"),
    ("model", "compare {}/words.jsonl --last -1", "--last: -1 is not from 0"),
    ("model", "compare {}/words.jsonl", "line 1: is no JSON"),
    ("model", "compare {}/words.jsonl --json --summary", "line 1: is no JSON"),
    ("model", "compare {}/words.jsonl --from", "--from: expected one argument"),
    ("model", "compare {}/words.jsonl --from -1", "--from: -1 is not from 0 to 281474976710655"),
    ("model", "compare {}/words.jsonl --from 281474976710656", "--from: 281474976710656 is not from 0"),
    ("model", "compare {}/words.jsonl --from 0x10", "--from: '0x10' is no whole number"),
    ("model", "compare {}/words.jsonl --from 1 --from 2", "--from: given more than once"),
    ("model", "compare {}/words.jsonl --json=x", "--json"),
    ("model", "compare {}/letters.jsonl", "letters.jsonl: "),
    ("model", "compare {}/deep.jsonl", "line 1: is no JSON"),
    ("model", "compare {}/old.jsonl", "field version: is 2, expected 3"),
    ("model", "compare {}/many_volumes.jsonl", "field volumes: 1000000000 is no number from 0 to 64"),
    ("model", "compare {}/many_groups.jsonl", "field groups: 10000000 is no number from 0 to 96"),
    ("model", "compare {}/negative.jsonl", "field pairs: -1 is no number"),
    ("model", "compare {}/no_data.jsonl", "no_data.write_data1 is not there"),
    ("model", "compare {}/no_event.jsonl", "line 2: field event: 'nothing' is no event"),
    ("model", "decode", "the following arguments are required: HEX"),
    ("model", "decode 12ab", "HEX has 4 characters, a record has 256 hex digits"),
    ("model", f"decode {'0' * 257}", "HEX has 257 characters"),
    ("model", f"decode {'g' * 256}", "HEX has characters that are no hex digits"),
    ("model", "decode " + "\u0661" * 256, "HEX has characters that are no hex digits"),
    ("model", "query", "the following arguments are required: CAPTURE"),
    ("model", "query {}/none.jsonl", "none.jsonl: No such file or directory"),
    ("model", "query {}", "Is a directory"),
    ("model", "query {}/words.jsonl", "words.jsonl: line 1: is no JSON"),
    ("model", "query {}/empty.jsonl SELECT", "empty.jsonl: is empty"),
    ("model", "query {}/old.jsonl", "field version: is 2, expected 3"),
    ("model", "query {}/no_event.jsonl", "line 2: field event: 'nothing' is no event"),
    ("model", "query {}/start.jsonl SELEC", 'SQL: near "SELEC": syntax error'),
    ("model", "query {}/start.jsonl --out {}/x.txt", "does not end in .sqlite"),
    ("model", "query {}/start.jsonl --out {}/none/x.sqlite", "is in a folder that is not there"),
    ("model", "query {}/start.jsonl --out {}/mine.sqlite", "mine.sqlite is there, and is no file that this command"),
    ("model", "query {}/start.jsonl SELECT 1", "unrecognized arguments: 1"),
    ("model", "trace", "the following arguments are required: CAPTURE"),
    ("model", "trace {}/none.jsonl", "none.jsonl: No such file or directory"),
    ("model", "trace {}/words.jsonl --out {}/x.json", "words.jsonl: line 1: is no JSON"),
    ("model", "trace {}/start.jsonl --out {}/x.txt", "does not end in .json"),
    ("model", "trace {}/start.jsonl --out {}/mine.json", "mine.json is there, and is no file that this command"),
    ("picture", "", "takes two, CAPTURE.jsonl PAGE.html"),
    ("picture", "{}/none.jsonl {}/x.html", "none.jsonl: No such file or directory"),
    ("picture", "{}/words.jsonl {}/x.html", "words.jsonl: is no capture"),
    ("picture", "{}/deep.jsonl {}/x.html", "deep.jsonl: is no capture"),
    ("picture", "{}/empty.jsonl {}/x.html", "empty.jsonl: is no capture"),
    ("picture", "{}/negative.jsonl {}", "is no file for a page"),
    ("sim", "PARTNER=x", "PARTNER=x: is none of rtl, model"),
    ("sim", "SIDE=x", "SIDE=x: is none of original, secondary"),
    ("sim", "TARGET=x", "TARGET=x: is no port like /dev/ttyUSB0, nor socket://HOST:PORT"),
    ("sim", "DELAY", "unknown option 'DELAY'"),
    ("sim", "COLOUR=red", "unknown option 'COLOUR=red'"),
    ("sim", "SEED=1 seed=2", "SEED is given twice"),
    ("sim", "TRACE=", "TRACE=: is no name of a file"),
    ("sim", "TRACE={}/none", "none.iolog: cannot be read"),
    ("sim", "OUT=", "OUT=: is no name of a file"),
    ("sim", "OUT={}/log.iolog", "log.iolog: File exists"),
    ("sim", "OUT={}/locked", "is in use by process"),
    ("sim", "SIM=modelsim", "SIM=modelsim: is none of icarus, verilator"),
    ("sim", "SEED=-1", "SEED=-1: is no number"),
    ("sim", "DATA_WIDTH=100", "DATA_WIDTH=100: is none of 64, 128, 256, 512"),
    ("sim", "WAVES=yes", "WAVES=yes: is none of 0, 1"),
    ("sim", "SNAPSHOT=x", "SNAPSHOT=x: is no number"),
    ("sim", "SNAPSHOT=50", "SNAPSHOT=50: must be 0, or 100 to"),
    ("sim", "JOURNAL_BYTES=1000", "JOURNAL_BYTES=1000: must be 65536 to 268435456"),
    ("sim", "MAX_TRANSFER_BYTES=5000", "MAX_TRANSFER_BYTES=5000: must be a power of two"),
    ("sim", "POLICY=panic", "POLICY=panic: is none of stall, suspend, error"),
    ("sim", "WATCH_TIME=4294967296", "WATCH_TIME=4294967296: must be 0 to 4294967295"),
    ("sim", "SYSTEMS=3", "SYSTEMS=3: is none of 1, 2"),
    ("sim", "SYSTEMS=1 DELAY=5", "DELAY: needs two systems, but SYSTEMS is 1"),
    ("sim", "CRASH_AT=0", "CRASH_AT=0: must be 1 to"),
    ("sim", "CRASH_AT=374", "CRASH_AT=374: the trace has 373 writes"),
    ("sim", "COPY=never", "COPY=never: is none of before, during"),
    ("sim", "MODE=by_numbers", "MODE=by_numbers: is none of by-number, plain"),
    ("sim", "DELAY=30001", "DELAY=30001: must be 0 to 30000"),
    ("sim", "BANDWIDTH=0", "BANDWIDTH=0: must be 1 to 100"),
    ("sim", "DROP=51", "DROP=51: must be 0 to 50 percent"),
    ("sim", "CORRUPT=nan", "CORRUPT=nan: must be 0 to 50 percent"),
    ("sim", "DUPLICATE=x", "DUPLICATE=x: is no number"),
    ("sim", "REORDER=-1", "REORDER=-1: must be 0 to 50 percent"),
    ("bench", "DATA_WIDTH=64", "unknown option 'DATA_WIDTH=64': options are SIM, SEED"),
    ("bench", "SEED=x", "SEED=x: is no number"),
]  # fmt: skip
PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "model": model_main,
    "picture": lambda words: guarded(lambda: run_picture.main(words)),
    "sim": lambda words: guarded(lambda: sim.main(words)),
    "bench": lambda words: guarded(lambda: benchmark.main(words)),
    "seed": lambda words: guarded(lambda: seed.main(words)),
    "bite": lambda words: guarded(lambda: bite.main(words)),
    "mutate": lambda words: guarded(lambda: mutate.main(words)),
    "serve": lambda words: guarded(lambda: serve.main(words)),
}


def contents(folder: Path) -> dict[Path, bytes | None]:
    """Return everything in a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


@pytest.mark.parametrize(("program", "words", "said"), CASES, ids=[f"{p} {w[:50]}".strip() for p, w, _ in CASES])
def test_mistake_of_a_user_is_one_clear_line_and_changes_nothing(
    program: str,
    words: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit status 2. Traces that are not named are the recorded one."""
    for name, text in FILES.items():
        if name in words or f"/{name.split('.')[0]}" in words:
            (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "folder.png").mkdir()
    arguments = [word.format(tmp_path) for word in words.split()]
    if program == "sim" and "TRACE" not in words:
        arguments.append(f"TRACE={TRACE}")
    monkeypatch.chdir(tmp_path)
    with locked(tmp_path / "locked", ""):
        before = contents(tmp_path)
        assert PROGRAMS[program](arguments) == 2
        assert contents(tmp_path) == before
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.startswith("error: "), captured.err
    assert captured.err.count("\n") == 1 and captured.out == ""


def test_every_command_and_every_variable_has_a_mistake_among_them() -> None:
    """A new one is not forgotten."""
    words = {program: [w for p, w, _ in CASES if p == program] for program in PROGRAMS}
    assert all(any(w.startswith(command) for w in words["model"]) for command in COMMANDS)
    assert all(any(f"{name.upper()}=" in w for w in words["sim"]) for name in READERS)
