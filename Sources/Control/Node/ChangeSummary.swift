import Datapath

extension NodeChanges {
    /// What changes, a line for each kind: `+` is made, `~` changed, `-` removed; `!` is what that costs.
    package var summary: [String] {
        var lines: [String] = []
        if let tunnel { lines.append("~ tunnel device \(tunnel)") }
        switch programs {
        case .load: lines.append("+ programs")
        case .replace: lines.append("~ programs, by this version's")
        case nil: break
        }
        lines += queueSummary
        lines += Self.summary("+", attach)
        lines += restarting.map { "! \(Self.restart($0))" }
        lines += Self.summary("-", detach)
        if tables > 0 { lines.append("+ \(counted(tables, "address table"))") }
        if rates > 0 { lines.append("~ \(counted(rates, "express rate"))") }
        if !image.isEmpty { lines.append("~ policy in the maps: \(image.joined(separator: ", "))") }
        return lines
    }

    private var queueSummary: [String] {
        var lines: [String] = []
        var added: Set<UInt32> = []
        var (changed, removed, trees, filters) = (0, 0, 0, 0)
        var lengths: Set<UInt32> = []
        for change in queues.prepare + queues.retire {
            switch change {
            case .addRoot(let replacing): lines.append(replacing ? "~ root qdisc, in place of another" : "+ root qdisc")
            case .addMultiqueue(let replacing):
                lines.append(replacing ? "~ root qdisc, an mq in place of another" : "+ root qdisc, an mq")
            case .deleteRoot: lines.append("- root qdisc, for another number of trees")
            case .addTree: trees += 1
            case .setClassifier: filters += 1
            case .addClass(let queue): added.insert(queue.id)
            case .changeClass: changed += 1
            case .deleteClass: removed += 1
            case .addLeaf(let minor, let tree, _), .changeLeaf(let minor, let tree, _):
                lengths.insert(QueueID.classID(minor, tree: tree))
            }
        }
        func note(_ sign: String, _ count: Int, _ one: String, _ many: String) {
            if count > 0 { lines.append("\(sign) \(counted(count, one, many))") }
        }
        note("+", trees, "tree of a transmit queue", "trees, one for each transmit queue")
        note("~", filters, "tree's filter", "trees' filters")
        note("+", added.count, "queue class", "queue classes")
        note("~", changed, "queue class", "queue classes")
        // A new class has its queue from the beginning.
        note("~", lengths.subtracting(added).count, "queue's length", "queues' lengths")
        note("-", removed, "queue class", "queue classes")
        return lines
    }

    private static func summary(_ sign: String, _ attachments: [Attachment]) -> [String] {
        Program.allCases.compactMap { program in
            let interfaces = attachments.filter { $0.program == program }.map(\.interface)
            guard !interfaces.isEmpty else { return nil }
            return "\(sign) \(program.rawValue) on \(interfaces.shortList)"
        }
    }
}
