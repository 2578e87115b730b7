import CBPF
import Plan

/// The kernel's names for queues: `major:minor`, both hexadecimal in tc. The numbers are the contract's.
package enum QueueID {
    /// Of the root qdisc, in the handle's high half: `5348:`.
    package static let root = SHAPER_QDISC_MAJOR.rawValue << 16

    /// Of the mq qdisc that is the root where each transmit queue has a tree: `5347:`.
    package static let multiqueue = (SHAPER_QDISC_MAJOR.rawValue - 1) << 16

    /// Of a transmit queue's tree: `5348:` for the first, and so on.
    package static func tree(_ tree: Int) -> UInt32 { root + UInt32(tree) << 16 }

    /// Where the mq qdisc has a transmit queue's tree.
    package static func transmitQueue(_ tree: Int) -> UInt32 { multiqueue | UInt32(tree + 1) }

    /// The class id of a minor. In the first tree: what `skb->priority` must be for a packet to go there.
    package static func classID(_ minor: UInt32, tree: Int = 0) -> UInt32 { self.tree(tree) | minor }

    /// As tc prints it: `5348:110`.
    package static func text(_ id: UInt32) -> String {
        let minor = id & 0xFFFF
        return String(id >> 16, radix: 16) + ":" + (minor == 0 ? "" : String(minor, radix: 16))
    }
}

extension QueueRole {
    /// The slice whose queues these are; nil where they are nobody's alone.
    package var vni: UInt32? {
        switch self {
        case .slice(let vni), .sliceLeaf(let vni, _): vni
        case .link, .express, .own, .common, .commonLeaf: nil
        }
    }

    /// The role's class minor, which it keeps as long as its slice keeps its queue index.
    ///
    /// - Parameter queueIndex: of a slice by its VNI, 0 to `SHAPER_MAX_QUOTA_SLICES` - 1.
    package func minor(queueIndex: (UInt32) -> Int) -> UInt32 {
        func slice(_ vni: UInt32) -> UInt32 {
            let index = UInt32(queueIndex(vni))
            precondition(index < SHAPER_MAX_QUOTA_SLICES.rawValue, "queue index \(index) of network \(vni)")
            return SHAPER_SLICE_MINOR.rawValue + SHAPER_SLICE_STRIDE.rawValue * index
        }
        switch self {
        case .link: return SHAPER_LINK_MINOR.rawValue
        case .express: return SHAPER_EXPRESS_MINOR.rawValue
        case .own: return SHAPER_OWN_MINOR.rawValue
        case .common: return SHAPER_COMMON_MINOR.rawValue
        case .commonLeaf(let trafficClass): return SHAPER_COMMON_LEAF_MINOR.rawValue + UInt32(trafficClass)
        case .slice(let vni): return slice(vni)
        case .sliceLeaf(let vni, let trafficClass): return slice(vni) + 1 + UInt32(trafficClass)
        }
    }
}
