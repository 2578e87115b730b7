import CBPF
import Glibc

/// What this kernel can do of what the shaper asks, found out by trying: nothing stays, and nothing of the machine's
/// is touched.
package struct KernelFeatures: Sendable, Equatable {
    package var hasBTF: Bool
    package var isBPFFileSystemMounted: Bool
    package var tcx: Bool
    /// eBPF is compiled to machine code; nil: it could not be found out, and `programs` says why.
    package var isCompiled: Bool?
    /// Loading a program: what the kernel says against it.
    package var programs: KernelError?
    /// Helper functions it lacks, by name; empty also where none could be probed.
    package var missingHelpers: [String]
    /// Making an HTB with a bfifo, and a VXLAN device that programs direct, in a namespace of its own: what the kernel
    /// says against it.
    package var queues: KernelError?
    package var tunnel: KernelError?

    package init(
        hasBTF: Bool, isBPFFileSystemMounted: Bool, tcx: Bool, isCompiled: Bool?, programs: KernelError?,
        missingHelpers: [String], queues: KernelError?, tunnel: KernelError?
    ) {
        self.hasBTF = hasBTF
        self.isBPFFileSystemMounted = isBPFFileSystemMounted
        self.tcx = tcx
        self.isCompiled = isCompiled
        self.programs = programs
        self.missingHelpers = missingHelpers
        self.queues = queues
        self.tunnel = tunnel
    }

    /// Asks the running kernel.
    package static func probe() -> KernelFeatures {
        var features = KernelFeatures(
            hasBTF: access("/sys/kernel/btf/vmlinux", R_OK) == 0, isBPFFileSystemMounted: PinFolder.isMounted,
            tcx: Attacher.preferred == .tcx, isCompiled: nil, programs: nil, missingHelpers: [], queues: nil,
            tunnel: nil)
        features.programs = failure {
            () throws(KernelError) in
            features.isCompiled = try isCompiled()
            features.missingHelpers = try Helpers.missing()
        }
        features.queues = failure(tryQueues)
        features.tunnel = failure(tryTunnel)
        return features
    }

    private static func failure(_ body: () throws(KernelError) -> Void) -> KernelError? {
        do throws(KernelError) { try body() } catch { return error }
        return nil
    }

    /// The kernel tells how long a program's machine code is; /proc/sys/net/core/bpf_jit_enable is not there in other
    /// network namespaces than the first.
    private static func isCompiled() throws(KernelError) -> Bool {
        // r0 = 0; exit
        var instructions = [bpf_insn(), bpf_insn()]
        instructions[0].code = UInt8(BPF_ALU64 | BPF_MOV)
        instructions[1].code = UInt8(BPF_JMP | BPF_EXIT)
        let code = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "shaper_probe", "GPL", &instructions, 2, nil)
        guard code >= 0 else {
            throw KernelError(operation: "load", subject: "a program", errno: Datapath.failure(code))
        }
        let program = FileDescriptor(code)
        var info = bpf_prog_info()
        var length = UInt32(MemoryLayout<bpf_prog_info>.size)
        let outcome = bpf_obj_get_info_by_fd(program.raw, &info, &length)
        guard outcome == 0 else {
            throw KernelError(operation: "inspect", subject: "a program", errno: Datapath.failure(outcome))
        }
        return info.jited_prog_len > 0
    }

    private static func tryQueues() throws(KernelError) {
        try inScratchNamespace { () throws(KernelError) in
            let netlink = try Netlink()
            let loopback = try netlink.interface(named: "lo").index
            let rate: UInt64 = 1_000_000
            let leaf = HTBClass(
                minor: SHAPER_OWN_MINOR.rawValue, parentMinor: 0, priority: 0, rate: rate, ceiling: rate, burst: 1000,
                ceilingBurst: 1000, quantum: 1500, queueLimit: 15000)
            let changes: [QueueChange] = [
                .addRoot(replacing: false), .addClass(leaf), .addLeaf(minor: leaf.minor, limit: 15000),
            ]
            try netlink.write(changes, interface: loopback)
        }
    }

    private static func tryTunnel() throws(KernelError) {
        try inScratchNamespace { () throws(KernelError) in
            _ = try Netlink().ensureTunnelDevice(TunnelDevice(name: "sh-probe", udpPort: 4789, largestSegment: 3000))
        }
    }
}
