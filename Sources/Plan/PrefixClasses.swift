import Policy

/// The node's addresses, cut by every prefix in a rule or in `trustDscp`.
///
/// The kernel finds only the most specific prefix of an address, so what the prefixes around it say must already be
/// in that prefix's class. Each prefix of a rule has a class of its own, numbered from 1 in order of address, parents
/// before their children: a prefix and all inside it are then one range of classes. A prefix that only `trustDscp`
/// names is to rules what surrounds it, and shares that class. 0 is outside all of them.
struct PrefixClasses {
    /// Sorted by length, then address.
    let entries: [PrefixClass]
    /// Classes, 0 included.
    let count: Int
    private let ranges: [Prefix: Range<Int>]

    init(rules: some Sequence<Prefix>, trusted: [Prefix]) throws(PlanError) {
        let named = Set(rules)
        let trusted = Set(trusted)
        var all = named.union(trusted)
        // ::/0 is every IPv6 address and no IPv4 one, but in the kernel's table IPv4 lies inside of it. An entry for
        // all of IPv4 that inherits nothing keeps them apart.
        if all.contains(where: { !$0.isIPv4 && $0.contains(.allIPv4) }) { all.insert(.allIPv4) }
        guard all.count <= Limits.prefixes else { throw .prefixes(count: all.count) }

        var entries: [PrefixClass] = []
        var ranges: [Prefix: Range<Int>] = [:]
        var next = 1
        var around: [PrefixClass] = []
        func close(_ entry: PrefixClass) {
            if named.contains(entry.prefix) { ranges[entry.prefix] = Int(entry.addressClass)..<next }
        }
        for prefix in all.sorted(by: Prefix.outerFirst) {
            while let last = around.last, !last.prefix.matches(prefix.address) { close(around.removeLast()) }
            let entry = PrefixClass(
                prefix: prefix,
                addressClass: named.contains(prefix) ? UInt16(next) : around.last?.addressClass ?? 0,
                trustsDSCP: trusted.contains(prefix) || around.last?.trustsDSCP ?? false)
            if named.contains(prefix) { next += 1 }
            entries.append(entry)
            around.append(entry)
        }
        around.forEach(close)

        self.entries = entries.sorted { Prefix.shortestFirst($0.prefix, $1.prefix) }
        self.ranges = ranges
        count = next
    }

    /// - Precondition: a rule names the prefix.
    func classes(of prefix: Prefix) -> Range<Int> { ranges[prefix]! }
}
