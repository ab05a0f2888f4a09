"""The table and the picture of `make benchmark`."""

from pathlib import Path
from typing import Any

TITLES = (
    "width",
    "load",
    "journaled",
    "data port",
    "journal port",
    "of it data",
    "limit",
    "% of limit",
    "target",
    "base",
)
FORM = "{:>5}  {:<5}  {:<9}  {:>9}  {:>12}  {:>10}  {:>6}  {:>10}  {:>6}  {:>6}"


def show(found: dict[str, Any], baseline: dict[str, Any]) -> None:
    """Print the tables, each figure beside the baseline's."""
    print("\nback-to-back writes, beats a cycle (limit: the journal port's for journaled writes, else the data port's)")
    print(FORM.format(*TITLES))
    known = {(t["data_width"], t["load"], t["journaled"]): t for t in baseline.get("throughput", [])}
    for row in found["throughput"]:
        old = known.get((row["data_width"], row["load"], row["journaled"]), {})
        print(
            FORM.format(
                row["data_width"],
                row["load"],
                "yes" if row["journaled"] else "no",
                f"{row['data_port']:.4f}",
                f"{row['journal_port']:.4f}",
                f"{row['journal_port_data']:.4f}",
                f"{row['limit']:.4f}",
                f"{row['percent_of_limit']:.2f}",
                f">= {row['target_percent']:.0f}" if row["target_percent"] else "-",
                old.get("percent_of_limit", "-"),
            )
        )
    print("\nlatency of a single 4 KiB write, cycles from last data beat to response (median)")
    for width, row in found["latency"].items():
        old = baseline.get("latency", {}).get(width, {}).get("added", "-")
        print(
            f"width {width:>3}: journaled {row['journaled']:.0f}, not journaled {row['plain']:.0f},"
            f" added {row['added']:.0f} (target <= {row['target']}, baseline {old})"
        )
    show_replication(found["replication"], baseline.get("replication", []))
    print("\nsimulation speed: the recorded workload, 512 bits, CPU seconds; what of them is Python's")
    for name, value in found["simulation"].items():
        print(f"  {name:<42} {value!s:>12}   baseline {baseline.get('simulation', {}).get(name, '-')}")


def show_replication(rows: list[dict[str, Any]], baseline: list[dict[str, Any]]) -> None:
    """Print the table of two systems, which says what is missed."""
    print("\ntwo systems, 512 bits, after everything has settled")
    # names of the parts of a run say which run only by their order
    for index, row in enumerate(rows):
        known = index < len(baseline) and baseline[index]["name"] == row["name"]
        sign = ">=" if row["least"] else "<="
        target = f"{sign} {row['target']:.0f}" if row["target"] is not None else ""
        print(
            f"  {row['name']:<64} {row['value']:>8} {row['unit']:<6} {target:>6} {'' if row['met'] else 'MISSED':<6}"
            f"   baseline {baseline[index]['value'] if known else '-'}"
        )


def plot(found: dict[str, Any], file: Path) -> None:
    """Draw the percent of the limit that each load reaches."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = found["throughput"]
    labels = [f"{r['data_width']} bit\n{r['load']}\n{'journaled' if r['journaled'] else 'plain'}" for r in rows]
    colours = ["#2b6cb0" if row["journaled"] else "#a0aec0" for row in rows]
    figure, axes = pyplot.subplots(figsize=(11, 4.5))
    axes.bar(labels, [row["percent_of_limit"] for row in rows], color=colours)
    with_target = [
        (label, row["target_percent"]) for label, row in zip(labels, rows, strict=True) if row["target_percent"]
    ]
    axes.plot(*zip(*with_target, strict=True), "k_", markersize=24, label="target")
    axes.set_ylabel("percent of the port's limit")
    axes.set_ylim(0, 105)
    axes.set_title("Back-to-back host writes")
    axes.legend(loc="lower right")
    figure.tight_layout()
    figure.savefig(file, dpi=120)
    pyplot.close(figure)
