import Policy

extension ClassTable: Readout {
    /// Packets, and bytes of what waits: `offered` is `express` and what the queue sent, dropped and has.
    package var text: String {
        var table = TextTable([
            .text("SLICE"), .text("CLASS"), .text("LANE"), .number("GUARANTEE"), .number("CEILING"),
            .number("OFFERED"), .number("EXPRESS"), .number("DEMOTED"), .number("SENT"), .number("DROPPED"),
            .number("BACKLOG"),
        ])
        for row in classes {
            let figures = row.figures
            table.add(
                [row.slice, row.class, row.lane, figures.guarantee, figures.ceiling, "\(row.offered.packets)"]
                    + (row.lane == Policy.Lane.express.rawValue
                        ? ["\(row.express.packets)", "\(row.demoted.packets)"] : ["", ""])
                    + (row.queue?.counts ?? ["shared", "shared", "shared"]))
        }
        for shared in sharedQueues {
            table.add(
                [shared.place.slice, shared.place.name, "queue"]
                    + [shared.figures.guarantee, shared.figures.ceiling, "", "", ""] + shared.queue.counts)
        }
        return ([table.description] + notes).joined(separator: "\n")
    }

    private var notes: [String] {
        var notes: [String] = []
        let sharing = Set(classes.filter { $0.queue == nil }.map(\.slice)).sorted()
        if !sharing.isEmpty {
            let slices = "\(sharing.count == 1 ? "slice" : "slices") \(sharing.joined(separator: ", "))"
            notes.append("shared: \(slices), without guarantee and ceiling, and the queues of (common)")
        }
        let hasOverride = classes.contains { $0.guaranteeOverridden || $0.ceilingOverridden }
        if hasOverride { notes.append("*: not the file's figure; shaperctl status says whose") }
        return notes.isEmpty ? [] : [""] + notes
    }
}

private func rate(_ bits: UInt64?, isOverridden: Bool) -> String {
    (bits.map { BitRate(bitsPerSecond: $0).shortText } ?? "missing") + (isOverridden ? "*" : "")
}

extension ClassTable.Row {
    /// An express class's ceiling is its policer's; its queue is for what that demotes.
    fileprivate var figures: (guarantee: String, ceiling: String) {
        if lane == Policy.Lane.express.rawValue {
            return ("", rate(bucketBitsPerSecond, isOverridden: ceilingOverridden))
        }
        guard let queue else { return ("shared", "shared") }
        return (
            rate(queue.guaranteeBitsPerSecond, isOverridden: guaranteeOverridden),
            rate(queue.ceilingBitsPerSecond, isOverridden: ceilingOverridden)
        )
    }
}

extension ClassTable.SharedQueue {
    fileprivate var place: (slice: String, name: String) {
        switch kind {
        case .express: ("(express)", "all express")
        case .own: ("(node)", "its own traffic")
        case .common: ("(common)", self.class ?? "")
        }
    }

    fileprivate var figures: (guarantee: String, ceiling: String) {
        (
            rate(queue.guaranteeBitsPerSecond, isOverridden: guaranteeOverridden),
            rate(queue.ceilingBitsPerSecond, isOverridden: ceilingOverridden)
        )
    }
}

extension ClassTable.Queue {
    /// Sent, dropped, waiting.
    fileprivate var counts: [String] {
        [sent.map { "\($0.packets)" }, droppedPackets.map { "\($0)" }, backlogBytes.map { "\($0)" }].map {
            $0 ?? "missing"
        }
    }
}
