import ArgumentParser
import CBPF
import Foundation
import Glibc

/// What a program takes for a packet, by BPF_PROG_TEST_RUN: the programs of a node that is up, on its own maps.
struct TimePrograms: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "time",
        abstract: "Time a node's programs: nanoseconds a packet, net of an empty program.",
        discussion: """
            Needs root, in the node's network namespace. "hot" is one frame again and again, "cycle" frames that go \
            through all ports and flows, each a system call of its own, which costs a program its warm caches. With \
            many more flows than a node remembers, each of these is searched for.
            """)

    @Option(help: "The folder of the node's pins, with programs and maps.")
    var pins: String

    @Option(help: "bpf/bench/express_undone.bpf.c, compiled: express by XDP that can be repeated.")
    var object: String

    @Option(help: "The ports, as INTERFACE=VNI, separated by commas.")
    var ports: String

    @Option(parsing: .upToNextOption, help: "The node's tunnel address and port, and a peer's.")
    var tunnel: [Endpoint]

    @Option(help: "Flows to cycle through.")
    var flows = 1000

    @Option(help: "The destination port of port_ingress's: it decides the class.")
    var queued: UInt16

    @Option(help: "That of port_express's, of an express class.")
    var express: UInt16

    /// A frame's pair of prefixes: as many as divide evenly among the ports.
    private static let pairs = 4992

    private func frames(_ ports: [PortVNI], to destination: UInt16) -> [TimedFrame] {
        (0..<max(flows, ports.count)).map { number in
            let port = ports[number % ports.count], flow = number % flows, pair = number % Self.pairs
            let from = Endpoint(argument: "10.\(1 + pair >> 8).\(pair & 255).1:\(1024 + flow)")!
            let to = Endpoint(argument: "10.\(101 + pair >> 8).\(pair & 255).1:\(destination)")!
            return TimedFrame(
                port: port.interface, bytes: UDPFrame(from: from, to: to, fromMAC: .tenant, toMAC: .distant).bytes)
        }
    }

    func validate() throws {
        guard tunnel.count == 2 else { throw ValidationError("--tunnel: two addresses") }
        guard (1...60_000).contains(flows) else { throw ValidationError("--flows: 1 to 60000") }
    }

    func run() throws {
        let ports = try self.ports.split(separator: ",").map(PortVNI.init)
        let node = try TimedNode(pins: pins, object: object)
        for port in ports { try node.teach(.distant, vni: port.vni, from: tunnel[1], to: tunnel[0]) }
        for (name, program, empty, to) in node.programs(queued: queued, express: express) {
            let frames = frames(ports, to: to), repeated = Int32(200_000)
            let hot = try node.nanoseconds(program, frames[0], times: repeated)
            let hotEmpty = try node.nanoseconds(empty, frames[0], times: repeated)
            print("\(name)_hot \(hot - hotEmpty) \(hotEmpty)")
            // A first round, so that what is learned and kept is there.
            for frame in frames { _ = try node.nanoseconds(program, frame, times: 1) }
            var (total, emptyTotal) = (0, 0)
            let rounds = max(1, 20_000 / frames.count)
            for _ in 0..<rounds {
                for frame in frames {
                    total += try node.nanoseconds(program, frame, times: 1)
                    emptyTotal += try node.nanoseconds(empty, frame, times: 1)
                }
            }
            let count = rounds * frames.count
            print("\(name)_cycle \((total - emptyTotal) / count) \(emptyTotal / count)")
        }
    }
}

private struct PortVNI {
    let interface: UInt32
    let vni: UInt32

    init(_ text: Substring) throws {
        let parts = text.split(separator: "=")
        guard parts.count == 2, let vni = UInt32(parts[1]) else { throw ValidationError("\(text): INTERFACE=VNI") }
        interface = try interfaceIndex(String(parts[0]))
        self.vni = vni
    }
}

private struct TimedFrame {
    let port: UInt32
    let bytes: [UInt8]
}

