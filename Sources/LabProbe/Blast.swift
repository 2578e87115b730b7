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
        guard from.family == AF_INET, to.family == AF_INET else { throw ValidationError("IPv4 addresses only") }
    }

    func run() throws {
        let program = try program.map { path in try succeed("open \(path)", bpf_obj_get(path)) } ?? ownProgram()
        var frame = UDPFrame(from: from, to: to, fromMAC: fromMac, toMAC: toMac).bytes
        var context = xdp_md()
        context.data_end = UInt32(frame.count)
        context.ingress_ifindex = try interfaceIndex(interface)
        let (start, length) = (now(CLOCK_MONOTONIC), UInt64(seconds * 1e9))
        var sent: UInt64 = 0
        while now(CLOCK_MONOTONIC) - start < length {
            try run(program, &frame, &context, times: 1 << 14)
            sent += 1 << 14
        }
        print("sent \(sent) in \((Double(now(CLOCK_MONOTONIC) - start) / 1e9).rounded(to: 3)) s")
    }

    private func ownProgram() throws -> Int32 {
        try load(BPF_PROG_TYPE_XDP, try redirect.map { try redirection(to: $0) } ?? [.set(0, 2), .exit])
    }

    private func redirection(to name: String) throws -> [Instruction] {
        [.set(1, Int32(try interfaceIndex(name))), .set(2, 0), .call(Int32(BPF_FUNC_redirect.rawValue)), .exit]
    }

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

/// `02:00:00:00:01:01`
struct MAC: ExpressibleByArgument {
    let bytes: [UInt8]

    init?(argument: String) {
        bytes = argument.split(separator: ":").compactMap { UInt8($0, radix: 16) }
        guard bytes.count == 6, argument.utf8.count == 17 else { return nil }
    }
}

/// The shortest Ethernet frame there is, with 18 bytes of zeros in a UDP datagram without checksum.
struct UDPFrame {
    private(set) var bytes: [UInt8]

    init(from: Endpoint, to: Endpoint, fromMAC: MAC, toMAC: MAC) {
        let header: [UInt8] = [0x45, 0, 0, 46, 0, 0, 0x40, 0, 64, 17, 0, 0] + from.ipv4.address + to.ipv4.address
        var sum = stride(from: 0, to: header.count, by: 2).reduce(UInt32(0)) {
            $0 + UInt32(header[$1]) << 8 + UInt32(header[$1 + 1])
        }
        sum = sum & 0xffff + sum >> 16
        let checksum = ~UInt16(truncatingIfNeeded: sum & 0xffff + sum >> 16)
        bytes = toMAC.bytes + fromMAC.bytes + [0x08, 0x00] + header
        (bytes[24], bytes[25]) = (UInt8(checksum >> 8), UInt8(checksum & 0xff))
        bytes += from.ipv4.port + to.ipv4.port + [0, 26, 0, 0] + [UInt8](repeating: 0, count: 18)
    }
}

extension Endpoint {
    /// In network byte order.
    fileprivate var ipv4: (address: [UInt8], port: [UInt8]) {
        withSocketAddress { address, _ in
            address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                let copy = pointer.pointee
                return (
                    withUnsafeBytes(of: copy.sin_addr) { Array($0) }, withUnsafeBytes(of: copy.sin_port) { Array($0) }
                )
            }
        }
    }
}
