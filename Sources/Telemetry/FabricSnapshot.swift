/// Everything the metrics say about one node, read at one moment. Plain values: whoever reads the kernel fills it in.
package struct FabricSnapshot: Sendable, Equatable {
    package var node: String
    /// Of the running program.
    package var version: String
    /// The policy image the kernel uses; 0 while there is none.
    package var generation: UInt64
    /// When a policy was last applied, in seconds since 1970; nil if never.
    package var lastApply: Double?
    package var lastReloadSucceeded: Bool
    /// When one last did, in seconds since 1970; nil if never.
    package var lastReloadSuccess: Double?
    /// What the eBPF programs counted, one for each slice and class.
    package var classes: [ClassTraffic]
    /// What HTB counted, one for each leaf.
    package var queues: [Queue]
    /// Packets dropped by the eBPF programs, by reason.
    package var drops: [Tally]
    /// Things worth counting that are no drops, by kind.
    package var events: [Tally]
    package var slices: [SliceState]
    /// Quotas changed by command and not by the policy file.
    package var overrides: Int
    /// How often something in the kernel was found changed by others, and was put right.
    package var driftRepairs: UInt64
    /// By how much the queues give way to what XDP sends past them, in bits a second.
    package var charge: UInt64

    package init(
        node: String, version: String, generation: UInt64, lastApply: Double?, lastReloadSucceeded: Bool,
        lastReloadSuccess: Double?, classes: [ClassTraffic], queues: [Queue], drops: [Tally], events: [Tally],
        slices: [SliceState], overrides: Int, driftRepairs: UInt64, charge: UInt64
    ) {
        self.node = node
        self.version = version
        self.generation = generation
        self.lastApply = lastApply
        self.lastReloadSucceeded = lastReloadSucceeded
        self.lastReloadSuccess = lastReloadSuccess
        self.classes = classes
        self.queues = queues
        self.drops = drops
        self.events = events
        self.slices = slices
        self.overrides = overrides
        self.driftRepairs = driftRepairs
        self.charge = charge
    }

    /// Packets, and their bytes on the wire: outer headers for every segment included.
    package struct Traffic: Sendable, Equatable {
        package var packets: UInt64
        package var bytes: UInt64

        package init(packets: UInt64, bytes: UInt64) {
            self.packets = packets
            self.bytes = bytes
        }
    }

    package struct ClassTraffic: Sendable, Equatable {
        package var slice: String
        package var className: String
        package var offered: Traffic
        /// nil: not an express class.
        package var express: Express?

        package init(slice: String, className: String, offered: Traffic, express: Express?) {
            self.slice = slice
            self.className = className
            self.offered = offered
            self.express = express
        }
    }

    /// How an express class's traffic divided.
    package struct Express: Sendable, Equatable {
        /// Went ahead of every queue.
        package var passed: Traffic
        /// Exceeded the class's bucket and took its queue instead.
        package var demoted: Traffic

        package init(passed: Traffic, demoted: Traffic) {
            self.passed = passed
            self.demoted = demoted
        }
    }

    /// One HTB leaf of the underlay.
    package struct Queue: Sendable, Equatable {
        package var owner: Owner
        package var sent: Traffic
        /// Packets that found the queue full.
        package var dropped: UInt64
        /// Bytes waiting now.
        package var backlog: UInt64
        /// HTB's `rate` and `ceil`, in bits a second.
        package var guarantee: UInt64
        package var ceiling: UInt64

        package init(
            owner: Owner, sent: Traffic, dropped: UInt64, backlog: UInt64, guarantee: UInt64, ceiling: UInt64
        ) {
            self.owner = owner
            self.sent = sent
            self.dropped = dropped
            self.backlog = backlog
            self.guarantee = guarantee
            self.ceiling = ceiling
        }

        /// Whose packets a leaf holds. Not every leaf is one slice's and one class's.
        package enum Owner: Sendable, Equatable {
            case slice(String, className: String)
            /// Shared by the slices without quotas.
            case common(className: String)
            /// Shared by every slice's express classes.
            case express
            /// The node's own traffic, ARP and neighbour discovery included.
            case own
        }
    }

    package struct Tally: Sendable, Equatable {
        /// As in the contract header's lists: `no_port`, `flooded`.
        package var label: String
        package var count: UInt64

        package init(label: String, count: UInt64) {
            self.label = label
            self.count = count
        }
    }

    package struct SliceState: Sendable, Equatable {
        package var name: String
        /// MAC addresses learned and not aged out.
        package var learnedAddresses: UInt64

        package init(name: String, learnedAddresses: UInt64) {
            self.name = name
            self.learnedAddresses = learnedAddresses
        }
    }
}
