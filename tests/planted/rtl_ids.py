"""IDs and tags at the ports of one system that are not those of what they belong to."""

from tests.planted.bug import Bug, LockStep

ID_BUGS: tuple[Bug, ...] = (
    Bug(
        id="write-bursts-with-ids-that-count-up",
        file="rtl/device/device_write.v",
        find="assign m_axi_awid    = {ID_WIDTH{1'b0}};",
        replace="reg [ID_WIDTH-1:0] id_reg;\n"
        "always @(posedge clk) id_reg <= rst ? {ID_WIDTH{1'b0}} : id_reg + (m_axi_awvalid && m_axi_awready);\n"
        "assign m_axi_awid    = id_reg;",
        found_by=LockStep("WorkingStates", "write burst of another ID"),
    ),
    Bug(
        id="read-bursts-with-ids-of-their-places",
        file="rtl/device/device_read.v",
        find="assign m_axi_arid    = {ID_WIDTH{1'b0}};",
        replace="assign m_axi_arid    = m_axi_araddr[9 +: ID_WIDTH];",
        found_by=LockStep("StoppedNeighbours", "read burst of another ID"),
    ),
    Bug(
        id="read-data-with-the-tag-of-another-command",
        file="rtl/host/read_send.v",
        find="assign m_axis_read_tid     = sent_tag_reg;",
        replace="reg [15:0] sent_tid_reg;\n"
        "always @(posedge clk) if (advance) sent_tid_reg <= offset_reg == 0 ? tag : sent_tid_reg;\n"
        "assign m_axis_read_tid     = sent_tid_reg;",
        found_by=LockStep("StoppedNeighbours", "read_data.tag"),
    ),
    Bug(
        id="read-data-without-its-tag-before-its-last-beat",
        file="rtl/host/read_send.v",
        find="assign m_axis_read_tid     = sent_tag_reg;",
        replace="assign m_axis_read_tid     = sent_last_reg ? sent_tag_reg : 16'd0;",
        found_by=LockStep("StoppedNeighbours", "tag changed"),
    ),
)
