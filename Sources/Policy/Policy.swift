import CBPF

/// A whole policy file, checked: every name resolves, every sum fits. Only `PolicyParser` makes one.
package struct Policy: Sendable, Equatable {
    package var node: String
    package var underlay: Underlay
    package var fabric: Fabric
    /// In priority order: the first is served first.
    package var classes: [TrafficClass]
    package var slices: [Slice]
    package var peers: [Peer]
    /// In file order: the first match wins.
    package var rules: [Rule]
    package var metrics: Metrics
    /// nil: no market is watched.
    package var volatility: Volatility?
    package var schedules: [Schedule] = []
    /// nil: nobody may signal.
    package var signals: Signals?

    /// The real network between the nodes, and what it carries.
    package struct Underlay: Sendable, Equatable {
        package var interface: String
        /// This node's tunnel endpoint (VTEP).
        package var address: IPAddress
        /// What the path really carries.
        package var rate: BitRate
        /// The part of `rate` left unused so that the queue is ours, in percent.
        package var headroom: Double
        /// UDP destination port of VXLAN (RFC 7348: 4789).
        package var port: UInt16
        /// `rate` less `headroom`: the rate of the HTB link class, and what `%` of the link means.
        package var linkRate: BitRate { rate.part(percent: 100 - headroom) }
    }

    /// The virtual switch's settings.
    package struct Fabric: Sendable, Equatable {
        /// How long a learned address is believed.
        package var ageing: Duration
        /// Copied (broadcast, unknown, multicast) frames a second and slice.
        package var flood: UInt32
        /// Learned addresses a slice may hold.
        package var macLimit: UInt32
        package var dscp: DSCPModel
        /// Source prefixes whose DSCP rules may believe.
        package var trustDscp: [Prefix]
    }

    /// How the DSCP travels through the tunnel (RFC 2983).
    package enum DSCPModel: String, Sendable, Equatable, CaseIterable { case pipe, uniform }

    /// How a class travels: ahead of every queue and policed, or waiting its turn.
    package enum Lane: String, Sendable, Equatable, CaseIterable { case express, queue }

    package struct TrafficClass: Sendable, Equatable {
        package var name: String
        package var lane: Lane
        /// nil: the floor only.
        package var guarantee: Share?
        /// nil: 100 % of the slice's ceiling; an express class always has one.
        package var ceiling: Share?
        /// Outer DSCP, 0...63. nil: 0.
        package var dscp: UInt8?
        /// The longest the leaf's queue may be, as a time at its ceiling.
        package var queue: Duration
        package var isDefault: Bool
        /// Below which nothing, be it an override by an operator, a schedule or the market, may bring the guarantee (of
        /// an express class: the ceiling) in any slice. A part of the same whole; nil: what every leaf has.
        package var floor: Share?
    }

    package struct Slice: Sendable, Equatable {
        package var name: String
        package var vni: UInt32
        /// With neither `guarantee` nor `ceiling` the slice lives in the common subtree.
        package var guarantee: Share?
        package var ceiling: Share?
        /// The file's guarantee, where an override moves it: what floors of classes are parts of. nil: the guarantee.
        package var floorBase: Share?
        /// Replaces parts of a class for this slice alone, by class name.
        package var classes: [String: ClassQuota]
        package var ports: [Port]
        package var hasQuota: Bool { guarantee != nil || ceiling != nil }
    }

    package struct ClassQuota: Sendable, Equatable {
        package var guarantee: Share?
        package var ceiling: Share?
    }

    package struct Port: Sendable, Equatable {
        package var interface: String
        /// 802.1Q VLAN of a trunk interface, 1...4094; nil for the whole interface.
        package var vlan: UInt16?
        package var statics: [StaticEntry]
        /// Express packets are read by XDP, in the driver.
        package var xdp = false
    }

    package struct StaticEntry: Sendable, Equatable {
        package var mac: MACAddress
        package var ip: IPAddress?
    }

    package struct Peer: Sendable, Equatable {
        package var name: String
        package var address: IPAddress
        /// Slice names.
        package var slices: [String]
    }

    package struct Metrics: Sendable, Equatable {
        package var host: String
        package var port: UInt16
    }
}

/// What puts a packet into a class. Every part that is present must match.
package struct Rule: Sendable, Equatable {
    /// Line of the file the rule stands on, for people.
    package var line: Int
    package var className: String
    /// nil: every slice.
    package var slice: String?
    /// IP protocol number (TCP 6, UDP 17).
    package var ipProtocol: UInt8?
    /// Either end. Where a rule has both `ports` and `prefixes`, the same end must match both.
    package var ports: [ClosedRange<UInt16>]
    package var sourcePorts: [ClosedRange<UInt16>]
    package var destinationPorts: [ClosedRange<UInt16>]
    /// Either end.
    package var prefixes: [Prefix]
    package var sources: [Prefix]
    package var destinations: [Prefix]
    package var dscps: [UInt8]
    package var payload: PayloadTest?

    /// An unsigned big-endian field of a UDP payload, compared with a threshold.
    package struct PayloadTest: Sendable, Equatable {
        /// Bytes from the first byte after the UDP header.
        package var offset: UInt16
        /// Bytes: 1, 2, 4 or 8.
        package var width: UInt8
        package var atLeast: UInt64
    }
}

/// A rate, or a part of something larger.
package enum Share: Sendable, Equatable {
    case rate(BitRate)
    /// 0...100.
    case percent(Double)
}
