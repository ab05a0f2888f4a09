"""Bugs of maintenance and of the announcement of group states: a substitution each, and the unit test that finds it."""

from tests.rtl.planted_bugs import Bug

ANNOUNCEMENT = "group_announcement"
MAINTENANCE_BUGS = (
    Bug(
        "announced-before-the-time-out",
        "group_announcement.v",
        "since >= {16'd0, timeout}",
        "since >= {17'd0, timeout[31:1]}",
        ANNOUNCEMENT,
    ),
    Bug(
        "told-by-a-generation-that-is-over",
        "group_announcement.v",
        "wire tells      = runs && of_partner && !older;",
        "wire tells      = runs && of_partner;",
        ANNOUNCEMENT,
    ),
    Bug(
        "told-by-a-system-that-is-no-partner",
        "group_announcement.v",
        "wire of_partner = partner_system == source_reg && partner_group == source_group_reg;",
        "wire of_partner = partner_group == source_group_reg;",
        ANNOUNCEMENT,
    ),
    Bug(
        "takeover-not-told",
        "group_announcement.v",
        "taken_over ? `ML_REASON_TAKEN_OVER : group_reason;",
        "group_reason;",
        ANNOUNCEMENT,
    ),
    Bug(
        "answered-in-another-generation",
        "group_announcement.v",
        "packet_generation_reg <= answer ? partner[63:32] : generation;",
        "packet_generation_reg <= generation;",
        ANNOUNCEMENT,
    ),
    Bug(
        "start-accepted-after-a-takeover",
        "maintenance.v",
        "else if (starts && activity[2])",
        "else if (starts && activity[2] && activity[3])",
        "maintenance",
    ),
    Bug(
        "smaller-secondary-volume-started",
        "maintenance.v",
        "(starts && pair_too_small)",
        "(starts && pair_too_small && writing)",
        "maintenance",
    ),
)
