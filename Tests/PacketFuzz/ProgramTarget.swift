import Glibc

@testable import Datapath
@testable import PacketLab

/// A program, the frames to try on it, and what must hold of its runs.
struct ProgramTarget: FuzzTarget {
    let program: Program
    /// Where the frames come in; nil: the program does not ask.
    var interface: String?
    let seeds: [Seed]
    /// As before the first run.
    let invariant: any Invariant

    /// Reading the counters costs as much as running twenty frames.
    private static let batchSize = 512

    var name: String { program.rawValue + (interface.map { " at \($0)" } ?? "") }

    func run(_ random: inout WyRand, on node: PacketNode, into report: inout Report) throws {
        let trials = (0..<Self.batchSize).map { _ in trial(using: &random) }
        var invariant = invariant
        var verdicts: [Int32: Int] = [:]
        try node.remember()
        try node.refillBuckets()
        let before = try node.counts()
        for trial in trials {
            guard let made = try run(trial, on: node) else { continue }
            verdicts[made.verdict, default: 0] += 1
            if let complaint = invariant.judge(trial, made) { throw Finding(complaint: complaint, frame: trial) }
        }
        let moved = try node.counts().exceeding(before)
        report.add(frames: trials.count, moved: moved)
        for (verdict, count) in verdicts { report.add("\(program.rawValue) \(word(for: verdict))", count) }
        if let complaint = invariant.audit(moved) {
            throw try culprit(trials, on: node) ?? Finding(complaint: complaint)
        }
    }

    /// The first frame of a batch that does alone what is wrong with the batch's counters.
    private func culprit(_ trials: [Trial], on node: PacketNode) throws -> Finding? {
        for trial in trials {
            var invariant = invariant
            try node.refillBuckets()
            let before = try node.counts()
            guard let made = try run(trial, on: node) else { continue }
            let complaint = try invariant.judge(trial, made) ?? invariant.audit(node.counts().exceeding(before))
            if let complaint { return Finding(complaint: complaint, frame: trial) }
        }
        return nil
    }

    private func word(for verdict: Int32) -> String {
        guard program.hook == .xdp else { return Outcome.Verdict(rawValue: verdict).map { "\($0)" } ?? "\(verdict)" }
        let words = ["aborted", "drop", "pass", "tx", "redirect"]
        return words.indices.contains(Int(verdict)) ? words[Int(verdict)] : "\(verdict)"
    }

    private func trial(using random: inout WyRand) -> Trial {
        let frame = random.pick(seeds).mutated(using: &random)
        let isSuper = program.hook != .xdp && random.below(16) == 0
        return Trial(bytes: frame, segmentSize: isSuper ? UInt32(1 + random.below(2000)) : 0)
    }

    /// nil: the kernel runs no program on it, as it does not on some that are shorter than their headers.
    private func run(_ trial: Trial, on node: PacketNode) throws -> TestRun? {
        do throws(KernelError) {
            guard let interface else { return try node.programs[program].run(trial.bytes, receivedBy: nil) }
            return try node.pass(trial.bytes, through: program, at: interface, segmentSize: trial.segmentSize)
        } catch {
            guard error.errno == EINVAL, trial.bytes.count < 14 + 40 else { throw error }
            return nil
        }
    }
}
