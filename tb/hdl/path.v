// One direction of connection path 200: a queue of packets with delay and bandwidth, that on command or by chance
// drops, corrupts, duplicates and reorders packets, into which others are put, and that can be cut. Simulation only.
//
// Beats stream through: each leaves `delay` cycles after it came, or later. A packet that is to be corrupted leaves
// when it is whole. Faults are decided when a packet's first beat comes, among the packets whose type (bytes 6 and 7)
// is in `types`. A packet of which a beat comes while the path is cut is lost; if its head has left already, it ends
// there with a wrong beat. What came before still arrives. A packet whose system is reset before it is whole ends with
// a wrong beat.
//
// Packets that the testbench puts in (path_inserts.v) come between those of the system, each whole in one cycle, and
// have no faults. It raises `available` when all of a packet is in their file.

`resetall
`timescale 1ns / 1ps
`default_nettype none

module path #(
    // Number of the system that sends
    parameter SYSTEM     = 1,
    parameter DATA_WIDTH = 512,
    // Beats and packets in flight at most, powers of two
    parameter WORDS      = 32768,
    parameter PACKETS    = 4096
) (
    input  wire                  clk,
    input  wire                  rst,
    // The system that sends is reset: it gives no beat now
    input  wire                  source_rst,
    input  wire [DATA_WIDTH-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output wire                  s_axis_tready,
    input  wire                  s_axis_tlast,
    output reg  [DATA_WIDTH-1:0] m_axis_tdata,
    output reg                   m_axis_tvalid,
    input  wire                  m_axis_tready,
    output reg                   m_axis_tlast
);

    localparam BYTES = DATA_WIDTH / 8, WORD_BITS = $clog2(WORDS), PACKET_BITS = $clog2(PACKETS);

    // Set by the testbench. Cycles of delay; bandwidth: beats in so many cycles; the path is cut
    reg [31:0] delay;
    reg [15:0] rate_beats, rate_cycles;
    reg        cut;
    // no other packet is taken
    reg        hold;
    // Packets that have faults: bit t is type t; how many of the next ones; chances in 65536; cycles that a packet
    // waits to be overtaken
    reg [15:0] types;
    reg [31:0] drop_next, corrupt_next, duplicate_next, reorder_next;
    reg [15:0] drop_chance, corrupt_chance, duplicate_chance, reorder_chance;
    reg [31:0] timeout;
    // Seed of the chances, not 0
    reg [63:0] state;
    // Packets in the file so far
    reg [31:0] available;
    // Read by the testbench: packets that had each fault or were lost in a cut, that were put in; packets that came and
    // left; beats that left; nothing in flight
    reg [31:0] dropped, corrupted, duplicated, reordered, lost, inserted;
    reg [31:0] packets_in, packets_out, beats_out;
    reg        empty;

    // channels: what comes, what leaves
    wire [1:0] pause;
    pauses #(.CHANNELS(2)) pauses (.clk(clk), .pause(pause));

    reg [DATA_WIDTH-1:0] memory  [0:WORDS-1];
    reg [31:0]           arrived [0:WORDS-1];
    reg [WORD_BITS:0]    word_head, word_tail;
    // packets by their place: first word and, once whole, word behind the last; faults: gone, corrupt, duplicate,
    // reorder
    reg [WORD_BITS:0]    first_word [0:PACKETS-1];
    reg [WORD_BITS:0]    end_word   [0:PACKETS-1];
    reg                  whole      [0:PACKETS-1];
    reg [3:0]            fault      [0:PACKETS-1];
    reg [PACKET_BITS:0]  head, tail;
    reg                  entering;
    // The packet that leaves: it has overtaken the head; it has left once; its next word, the word to be wrong
    reg                  leaving, swapped, again;
    reg [PACKET_BITS:0]  packet;
    reg [WORD_BITS:0]    word, wrong_word;
    reg [31:0]           now, credit;

    wire [WORD_BITS:0]   words   = word_tail - word_head;
    wire [PACKET_BITS:0] packets = tail - head;
    assign s_axis_tready = !rst && !words[WORD_BITS] && (entering || !(packets[PACKET_BITS] || hold)) && !pause[0];

    localparam GONE = 0, CORRUPT = 1, DUPLICATE = 2, REORDER = 3;

    initial begin
        if (WORDS != 1 << WORD_BITS || PACKETS != 1 << PACKET_BITS) begin
            $display("Error: WORDS and PACKETS must be powers of two (instance %m)");
            $finish;
        end
        delay = 0; rate_beats = 1; rate_cycles = 1; cut = 0; hold = 0; types = 16'hFFFF; timeout = 2000;
        state = 64'h9E3779B97F4A7C15;
        drop_next = 0; corrupt_next = 0; duplicate_next = 0; reorder_next = 0;
        drop_chance = 0; corrupt_chance = 0; duplicate_chance = 0; reorder_chance = 0; available = 0; inserted = 0;
    end

    path_inserts #(.SYSTEM(SYSTEM), .DATA_WIDTH(DATA_WIDTH)) inserts ();

    task draw;
        begin
            state = state ^ (state << 13); state = state ^ (state >> 7); state = state ^ (state << 17);
        end
    endtask

    // Is this packet to have a fault: commanded, or by chance
    task decide(inout [31:0] next, input [15:0] chance, input [15:0] drawn, output found);
        begin
            found = next != 0 || drawn < chance;
            if (next != 0) next = next - 1;
        end
    endtask

    task enter;
        reg [PACKET_BITS-1:0] place;
        reg [3:0]             found;
        begin
            if (!entering) begin
                place = tail[PACKET_BITS-1:0];
                found = 4'd0;
                if (types[s_axis_tdata[51:48]]) begin
                    draw;
                    decide(drop_next, drop_chance, state[15:0], found[GONE]);
                    if (found[GONE]) dropped = dropped + 1;
                    else begin
                        decide(corrupt_next, corrupt_chance, state[31:16], found[CORRUPT]);
                        decide(duplicate_next, duplicate_chance, state[47:32], found[DUPLICATE]);
                        decide(reorder_next, reorder_chance, state[63:48], found[REORDER]);
                    end
                end
                fault[place] = found;
                first_word[place] = word_tail;
                whole[place] = 1'b0;
                tail = tail + 1'b1;
                packets_in = packets_in + 1;
            end
            place = tail[PACKET_BITS-1:0] - 1'b1;
            if (cut && !fault[place][GONE]) begin
                fault[place] = 4'd1 << GONE;
                lost = lost + 1;
            end
            memory[word_tail[WORD_BITS-1:0]] = s_axis_tdata;
            arrived[word_tail[WORD_BITS-1:0]] = now;
            word_tail = word_tail + 1'b1;
            entering = !s_axis_tlast;
            if (s_axis_tlast) begin
                whole[place] = 1'b1;
                end_word[place] = word_tail;
            end
        end
    endtask

    // The next packet of the file comes, if there is room for all of it
    task insert;
        reg [PACKET_BITS-1:0] place;
        begin
            inserts.look;
            if (inserts.beats <= WORDS - words && !packets[PACKET_BITS]) begin
                place = tail[PACKET_BITS-1:0];
                fault[place] = {3'd0, cut} << GONE;
                first_word[place] = word_tail;
                if (cut) lost = lost + 1;
                while (inserts.beats != 0) begin
                    inserts.take;
                    memory[word_tail[WORD_BITS-1:0]] = inserts.beat;
                    arrived[word_tail[WORD_BITS-1:0]] = now;
                    word_tail = word_tail + 1'b1;
                end
                whole[place] = 1'b1;
                end_word[place] = word_tail;
                tail = tail + 1'b1;
                inserted = inserted + 1;
            end
        end
    endtask

    // The packet that enters is not going to be whole: its last beat is a wrong one
    task break_off;
        reg [PACKET_BITS-1:0] place;
        begin
            place = tail[PACKET_BITS-1:0] - 1'b1;
            memory[word_tail[WORD_BITS-1:0]] = ~memory[word_tail[WORD_BITS-1:0] - 1'b1];
            arrived[word_tail[WORD_BITS-1:0]] = now;
            word_tail = word_tail + 1'b1;
            entering = 1'b0;
            whole[place] = 1'b1;
            end_word[place] = word_tail;
        end
    endtask

    // Forget the packets at the head that are gone, and choose the next to leave
    task choose;
        reg [PACKET_BITS-1:0] first, second;
        reg [PACKET_BITS:0]   other;
        begin
            while (!leaving && head != tail && fault[head[PACKET_BITS-1:0]][GONE] && whole[head[PACKET_BITS-1:0]]) begin
                word_head = end_word[head[PACKET_BITS-1:0]];
                head = head + 1'b1;
            end
            first = head[PACKET_BITS-1:0];
            if (!leaving && head != tail && !fault[first][GONE]
                && now - arrived[first_word[first][WORD_BITS-1:0]] >= delay) begin
                leaving = !fault[first][CORRUPT] || whole[first];
                packet = head;
                swapped = 1'b0;
                if (fault[first][REORDER]) begin
                    if (now - arrived[first_word[first][WORD_BITS-1:0]] >= delay + timeout)
                        fault[first][REORDER] = 1'b0;
                    else begin
                        other = head + 1'b1;
                        while (other != tail && fault[other[PACKET_BITS-1:0]][GONE]) other = other + 1'b1;
                        second = other[PACKET_BITS-1:0];
                        leaving = other != tail && (!fault[second][CORRUPT] || whole[second]);
                        packet = other;
                        swapped = 1'b1;
                        if (leaving) reordered = reordered + 1;
                    end
                end
                if (leaving) start;
            end
        end
    endtask

    task start;
        begin
            word = first_word[packet[PACKET_BITS-1:0]];
            again = 1'b0;
            if (fault[packet[PACKET_BITS-1:0]][CORRUPT]) begin
                draw;
                wrong_word = word + state[31:0] % (end_word[packet[PACKET_BITS-1:0]] - word);
                corrupted = corrupted + 1;
            end
        end
    endtask

    // The packet has left
    task finish_packet;
        begin
            packets_out = packets_out + 1;
            if (fault[packet[PACKET_BITS-1:0]][DUPLICATE] && !again) begin
                word = first_word[packet[PACKET_BITS-1:0]];
                again = 1'b1;
                duplicated = duplicated + 1;
            end else begin
                leaving = 1'b0;
                fault[packet[PACKET_BITS-1:0]] = 4'd1 << GONE;
                // the one overtaken is next
                if (swapped) fault[head[PACKET_BITS-1:0]][REORDER] = 1'b0;
            end
        end
    endtask

    task leave;
        reg cut_off;
        begin
            cut_off = fault[packet[PACKET_BITS-1:0]][GONE];
            m_axis_tvalid <= 1'b1;
            m_axis_tdata <= cut_off ? ~memory[word[WORD_BITS-1:0]] : memory[word[WORD_BITS-1:0]];
            // one bit, or a whole byte
            if (fault[packet[PACKET_BITS-1:0]][CORRUPT] && word == wrong_word)
                m_axis_tdata <= memory[word[WORD_BITS-1:0]]
                                ^ (state[32] ? {{DATA_WIDTH-8{1'b0}}, 8'hFF} << 8 * (state[63:40] % BYTES)
                                             : {{DATA_WIDTH-1{1'b0}}, 1'b1} << (state[63:40] % DATA_WIDTH));
            word = word + 1'b1;
            beats_out = beats_out + 1;
            credit = credit - rate_cycles;
            m_axis_tlast <= cut_off || (whole[packet[PACKET_BITS-1:0]] && word == end_word[packet[PACKET_BITS-1:0]]);
            if (cut_off) leaving = 1'b0;
            else if (whole[packet[PACKET_BITS-1:0]] && word == end_word[packet[PACKET_BITS-1:0]]) finish_packet;
        end
    endtask

    always @(posedge clk) if (rst) begin
        head = 0; tail = 0; word_head = 0; word_tail = 0; entering = 0; leaving = 0; swapped = 0; again = 0; now = 0;
        credit = 0; dropped = 0; corrupted = 0; duplicated = 0; reordered = 0; lost = 0; packets_in = 0;
        packets_out = 0; beats_out = 0; empty = 1;
        m_axis_tvalid <= 1'b0; m_axis_tlast <= 1'b0; m_axis_tdata <= {DATA_WIDTH{1'b0}};
    end else begin
        now = now + 1;
        if (credit <= rate_cycles) credit = credit + rate_beats;
        if (!m_axis_tvalid || m_axis_tready) begin
            m_axis_tvalid <= 1'b0;
            if (!leaving && head != tail) choose;
            if (leaving && word != word_tail && now - arrived[word[WORD_BITS-1:0]] >= delay && credit >= rate_cycles
                && !pause[1])
                leave;
        end
        if (s_axis_tvalid && s_axis_tready) enter;
        else if (source_rst && entering && !words[WORD_BITS]) break_off;
        if (!entering && inserted != available) insert;
        empty = head == tail && !leaving && !m_axis_tvalid;
    end

endmodule

`resetall
