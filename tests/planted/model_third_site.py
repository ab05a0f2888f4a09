"""Plausible mistakes in what the first of three systems knows of the third."""

from tests.planted.bug import Bug, ThirdSite

FOUND = ThirdSite(300)

THIRD_SITE_BUGS: tuple[Bug, ...] = (
    Bug(
        id="writes-without-an-answer-are-taken-for-restored",
        file="model/mirrorlog/three_systems/remote_write.py",
        find="return position // BLOCK_BYTES in forwarding.changed[volume] or any(",
        replace="return False and any(",
        found_by=FOUND,
    ),
    Bug(
        id="a-journal-too-few-covers-them",
        file="model/mirrorlog/three_systems/third_site.py",
        find="return group.update_number - 1 if running",
        replace="return group.update_number - 2 if running",
        found_by=FOUND,
    ),
    Bug(
        id="stored-is-taken-for-restored",
        file="model/mirrorlog/three_systems/third_site.py",
        find="else NEVER, history.reported, history.epoch",
        replace="else NEVER, group.update_number - 1, history.epoch",
        found_by=FOUND,
    ),
)
