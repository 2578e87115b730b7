import Policy

/// Everything the kernel should hold for one policy, without the kernel's own names for it (indices, class ids):
/// those are given by Datapath, which keeps the ones already in use.
package struct DesiredState: Sendable, Equatable {
    package var node: String
    package var underlay: Policy.Underlay
    package var fabric: Policy.Fabric
    package var classes: [DesiredClass]
    package var slices: [DesiredSlice]
    package var peers: [DesiredPeer]
    package var queues: QueueTree
    package var buckets: [ExpressBucket]
    package var classifier: Classifier

    package init(
        node: String, underlay: Policy.Underlay, fabric: Policy.Fabric, classes: [DesiredClass],
        slices: [DesiredSlice], peers: [DesiredPeer], queues: QueueTree, buckets: [ExpressBucket],
        classifier: Classifier
    ) {
        self.node = node
        self.underlay = underlay
        self.fabric = fabric
        self.classes = classes
        self.slices = slices
        self.peers = peers
        self.queues = queues
        self.buckets = buckets
        self.classifier = classifier
    }
}

extension DesiredState {
    /// Some port's express packets are read by XDP.
    package var usesXDP: Bool { slices.contains { $0.ports.contains(where: \.xdp) } }
}

package struct DesiredClass: Sendable, Equatable {
    package var name: String
    package var lane: Policy.Lane
    package var dscp: UInt8

    package init(name: String, lane: Policy.Lane, dscp: UInt8) {
        self.name = name
        self.lane = lane
        self.dscp = dscp
    }
}

package struct DesiredSlice: Sendable, Equatable {
    package var name: String
    package var vni: UInt32
    /// Has queues of its own; otherwise it uses the common subtree.
    package var hasQuota: Bool
    package var ports: [Policy.Port]
    /// Index into `Classifier.ruleSets`.
    package var ruleSet: Int

    package init(name: String, vni: UInt32, hasQuota: Bool, ports: [Policy.Port], ruleSet: Int) {
        self.name = name
        self.vni = vni
        self.hasQuota = hasQuota
        self.ports = ports
        self.ruleSet = ruleSet
    }
}

package struct DesiredPeer: Sendable, Equatable {
    package var name: String
    package var address: IPAddress
    /// The networks it shares with this node.
    package var vnis: [UInt32]

    package init(name: String, address: IPAddress, vnis: [UInt32]) {
        self.name = name
        self.address = address
        self.vnis = vnis
    }
}

/// The policer in front of an express class: one for each slice with quotas, one for all the others together.
package struct ExpressBucket: Sendable, Equatable {
    /// nil: shared by the slices without quotas.
    package var vni: UInt32?
    /// Index into `DesiredState.classes`.
    package var trafficClass: Int
    package var rate: BitRate
    /// Bytes that may pass at once.
    package var burst: Int
    /// nil: it stays.
    package var lapse: Lapse?

    /// What holds from then on, unless somebody renews what holds now. The kernel sees to it by itself.
    package struct Lapse: Sendable, Equatable {
        /// Of CLOCK_MONOTONIC, ns.
        package var at: UInt64
        package var rate: BitRate
        package var burst: Int
    }

    package init(vni: UInt32?, trafficClass: Int, rate: BitRate, burst: Int) {
        self.vni = vni
        self.trafficClass = trafficClass
        self.rate = rate
        self.burst = burst
    }
}
