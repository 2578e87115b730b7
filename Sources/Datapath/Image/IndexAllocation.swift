import CBPF
import Plan
import Policy

/// The kernel's numbers for slices, ports, peers and queue subtrees. What was there before keeps its number, so that
/// learned addresses, counters and queues stay what they are; what is new gets one that nobody has now.
package struct IndexAllocation: Sendable {
    package private(set) var slices: [UInt32: Int] = [:]
    package private(set) var queues: [UInt32: Int] = [:]
    package private(set) var peers: [IPAddress: Int] = [:]
    private(set) var ports: [PortKey: Int] = [:]
    /// Slices whose counters and tables must be emptied: their index may have been somebody's before.
    package private(set) var newSlices: [Int] = []

    struct PortKey: Hashable, Sendable {
        var interface: UInt32
        var vlan: UInt16
    }

    package init(_ desired: DesiredState, interfaces: [String: UInt32], after previous: PolicyImage?) throws(ApplyError)
    {
        let former = previous.map(FormerIndices.init) ?? FormerIndices()
        let vnis = desired.slices.map(\.vni)
        slices = try Self.assign(vnis, former: former.slices, from: 0..<Limit.sliceIndices, what: "slices")
        newSlices = vnis.filter { former.slices[$0] == nil }.map { slices[$0]! }
        let withQuota = desired.slices.filter(\.hasQuota).map(\.vni)
        queues = try Self.assign(
            withQuota, former: former.queues, from: 0..<Limit.quotaSlices, what: "slices with quotas")
        peers = try Self.assign(
            desired.peers.map(\.address), former: former.peers, from: 1..<Limit.peers, what: "peers")
        let keys = desired.slices.flatMap(\.ports).map {
            PortKey(interface: interfaces[$0.interface] ?? 0, vlan: $0.vlan ?? 0)
        }
        ports = try Self.assign(keys, former: former.ports, from: 1..<Limit.ports, what: "ports")
    }

    /// The numbers an image uses.
    init(of image: PolicyImage) {
        let former = FormerIndices(image)
        (slices, queues, peers, ports) = (former.slices, former.queues, former.peers, former.ports)
    }

    /// The same numbers, now that nothing is new any more.
    var settled: IndexAllocation {
        var settled = self
        settled.newSlices = []
        return settled
    }

    private static func assign<Name: Hashable>(
        _ names: [Name], former: [Name: Int], from range: Range<Int>, what: String
    ) throws(ApplyError) -> [Name: Int] {
        let used = Set(former.values)
        var free = range.lazy.filter { !used.contains($0) }.makeIterator()
        var assigned: [Name: Int] = [:]
        for name in names {
            if let index = former[name] {
                assigned[name] = index
            } else if let index = free.next() {
                assigned[name] = index
            } else {
                throw .limit(
                    "too many \(what): the node holds \(range.count), those of the policy now in force included")
            }
        }
        return assigned
    }
}

/// The numbers an image uses.
private struct FormerIndices {
    var slices: [UInt32: Int] = [:]
    var queues: [UInt32: Int] = [:]
    var peers: [IPAddress: Int] = [:]
    var ports: [IndexAllocation.PortKey: Int] = [:]

    init() {}

    init(_ image: PolicyImage) {
        let firstMinor = SHAPER_SLICE_MINOR.rawValue, stride = SHAPER_SLICE_STRIDE.rawValue
        for (index, slice) in image.slices.values.enumerated() where slice.vni != 0 {
            slices[slice.vni] = index
            let quota = image.quotas[index * Limit.classes]
            // An express class's leaf is everybody's; the slice's own is where its excess goes.
            let minor = (quota.demoted == 0 ? quota.leaf : quota.demoted) & 0xffff
            if minor >= firstMinor { queues[slice.vni] = Int((minor - firstMinor) / stride) }
        }
        for (index, peer) in image.peers.values.enumerated() {
            let address = IPAddress(bytes: withUnsafeBytes(of: peer.address) { Array($0) })
            if address != IPAddress(high: 0, low: 0) { peers[address] = index }
        }
        for (index, port) in image.ports.values.enumerated() where port.ifindex != 0 {
            ports[IndexAllocation.PortKey(interface: port.ifindex, vlan: port.vlan)] = index
        }
    }
}

extension IPAddress {
    /// From sixteen bytes in network order.
    init(bytes: [UInt8]) {
        let halves = [0, 8].map { start in bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(high: halves[0], low: halves[1])
    }
}
