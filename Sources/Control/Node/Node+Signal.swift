import Datapath
import FoundationEssentials
import Glibc
import Plan
import Policy
import Signals

extension Node {
    /// Says that a flow is a liquidation now. Whoever may write to the daemon's socket may say so.
    ///
    /// - Returns: whether it goes first or waits, and below which notional flows wait.
    /// - Throws: `NodeError` also for what the daemon refuses.
    package func signal(_ signal: Signal) throws -> (waits: Bool, threshold: UInt64) {
        // Its answer would not find the way.
        try checkNotElsewhere()
        let path = RunFolder.signals(name)
        let bytes: [UInt8]?
        do throws(KernelError) {
            bytes = try DatagramClient.ask(Array(signal.json.utf8), of: path, timeout: .seconds(2))
        } catch {
            throw unreachable(path, error)
        }
        guard let bytes else {
            throw NodeError("no answer from \(path) within 2s", remedy: "see the log of shaperctl run")
        }
        switch SignalAnswer(json: bytes) {
        case .taken(let waits, let threshold): return (waits, threshold)
        case .refused(let refusal): throw NodeError(refusal.message, remedy: refusal.remedy)
        case nil: throw NodeError("what answers at \(path) is not shaperctl run", remedy: "move \(path) away")
        }
    }

    private func unreachable(_ path: String, _ error: KernelError) -> NodeError {
        switch error.errno {
        case EACCES, EPERM:
            let group = (try? FileManager.default.attributesOfItem(atPath: path))?[.groupOwnerAccountName] as? String
            guard let group, group != "root" else {
                return NodeError(
                    "only root may signal on \(name)", remedy: "name a group in the policy: signals: {group: NAME}")
            }
            return NodeError(
                "not permitted: root and members of the group \(group) may signal on \(name)",
                remedy: "run as one of them")
        case ENOENT where FileManager.default.fileExists(atPath: RunFolder.socket(name)):
            return NodeError(
                "nobody may signal on \(name): its policy has no signals", remedy: "add signals: {group: NAME} to it")
        case ENOENT, ECONNREFUSED:
            return NodeError("no shaperctl run answers at \(path)", remedy: "start it with \"shaperctl run\"")
        default: return NodeError(error.description)
        }
    }

    /// The flows that are signalled now, from the kernel.
    package func signalTable() throws -> SignalTable {
        let inForce = try inForce()
        guard let maps = try PromotionMaps(node: name) else { throw NodeError.nothingInForce(name) }
        let indices = try NodeKernel(node: name).sliceIndices()
        let now = monotonicNanoseconds()
        var thresholds: [UInt32: PromotionRank] = [:]
        for slice in inForce.desired.slices {
            let threshold = try maps.threshold(slice: slice.hasQuota ? indices[slice.vni] : nil, at: now)
            thresholds[slice.vni] = threshold ?? PromotionRank(raw: 0)
        }
        let names = Dictionary(inForce.desired.slices.map { ($0.vni, $0.name) }) { first, _ in first }
        let live = try maps.all().filter { now < $0.entry.until }.sorted { $0.entry.rank > $1.entry.rank }
        return SignalTable(
            node: name,
            flows: live.map { flow, entry in
                SignalTable.Row(
                    slice: names[flow.vni] ?? "vni \(flow.vni)", flow: flow.key.description,
                    notional: entry.rank.notional,
                    state: entry.rank >= thresholds[flow.vni] ?? PromotionRank(raw: 0) ? .promoted : .waiting,
                    remainingSeconds: Double((entry.until - now) / 1_000_000) / 1000, bytes: entry.bytes)
            })
    }
}

/// The flows that are signalled now, the one that is worth most first.
package struct SignalTable: Readout {
    package var node: String
    package var flows: [Row]

    package struct Row: Encodable, Sendable {
        package enum State: String, Encodable, Sendable {
            /// Goes first.
            case promoted
            /// Travels by the rules until there is room.
            case waiting
        }

        package var slice: String
        package var flow: String
        /// Whole ones.
        package var notional: UInt64
        package var state: State
        package var remainingSeconds: Double
        /// On the wire since it was signalled, in both directions, as far as they enter the fabric here.
        package var bytes: UInt64
    }

    package var text: String {
        guard !flows.isEmpty else { return "no flow is signalled now" }
        var table = TextTable([
            .text("slice"), .number("notional"), .text("state"), .number("remaining"), .number("bytes"), .text("flow"),
        ])
        for row in flows {
            table.add([
                row.slice, String(row.notional), row.state.rawValue, "\(row.remainingSeconds)s", String(row.bytes),
                row.flow,
            ])
        }
        return table.description
    }
}
