import ArgumentParser
import Foundation
import Synchronization

@testable import PacketLab

/// The signal that asked for an end; 0: none yet.
private let stopSignal = Atomic<Int32>(0)

@main
struct PacketFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract: "Runs the eBPF programs on frames that nobody thought of, and checks what must always hold.",
        discussion: """
            Frames are made out of built-in ones and of every capture under $SHAPER_DATA/pcap: fields, lengths, tags, \
            extension headers and tunnels are changed, always the same for the same seed (how many are copied depends \
            on the clock). They are run in the kernel (BPF_PROG_TEST_RUN), or sent through the interfaces of a network \
            namespace of their own, which nothing leaves. A frame must be carried unchanged in a queue of its slice, \
            answered, or dropped for exactly one reason; a guard must agree with a second reading of the standards \
            about every frame; and what arrives somewhere must have been sent in that network, by somebody who may.

            When something does not hold: what, the seed of its batch and the frame are printed, and the exit status \
            is 1. To see it again, give that seed.
            """)

    @Argument(help: "How long, in seconds. Without it: ten million frames.")
    var seconds: Double?

    @Option(help: "How many frames, instead of how long; rounded up to whole batches.")
    var frames: Int?

    @Option(help: "Where to start. Without it: anywhere, and it is printed.")
    var seed: UInt64?

    func validate() throws {
        if seconds != nil, frames != nil { throw ValidationError("SECONDS or --frames, not both") }
        if let seconds, !(seconds > 0 && seconds <= 1e6) { throw ValidationError("SECONDS: above 0, at most 1000000") }
        if let frames, frames < 1 { throw ValidationError("--frames: at least 1") }
    }

    func run() throws {
        for number in [SIGINT, SIGTERM] { signal(number) { stopSignal.store($0, ordering: .relaxed) } }
        let seed = seed ?? UInt64.random(in: 0...UInt64.max)
        let node = try PacketNode.quiet()
        let targets = try fuzzTargets(on: node)
        say("seed \(seed)\(PacketCaptures.areThere ? "" : "; \(PacketCaptures.comment)")")

        let clock = ContinuousClock(), start = clock.now
        var elapsed: Double { (clock.now - start) / .seconds(1) }
        var report = Report(), batchSeeds = WyRand(state: seed), batchSeed = seed, told = 0.0
        func isDone() -> Bool { seconds.map { elapsed >= $0 } ?? (report.frames >= frames ?? 10_000_000) }
        while !isDone(), stopSignal.load(ordering: .relaxed) == 0 {
            var random = WyRand(state: batchSeed)
            let target = random.pick(targets)
            do {
                try target.run(&random, on: node, into: &report)
            } catch let finding as Finding {
                say(finding.text(target, batchSeed))
                say(report.summary(seconds: elapsed))
                throw ExitCode.failure
            }
            batchSeed = batchSeeds.next()
            if elapsed - told >= 5 {
                told = elapsed
                say(report.progress(seconds: told))
            }
        }
        print(report.summary(seconds: elapsed))
        let signal = stopSignal.load(ordering: .relaxed)
        if signal != 0 { throw ExitCode(128 + signal) }
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
}

extension Finding {
    fileprivate func text(_ target: any FuzzTarget, _ batchSeed: UInt64) -> String {
        let segments = frame.map { $0.segmentSize == 0 ? "" : ", segments of \($0.segmentSize)" } ?? ""
        let bytes =
            frame.map { "\nframe of \($0.bytes.count) bytes\(segments): \($0.bytes.hex)" } ?? ", but by no frame alone"
        return "\(target.name): \(complaint)\(bytes)\nagain: Scripts/fuzz --frames 1 --seed \(batchSeed)"
    }
}
