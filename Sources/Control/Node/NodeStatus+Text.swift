import Datapath
import Policy

extension NodeStatus: Readout {
    package var text: String {
        var parts = [textFields(fields), "\(sliceTable)"]
        if !overrides.isEmpty { parts.append("\(overrideTable)") }
        if drops.contains(where: { $0.packets > 0 }) { parts.append("\(dropTable)") }
        return parts.joined(separator: "\n\n")
    }

    private var fields: [(name: String, text: String)] {
        let rate = BitRate(bitsPerSecond: underlay.rateBitsPerSecond)
        let link = BitRate(bitsPerSecond: underlay.linkBitsPerSecond)
        return [
            ("node", "\(node), generation \(generation)"),
            ("policy", "\(policy.path), applied \(policy.appliedAt)" + (trial.map { "\non trial: \($0.text)" } ?? "")),
            ("daemon", daemon.text),
            ("market", marketText),
            ("underlay", "\(underlay.interface), \(underlay.address), \(link.shortText) of \(rate.shortText)"),
            ("queues", underlay.rootQdisc.text + chargeText),
            ("programs", hookText),
            ("state", problems.isEmpty ? "as the policy wants it" : problems.joined(separator: "\n")),
        ]
    }

    private var marketText: String {
        if let market = daemon.market { return market.text }
        guard automatic.watchesMarket else { return "not watched: the policy has no volatility" }
        guard daemon.activity != .running else { return "nobody has looked yet" }
        let lapse = automatic.secondsLeft.map {
            "; what it changed holds for \(rounded($0, 0)) s more, in the queues until a daemon starts"
        }
        return "not watched: no daemon runs" + (lapse ?? "")
    }

    private var chargeText: String {
        guard underlay.chargedBitsPerSecond > 0 else { return "" }
        let charge = BitRate(bitsPerSecond: underlay.chargedBitsPerSecond)
        return "\nthey give way by \(charge.shortText) to express packets sent by XDP"
    }

    private var hookText: String {
        let missing = hooks.filter { $0.state != .attached }
        let count = "\(hooks.count - missing.count) of \(hooks.count) attached" + (mechanism.map { " (\($0))" } ?? "")
        let lines = missing.map {
            "\($0.program) on \($0.interface): \($0.state == .missing ? "not attached" : "no such interface")"
        }
        return ([count] + lines).joined(separator: "\n")
    }

    private var sliceTable: TextTable {
        var table = TextTable([
            .text("SLICE"), .number("VNI"), .number("GUARANTEE"), .number("CEILING"), .text("PORTS"), .text("PEERS"),
            .number("LEARNED"), .number("STATIC"),
        ])
        for slice in slices {
            func rate(_ bits: UInt64?) -> String { bits.map { BitRate(bitsPerSecond: $0).shortText } ?? "shared" }
            table.add([
                slice.name, "\(slice.vni)", rate(slice.guaranteeBitsPerSecond), rate(slice.ceilingBitsPerSecond),
                slice.ports.joined(separator: ","), slice.peers.joined(separator: ","), "\(slice.learnedAddresses)",
                "\(slice.staticAddresses)",
            ])
        }
        return table
    }

    private var overrideTable: TextTable {
        var table = TextTable([
            .text("OVERRIDE"), .text("SLICE"), .number("GUARANTEE"), .number("CEILING"), .text("REASON"),
        ])
        for override in overrides {
            table.add([
                override.class ?? "(the slice)", override.slice ?? "all", override.guarantee ?? "",
                override.ceiling ?? "",
                override.reason,
            ])
        }
        return table
    }

    private var dropTable: TextTable {
        var table = TextTable([.text("DROPPED"), .number("PACKETS"), .text("WHY")])
        for drop in drops where drop.packets > 0 { table.add([drop.reason, "\(drop.packets)", drop.help]) }
        return table
    }
}

extension NodeStatus.RootQdisc {
    fileprivate var text: String {
        switch self {
        case .ours: "the shaper's"
        case .foreign: "another root qdisc has taken their place; shaperctl apply --replace-qdisc puts them back"
        case .missing: "gone; shaperctl apply puts them back"
        case .noInterface: "the underlay interface is not in this network namespace"
        }
    }
}