extension MAC {
    fileprivate static let tenant = MAC(argument: "02:00:00:00:01:01")!
    fileprivate static let distant = MAC(argument: "02:00:00:00:02:01")!
}

/// The programs of a node, opened, and what each is compared with.
private struct TimedNode {
    private let ingress: Int32
    private let emptyTC: Int32
    private let reception: Int32
    private let express: Int32
    private let emptyXDP: Int32

    init(pins: String, object: String) throws {
        ingress = try succeed("open port_ingress", bpf_obj_get("\(pins)/programs/port_ingress"))
        reception = try succeed("open underlay_ingress", bpf_obj_get("\(pins)/programs/underlay_ingress"))
        emptyTC = try load(BPF_PROG_TYPE_SCHED_CLS, [.set(0, 7), .exit])
        let open = bpf_object__open(object)
        guard let open else { throw KernelRefusal(operation: "open \(object)", code: errno) }
        // The node's own maps, by name.
        var map = bpf_object__next_map(open, nil)
        while let current = map {
            let pinned = bpf_obj_get("\(pins)/maps/\(String(cString: bpf_map__name(current)))")
            if pinned >= 0 { bpf_map__reuse_fd(current, pinned) }
            map = bpf_object__next_map(open, current)
        }
        try succeed("load \(object)", bpf_object__load(open))
        func program(_ name: String) throws -> Int32 {
            try succeed("find \(name)", bpf_program__fd(bpf_object__find_program_by_name(open, name)))
        }
        express = try program("express_undone")
        emptyXDP = try program("empty_undone")
    }

    func programs(
        queued: UInt16, express: UInt16
    ) -> [(name: String, program: TimedProgram, empty: TimedProgram, to: UInt16)] {
        [
            ("port_ingress", .tc(ingress), .tc(emptyTC), queued),
            ("port_express", .xdp(self.express), .xdp(emptyXDP), express),
        ]
    }

    enum TimedProgram {
        case tc(Int32)
        case xdp(Int32)
    }

    /// A peer's frame with this sender: reception learns where it is.
    func teach(_ mac: MAC, vni: UInt32, from peer: Endpoint, to node: Endpoint) throws {
        let inner = UDPFrame(
            from: Endpoint(argument: "10.0.0.2:1")!, to: Endpoint(argument: "10.0.0.1:1")!, fromMAC: mac,
            toMAC: .tenant
        ).bytes
        let outer = UDPFrame(tunnelling: inner, vni: vni, from: peer, to: node).bytes
        var context = xdp_md()
        context.data_end = UInt32(outer.count)
        _ = try run(reception, outer, context: &context, times: 1)
    }

    func nanoseconds(_ program: TimedProgram, _ frame: TimedFrame, times: Int32) throws -> Int {
        switch program {
        case .tc(let program):
            var context = __sk_buff()
            (context.ifindex, context.ingress_ifindex) = (frame.port, frame.port)
            return try run(program, frame.bytes, context: &context, times: times)
        case .xdp(let program):
            var context = xdp_md()
            (context.data_end, context.ingress_ifindex) = (UInt32(frame.bytes.count), frame.port)
            return try run(program, frame.bytes, context: &context, times: times)
        }
    }

    private func run(
        _ program: Int32, _ frame: [UInt8], context: inout some Any, times: Int32
    ) throws -> Int {
        var options = bpf_test_run_opts()
        options.sz = MemoryLayout<bpf_test_run_opts>.size
        options.repeat = times
        options.data_size_in = UInt32(frame.count)
        try frame.withUnsafeBytes { frame in
            try withUnsafeBytes(of: &context) { context in
                options.data_in = frame.baseAddress
                options.ctx_in = context.baseAddress
                options.ctx_size_in = UInt32(context.count)
                try succeed("run a program", bpf_prog_test_run_opts(program, &options))
            }
        }
        return Int(options.duration)
    }
}
