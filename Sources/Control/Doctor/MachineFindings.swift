import Datapath

extension Examination {
    package static func machine() throws -> Examination { Examination(Finding.all(MachineFacts.read())) }
}

extension Finding {
    /// The judgement of a machine.
    package static func all(_ facts: MachineFacts) -> [Finding] {
        [rights(facts), kernel(facts.kernelRelease), clock(facts.clockSource)]
            + (facts.features.map(features) ?? [])
    }

    /// By capabilities(7), in the order in which they are missed.
    private static let needed: [(name: String, bit: UInt64)] = [
        ("CAP_NET_ADMIN", 12), ("CAP_BPF", 39), ("CAP_PERFMON", 38), ("CAP_SYS_ADMIN", 21),
    ]

    private static func rights(_ facts: MachineFacts) -> Finding {
        guard facts.isRoot else {
            return .problem("rights", "not root: what the kernel can do was not tried", "run it with sudo")
        }
        let missing = needed.filter { facts.capabilities >> $0.bit & 1 == 0 }.map(\.name)
        guard missing.isEmpty else {
            return .problem(
                "rights", "root without \(missing.joined(separator: ", "))",
                "give the container or the service these capabilities")
        }
        return .ok("rights", "root, with all it takes")
    }

    /// The oldest the programs are tested on.
    private static let oldest = (major: 6, minor: 1)

    private static func kernel(_ release: String) -> Finding {
        let numbers = release.split(separator: ".").prefix(2).map { Int($0.prefix(while: \.isNumber)) ?? 0 }
        guard numbers.count == 2 else { return .warning("kernel", "its version \"\(release)\" is no version", nil) }
        guard (numbers[0], numbers[1]) >= oldest else {
            return .warning(
                "kernel", "Linux \(release) is older than the shaper is tested on",
                "use Linux \(oldest.major).\(oldest.minor) or later; 6.6 brings tcx")
        }
        return .ok("kernel", "Linux \(release)")
    }

    /// Packets read the clock for their policers: tens of nanoseconds from the processor, a microsecond from a device.
    private static func clock(_ source: String?) -> Finding {
        guard let source else { return .warning("clock", "the kernel does not say what it reads time from", nil) }
        let slow = ["hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"]
        guard !slow.contains(source) else {
            return .warning(
                "clock", "time comes from \(source): slow to read for every express packet",
                "see why the kernel gave up the processor's clock: dmesg | grep clocksource")
        }
        return .ok("clock", "time comes from \(source)")
    }

    private static func features(_ features: KernelFeatures) -> [Finding] {
        [
            btf(features.hasBTF), fileSystem(features.isBPFFileSystemMounted), programs(features),
            attachment(features.tcx),
        ]
            + (features.programs == nil ? [helpers(features.missingHelpers)] : [])
            + [
                tried("queues", features.queues, "HTB and bfifo work", "use a kernel with CONFIG_NET_SCH_HTB"),
                tried("tunnel", features.tunnel, "VXLAN devices work", "use a kernel with CONFIG_VXLAN"),
            ]
    }

    private static func btf(_ isThere: Bool) -> Finding {
        isThere
            ? .ok("BTF", "the kernel describes its types")
            : .warning(
                "BTF", "the kernel does not describe its types", "use a kernel with CONFIG_DEBUG_INFO_BTF")
    }

    private static func fileSystem(_ isMounted: Bool) -> Finding {
        isMounted
            ? .ok("BPF file system", "mounted on /sys/fs/bpf")
            : .warning(
                "BPF file system", "not mounted on /sys/fs/bpf: apply will mount it, in its own mount namespace",
                "mount -t bpf bpf /sys/fs/bpf")
    }

    private static func programs(_ features: KernelFeatures) -> Finding {
        if let error = features.programs {
            return .problem(
                "programs", error.description, "use a kernel with CONFIG_BPF_SYSCALL and CONFIG_NET_CLS_BPF")
        }
        guard features.isCompiled == true else {
            return .warning(
                "programs", "they load, but are interpreted: several times slower",
                "sysctl -w net.core.bpf_jit_enable=1")
        }
        return .ok("programs", "they load, and are compiled")
    }

    private static func attachment(_ tcx: Bool) -> Finding {
        .ok("attachment", tcx ? "by tcx links" : "by clsact filters (tcx came with Linux 6.6)")
    }

    private static func helpers(_ missing: [String]) -> Finding {
        missing.isEmpty
            ? .ok("helpers", "every one that the programs call")
            : .problem("helpers", "the kernel lacks \(missing.joined(separator: ", "))", "use Linux 6.1 or later")
    }

    private static func tried(_ subject: String, _ error: KernelError?, _ fine: String, _ remedy: String) -> Finding {
        error.map { .problem(subject, $0.description, remedy) } ?? .ok(subject, fine)
    }
}
