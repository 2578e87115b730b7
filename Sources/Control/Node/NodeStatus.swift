import Datapath
import Policy

/// How a node is: what is in force, whether the kernel still has it, and what was dropped.
package struct NodeStatus: Encodable, Sendable {
    package var node: String
    package var generation: UInt32
    package var policy: PolicySource
    /// nil: the policy stays in force.
    package var trial: TrialFacts?
    package var daemon: DaemonState
    package var automatic: Automatic
    package var underlay: Underlay
    /// How tc programs are attached.
    package var mechanism: String?
    package var hooks: [Hook]
    package var slices: [Slice]
    package var overrides: [OverrideFacts]
    /// Every reason, also those that never occurred.
    package var drops: [Drop]
    /// How the kernel differs from the policy, or why that cannot be told; empty: in no way.
    package var problems: [String]

    package struct PolicySource: Encodable, Sendable {
        package var path: String
        /// ISO 8601, UTC.
        package var appliedAt: String
    }

    /// What the policy leaves to the market and the clock.
    package struct Automatic: Encodable, Sendable {
        /// The policy has markets.
        package var watchesMarket: Bool
        /// Until what they have changed lapses, unless a daemon renews it; nil: they change nothing.
        package var secondsLeft: Double?
    }

    package struct Underlay: Encodable, Sendable {
        package var interface: String
        package var address: String
        package var rateBitsPerSecond: UInt64
        /// What the shaper uses of it.
        package var linkBitsPerSecond: UInt64
        /// By how much the queues give way now to express packets that XDP sends past them.
        package var chargedBitsPerSecond: UInt64
        package var rootQdisc: RootQdisc
    }

    /// Whose the root qdisc of the underlay is.
    package enum RootQdisc: String, Encodable, Sendable {
        case ours, foreign, missing
        case noInterface = "no_interface"
    }

    package struct Hook: Encodable, Sendable {
        package var program: String
        package var interface: String
        package var state: HookState.State
    }

    package struct Slice: Encodable, Sendable {
        package var name: String
        package var vni: UInt32
        /// nil: the slice shares the queues of all slices without quotas.
        package var guaranteeBitsPerSecond: UInt64?
        package var ceilingBitsPerSecond: UInt64?
        package var ports: [String]
        package var peers: [String]
        package var learnedAddresses: Int
        package var staticAddresses: Int
    }

    package struct Drop: Encodable, Sendable {
        package var reason: String
        package var packets: UInt64
        package var help: String
    }
}

/// An override as the commands show it.
package struct OverrideFacts: Encodable, Sendable, Equatable {
    /// nil: the slice's own shares.
    package var `class`: String?
    /// nil: every slice that has no figure of its own.
    package var slice: String?
    package var guarantee: String?
    package var ceiling: String?
    package var reason: String

    package init(_ override: Override) {
        self.class = override.className
        slice = override.slice
        guarantee = override.guarantee?.description
        ceiling = override.ceiling?.description
        reason = override.reason
    }
}
