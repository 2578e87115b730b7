@testable import PacketLab

/// Something to put frames into, a batch at a time, and what must hold.
protocol FuzzTarget {
    var name: String { get }

    /// Makes up a batch out of the generator and nothing else, so that it can be run again alone.
    ///
    /// - Throws: `Finding` where something does not hold.
    func run(_ random: inout WyRand, on node: PacketNode, into report: inout Report) throws
}

/// Something that must not be.
struct Finding: Error {
    var complaint: String
    /// nil: it took the whole batch.
    var frame: Trial?
}

/// One frame, and how long the segments are if it is to be a super-packet.
struct Trial {
    var bytes: [UInt8]
    var segmentSize: UInt32 = 0
}
