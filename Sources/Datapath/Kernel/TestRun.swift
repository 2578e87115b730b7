import CBPF

/// What a program made of one packet that was never on a wire.
package struct TestRun: Sendable, Equatable {
    /// `TC_ACT_*`, `XDP_*`.
    package var verdict: Int32
    /// As the program left it.
    package var frame: [UInt8]
    /// `skb->priority` as the program left it: the class id of a queue. 0 of an XDP program.
    package var priority: UInt32
}

/// The parts of `struct __sk_buff` that a run may set; the kernel refuses the others.
package struct TestContext: Sendable {
    /// The interface the packet came in by, or leaves by.
    package var interface: UInt32
    package var priority: UInt32
    /// Bytes of payload in each segment of a super-packet; 0: it is none.
    package var segmentSize: UInt32

    package init(interface: UInt32, priority: UInt32 = 0, segmentSize: UInt32 = 0) {
        self.interface = interface
        self.priority = priority
        self.segmentSize = segmentSize
    }
}

extension Programs.LoadedProgram {
    /// Runs a tc program once on a frame (`BPF_PROG_TEST_RUN`). Maps are read and written and copies are sent, but a
    /// redirected packet goes nowhere.
    ///
    /// - Parameter frame: at least 14 bytes, at most about 3,500.
    package func run(_ frame: [UInt8], _ context: TestContext) throws(KernelError) -> TestRun {
        var skb = __sk_buff()
        skb.ifindex = context.interface
        skb.ingress_ifindex = context.interface
        skb.priority = context.priority
        skb.gso_size = context.segmentSize
        var made = try run(frame, in: &skb)
        made.priority = skb.priority
        return made
    }

    /// The same for an XDP program.
    ///
    /// - Parameter interface: one that has a native XDP program, for the kernel knows no other's receive queues; nil: the
    ///   program does not ask where the frame came in.
    package func run(_ frame: [UInt8], receivedBy interface: UInt32?) throws(KernelError) -> TestRun {
        var md = xdp_md()
        md.data_end = UInt32(frame.count)
        md.ingress_ifindex = interface ?? 0
        return try run(frame, in: &md)
    }

    private func run<Context>(_ frame: [UInt8], in context: inout Context) throws(KernelError) -> TestRun {
        // Programs may put headers in front.
        var output = [UInt8](repeating: 0, count: frame.count + 256)
        var options = bpf_test_run_opts()
        options.sz = optionsSize(through: \bpf_test_run_opts.batch_size)
        options.repeat = 1
        options.data_size_in = UInt32(frame.count)
        options.data_size_out = UInt32(output.count)
        let code = frame.withUnsafeBytes { frame in
            output.withUnsafeMutableBytes { output in
                withUnsafeMutableBytes(of: &context) { context in
                    options.data_in = frame.baseAddress
                    options.data_out = output.baseAddress
                    options.ctx_in = UnsafeRawPointer(context.baseAddress)
                    options.ctx_out = context.baseAddress
                    options.ctx_size_in = UInt32(context.count)
                    options.ctx_size_out = UInt32(context.count)
                    return bpf_prog_test_run_opts(fd, &options)
                }
            }
        }
        guard code == 0 else {
            throw KernelError(operation: "run", subject: "program \(id)", errno: failure(code))
        }
        output.removeLast(output.count - Int(options.data_size_out))
        return TestRun(verdict: Int32(bitPattern: options.retval), frame: output, priority: 0)
    }
}
