import CBPF

/// A dimension of one rule set as runs of keys with the same leaf, and the trie that finds a key's run.
///
/// Keys are left-aligned in 128 bits. A stretch of the key in which only one aligned block differs from all around it
/// is one test, however many bits that skips; the rest is branches, a nibble each.
struct Trie {
    /// The first key of each run, ascending; the first is 0.
    private var starts: [UInt128] = []
    private var leaves: [Reference] = []

    /// Appends a run; one with the same leaf as the last goes on with that.
    mutating func append(_ start: UInt128, _ leaf: Reference) {
        if leaves.last == leaf { return }
        starts.append(start)
        leaves.append(leaf)
    }

    /// - Returns: the root, or nil where the table is full.
    func build(into table: inout CellTable) -> Reference? {
        build(Block(start: 0, bits: 0), runs: 0..<starts.count, &table)
    }

    /// All keys that begin with the same `bits` bits.
    private struct Block {
        var start: UInt128
        var bits: Int

        var mask: UInt128 { bits == 0 ? 0 : UInt128.max << UInt128(128 - bits) }
        var end: UInt128 { start | ~mask }
    }

    private func build(_ block: Block, runs: Range<Int>, _ table: inout CellTable) -> Reference? {
        let outer = leaves[runs.lowerBound]
        if runs.count == 1 { return outer }
        guard leaves[runs.upperBound - 1] == outer else { return branch(block, runs: runs, &table) }
        // The first and the last key that are not as all around them, and the block they have in common.
        let first = starts[runs.lowerBound + 1], last = starts[runs.upperBound - 1] - 1
        let common = (first ^ last).leadingZeroBitCount
        let island = Block(start: first & Block(start: 0, bits: common).mask, bits: common)
        guard common / 4 > block.bits / 4 else { return branch(block, runs: runs, &table) }
        guard let hit = build(island, runs: self.runs(in: island, of: runs), &table),
            let cell = table.place(.test(value: island.start, mask: island.mask, hit: hit, miss: outer))
        else { return nil }
        return cell | SHAPER_REF_TEST.rawValue
    }

    private func branch(_ block: Block, runs: Range<Int>, _ table: inout CellTable) -> Reference? {
        let nibble = block.bits / 4
        let base = block.start & Block(start: 0, bits: nibble * 4).mask
        var ways: [Reference] = []
        for value in UInt128(0)..<16 {
            let child = Block(start: base | value << UInt128(124 - nibble * 4), bits: nibble * 4 + 4)
            // A way that leads out of the block is never taken.
            guard child.start >= block.start, child.end <= block.end else {
                ways.append(leaves[runs.lowerBound])
                continue
            }
            guard let way = build(child, runs: self.runs(in: child, of: runs), &table) else { return nil }
            ways.append(way)
        }
        guard let cell = table.place(.branch(ways)) else { return nil }
        return cell | SHAPER_REF_BRANCH.rawValue | UInt32(nibble) << SHAPER_REF_NIBBLE_SHIFT.rawValue
    }

    /// The runs that have keys in the block.
    private func runs(in block: Block, of runs: Range<Int>) -> Range<Int> {
        func firstRun(after key: UInt128) -> Int {
            var (low, high) = (runs.lowerBound, runs.upperBound)
            while low < high {
                let middle = (low + high) / 2
                if starts[middle] > key { high = middle } else { low = middle + 1 }
            }
            return low
        }
        return firstRun(after: block.start) - 1..<firstRun(after: block.end)
    }
}
