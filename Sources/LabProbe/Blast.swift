import ArgumentParser
import CBPF
import Glibc

/// A user-space sender is the bottleneck at 0.3 M packets/s; this one costs nearly nothing.
struct Blast: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put 60-byte UDP frames into an interface, as if they had arrived, as fast as the kernel takes them.",
        discussion: "Needs root. It is one core's work: run it under taskset.")

    @Option(help: "The interface they arrive at.")
    var interface: String

    @Option(help: "Send them out of this interface with XDP_REDIRECT, past the network stack.")
    var redirect: String?

    @Flag(help: "Before that, put 50 constant bytes before each, as who encapsulates must, and look at nothing.")
    var headers = false

    @Option(help: "Run this pinned XDP program on them, as if it were attached there.")
    var program: String?

    @Option(help: "Source IPv4 address and port.")
    var from: Endpoint

    @Option(help: "Destination IPv4 address and port.")
    var to: Endpoint

    @Option(help: "Source MAC address.")
    var fromMac: MAC

    @Option(help: "Destination MAC address.")
    var toMac: MAC

    @Option(help: "How long.")
    var seconds: Double = 1

    func validate() throws {
        guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds: above 0, at most 3600") }
        guard redirect == nil || program == nil else { throw ValidationError("--redirect or --program, not both") }
        guard redirect != nil || !headers else { throw ValidationError("--headers: only with --redirect") }
        guard from.family == AF_INET, to.family == AF_INET else { throw ValidationError("IPv4 addresses only") }
    }

    func run() throws {
        let index = try interfaceIndex(interface)
        let program =
            try program.map { path in try succeed("open \(path)", bpf_obj_get(path)) } ?? attachedProgram(index)
        var frame = UDPFrame(from: from, to: to, fromMAC: fromMac, toMAC: toMac).bytes
        var context = xdp_md()
        context.data_end = UInt32(frame.count)
        context.ingress_ifindex = index
        let (start, length) = (now(CLOCK_MONOTONIC), UInt64(seconds * 1e9))
        var sent: UInt64 = 0
        while now(CLOCK_MONOTONIC) - start < length {
            try run(program, &frame, &context, times: 1 << 14)
            sent += 1 << 14
        }
        print("sent \(sent) in \((Double(now(CLOCK_MONOTONIC) - start) / 1e9).rounded(to: 3)) s")
    }

    /// Attached, although its frames are given to it: the kernel writes itself a faster call of each attached program, and
    /// would do so for every run of one that is not, and wait for some 25 ms. The link goes with this process.
    private func attachedProgram(_ index: UInt32) throws -> Int32 {
        let program = try load(BPF_PROG_TYPE_XDP, try redirect.map { try redirection(to: $0) } ?? [.set(0, 2), .exit])
        var options = bpf_link_create_opts()
        options.sz = MemoryLayout<bpf_link_create_opts>.size
        options.flags = UInt32(XDP_FLAGS_DRV_MODE)
        try succeed("attach to \(interface)", bpf_link_create(program, Int32(index), BPF_XDP, &options))
        return program
    }

    private func redirection(to name: String) throws -> [Instruction] {
        let map = try succeed("make a device map", bpf_map_create(BPF_MAP_TYPE_DEVMAP, "lab", 4, 4, 1, nil))
        var (key, index) = (UInt32(0), try interfaceIndex(name))
        try succeed("fill the device map", bpf_map_update_elem(map, &key, &index, 0))
        return (headers ? Self.constantHeaders : []) + Instruction.map(1, map)
            + [.set(2, 0), .set(3, 0), .call(Int32(BPF_FUNC_redirect_map.rawValue)), .exit]
    }

    /// 50 bytes: Ethernet, IPv4, UDP, VXLAN. A frame without room for them is dropped.
    private static let constantHeaders: [Instruction] =
        [
            .copy(6, from: 1), .set(2, -50), .call(Int32(BPF_FUNC_xdp_adjust_head.rawValue)),
            .load32(2, from: 6, 0), .load32(3, from: 6, 4), .copy(4, from: 2), .add(4, 56),
            .skip(1, if: 4, isAbove: 3), .skip(2, if: 4, isNot: 0), .set(0, Int32(XDP_DROP.rawValue)), .exit,
            .set(5, 0x45),
        ] + stride(from: Int16(0), to: 56, by: 8).map { .store64(5, to: 2, $0) }

    /// With BPF_F_TEST_XDP_LIVE_FRAMES what the program passes is received by the stack, what it redirects is sent.
    private func run(_ program: Int32, _ frame: inout [UInt8], _ context: inout xdp_md, times: Int32) throws {
        var options = bpf_test_run_opts()
        options.sz = MemoryLayout<bpf_test_run_opts>.size
        options.repeat = times
        options.flags = 1 << 1
        options.batch_size = 64
        options.data_size_in = UInt32(frame.count)
        options.ctx_size_in = UInt32(MemoryLayout<xdp_md>.size)
        try frame.withUnsafeBytes { frame in
            try withUnsafeBytes(of: &context) { context in
                options.data_in = frame.baseAddress
                options.ctx_in = context.baseAddress
                try succeed("inject frames", bpf_prog_test_run_opts(program, &options))
            }
        }
    }
}
