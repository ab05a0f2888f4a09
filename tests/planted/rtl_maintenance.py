"""Bugs of maintenance and of the announcement of group states."""

from tests.planted.bug import Bug, Unit

MAINTENANCE_BUGS: tuple[Bug, ...] = (
    Bug(
        id="announced-before-the-time-out",
        file="rtl/processes/group_announcement.v",
        find="since >= {16'd0, timeout}",
        replace="since >= {17'd0, timeout[31:1]}",
        found_by=Unit("group_announcement"),
    ),
    Bug(
        id="announced-again-after-twice-the-time-out",
        file="rtl/processes/group_announcement.v",
        find="due_from + {16'd0, may_announce ? timeout : RECHECK_CYCLES};",
        replace="due_from + {15'd0, may_announce ? timeout : RECHECK_CYCLES, 1'b0};",
        found_by=Unit("group_announcement"),
    ),
    Bug(
        id="announced-by-a-generation-that-is-over",
        file="rtl/processes/group_announcement.v",
        find="wire is_current = runs && of_partner && !older;",
        replace="wire is_current = runs && of_partner;",
        found_by=Unit("group_announcement"),
    ),
    Bug(
        id="announced-by-a-system-that-is-no-partner",
        file="rtl/processes/group_announcement.v",
        find="wire of_partner = partner_system == source_reg && partner_group == source_group_reg;",
        replace="wire of_partner = partner_group == source_group_reg;",
        found_by=Unit("group_announcement"),
    ),
    Bug(
        id="takeover-not-announced",
        file="rtl/processes/group_announcement.v",
        find="taken_over ? `ML_REASON_TAKEN_OVER : group_reason;",
        replace="group_reason;",
        found_by=Unit("group_announcement"),
    ),
    Bug(
        id="answered-in-another-generation",
        file="rtl/processes/group_announcement.v",
        find="packet_generation_reg <= answer ? partner[63:32] : generation;",
        replace="packet_generation_reg <= generation;",
        found_by=Unit("group_announcement"),
    ),
    Bug(
        id="start-accepted-after-a-takeover",
        file="rtl/processes/maintenance.v",
        find="else if (starts && activity[2])",
        replace="else if (starts && activity[2] && activity[3])",
        found_by=Unit("maintenance"),
    ),
    Bug(
        id="smaller-secondary-volume-started",
        file="rtl/processes/maintenance.v",
        find="(starts && pair_too_small)",
        replace="(starts && pair_too_small && writing)",
        found_by=Unit("maintenance"),
    ),
)
