import ArgumentParser
import CBPF
import Glibc

/// The two marks of a packet that a policy gives together: from outside, whether one policy gave both.
struct Pairs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Count the pairs of queue class and outer TOS of the IPv4 packets that leave an interface.",
        discussion:
            "Needs root. Prints them when its standard input ends: class, TOS and packets, a line for each pair.")

    @Option(help: "The interface.")
    var interface: String

    private struct Key { var queue: UInt32 = 0, tos: UInt32 = 0 }

    func run() throws {
        let map = try succeed(
            "make a map", bpf_map_create(BPF_MAP_TYPE_HASH, "pairs", 8, 8, 4096, nil))
        let program = try load(BPF_PROG_TYPE_SCHED_CLS, Self.program(map))
        var options = bpf_link_create_opts()
        options.sz = MemoryLayout<bpf_link_create_opts>.size
        // BPF_F_BEFORE: the node's own program ends the list.
        options.flags = 1 << 3
        let egress = bpf_attach_type(UInt32(SHAPER_ATTACH_TCX_EGRESS))
        try succeed(
            "attach to \(interface)", bpf_link_create(program, Int32(try interfaceIndex(interface)), egress, &options))
        print("counting")
        fflush(nil)
        while readLine() != nil {}

        var (key, count, last) = (Key(), UInt64(0), false)
        last = bpf_map_get_next_key(map, nil, &key) != 0
        while !last {
            if bpf_map_lookup_elem(map, &key, &count) == 0 {
                print(
                    "\(String(key.queue >> 16, radix: 16)):\(String(key.queue & 0xffff, radix: 16)) \(key.tos) \(count)"
                )
            }
            var next = Key()
            last = bpf_map_get_next_key(map, &key, &next) != 0
            key = next
        }
    }

    /// Registers: 6 the packet. Stack: the key at -8, the one at -16.
    private static func program(_ map: Int32) -> [Instruction] {
        let priority = Int16(MemoryLayout<__sk_buff>.offset(of: \.priority)!)
        let key = [Instruction.copy(2, from: 10), .add(2, -8)]
        let marks: [Instruction] = [
            .copy(6, from: 1), Instruction(0x7a, to: 10, offset: -8, 0),
            Instruction(0x61, to: 2, from: 6, offset: priority), Instruction(0x63, to: 10, from: 2, offset: -8),
            // The second byte of the IP header, behind Ethernet's.
            .copy(1, from: 6), .set(2, 15), .copy(3, from: 10), .add(3, -4), .set(4, 1),
            .call(Int32(BPF_FUNC_skb_load_bytes.rawValue)),
        ]
        let count: [Instruction] =
            Instruction.map(1, map) + key + [
                .call(Int32(BPF_FUNC_map_lookup_elem.rawValue)),
                Instruction(0x15, to: 0, offset: 3, 0),  // none yet
                .set(1, 1), Instruction(0xdb, to: 0, from: 1),  // an atomic addition
                Instruction(0x05, offset: 9),  // to the end
            ]
        let first: [Instruction] =
            [Instruction(0x7a, to: 10, offset: -16, 1)] + Instruction.map(1, map) + key + [
                .copy(3, from: 10), .add(3, -16), .set(4, 0),
                .call(Int32(BPF_FUNC_map_update_elem.rawValue)),
            ]
        // TCX_NEXT
        return marks + count + first + [.set(0, -1), .exit]
    }
}
