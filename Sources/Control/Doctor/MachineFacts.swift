import Datapath
import FoundationEssentials
import Glibc

/// What is known of the machine without a policy. Plain values, so that the judgement of them can be tested anywhere.
package struct MachineFacts: Sendable, Equatable {
    package var isRoot: Bool
    /// Of the effective set (capabilities(7)), one bit for each.
    package var capabilities: UInt64
    /// `6.18.5`, and whatever the distribution adds.
    package var kernelRelease: String
    /// What the kernel reads its clock from; nil where it does not say.
    package var clockSource: String?
    /// nil: not tried, for want of rights.
    package var features: KernelFeatures?

    package init(
        isRoot: Bool, capabilities: UInt64, kernelRelease: String, clockSource: String?, features: KernelFeatures?
    ) {
        self.isRoot = isRoot
        self.capabilities = capabilities
        self.kernelRelease = kernelRelease
        self.clockSource = clockSource
        self.features = features
    }

    package static func read() -> MachineFacts {
        let isRoot = geteuid() == 0
        return MachineFacts(
            isRoot: isRoot, capabilities: capabilities(inStatus: contents("/proc/self/status") ?? ""),
            kernelRelease: contents("/proc/sys/kernel/osrelease") ?? "",
            clockSource: contents("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
            features: isRoot ? KernelFeatures.probe() : nil)
    }

    /// From /proc/self/status.
    static func capabilities(inStatus text: String) -> UInt64 {
        let line = text.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        return line?.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) } ?? 0
    }

    private static func contents(_ path: String) -> String? {
        guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
