import CBPF

/// What a class did since it was made. Of an inner class: with everything below it, and no drops.
package struct QueueStatistics: Sendable, Equatable {
    /// Bytes on the wire, outer headers of every segment included; segments of super-packets count as packets.
    package var sentBytes: UInt64
    package var sentPackets: UInt64
    /// Packets the leaf had no room for. The class counts what its bfifo refuses, so this is complete; a super-packet
    /// counts once. 32 bits in the kernel: it wraps.
    package var dropped: UInt32
    /// How often it had to wait for its rate.
    package var overlimits: UInt32
    /// What waits now.
    package var backlogBytes: UInt32
    package var queueLength: UInt32
}

extension Netlink {
    /// Of every class, by its minor, in all trees together; empty where our root qdisc is not there.
    package func classStatistics(interface index: UInt32) throws(KernelError) -> [UInt32: QueueStatistics] {
        var statistics: [UInt32: QueueStatistics] = [:]
        for reply in try queueClassReplies(interface: index) {
            guard let header = reply.family(tcmsg.self), let one = QueueStatistics(reply) else { continue }
            let minor = header.tcm_handle & 0xFFFF
            statistics[minor] = statistics[minor].map { $0 + one } ?? one
        }
        return statistics
    }
}

extension QueueStatistics {
    /// Two trees' together.
    static func + (one: QueueStatistics, other: QueueStatistics) -> QueueStatistics {
        var sum = one
        sum.sentBytes += other.sentBytes
        sum.sentPackets += other.sentPackets
        sum.dropped &+= other.dropped
        sum.overlimits &+= other.overlimits
        sum.backlogBytes &+= other.backlogBytes
        sum.queueLength &+= other.queueLength
        return sum
    }

    /// Read from the attributes, for libnl-route knows no packet counts of 64 bits.
    fileprivate init?(_ reply: NetlinkReply) {
        let attributes = reply.attributes(after: tcmsg.self).nested(TCA_STATS2)
        guard let basic = attributes.value(TCA_STATS_BASIC, as: gnet_stats_basic.self),
            let queue = attributes.value(TCA_STATS_QUEUE, as: gnet_stats_queue.self)
        else { return nil }
        sentBytes = basic.bytes
        // Only there when 32 bits are too few.
        sentPackets = attributes.value(TCA_STATS_PKT64) ?? UInt64(basic.packets)
        dropped = queue.drops
        overlimits = queue.overlimits
        backlogBytes = queue.backlog
        queueLength = queue.qlen
    }
}
